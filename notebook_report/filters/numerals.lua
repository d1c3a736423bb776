-- Headings counted the Chinese way: 一、 then （一） then 1. then （1）.
local numerals = {}

local DIGITS = { '一', '二', '三', '四', '五', '六', '七', '八', '九' }
local SHAPES = { '%s、', '（%s）', '%s.', '（%s）' }

-- 1 to 99 in Chinese.
function numerals.chinese(count)
  local tens, ones = count // 10, count % 10
  return (tens > 1 and DIGITS[tens] or '') .. (tens > 0 and '十' or '') .. (DIGITS[ones] or '')
end

-- What stands before a heading, and what a reference to it says: 二、 and 二（一）.
function numerals.heading(counts)
  local numeral, whole = '', ''
  for depth, count in ipairs(counts) do
    numeral = depth <= 2 and numerals.chinese(count) or tostring(count)
    whole = whole .. ((depth == 1 or depth == 3) and '%s' or '（%s）'):format(numeral)
  end
  return (SHAPES[#counts] or '%s.'):format(numeral), whole
end

return numerals
