-- Colours as HTML and LaTeX name them.
local colours = {}

local NAMES = { black = '000000', white = 'ffffff', red = 'ff0000', lime = '00ff00', green = '008000', blue = '0000ff',
  yellow = 'ffff00', orange = 'ffa500', purple = '800080', brown = 'a52a2a', gray = '808080', grey = '808080',
  cyan = '00ffff', aqua = '00ffff', magenta = 'ff00ff', fuchsia = 'ff00ff', pink = 'ffc0cb', navy = '000080',
  teal = '008080', olive = '808000', maroon = '800000', silver = 'c0c0c0', violet = 'ee82ee', crimson = 'dc143c',
  darkred = '8b0000', darkgreen = '006400', darkblue = '00008b', royalblue = '4169e1', steelblue = '4682b4',
  tomato = 'ff6347', gold = 'ffd700', indigo = '4b0082', darkorange = 'ff8c00', forestgreen = '228b22' }

-- Six digits of red, green and blue; nil for what is no colour.
function colours.hex(name)
  name = name:lower():gsub('%s', '')
  local digits = name:match('^#(%x%x%x%x%x%x)') or NAMES[name]
  local short = name:match('^#(%x%x%x)$')
  local red, green, blue = name:match('^rgba?%((%d+),(%d+),(%d+)')
  if short then return (short:gsub('%x', '%0%0')) end
  if red then return ('%02x%02x%02x'):format(math.min(red, 255), math.min(green, 255), math.min(blue, 255)) end
  return digits
end

return colours
