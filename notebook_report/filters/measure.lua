-- Text measures: East Asian characters are twice as wide as Latin ones.
local settings = require 'settings'
local measure = {}

function measure.is_wide(code)
  return code >= 0x1100 and (code <= 0x115f or (code >= 0x2e80 and code <= 0xd7a3)
    or (code >= 0xf900 and code <= 0xfaff) or (code >= 0xfe30 and code <= 0xfe6f)
    or (code >= 0xff00 and code <= 0xff60) or (code >= 0xffe0 and code <= 0xffe6)
    or (code >= 0x1f300 and code <= 0x3fffd))
end

-- Whether text has a character from U+3400 to U+9FFF.
function measure.has_chinese(string) return string:find('\xE3[\x90-\xBF]') ~= nil or string:find('[\xE4-\xE9]') ~= nil end

-- Whether an element's text begins in a script that runs from the right: Hebrew, Arabic and their kin.
function measure.reads_from_right(element)
  for _, code in utf8.codes(settings.holds.from_right and pandoc.utils.stringify(element) or '', true) do
    if code >= 0x590 and code <= 0x8ff or code >= 0xfb1d and code <= 0xfdff or code >= 0xfe70 and code <= 0xfeff then return true end
    if code >= 65 and code <= 90 or code >= 97 and code <= 122 or code >= 0xc0 then return false end
  end
  return false
end

-- Codes of the first and the last character of words.
function measure.first(words) return utf8.codepoint(words, 1, 1, true) end
function measure.last(words)
  local at = utf8.offset(words, -1)
  return utf8.codepoint(words, at, at, true)
end

-- Width in half-width characters.
function measure.width(string)
  local width = 0
  for _, code in utf8.codes(string, true) do width = width + (measure.is_wide(code) and 2 or 1) end
  return width
end

-- What wide letters in bold need beyond that, where no letters are narrow.
function measure.bold(string)
  local _, wide = string:gsub('[mwMWQOGDNH@%%]', '')
  local _, narrow = string:gsub('[iljtfrI.,:]', '')
  return math.max(0, 0.7 * wide - 0.3 * narrow - 1)
end

-- Width of the widest piece that no line break may divide.
function measure.unbreakable(string)
  local widest, width = 2, 0
  for _, code in utf8.codes(string, true) do
    if code == 32 or code == 10 then width = 0
    elseif measure.is_wide(code) then width = 2
    else width = width + 1 end
    widest = math.max(widest, width)
    if code == 45 or code == 47 then width = 0 end -- lines break after - and /
  end
  return widest
end

-- What stands in a column of numbers where there is none.
local ABSENT = { ['-'] = true, ['–'] = true, ['—'] = true, NaN = true, nan = true, None = true,
  NaT = true, ['<NA>'] = true, ['...'] = true, ['…'] = true }

function measure.is_number(string)
  local bare = string:gsub('−', '-'):gsub('%s', ''):gsub('[×^]', ''):gsub(' ', '')
  return ABSENT[bare] or bare:match('^[%[%(<≥≤~±+-]*%d[%d.,%%eE:/%]%)±–+-]*$') ~= nil
end

return measure
