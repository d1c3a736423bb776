-- Colours as HTML and LaTeX name them, and those of table cells.
local settings = require 'settings'
local colours = {}

-- Six digits of red, green and blue; nil for what is no colour.
function colours.hex(name)
  name = name:lower()
  local digits = name:match('^%s*#(%x%x%x%x%x%x)')
  local short = name:match('^%s*#(%x%x%x)%f[%X]')
  if digits or short then return digits or (short:gsub('%x', '%0%0')) end
  local red, green, blue, alpha, percent = name:match('^%s*rgba?%(%s*(%d+)[%s,]+(%d+)[%s,]+(%d+)[%s,/]*([%d.]*)(%%?)')
  if not red then return settings.colours[name:match('^%s*(%a*)')] end
  alpha = (tonumber(alpha) or 1) / (percent == '%' and 100 or 1)
  if alpha == 0 then return nil end -- transparent
  local function mixed(part) return math.floor(255.5 - (255 - math.min(tonumber(part), 255)) * math.min(alpha, 1)) end
  return ('%02x%02x%02x'):format(mixed(red), mixed(green), mixed(blue)) -- on white paper
end

-- A bar within a cell, which CSS draws as a gradient with hard edges: where it starts and ends, in hundredths.
local function bar(style)
  local stops = style:match('linear%-gradient%(%s*[^,]*,%s*(.+)%)')
  local hex, from, to, last
  for colour, place in (stops or ''):gmatch('([#%w]+%(?[%d,.%s]*%)?)%s+([%d.]+)%%') do
    local this = colours.hex(colour)
    if this and not hex then
      hex, from, to = this, last or 0, tonumber(place)
    elseif this == hex then
      to = tonumber(place)
    end
    last = tonumber(place)
  end
  return hex and string.format('%s %.1f %.1f', hex, math.min(from, 100), math.min(to, 100))
end

-- The fill, the colour of the words ("ink") and the bar of a cell, as attributes, and the typefaces that its
-- words stand in; those of its row hold, too.
function colours.of(attributes, row)
  if not (attributes.style or attributes.bgcolor or row.style or row.bgcolor) then return {}, {} end
  local style = ';' .. (row.style or '') .. ';' .. (attributes.style or '')
  style = style:gsub('!important', '')
  local function last(name) return style:match('.*;%s*' .. name .. '%s*:%s*([^;]+)') end
  local fill = last 'background%-color' or last 'background' or attributes.bgcolor or row.bgcolor
  local ink, weight = last 'color', last 'font%-weight' or ''
  local faces = pandoc.List {}
  if weight:match('^bold') or (tonumber(weight:match('^%d+')) or 0) >= 600 then faces:insert 'Strong' end
  if (last 'font%-style' or ''):match('^italic') then faces:insert 'Emph' end
  if style:match('text%-decoration[%a-]*%s*:[^;]*underline') then faces:insert 'Underline' end
  if style:match('text%-decoration[%a-]*%s*:[^;]*line%-through') then faces:insert 'Strikeout' end
  return { fill = fill and colours.hex(fill), ink = ink and colours.hex(ink), bar = bar(style) }, faces
end

-- A picture of one pixel, which a format stretches.
function colours.pixel(hex)
  local palette = hex:gsub('%x%x', function(pair) return string.char(tonumber(pair, 16)) end)
  return 'GIF89a\1\0\1\0\128\0\0' .. palette .. '\0\0\0,\0\0\0\0\1\0\1\0\0\2\2\68\1\0;'
end

return colours
