-- The document as HTML: numbers written out, references as links.
package.path = pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), '?.lua' } .. ';' .. package.path
local bibliography = require 'bibliography'
local measure = require 'measure'
local settings = require 'settings'
local shared = require 'shared'

-- Figure or Table, whose caption.long = { Plain { … } } gets "Figure 1. " at its head.
local function numbered(element)
  local kind = element.attributes.kind
  if not kind or #element.caption.long == 0 then return element end
  local prefix = settings.labels[kind] .. ' ' .. element.attributes.number .. settings.caption_separator
  element.caption.long[1].content:insert(1, pandoc.Span(prefix, pandoc.Attr('', { 'caption-number' })))
  element.attributes = {}
  return element
end

local function direction(block) return measure.reads_from_right(block) and 'rtl' or nil end

local BAR = 'background:linear-gradient(90deg,transparent %2%%,#%1 %2%%,#%1 %3%%,transparent %3%%);'

local function Table(table)
  -- widths are for paper: a browser finds its own
  for column, spec in ipairs(table.colspecs) do table.colspecs[column] = { spec[1], nil } end
  table.attributes = { kind = table.attributes.kind, number = table.attributes.number }
  for _, row in ipairs(shared.all_rows(table)) do
    for _, cell in ipairs(row.cells) do
      local fill, ink, bar, style = cell.attributes.fill, cell.attributes.ink, cell.attributes.bar, ''
      if fill then style = 'background:#' .. fill .. ';' end
      if bar then style = bar:gsub('^(%x+) (%S+) (%S+)$', BAR) end
      if fill or ink then style = style .. 'color:#' .. (ink or '000000') end
      cell.attributes = { style = style ~= '' and style or nil }
    end
  end
  return pandoc.Div({ numbered(table) }, pandoc.Attr('', { 'table' }, { dir = direction(table) }))
end

-- A list whose marks stand at the right.
local function directed(element)
  local dir = direction(element)
  return dir and pandoc.Div({ element }, pandoc.Attr('', {}, { dir = dir })) or nil
end

local function Image(image)
  local width = image.attributes.width
  image.attributes = { style = width and 'width:' .. width or nil }
  return image
end

local function Header(header)
  local number = header.attributes.number
  if number then
    header.content:insert(1, pandoc.Space())
    header.content:insert(1, pandoc.Span(number, pandoc.Attr('', { 'section-number' })))
  end
  if header.attributes.front then header.classes = { 'front', 'unlisted', 'unnumbered' } end
  header.attributes = {}
  return header
end

local function Span(span)
  local classes, attributes = span.classes, span.attributes
  if classes:includes('noted-again') then
    local number = pandoc.utils.stringify(span)
    return pandoc.Link({ pandoc.Superscript(number) }, '#fn' .. number)
  end
  if classes:includes('noted') then return span.content end
  if classes:includes('xref') then return pandoc.Link(span.content, '#' .. attributes.target, '', pandoc.Attr('', { 'xref' })) end
  if attributes.colour then span.attributes = { style = 'color:#' .. attributes.colour } end
  return span
end

local function Div(div)
  local classes, attributes = div.classes, div.attributes
  for _, part in ipairs { 'front', 'main', 'appendix' } do -- pandoc lists no heading that stands in a box
    if classes:includes(part) then return div.content end
  end
  if classes:includes('document-title') then return pandoc.Header(1, div.content[1].content, pandoc.Attr('', { 'title', 'unlisted' })) end
  if classes:includes('picture') then return pandoc.Para(div.content[1].content) end
  if classes:includes('in-columns') then
    div.attributes = { style = 'grid-template-columns: repeat(' .. attributes.columns .. ', 1fr)' }
  elseif classes:includes('box') then
    classes:insert(attributes.tone)
    attributes.tone = nil
  elseif classes:includes('equation') then
    div.content:insert(pandoc.Div({ pandoc.Plain('(' .. attributes.number .. ')') }, pandoc.Attr('', { 'equation-number' })))
    div.attributes = {}
  end
  return div
end

return { bibliography, { Figure = numbered, Table = Table, Image = Image, Header = Header, Span = Span,
  BulletList = directed, OrderedList = directed, BlockQuote = directed }, { Div = Div } }
