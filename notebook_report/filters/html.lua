-- The document as HTML: numbers written out, references as links.
package.path = pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), '?.lua' } .. ';' .. package.path
local settings = require 'settings'
local bibliography = require 'bibliography'

-- Figure or Table, whose caption.long = { Plain { … } } gets "Figure 1. " at its head.
local function numbered(element)
  local kind = element.attributes.kind
  if not kind or #element.caption.long == 0 then return element end
  local prefix = settings.labels[kind] .. ' ' .. element.attributes.number .. settings.caption_separator
  local blocks = element.caption.long
  local first = blocks[1]
  first.content:insert(1, pandoc.Span(prefix, pandoc.Attr('', { 'caption-number' })))
  blocks[1] = first
  element.caption = { long = blocks }
  element.attributes.kind, element.attributes.number = nil, nil
  return element
end

local function painted(rows)
  return rows:map(function(row)
    row.cells = row.cells:map(function(cell)
      local fill, ink, bar, style = cell.attributes.fill, cell.attributes.ink, cell.attributes.bar, ''
      if fill then style = 'background:#' .. fill .. ';' end
      if bar then
        style = bar:gsub('^(%x+) (%S+) (%S+)$', 'background:linear-gradient(90deg,transparent %2%%,#%1 %2%%,#%1 %3%%,transparent %3%%);')
      end
      if fill or ink then style = style .. 'color:#' .. (ink or '000000') end
      cell.attributes = { style = style ~= '' and style or nil }
      return cell
    end)
    return row
  end)
end

local function Table(table)
  -- widths are for paper: a browser finds its own
  for column, spec in ipairs(table.colspecs) do table.colspecs[column] = { spec[1], nil } end
  table.attributes.size, table.attributes.lines = nil, nil
  table.head.rows = painted(table.head.rows)
  local bodies = table.bodies
  for _, body in ipairs(bodies) do body.body = painted(body.body) end
  table.bodies = bodies
  return pandoc.Div({ numbered(table) }, pandoc.Attr('', { 'table' }))
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
  for _, key in ipairs { 'number', 'appendix' } do header.attributes[key] = nil end
  if header.attributes.front then header.classes = { 'front', 'unlisted', 'unnumbered' } end
  header.attributes.front = nil
  return header
end

local function Span(span)
  if span.classes:includes('noted-again') then
    local number = pandoc.utils.stringify(span)
    return pandoc.Link({ pandoc.Superscript(number) }, '#fn' .. number)
  end
  if span.classes:includes('noted') then return span.content end
  if span.attributes.colour then
    span.attributes = { style = 'color:#' .. span.attributes.colour }
    return span
  end
  if span.classes:includes('xref') then
    return pandoc.Link(span.content, '#' .. span.attributes.target, '', pandoc.Attr('', { 'xref' }))
  end
end

local function Div(div)
  for _, part in ipairs { 'front', 'main', 'appendix' } do -- pandoc lists no heading that stands in a box
    if div.classes:includes(part) then return div.content end
  end
  if div.classes:includes('box') then
    div.classes:insert(div.attributes.tone)
    div.attributes.tone = nil
  end
  if div.identifier == 'refs' then return bibliography.mend(div) end
  if div.classes:includes('equation') then
    div.content:insert(pandoc.Div({ pandoc.Plain('(' .. div.attributes.number .. ')') },
      pandoc.Attr('', { 'equation-number' })))
    div.attributes = {}
    return div
  end
  if div.classes:includes('document-title') then return pandoc.Header(1, div.content[1].content, pandoc.Attr('', { 'title', 'unlisted' })) end
end

return { { Figure = numbered, Table = Table, Image = Image, Header = Header, Span = Span }, { Div = Div } }
