-- Boxes, centred blocks and coloured words, whoever's notation they are in: a bootstrap alert, a callout of
-- Quarto, MyST or GitHub, a style. Other boxes of HTML mean nothing on paper.
local colours = require 'colours'
local pages = require 'pages'
local settings = require 'settings'
local shapes = {}

local TONES = { note = 'info', info = 'info', important = 'info', tip = 'success', hint = 'success', success = 'success',
  seealso = 'info', admonition = 'info', warning = 'warning', caution = 'warning', attention = 'warning', danger = 'danger', error = 'danger' }

function shapes.is_box(name) return TONES[name] ~= nil end

-- The tone of a box, and the name by which it is called where nobody wrote a title.
local function box(div)
  local titled = div.content[1] and div.content[1].t == 'Div' and div.content[1].classes:includes('title')
  for _, class in ipairs(div.classes) do
    local name = class:match('^callout%-(%a+)$') or class:match('^{(%a+)}$') or titled and class
    if name and TONES[name] then return TONES[name], name end
    local alert = class:match('^alert%-(%a+)$')
    if TONES[alert or ''] then return TONES[alert] end
  end
  if div.classes:includes('alert') then return 'info' end
end

local function titled(div, name)
  local first = div.content[1]
  local own = first and first.t == 'Header' and first.content or div.attributes.title
  if first and first.t == 'Header' or first and first.t == 'Div' and first.classes:includes('title') then div.content:remove(1) end
  local words = own or settings.words[name] or name:gsub('^%l', string.upper)
  div.content:insert(1, pandoc.Para { pandoc.Strong(words) })
end

local function centred(element)
  return (element.attributes.align or ''):lower() == 'center'
    or (element.attributes.style or ''):lower():match('text%-align%s*:%s*center') ~= nil
end

local function colour(element)
  return colours.hex((';' .. (element.attributes.style or '')):lower():match('[;%s]color%s*:%s*([^;]+)') or '')
end

-- Attributes that were authors' own go, for what they say is said in ours.
local function bare(element)
  element.attributes.style, element.attributes.align, element.attributes.title = nil, nil, nil
  return element
end

local function coloured(content, hex) return pandoc.Span(content, pandoc.Attr('', { 'coloured' }, { colour = hex })) end

local function Div(div)
  if div.identifier == '' and div.classes:includes('title') then return nil end -- of a box around it
  local tone, name = box(div)
  local hex, middle, side = colour(div), centred(div), pages.broken(div.attributes.style)
  if side then
    local content = div.content
    content:insert(side == 'before' and 1 or #content + 1, pages.page_break())
    return content
  end
  if hex then
    div.content = div.content:walk { traverse = 'topdown',
      Inlines = function(inlines) return { coloured(inlines, hex) }, false end }
  end
  if tone then
    if name then titled(div, name) end
    return pandoc.Div(div.content, pandoc.Attr(div.identifier, { 'box' }, { tone = tone }))
  end
  if middle then return pandoc.Div(div.content, pandoc.Attr(div.identifier, { 'centred' })) end
  if div.identifier ~= '' or div.attributes['custom-style'] or #div.classes > 0 then return bare(div) end
  return div.content
end

local function Span(span)
  local hex = colour(span)
  bare(span)
  if span.classes:includes('kbd') then return pandoc.Code(pandoc.utils.stringify(span)) end
  return hex and coloured({ span }, hex) or span
end

function shapes.blocks(blocks) return blocks:walk { Div = Div, Span = Span } end

return shapes
