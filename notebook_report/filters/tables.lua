-- Tables: pandas' headers mended, numbers to the right, and columns as wide as they need to be.
local settings = require 'settings'
local images = require 'images'
local measure = require 'measure'
local tables = {}

-- Sizes of type, the one that is wanted first.
local SIZES = { 'normal', 'small', 'tiny' }
local POINTS = { normal = 10.5, small = 9, tiny = 7.5 }
local GAP = 3.4 -- half-width characters of padding between two columns

-- Half-width characters on a line of the text width.
local function room(size) return settings.text_width / 2.54 * 72 / (POINTS[size] / 2) end

local function content(cell) return measure.trim(pandoc.utils.stringify(cell.contents)) end

-- A Table has head.rows, bodies = { { head = rows, body = rows }, … } and foot.rows; a row has cells,
-- a cell has contents (blocks), col_span, row_span and alignment. Lists that are fields of pandoc's own
-- objects are copies: what is changed must be put back.
local function body_rows(table)
  local rows = pandoc.List {}
  for _, body in ipairs(table.bodies) do
    rows:extend(body.head)
    rows:extend(body.body)
  end
  rows:extend(table.foot.rows)
  return rows
end

local function all_rows(table)
  local rows = pandoc.List {}
  rows:extend(table.head.rows)
  rows:extend(body_rows(table))
  return rows
end

-- pandas writes the names of the index into a header row of their own: lift them one row up.
local function merge_index_names(table)
  local rows = table.head.rows
  local last, above = rows[#rows], rows[#rows - 1]
  if not above or #last.cells ~= #above.cells then return end
  for index, cell in ipairs(last.cells) do
    if cell.col_span > 1 or above.cells[index].col_span > 1 then return end
    if content(cell) ~= '' and content(above.cells[index]) ~= '' then return end
  end
  for index, cell in ipairs(above.cells) do
    if content(cell) == '' then cell.contents = last.cells[index].contents end
  end
  rows:remove(#rows)
  table.head.rows = rows
end

-- A spanning cell counts nowhere: its columns are measured by the others.
local function each_cell(rows, visit)
  local busy = {} -- column → rows for which a cell above still reaches into it
  for _, row in ipairs(rows) do
    local column = 1
    for _, cell in ipairs(row.cells) do
      while (busy[column] or 0) > 0 do
        busy[column] = busy[column] - 1
        column = column + 1
      end
      visit(cell, column)
      for spanned = column, column + cell.col_span - 1 do busy[spanned] = cell.row_span - 1 end
      column = column + cell.col_span
    end
  end
end

local function align(table)
  local numeric = {}
  each_cell(body_rows(table), function(cell, column)
    local words = content(cell)
    if words ~= '' and cell.col_span == 1 then
      numeric[column] = numeric[column] ~= false and measure.is_number(words)
    end
  end)
  for column, spec in ipairs(table.colspecs) do
    if spec[1] == pandoc.AlignDefault then
      spec[1] = numeric[column] and pandoc.AlignRight or pandoc.AlignLeft
      table.colspecs[column] = spec
    end
  end
  local function of_column(cell, column)
    cell.alignment = cell.col_span > 1 and pandoc.AlignCenter or table.colspecs[column][1]
  end
  for _, part in ipairs { table.head, table.foot } do
    local rows = part.rows
    each_cell(rows, of_column)
    part.rows = rows
  end
  local bodies = table.bodies
  for _, body in ipairs(bodies) do
    body.row_head_columns = 0
    each_cell(body.head, of_column)
    each_cell(body.body, of_column)
  end
  table.bodies = bodies
end

-- Half-width characters that the pictures of a cell need; wider than `most` they are made smaller.
local function pictures(cell, most)
  local per_cm, widest = room('normal') / settings.text_width, nil
  cell.contents, widest = images.narrowed(cell.contents, most and most / per_cm)
  return widest * per_cm
end

local function extents(table)
  local natural, least = {}, {}
  each_cell(all_rows(table), function(cell, column)
    if cell.col_span > 1 then return end
    for line in (content(cell) .. '\n'):gmatch('(.-)\n') do
      natural[column] = math.max(natural[column] or 2, measure.width(line))
      least[column] = math.max(least[column] or 2, measure.unbreakable(line))
    end
    natural[column] = math.max(natural[column], pictures(cell))
  end)
  for column = 1, #table.colspecs do
    natural[column] = (natural[column] or 2) + GAP
    least[column] = math.min((least[column] or 2) + GAP, 30)
  end
  return natural, least
end

local function sum(list)
  local total = 0
  for _, value in ipairs(list) do total = total + value end
  return total
end

-- Column widths as shares of the text width, and the size of type they need; nil: too wide.
local function layout(natural, least)
  local words, numbers = sum(natural), sum(least)
  for _, size in ipairs(SIZES) do
    local space = room(size)
    local shares = {}
    if words <= space then -- no line breaks at all
      for column, width in ipairs(natural) do shares[column] = width / space end
      return size, shares
    end
    -- breaks between words: what is left goes to the columns in proportion to what they lack
    if numbers <= space and numbers < 0.75 * words then
      local spare = (space - numbers) / (words - numbers)
      for column, width in ipairs(least) do
        shares[column] = (width + (natural[column] - width) * spare) / space
      end
      return size, shares
    end
  end
end

local function squeezed(natural)
  local shares, total = {}, sum(natural)
  for column, width in ipairs(natural) do shares[column] = width / total end
  return 'tiny', shares
end

local function simple(table)
  local plain = true
  each_cell(all_rows(table), function(cell) plain = plain and cell.col_span == 1 and cell.row_span == 1 end)
  return plain
end

local function columns(table, first, last)
  local part = table:clone()
  local function cut(rows)
    return rows:map(function(row)
      local cells = pandoc.List { row.cells[1] }
      for column = first, last do cells:insert(row.cells[column]) end
      return pandoc.Row(cells, row.attr)
    end)
  end
  local specs = pandoc.List { table.colspecs[1] }
  for column = first, last do specs:insert(table.colspecs[column]) end
  part.colspecs = specs
  part.head = pandoc.TableHead(cut(table.head.rows))
  part.bodies = { { attr = pandoc.Attr(), head = pandoc.List {}, body = cut(body_rows(table)),
    row_head_columns = 0 } }
  part.foot = pandoc.TableFoot()
  return part
end

-- A table too wide for the page continues below itself, the first column repeated.
local function split(table, natural)
  local parts, first, width = pandoc.Blocks {}, 2, natural[1]
  local space = room('small')
  for column = 2, #natural do
    if width + natural[column] > space and column > first then
      parts:insert(columns(table, first, column - 1))
      first, width = column, natural[1]
    end
    width = width + natural[column]
  end
  parts:insert(columns(table, first, #natural))
  for index = 2, #parts do
    parts[index].caption = { long = {} }
    parts[index].identifier = ''
  end
  return parts
end

-- How many lines high a table is about to be.
local function lines(table, size, shares)
  local total, space = 0, room(size)
  for _, row in ipairs(all_rows(table)) do
    local most = 1
    for column, cell in ipairs(row.cells) do
      if cell.col_span == 1 and shares[column] then
        local inner = math.max(shares[column] * space - GAP, 2)
        most = math.max(most, math.ceil(measure.width(content(cell)) / inner - 0.05))
      end
    end
    total = total + most
  end
  return total
end

local function finish(table, size, shares)
  table.attributes.size = size
  table.attributes.lines = tostring(lines(table, size, shares))
  local function shrink(rows)
    each_cell(rows, function(cell, column)
      if cell.col_span == 1 then pictures(cell, math.max(shares[column] * room('normal') - GAP, 2)) end
    end)
    return rows
  end
  table.head.rows = shrink(table.head.rows)
  local bodies = table.bodies
  for _, body in ipairs(bodies) do body.body = shrink(body.body) end
  table.bodies = bodies
  for column, share in ipairs(shares) do
    table.colspecs[column] = { table.colspecs[column][1], share }
  end
  return table
end

-- One table, or several where it had to be divided.
function tables.prepare(table)
  if #table.colspecs == 0 then return {} end
  merge_index_names(table)
  align(table)
  local natural, least = extents(table)
  local size, shares = layout(natural, least)
  if size then return { finish(table, size, shares) } end
  if not simple(table) then return { finish(table, squeezed(natural)) } end
  return split(table, natural):map(function(part)
    local wide, low = extents(part)
    local fitting, widths = layout(wide, low)
    if not fitting then fitting, widths = squeezed(wide) end
    return finish(part, fitting, widths)
  end)
end

return tables
