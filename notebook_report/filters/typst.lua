-- The document as Typst source that calls the functions of templates/report.typ.
-- They go by the module's name: "sans" and many another name mean something in formulas.
package.path = pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), '?.lua' } .. ';' .. package.path
local measure = require 'measure'
local settings = require 'settings'
local bibliography = require 'bibliography'

local function quoted(words) return '"' .. words:gsub('\\', '\\\\'):gsub('"', '\\"'):gsub('%s+', ' ') .. '"' end
local function block(code) return pandoc.RawBlock('typst', code) end
local function inline(code) return pandoc.RawInline('typst', code) end

-- A span's content as the argument of a call whose code ends in an open bracket.
local function within(call, span)
  local content = pandoc.Inlines { inline(call) }
  content:extend(span.content)
  content:insert(inline(']'))
  return content
end
local function label(id) return id ~= '' and 'label(' .. quoted(id) .. ')' or 'none' end

-- Raw Typst before and after blocks that pandoc writes itself.
local function around(open, content, close)
  local out = pandoc.Blocks { block(open) }
  out:extend(content)
  out:insert(block(close))
  return out
end

local function picture(image, call)
  local alt = pandoc.utils.stringify(image.caption)
  local size = ''
  for _, key in ipairs { 'width', 'height' } do
    if image.attributes[key] then size = size .. ', ' .. key .. ': ' .. image.attributes[key] end
  end
  alt = alt ~= '' and ', alt: ' .. quoted(alt) or ''
  return '#' .. call .. '(image(' .. quoted(image.src) .. size .. alt .. '))'
end

local function Image(image) return inline(picture(image, 'box')) end

local function Para(para)
  if #para.content == 1 and para.content[1].t == 'Image' then
    return block(picture(para.content[1], 'report.picture')), false
  end
  if measure.from_right(pandoc.utils.stringify(para)) then return around('#[#set text(dir: rtl)\n', { para }, ']'), false end
end

-- #report.section(level, number, outlined: …, [words], label(…)), in a Plain: one call on one line
local function Header(header)
  local number = header.attributes.number
  local content = pandoc.Inlines { inline('#report.section(' .. header.level .. ', ' .. (number and quoted(number) or 'none')
    .. ', outlined: ' .. (header.attributes.front and 'false' or 'true') .. ', [') }
  content:extend(header.content)
  content:insert(inline('], ' .. label(header.identifier) .. ')'))
  return pandoc.Plain(content)
end

-- The open head of #report.captioned(kind, prefix, [caption], label, floats, [ … ]); the caller closes it.
local function captioned(kind, prefix, element, long)
  local inlines = pandoc.Inlines { inline('#report.captioned(' .. quoted(kind) .. ', ' .. quoted(prefix) .. ', [') }
  inlines:extend(pandoc.utils.blocks_to_inlines(element.caption.long))
  inlines:insert(inline('], ' .. label(element.identifier) .. ', ' .. tostring(long and element.attributes.floats == 'true') .. ', ['))
  return pandoc.Plain(inlines)
end

local function Figure(figure)
  local kind = figure.attributes.kind
  local prefix = settings.labels[kind] .. ' ' .. figure.attributes.number
  local content = pandoc.Blocks {}
  for _, item in ipairs(figure.content) do
    if item.t == 'Plain' then item = pandoc.Para(item.content) end -- so that it ends as a paragraph
    content:insert(item)
  end
  local out = pandoc.Blocks { captioned(kind, prefix, figure, kind == 'fig') }
  out:extend(content)
  out:insert(block('])'))
  return out
end

local ALIGN = { AlignLeft = 'left', AlignRight = 'right', AlignCenter = 'center', AlignDefault = 'left' }

local function colour(hex) return 'rgb("#' .. hex .. '")' end

-- The fill of a cell and the colour of its words; a bar is a gradient with hard edges.
local function painted(attributes)
  local fill, ink = attributes.fill and colour(attributes.fill), attributes.ink
  local hex, from, to = (attributes.bar or ''):match('^(%x+) (%S+) (%S+)$')
  if hex then
    local stops = {}
    for _, stop in ipairs { { 'white', 0 }, { 'white', from }, { colour(hex), from }, { colour(hex), to }, { 'white', to }, { 'white', 100 } } do
      stops[#stops + 1] = '(' .. stop[1] .. ', ' .. stop[2] .. '%)'
    end
    fill = 'gradient.linear(' .. table.concat(stops, ', ') .. ')'
  end
  return (fill and ', fill: ' .. fill or '') .. ', [' .. (ink and '#set text(fill: ' .. colour(ink) .. ')\n' or '')
end

local function rows(list, out, vertical)
  for _, row in ipairs(list) do
    for _, cell in ipairs(row.cells) do
      local spans = (cell.col_span > 1 and ', colspan: ' .. cell.col_span or '')
        .. (cell.row_span > 1 and ', rowspan: ' .. cell.row_span or '')
      out:extend(around('table.cell(align: ' .. ALIGN[cell.alignment] .. ' + ' .. (cell.row_span > 1 and 'horizon' or vertical) .. spans
        .. painted(cell.attributes), cell.contents, ']),'))
    end
  end
end

-- Lines of the longest table that stays on one page, and of the longest that does so where it is:
-- a table that floats leaves no gap behind.
local WHOLE, PLACED = settings.floats and 28 or 14, 8

local function Table(table)
  local widths, lines = {}, tonumber(table.attributes.lines)
  -- spec = { alignment, share of the text width }
  for column, spec in ipairs(table.colspecs) do widths[column] = string.format('%.2f%%', 100 * spec[2]) end
  local out = pandoc.Blocks { block('#report.three-lines(' .. quoted(table.attributes.size) .. ', ('
    .. _G.table.concat(widths, ', ') .. ',), ' .. tostring(lines <= WHOLE) .. ', ' .. #table.head.rows .. ', (') }
  rows(table.head.rows, out, 'horizon')
  out:insert(block('), ('))
  for _, body in ipairs(table.bodies) do
    rows(body.head, out, 'top')
    rows(body.body, out, 'top')
  end
  rows(table.foot.rows, out, 'top')
  out:insert(block('))'))
  if not table.attributes.kind then return out end
  local prefix = settings.labels.tbl .. ' ' .. table.attributes.number
  local whole = pandoc.Blocks { captioned('tbl', prefix, table, lines > PLACED and lines <= WHOLE) }
  whole:extend(out)
  whole:insert(block('])'))
  return whole
end

local function Div(div)
  if div.classes:includes('page-break') then return block('#pagebreak(weak: true)') end
  if div.identifier == 'refs' then
    return around('#report.references([', div.content, '])')
  end
  for _, class in ipairs { 'front', 'main', 'appendix', 'abstract', 'document-title', 'cell-output', 'landscape', 'lead-in' } do
    if div.classes:includes(class) then
      if class == 'front' and #div.content == 0 then return block('#report.front([])') end
      return around('#report.' .. class .. '([', div.content, '])')
    end
  end
  if div.classes:includes('box') then return around('#report.boxed("' .. div.attributes.tone .. '", [', div.content, '])') end
  if div.classes:includes('centred') then return around('#align(center, [', div.content, '])') end
  if div.classes:includes('equation') then
    local math = div.content[1]
    math.content:insert(inline(' #' .. label(div.identifier)))
    return around('#report.equation(' .. quoted(div.attributes.number) .. ', [', { math }, '])')
  end
  if div.classes:includes('csl-entry') then
    local content = div.content
    if content[1] and content[1].content then
      content[1].content:insert(inline(' #metadata(none) #' .. label(div.identifier)))
    end
    return around('#report.reference([', content, '])')
  end
  return div.content
end

local function Span(span)
  if span.classes:includes('noted-again') then return inline('#footnote(' .. label(span.attributes.target) .. ')') end
  if span.classes:includes('noted') then
    span.content:insert(inline('#' .. label(span.identifier)))
    return span.content
  end
  if span.classes:includes('coloured') then
    return within('#text(fill: rgb("' .. span.attributes.colour .. '"))[', span)
  end
  if span.classes:includes('xref') then
    return within('#link(' .. label(span.attributes.target) .. ')[', span)
  end
  if span.classes:includes('missing') then
    return within('#report.missing[', span)
  end
  -- citeproc sets the number and the text of an entry apart
  if span.classes:includes('csl-left-margin') then
    return within('#report.margin-number[', span)
  end
  if span.identifier ~= '' then -- Typst labels need something to hold on to
    span.content:insert(1, inline('#[#metadata(none)#' .. label(span.identifier) .. ']'))
    return span.content
  end
end

-- Words longer than a line of code get places where they may break.
local function CodeBlock(code)
  code.classes = code.classes:filter(function(class) return not class:find('[{}]') end) -- Typst would print it
  code.text = code.text:gsub('%S+', function(word)
    if #word <= 85 then return nil end
    local pieces, count = {}, 0
    for _, character in utf8.codes(word, true) do
      pieces[#pieces + 1] = utf8.char(character)
      count = count + 1
      if count % 80 == 0 then pieces[#pieces + 1] = '\u{200b}' end
    end
    return _G.table.concat(pieces)
  end)
  return code
end

-- What Typst would take for a list, an ellipsis or a minus sign.
local function Str(str)
  local text, out, from = str.text, pandoc.Inlines {}, 1
  local places = { text:match('^%d+()%.$') or text:match('^()[-+/=]+$') }
  for at in text:gmatch '%.%.()%.' do places[#places + 1] = at end
  for at in text:gmatch '()%-%f[%d]' do places[#places + 1] = at end
  if #places == 0 then return nil end
  table.sort(places)
  for _, at in ipairs(places) do
    if at >= from then
      if at > from then out:insert(pandoc.Str(text:sub(from, at - 1))) end
      out:insert(inline('\\' .. text:sub(at, at)))
      from = at + 1
    end
  end
  if from <= #text then out:insert(pandoc.Str(text:sub(from))) end
  return out
end

local function HorizontalRule() return block('#report.rule()') end

return { bibliography.SAFE, { CodeBlock = CodeBlock, Div = bibliography.mend },
  { traverse = 'topdown', Para = Para }, { Image = Image, Header = Header, HorizontalRule = HorizontalRule },
  { Figure = Figure, Table = Table, Span = Span }, { Div = Div }, { Str = Str } }
