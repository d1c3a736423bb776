-- Stand-ins for what a parser must not look into, such as a formula: two letters of a script that nobody
-- writes, so that it takes them for a word.
local standins = {}

local held = {} -- { blocks or inlines, source }, by number
local PATTERN = '\xF0\x97[\x80-\xBF][\x80-\xBF]\xF0\x98[\x80-\x9F][\x80-\xBF]'

function standins.hold(item)
  held[#held + 1] = item
  return utf8.char(0x17000 + (#held >> 11), 0x18000 + (#held & 0x7ff))
end

function standins.text(words) return standins.hold { inlines = { pandoc.Str(words) }, source = words } end

local function holding(stand_in)
  local high, low = utf8.codepoint(stand_in, 1, -1)
  return held[(high - 0x17000 << 11) + low - 0x18000] or { source = '', inlines = {} }
end

-- Text in which everything that is held stands as it was written, or as it reads.
function standins.written(text)
  return (text:gsub(PATTERN, function(stand_in)
    local item = holding(stand_in)
    return item.source or standins.written(pandoc.utils.stringify(item.inlines or item.blocks))
  end))
end

-- Str → what its stand-ins stand for, and the words between them
local function Str(str)
  if not str.text:find(PATTERN) then return nil end
  local out, from = pandoc.Inlines {}, 1
  for start, stand_in, stop in str.text:gmatch('()(' .. PATTERN .. ')()') do
    if start > from then out:insert(pandoc.Str(str.text:sub(from, start - 1))) end
    local item = holding(stand_in)
    out:extend(item.inlines or pandoc.utils.blocks_to_inlines(item.blocks, { pandoc.LineBreak() }))
    from = stop
  end
  if from <= #str.text then out:insert(pandoc.Str(str.text:sub(from))) end
  return out
end

-- Para { Str } of a stand-in for blocks → these blocks
local function Para(para)
  local only = #para.content == 1 and para.content[1]
  local stand_in = only and only.t == 'Str' and only.text:match('^' .. PATTERN .. '$')
  local blocks = stand_in and holding(stand_in).blocks
  if blocks then return blocks, false end
end

local function Code(element)
  element.text = standins.written(element.text)
  return element
end

local function address(key)
  return function(element)
    element[key], element.title = standins.written(element[key]), standins.written(element.title)
    return element
  end
end

-- Blocks first, so that nobody looks for words in those that are back.
local FILTER = { traverse = 'topdown', Para = Para, Plain = Para, Str = Str, Code = Code, CodeBlock = Code,
  RawInline = Code, RawBlock = Code, Link = address 'target', Image = address 'src' }

function standins.within(text) return text:find(PATTERN) ~= nil end

-- Blocks in which everything that is held is back in its place.
function standins.restored(blocks) return blocks:walk(FILTER) end

return standins
