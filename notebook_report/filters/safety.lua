-- Whatever a cell says stays text: nothing in it runs, is fetched, or passes for a mark of ours.
local colours = require 'colours'
local settings = require 'settings'
local shapes = require 'shapes'
local shared = require 'shared'
local safety = {}

local KEPT = { width = true, height = true, startFrom = true, ['custom-style'] = true, ['reference-type'] = true, ['layout-ncol'] = true }
local SHAPES = { Div = true, Span = true, Image = true } -- whose style tells a colour, a place or a size

-- Classes by which the filters tell parts of the document from each other.
local OURS = pandoc.List { 'abstract', 'appendix', 'box', 'cell-output', 'centred', 'coloured', 'continued', 'csl-entry', 'csl-left-margin',
  'document-title', 'equation', 'figure-part', 'front', 'in-columns', 'lead-in', 'main', 'listing', 'missing', 'page-break', 'picture', 'place', 'xref' }

-- Styles of paragraphs that tell where parts of a Word file begin and end, and are taken out.
local MARKS = pandoc.List { 'abstractend', 'appendixstart', 'frontend', 'landscapestart', 'landscapeend', 'pagebreak', 'sectionbreak' }

-- A text without what no XML may hold.
local function fit(text) return (text:gsub('%c', ''):gsub('\u{FFFE}', ''):gsub('\u{FFFF}', '')) end

-- Attributes and classes are how the filters speak to each other: authors' own could pass for them.
local function plain(element)
  local attributes = {}
  for key, value in pairs(element.attributes) do
    if key == 'custom-style' and MARKS:includes((value:gsub('%s', '')):lower()) then
      settings.warn('the style ' .. value .. ' is a mark of our own, left out')
    elseif KEPT[key] or SHAPES[element.t] and (key == 'style' or key == 'align') or element.t == 'Div' and key == 'title' then
      attributes[key] = fit(value)
    end
  end
  element.attributes = attributes
  if element.t == 'Image' then element.src, element.title = fit(element.src), fit(element.title) end
  element.classes = element.classes:filter(function(class) return not OURS:includes(class) end)
  return element
end

local function Table(element)
  for _, row in ipairs(shared.all_rows(element)) do
    local own = row.attributes
    row.attr = pandoc.Attr()
    for _, cell in ipairs(row.cells) do
      local paint, faces = colours.of(cell.attributes, own)
      cell.attr = pandoc.Attr('', {}, paint)
      for _, name in ipairs(faces) do -- a cell's words in the typefaces of its style
        cell.contents = cell.contents:walk { traverse = 'topdown', Inlines = function(inlines) return { pandoc[name](inlines) }, false end }
      end
    end
  end
  return plain(element)
end

-- A link's words alone where its address is one that browsers run as a program.
function safety.link(link)
  local scheme = link.target:gsub('[%s%c]', ''):lower():match('^(%a+):')
  if scheme == 'javascript' or scheme == 'vbscript' or scheme == 'data' then return link.content end
end

local function Link(link)
  link.target, link.title = fit(link.target), fit(link.title)
  local words = safety.link(link)
  if words then settings.warn('the link of "' .. pandoc.utils.stringify(words) .. '" is a program or data, left out') end
  return words or plain(link)
end

local FILTER = { Table = Table, Link = Link }
for _, name in ipairs { 'Code', 'CodeBlock', 'Figure', 'Header', 'Image' } do FILTER[name] = plain end
for _, name in ipairs { 'Div', 'Span' } do FILTER[name] = function(element) return shapes[name](plain(element)) end end

function safety.blocks(blocks) return blocks:walk(FILTER) end

return safety
