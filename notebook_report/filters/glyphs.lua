-- Characters that no font has are written by their names, and said once a cell.
local settings = require 'settings'
local glyphs = {}

function glyphs.replace(blocks)
  local missing, found, order = settings.missing or {}, {}, {}
  if not next(missing) then return blocks end
  local function named(text)
    return (text:gsub(utf8.charpattern, function(character)
      if missing[character] and not found[character] then
        found[character] = true
        order[#order + 1] = character
      end
      return missing[character]
    end))
  end
  local function element(item)
    item.text = named(item.text)
    return item
  end
  blocks = blocks:walk { Str = element, Code = element, CodeBlock = element }
  if #order > 0 then
    settings.warn('no font of the PDF has ' .. table.concat(order, ' ') .. ', written in another way')
  end
  return blocks
end

return glyphs
