-- The document as Typst source that calls the functions of templates/report.typ.
-- They go by the module's name: "sans" and many another name mean something in formulas.
package.path = pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), '?.lua' } .. ';' .. package.path
local lpeg = require 'lpeg'
local bibliography = require 'bibliography'
local measure = require 'measure'
local settings = require 'settings'
local shared = require 'shared'
local tables = require 'tables'

local quoted = shared.quoted
local function block(code) return pandoc.RawBlock('typst', code) end
local function inline(code) return pandoc.RawInline('typst', code) end
local function label(id) return id ~= '' and 'label(' .. quoted(id) .. ')' or 'none' end

-- Raw Typst before and after blocks or inlines that pandoc writes itself.
local function around(open, content, close)
  local raw = pandoc.utils.type(content) == 'Inlines' and inline or block
  return shared.between(raw(open), content, raw(close or ']'))
end

local function picture(image, call)
  local alt = pandoc.utils.stringify(image.caption)
  local size = ''
  for _, key in ipairs { 'width', 'height' } do
    if image.attributes[key] then size = size .. ', ' .. key .. ': ' .. image.attributes[key] end
  end
  alt = alt ~= '' and ', alt: ' .. quoted(alt) or ''
  -- Where the pages are all that counts, a frame does as well, and need not be decoded.
  local frame = settings.paged and image.attributes.width and image.attributes.height and 'box(' .. size:sub(3) .. ')'
  return '#' .. call .. '(' .. (frame or 'image(' .. quoted(image.src) .. size .. alt .. ')') .. ')'
end

local function Image(image) return inline(picture(image, 'box')) end

-- Blocks that run from the right where their words do.
local function directed(element)
  return measure.reads_from_right(element) and around('#[#set text(dir: rtl)\n', pandoc.Blocks { element }) or nil
end

-- A picture alone, while it is one, and the references.
local function alone(div)
  if shared.is(div, 'picture') then return block(picture(div.content[1].content[1], 'report.picture')) end
  return bibliography.Div(div)
end

-- #report.section(level, number, outlined: …, [words], label(…)), in a Plain: one call on one line
local function Header(header)
  local number, front = header.attributes.number, header.attributes.front
  local call = ('#report.section(%d, %s, outlined: %s, dir: %s, ['):format(header.level, number and quoted(number) or 'none', not front,
    measure.reads_from_right(header) and 'rtl' or 'auto')
  return pandoc.Plain(around(call, header.content, '], ' .. label(header.identifier) .. ')'))
end

-- #report.captioned(kind, prefix, [caption], label, floats, [ content ])
local function captioned(element, content, floats)
  local kind = element.attributes.kind
  local call = ('#report.captioned(%s, %s, ['):format(quoted(kind), quoted(settings.labels[kind] .. ' ' .. element.attributes.number))
  local words = pandoc.Inlines(pandoc.utils.blocks_to_inlines(element.caption.long))
  floats = floats and element.attributes.floats or 'none'
  local head = around(call, words, ('], %s, %s, ['):format(label(element.identifier), floats))
  return shared.between(pandoc.Plain(head), content, block('])'))
end

local function Figure(figure)
  local content = pandoc.Blocks(figure.content:map(function(item)
    return item.t == 'Plain' and pandoc.Para(item.content) or item -- so that it ends as a paragraph
  end))
  return captioned(figure, content, figure.attributes.kind == 'fig')
end

local ALIGN = { AlignLeft = 'left', AlignRight = 'right', AlignCenter = 'center', AlignDefault = 'left' }

-- The fill of a cell and the colour of its words.
local function painted(attributes)
  local fill, ink = attributes.fill and ('rgb("#%s")'):format(attributes.fill), attributes.ink
  if attributes.bar then fill = 'report.bar("' .. attributes.bar:gsub('^(%x+) (%S+) (%S+)$', '%1", %2%%, %3%%)') end
  return (fill and ', fill: ' .. fill or '') .. ', [' .. (ink and ('#set text(fill: rgb("#%s"))\n'):format(ink) or '')
end

local function rows(list, out, vertical)
  for _, row in ipairs(list) do
    for _, cell in ipairs(row.cells) do
      local spans = (cell.col_span > 1 and ', colspan: ' .. cell.col_span or '')
        .. (cell.row_span > 1 and ', rowspan: ' .. cell.row_span or '')
      out:extend(around('table.cell(align: ' .. ALIGN[cell.alignment] .. ' + ' .. (cell.row_span > 1 and 'horizon' or vertical) .. spans
        .. painted(cell.attributes), pandoc.Blocks(cell.contents), ']),'))
    end
  end
end

-- Lines of the longest table that stays on one page, and of the longest that does so where it is:
-- a table that floats leaves no gap behind.
local WHOLE, PLACED = settings.floats and 28 or 14, 8

local function Table(table)
  tables.divided(table)
  local lines, widths = tonumber(table.attributes.lines), ''
  -- spec = { alignment, share of the text width }
  for _, spec in ipairs(table.colspecs) do widths = widths .. string.format('%.2f%%, ', 100 * spec[2]) end
  local out = pandoc.Blocks { block(('#report.three-lines(%s, (%s), %s, %d, ('):format(quoted(table.attributes.size), widths,
    lines <= WHOLE, #table.head.rows)) }
  rows(table.head.rows, out, 'horizon')
  out:insert(block('), ('))
  rows(shared.body_rows(table), out, 'top')
  out:insert(block('))'))
  if measure.reads_from_right(table) then out = around('#[#set text(dir: rtl)\n', out) end
  return table.attributes.kind and captioned(table, out, lines > PLACED and lines <= WHOLE) or out
end

local CALLS = pandoc.List { 'front', 'main', 'appendix', 'abstract', 'document-title', 'cell-output', 'landscape', 'lead-in', 'centred' }

local function Div(div)
  local classes, content = div.classes, div.content
  if classes:includes('page-break') then return block(classes:includes('within') and '#colbreak(weak: true)' or '#pagebreak(weak: true)') end
  if classes:includes('place') then return block('#metadata(' .. div.attributes.number .. ') <place>') end
  if classes:includes('front') and #content == 0 then return block('#report.front([])') end
  if div.identifier == 'refs' then return around('#report.references([', content, '])') end
  if classes:includes('figure-part') then return around('[', content, '],') end
  if classes:includes('in-columns') then
    return around('#grid(columns: (1fr,) * ' .. div.attributes.columns .. ', gutter: 0.5cm, align: center + bottom,', content, ')')
  end
  local call = CALLS:find_if(function(class) return classes:includes(class) end)
  if call then return around('#report.' .. call .. '([', content, '])') end
  if classes:includes('box') then return around('#report.boxed("' .. div.attributes.tone .. '", [', content, '])') end
  if classes:includes('equation') then
    content[1].content:insert(inline(' #' .. label(div.identifier)))
    return around('#report.equation(' .. quoted(div.attributes.number) .. ', [', content, '])')
  end
  if classes:includes('csl-entry') then
    if content[1] and content[1].content then
      content[1].content:insert(inline(' #metadata(none) #' .. label(div.identifier)))
    end
    return around('#report.reference([', content, '])')
  end
  return content
end

-- What opens around a span's words.
local function opening(classes, attributes)
  if classes:includes('coloured') then return '#text(fill: rgb("' .. attributes.colour .. '"))[' end
  if classes:includes('xref') then return '#link(' .. label(attributes.target) .. ')[' end
  if classes:includes('missing') then return '#report.missing[' end
  if classes:includes('csl-left-margin') then return '#report.margin-number[' end -- citeproc sets number and text of an entry apart
end

local function Span(span)
  local open = opening(span.classes, span.attributes)
  if open then return around(open, span.content) end
  if span.classes:includes('noted-again') then return inline('#footnote(' .. label(span.attributes.target) .. ')') end
  if span.classes:includes('noted') then
    span.content:insert(inline('#' .. label(span.identifier)))
  elseif span.identifier ~= '' then -- Typst labels need something to hold on to
    span.content:insert(1, inline('#[#metadata(none)#' .. label(span.identifier) .. ']'))
  else return nil end
  return span.content
end

-- Words longer than a line of code get places where they may break.
local function CodeBlock(code)
  code.classes = code.classes:filter(function(class) return not class:find('[{}]') end) -- Typst would print it
  code.text = code.text:gsub('%S+', function(word)
    return #word > 85 and word:gsub(('[^\x80-\xbf][\x80-\xbf]*'):rep(80), '%0\u{200b}') or nil
  end)
  return code
end

-- What Typst would take for a list, an ellipsis or a minus sign gets a backslash.
local P, C, DIGIT, SIGN = lpeg.P, lpeg.C, lpeg.R '09', lpeg.S '-+/='
local ESCAPED = lpeg.B '..' * P '.' + P '-' * #DIGIT
local function escaped(sign) return inline('\\' .. sign) end
local PIECES = lpeg.Ct(C(DIGIT ^ 1) / pandoc.Str * (P '.' / escaped) * -1 + SIGN / escaped * (C(SIGN ^ 1) / pandoc.Str) ^ -1 * -1
  + (ESCAPED / escaped + C((1 - ESCAPED) ^ 1) / pandoc.Str) ^ 1)

local function Str(str) return str.text:find('[-+/=.]') and pandoc.Inlines(PIECES:match(str.text)) or nil end

local function HorizontalRule() return block('#report.rule()') end

return { { Cite = bibliography.Cite, CodeBlock = CodeBlock, Div = alone },
  settings.holds.from_right and { traverse = 'topdown', Para = directed, BulletList = directed, OrderedList = directed, BlockQuote = directed } or {},
  { Image = Image, Header = Header, HorizontalRule = HorizontalRule, Figure = Figure, Table = Table, Span = Span }, { Div = Div, Str = Str } }
