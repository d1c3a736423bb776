-- Headings counted the Chinese way: 一、 then （一） then 1. then （1）.
local numerals = {}

local DIGITS = { '一', '二', '三', '四', '五', '六', '七', '八', '九' }

-- 1 to 99 in Chinese.
function numerals.chinese(count)
  local tens, ones = count // 10, count % 10
  local head = tens > 1 and DIGITS[tens] or ''
  return head .. (tens > 0 and '十' or '') .. (DIGITS[ones] or '')
end

local SHAPES = { '%s、', '（%s）', '%s.', '（%s）' }

-- What stands before a heading, and what a reference to it says: 二、 and 二（一）.
function numerals.heading(counts)
  local level, whole = #counts, ''
  for depth, count in ipairs(counts) do
    local numeral = depth <= 2 and numerals.chinese(count) or tostring(count)
    local shape = (depth == 1 or depth == 3) and '%s' or '（%s）'
    whole = whole .. shape:format(numeral)
  end
  local own = level <= 2 and numerals.chinese(counts[level]) or tostring(counts[level])
  return (SHAPES[level] or '%s.'):format(own), whole
end

return numerals
