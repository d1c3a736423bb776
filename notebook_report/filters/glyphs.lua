-- Characters that no font has are written by their names, and said once a cell.
local settings = require 'settings'
local glyphs = {}

-- A key with a digit is one glyph of three characters, which no font of text has: 1️⃣ → [1]
local function keys(blocks)
  local found = false
  blocks = blocks:walk { Str = function(str)
    if not str.text:find('\u{20e3}', 1, true) then return nil end
    found = true
    return pandoc.Str((str.text:gsub('([%d#*])\u{fe0f}\u{20e3}', '[%1]'):gsub('([%d#*])\u{20e3}', '[%1]')))
  end }
  if found then settings.warn('keys with a digit are written as [1]') end
  return blocks
end

function glyphs.replace(blocks)
  if settings.to == 'typst' then blocks = keys(blocks) end
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
