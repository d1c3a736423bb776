-- Characters that no font of the PDF has are written by their names, and said once a cell.
local settings = require 'settings'
local glyphs = {}

-- A key with a digit is one glyph of three characters, which no font of text has: 1️⃣ → [1]
local KEY = '([%d#*])[\u{fe0f}]*\u{20e3}'

function glyphs.replace(blocks)
  if settings.to ~= 'typst' or not settings.holds.keys and not next(settings.missing) then return blocks end
  local missing, found, order, keys = settings.missing, {}, pandoc.List {}, 0
  local function named(element)
    element.text = element.text:gsub(utf8.charpattern, function(character)
      if missing[character] and not found[character] then
        found[character] = true
        order:insert(character)
      end
      return missing[character]
    end)
    return element
  end
  local function Str(str)
    local text, count = str.text:gsub(KEY, '[%1]')
    if count == 0 and not next(missing) then return nil end
    str.text, keys = text, keys + count
    return named(str)
  end
  local others = next(missing) and named
  blocks = blocks:walk { Str = Str, Code = others, CodeBlock = others }
  if keys > 0 then settings.warn('keys with a digit are written as [1]') end
  if #order > 0 then settings.warn('no font of the PDF has ' .. table.concat(order, ' ') .. ', written in another way') end
  return blocks
end

return glyphs
