-- Tables: pandas' headers mended, numbers to the right, and columns as wide as they need to be.
local images = require 'images'
local measure = require 'measure'
local settings = require 'settings'
local shared = require 'shared'
local tables = {}

-- Sizes of type, the one that is wanted first.
local SIZES = { 'normal', 'small', 'tiny' }
local POINTS = { normal = 10.5, small = 9, tiny = 7.5 }
local GAP = 3.4 -- half-width characters of padding between two columns

-- HTML of a table whose head is not marked as such: pandoc would take its first row alone, and cut what
-- reaches into the next one.
local function marked(html)
  if html:find('<thead', 1, true) or not html:find('<th[^>]*[rR][oO][wW][sS][pP][aA][nN]') then return nil end
  html = html:gsub('</?tbody[^>]*>', '')
  local first, cell = html:find('<tr[%s>]'), html:find('<td[%s>]')
  local from = cell and html:sub(1, cell):match('.*()<tr[%s>]') -- the first row with a cell that is no head
  if not from or from == first then return nil end
  return html:sub(1, first - 1) .. '<thead>' .. html:sub(first, from - 1) .. '</thead>' .. html:sub(from)
end

-- HTML with what stands in a table beside its rows put before it, and with heads marked.
function tables.mended(html)
  html = html:gsub('(<table[^>]*>)%s*(<small>.-</small>)', '%2%1')
  html = html:gsub('<table[%s>].-</table%s*>', function(whole) -- as Julia's DataFrames write how many rows there are
    local before, words, after = whole:match('^(.-<tbody[^>]*>)%s*(<p>.-</p>)(.*)$')
    return before and words .. before .. after
  end)
  return (html:gsub('<table[%s>].-</table%s*>', marked))
end

-- Half-width characters on a line of the text width.
local function room(size) return settings.text_width / 2.54 * 72 / (POINTS[size] / 2) end

local illustrated, coded = false, false -- what the table at hand holds beside words

local function content(cell)
  local words = pandoc.utils.stringify(cell.contents)
  if coded then -- which is not stringified
    cell.contents:walk { CodeBlock = function(code) words = words .. '\n' .. code.text end }
  end
  return shared.trim((words:gsub('\u{a0}', ' ')))
end

-- Markdown wants a head even where there is nothing to say in it.
local function drop_empty_head(table)
  local said = ''
  shared.each_cell(table.head.rows, function(cell) said = said .. content(cell) end)
  if said == '' and not illustrated then table.head = pandoc.TableHead() end
end

-- pandas writes the names of the index into a header row of their own: lift them one row up.
local function merge_index_names(table)
  local rows = table.head.rows
  local last, above = rows[#rows], rows[#rows - 1]
  if not above or #last.cells ~= #above.cells then return end
  for index, cell in ipairs(last.cells) do
    local other = above.cells[index]
    if cell.col_span > 1 or other.col_span > 1 or content(cell) ~= '' and content(other) ~= '' then return end
  end
  for index, cell in ipairs(above.cells) do
    if content(cell) == '' then cell.contents = last.cells[index].contents end
  end
  rows:remove(#rows)
end

local function align(table)
  local numeric = {}
  shared.each_cell(shared.body_rows(table), function(cell, column)
    local words = content(cell)
    if words ~= '' and cell.col_span == 1 then
      numeric[column] = numeric[column] ~= false and measure.is_number(words)
    end
  end)
  for column, spec in ipairs(table.colspecs) do
    if spec[1] == pandoc.AlignDefault then
      table.colspecs[column] = { numeric[column] and pandoc.AlignRight or pandoc.AlignLeft, spec[2] }
    end
  end
  shared.each_cell(shared.all_rows(table), function(cell, column)
    cell.alignment = cell.col_span > 1 and pandoc.AlignCenter or table.colspecs[column][1]
  end)
  for _, body in ipairs(table.bodies) do body.row_head_columns = 0 end
end

-- The columns that name the rows, which each part of a divided table repeats.
local function stub(table)
  local body = table.bodies[1]
  return math.max(1, math.min(body and body.row_head_columns or 1, #table.colspecs - 1))
end

-- Half-width characters that the pictures of a cell need; wider than `most` they are made smaller.
local function pictures(cell, most)
  if not illustrated then return 0 end
  local per_cm, widest = room('normal') / settings.text_width, nil
  cell.contents, widest = images.narrowed(cell.contents, most and most / per_cm)
  return widest * per_cm
end

local MARKS = 10 -- half-width characters before the words of a list
local function is_list(block) return block.t == 'BulletList' or block.t == 'OrderedList' end

-- The cells of a table with their measures, taken once. A spanning cell has none but its own: its columns are
-- measured by the others. Numbers are not divided.
local function measured(table)
  local grid, heads, natural, least = pandoc.List {}, #table.head.rows, {}, {}
  for column = 1, #table.colspecs do natural[column], least[column] = 2 + GAP, 2 + GAP end
  shared.each_cell(shared.all_rows(table), function(cell, column, row)
    local words = content(cell)
    local alone, widest, whole = cell.col_span == 1, 2, 2
    for line in (alone and words .. '\n' or ''):gmatch('(.-)\n') do
      local width, bold = measure.width(line), row <= heads and measure.bold(line) or 0
      widest = math.max(widest, width + bold)
      whole = math.max(whole, measure.is_number(line) and width or measure.unbreakable(line) + bold)
    end
    if alone then
      local marks = cell.contents:find_if(is_list) and MARKS or 0
      natural[column] = math.max(natural[column] or 0, widest + marks + GAP, pictures(cell) + GAP)
      least[column] = math.max(least[column] or 0, whole + marks + GAP)
    end
    grid:insert { column = alone and column, row = row, width = measure.width(words) }
  end)
  return grid, natural, least
end

local function sum(list)
  local total = 0
  for _, value in ipairs(list) do total = total + value end
  return total
end

-- The number of the size of type that columns need, from `start` on, and their shares of the text width;
-- nil: too wide.
local function fitting(natural, least, start)
  local words, numbers = sum(natural), sum(least)
  for number = start or 1, #SIZES do
    local space, shares = room(SIZES[number]), {}
    if words <= space then -- no line breaks at all
      for column, width in ipairs(natural) do shares[column] = width / space end
      return number, shares
    end
    -- breaks between words: what is left goes to the columns in proportion to what they lack
    if numbers <= space and numbers < 0.75 * words then
      local spare = (space - numbers) / (words - numbers)
      for column, width in ipairs(least) do
        shares[column] = (width + (natural[column] - width) * spare) / space
      end
      return number, shares
    end
  end
end

-- How many lines high a table is about to be.
local function lines(grid, size, shares)
  local most, space, total = {}, room(size), 0
  for _, item in ipairs(grid) do
    local share = item.column and shares[item.column]
    local high = share and math.ceil(item.width / math.max(share * space - GAP, 2) - 0.05) or 1
    most[item.row] = math.max(most[item.row] or 1, high)
  end
  for _, high in pairs(most) do total = total + high end
  return total
end

local LONG = 30 -- half-width characters beyond which a word may be divided

-- The same, with words divided where whole ones would not fit or make the table twice as high; a single
-- column of a part is squeezed where nothing else helps.
local function layout(table, start, last)
  local grid, natural, least = measured(table)
  local divided = {}
  for column, width in ipairs(least) do divided[column] = math.min(width, LONG) end
  local number, shares = fitting(natural, least, start)
  local other, narrow = fitting(natural, divided, start)
  if not number or lines(grid, SIZES[number], shares) > 2 * lines(grid, SIZES[other], narrow) then number, shares = other, narrow end
  if not number and last then
    number, shares = #SIZES, {}
    for column, width in ipairs(divided) do shares[column] = width / sum(divided) end
  end
  return number, shares, number and lines(grid, SIZES[number], shares)
end

-- Columns `first` to `last` of rows, after the first `kept`; cells that span more than these are cut.
local function cut(rows, kept, first, last)
  local out = pandoc.List(rows):map(function(row) return pandoc.Row({}, row.attr) end)
  shared.each_cell(rows, function(cell, column, number)
    local stop = column + cell.col_span - 1
    local span = math.max(0, math.min(stop, kept) - column + 1) + math.max(0, math.min(stop, last) - math.max(column, first) + 1)
    if span > 0 then out[number].cells:insert(pandoc.Cell(cell.contents, cell.alignment, cell.row_span, span, cell.attr)) end
  end)
  return out
end

local function columns(table, kept, first, last)
  local part = table:clone()
  local specs = pandoc.List { _G.table.unpack(table.colspecs, 1, kept) }
  specs:extend { _G.table.unpack(table.colspecs, first, last) }
  part.colspecs = specs
  part.head = pandoc.TableHead(cut(table.head.rows, kept, first, last))
  part.bodies = { { attr = pandoc.Attr(), head = pandoc.List {}, body = cut(shared.body_rows(table), kept, first, last),
    row_head_columns = 0 } }
  part.foot = pandoc.TableFoot()
  return part
end

-- A table too wide for the page continues below itself, the columns that name its rows repeated.
local function split(table, kept)
  local _, natural = measured(table)
  local named = sum { _G.table.unpack(natural, 1, kept) }
  local parts, first, width = pandoc.Blocks {}, kept + 1, named
  for column = kept + 1, #natural do
    if width + natural[column] > room('small') and column > first then
      parts:insert(columns(table, kept, first, column - 1))
      first, width = column, named
    end
    width = width + natural[column]
  end
  parts:insert(columns(table, kept, first, #natural))
  for index = 2, #parts do parts[index].caption, parts[index].identifier = { long = {} }, '' end
  return parts
end

-- Calls `visit` with each cell of one column and the half-width characters of its line.
local function each_line(table, visit)
  local space = tonumber(table.attributes.room)
  shared.each_cell(shared.all_rows(table), function(cell, column)
    local spec = cell.col_span == 1 and table.colspecs[column]
    if spec then visit(cell, math.max(spec[2] * space - GAP, 2) + 0.01) end -- numbers are rounded
  end)
end

-- Typst is told where it may divide a word that is longer than its line; Word and browsers find their own places.
function tables.divided(table)
  each_line(table, function(cell, most)
    local function divided(word)
      if measure.width(word.text) > most then word.text = word.text:gsub('[^\128-\191][\128-\191]*', '%0\u{200b}') end
      return word
    end
    local words = content(cell)
    if measure.unbreakable(words) > most and not measure.is_number(words) then cell.contents = cell.contents:walk { Str = divided, Code = divided } end
  end)
end

local function finish(table, number, shares, high)
  local larger = room 'normal' / room(SIZES[number])
  local size = SIZES[number]
  table.attributes = { kind = table.attributes.kind, size = size, lines = tostring(high), room = tostring(room(size)) }
  for column, share in ipairs(shares) do table.colspecs[column] = { table.colspecs[column][1], share } end
  each_line(table, function(cell, most)
    pictures(cell, most * larger)
    local words = content(cell)
    if words:find(' ', 1, true) and measure.is_number(words) then
      cell.contents = cell.contents:walk { Space = function() return pandoc.Str '\u{a0}' end }
    end
  end)
  return table
end

-- One table, or several of one size of type where it had to be divided.
function tables.prepare(table)
  if #table.colspecs == 0 then return {} end
  illustrated, coded = false, false
  table:walk { Image = function() illustrated = true end, CodeBlock = function() coded = true end }
  drop_empty_head(table)
  merge_index_names(table)
  local kept = stub(table)
  align(table)
  local number, shares, high = layout(table, 1, #table.colspecs == kept + 1)
  if number then return { finish(table, number, shares, high) } end
  local parts, size = split(table, kept), 1
  for _, part in ipairs(parts) do size = math.max(size, (layout(part, 1, true))) end
  return parts:map(function(part)
    local _, widths, lines_ = layout(part, size, true)
    return finish(part, size, widths, lines_)
  end)
end

return tables
