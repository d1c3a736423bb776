-- Boxes, centred blocks and coloured words, whoever's notation they are in: a bootstrap alert, a callout of
-- Quarto, MyST or GitHub, a style. Other boxes of HTML mean nothing on paper.
local colours = require 'colours'
local pages = require 'pages'
local settings = require 'settings'
local shared = require 'shared'
local shapes = {}

local TONES = { note = 'info', info = 'info', important = 'info', tip = 'success', hint = 'success', success = 'success',
  seealso = 'info', admonition = 'info', warning = 'warning', caution = 'warning', attention = 'warning', danger = 'danger', error = 'danger' }

function shapes.is_box(name) return TONES[name] ~= nil end

-- The tone of a box, and the name by which it is called where nobody wrote a title.
local function box(div)
  local titled = shared.is(div.content[1], 'title')
  for _, class in ipairs(div.classes) do
    local name = class:match('^callout%-(%a+)$') or class:match('^{(%a+)}$') or titled and class
    if name and TONES[name] then return TONES[name], name end
    local alert = class:match('^alert%-(%a+)$')
    if TONES[alert or ''] then return TONES[alert] end
  end
  return div.classes:includes('alert') and 'info' or nil
end

local function entitle(div, name, title)
  local first = div.content[1]
  local headed = first and first.t == 'Header'
  local words = headed and first.content or title or settings.words[name] or name:gsub('^%l', string.upper)
  if headed or shared.is(first, 'title') then div.content:remove(1) end
  div.content:insert(1, pandoc.Para { pandoc.Strong(words) })
end

-- Whether a box is centred, and the colour of an element's words; authors' own attributes go, for what they say is said in ours.
local function look(element)
  local style, align = (';' .. (element.attributes.style or '')):lower(), (element.attributes.align or ''):lower()
  element.attributes.style, element.attributes.align, element.attributes.title = nil, nil, nil
  return align == 'center' or style:find('text%-align%s*:%s*center') ~= nil, colours.hex(style:match('[;%s]color%s*:%s*([^;]+)') or '')
end

local function coloured(content, hex) return pandoc.Span(content, pandoc.Attr('', { 'coloured' }, { colour = hex })) end

-- ::: {#fig-both} with pictures and, as its last paragraph, their caption.
local function figure(div)
  local last = div.content[#div.content]
  if not div.identifier:match('^fig%-') or #div.content < 2 or not shared.is_paragraph(last) or shared.picture(last) then return nil end
  div.content:remove()
  return pandoc.Figure(div.content, { long = { pandoc.Plain(last.content) } }, pandoc.Attr(div.identifier, {}, { columns = div.attributes['layout-ncol'] }))
end

function shapes.Div(div)
  if div.identifier == '' and div.classes:includes('title') then return div end -- of a box around it
  local side = pages.broken(div.attributes.style)
  if side then
    div.content:insert(side == 'before' and 1 or #div.content + 1, pages.page_break())
    return div.content
  end
  local tone, name = box(div)
  local title = div.attributes.title
  local centred, hex = look(div)
  if hex then
    div.content = div.content:walk { traverse = 'topdown',
      Inlines = function(inlines) return { coloured(inlines, hex) }, false end }
  end
  if name then entitle(div, name, title) end
  local whole = figure(div)
  if whole then return whole end
  if tone then return pandoc.Div(div.content, pandoc.Attr(div.identifier, { 'box' }, { tone = tone })) end
  if centred then return pandoc.Div(div.content, pandoc.Attr(div.identifier, { 'centred' })) end
  local means = div.identifier ~= '' or div.attributes['custom-style'] or #div.classes > 0
  return means and div or div.content
end

function shapes.Span(span)
  local _, hex = look(span)
  if span.classes:includes('kbd') then return pandoc.Code(pandoc.utils.stringify(span)) end
  return hex and coloured({ span }, hex) or span
end

return shapes
