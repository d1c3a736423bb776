-- Colours of table cells, from CSS to what each format knows. Nothing else of a style is kept.
local colours = {}

local NAMES = { aqua = '00FFFF', beige = 'F5F5DC', black = '000000', blue = '0000FF', brown = 'A52A2A', coral = 'FF7F50',
  cyan = '00FFFF', darkblue = '00008B', darkgreen = '006400', darkred = '8B0000', gold = 'FFD700', gray = '808080',
  green = '008000', grey = '808080', khaki = 'F0E68C', lightblue = 'ADD8E6', lightcoral = 'F08080', lightgray = 'D3D3D3',
  lightgreen = '90EE90', lightgrey = 'D3D3D3', lightpink = 'FFB6C1', lightyellow = 'FFFFE0', lime = '00FF00',
  magenta = 'FF00FF', maroon = '800000', navy = '000080', olive = '808000', orange = 'FFA500', pink = 'FFC0CB',
  purple = '800080', red = 'FF0000', salmon = 'FA8072', silver = 'C0C0C0', skyblue = '87CEEB', teal = '008080',
  tomato = 'FF6347', violet = 'EE82EE', white = 'FFFFFF', yellow = 'FFFF00', yellowgreen = '9ACD32' }

-- Six hexadecimal digits of a CSS colour; nil for one that is transparent or unknown.
function colours.hex(css)
  css = css:lower():gsub('^%s+', ''):gsub('%s+$', '')
  if css:match('^#%x%x%x$') then return (css:sub(2):gsub('.', '%0%0'):upper()) end
  if css:match('^#%x%x%x%x%x%x') then return css:sub(2, 7):upper() end
  local red, green, blue, rest = css:match('^rgba?%(%s*(%d+)%s*,%s*(%d+)%s*,%s*(%d+)(.*)%)$')
  if red and not rest:match('^%s*,%s*0%%?%s*$') then
    local function part(number) return math.min(tonumber(number), 255) end
    return string.format('%02X%02X%02X', part(red), part(green), part(blue))
  end
  return NAMES[css]
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

-- The fill, the colour of the words ("ink") and the bar of a cell, as attributes.
function colours.of(attributes)
  local style = ';' .. (attributes.style or ''):gsub('!important', '')
  local fill = style:match(';%s*background%-color%s*:%s*([^;]+)') or style:match(';%s*background%s*:%s*([^;]+)')
    or attributes.bgcolor
  local ink = style:match(';%s*color%s*:%s*([^;]+)')
  return { fill = fill and colours.hex(fill), ink = ink and colours.hex(ink), bar = bar(style) }
end

-- A picture of one pixel, which a format stretches.
function colours.pixel(hex)
  local palette = hex:gsub('%x%x', function(pair) return string.char(tonumber(pair, 16)) end)
  return 'GIF89a\1\0\1\0\128\0\0' .. palette .. '\0\0\0,\0\0\0\0\1\0\1\0\0\2\2\68\1\0;'
end

return colours
