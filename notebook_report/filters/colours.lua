-- Colours as HTML and LaTeX name them, and those of table cells.
local colours = {}

local NAMES = { black = '000000', white = 'ffffff', red = 'ff0000', lime = '00ff00', green = '008000', blue = '0000ff',
  yellow = 'ffff00', orange = 'ffa500', purple = '800080', brown = 'a52a2a', gray = '808080', grey = '808080',
  cyan = '00ffff', aqua = '00ffff', magenta = 'ff00ff', fuchsia = 'ff00ff', pink = 'ffc0cb', navy = '000080',
  teal = '008080', olive = '808000', maroon = '800000', silver = 'c0c0c0', violet = 'ee82ee', crimson = 'dc143c',
  darkred = '8b0000', darkgreen = '006400', darkblue = '00008b', royalblue = '4169e1', steelblue = '4682b4',
  tomato = 'ff6347', gold = 'ffd700', indigo = '4b0082', darkorange = 'ff8c00', forestgreen = '228b22',
  lightblue = 'add8e6', lightgreen = '90ee90', lightyellow = 'ffffe0', lightpink = 'ffb6c1', lightcoral = 'f08080',
  lightgray = 'd3d3d3', lightgrey = 'd3d3d3', salmon = 'fa8072', coral = 'ff7f50', khaki = 'f0e68c', beige = 'f5f5dc',
  skyblue = '87ceeb', yellowgreen = '9acd32' }

-- Six digits of red, green and blue; nil for what is no colour.
function colours.hex(name)
  name = name:lower():gsub('%s', '')
  local digits = name:match('^#(%x%x%x%x%x%x)') or NAMES[name]
  local short = name:match('^#(%x%x%x)$')
  local red, green, blue = name:match('^rgba?%((%d+),(%d+),(%d+)')
  if name:match(',0%)$') and name:match('^rgba') then return nil end -- transparent
  if short then return (short:gsub('%x', '%0%0')) end
  if red then return ('%02x%02x%02x'):format(math.min(tonumber(red), 255), math.min(tonumber(green), 255), math.min(tonumber(blue), 255)) end
  return digits
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
