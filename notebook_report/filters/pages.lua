-- Page breaks and pages turned on their side, in whatever notation: LaTeX's, Quarto's, CSS.
local settings = require 'settings'
local shared = require 'shared'
local pages = {}

local TURN = 29.7 - 21 -- centimetres by which the text of a turned page is wider, and less high

local COMMANDS = { ['\\newpage'] = true, ['\\pagebreak'] = true, ['\\clearpage'] = true, ['{{< pagebreak >}}'] = true }

function pages.page_break() return pandoc.Div({}, pandoc.Attr('', { 'page-break' })) end

-- "before" or "after" for a style that breaks the page there.
function pages.broken(style)
  local side, value = (style or ''):lower():match('break%-(%a+)%s*:%s*(%a+)')
  return (value == 'always' or value == 'page') and side
end

local function is_break(block) return shared.is(block, 'page-break') end
local function is_turned(block) return shared.is(block, 'landscape') end

-- A paragraph whose lines are commands for a new page, or some of them: what stands between these.
local function between(para)
  local words = pandoc.utils.stringify(para)
  if not words:find('\\', 1, true) and not words:find('{{<', 1, true) then return nil end
  local out, line = pandoc.Blocks { pandoc[para.t]({}) }, pandoc.Inlines {}
  para.content:insert(pandoc.SoftBreak())
  for _, inline in ipairs(para.content) do
    line:insert(inline)
    if inline.t == 'SoftBreak' or inline.t == 'LineBreak' then
      if COMMANDS[shared.trim(pandoc.utils.stringify(line))] then
        out:extend { pages.page_break(), pandoc[para.t]({}) }
      else out[#out].content:extend(line) end
      line = pandoc.Inlines {}
    end
  end
  return #out > 1 and out:filter(function(block) return is_break(block) or #block.content > 0 end) or nil
end

local lifted -- blocks in which each new page stands at the top, and what it was in is divided there

-- Blocks between new pages; at least one, which may be empty.
local function pieces(blocks)
  local out = { pandoc.Blocks {} }
  for _, block in ipairs(lifted(blocks)) do
    if is_break(block) then out[#out + 1] = pandoc.Blocks {} else out[#out]:insert(block) end
  end
  return out
end

-- The items of a list between new pages; what is left of an item goes on without its mark.
local function list_pieces(list)
  local out, items = pandoc.Blocks {}, pandoc.List {}
  local count = list.start or 1
  local function close()
    if #items == 0 then return end
    out:insert(list.t == 'BulletList' and pandoc.BulletList(items) or pandoc.OrderedList(items, pandoc.ListAttributes(count, list.style, list.delimiter)))
    count, items = count + #items, pandoc.List {}
  end
  for _, item in ipairs(list.content) do
    local parts = pieces(item)
    if #parts[1] > 0 or #parts == 1 then items:insert(parts[1]) end
    for index = 2, #parts do
      close()
      out:insert(pages.page_break())
      out:extend(parts[index])
    end
  end
  close()
  return out
end

-- The parts of a box or a quotation between new pages.
local function box_pieces(box)
  local out = pandoc.Blocks {}
  for index, part in ipairs(pieces(box.content)) do
    local piece = box:clone()
    piece.content = part
    if index > 1 then
      out:insert(pages.page_break())
      if box.t == 'Div' then piece.identifier = '' end
    end
    if #part > 0 or index == 1 then out:insert(piece) end
  end
  return out
end

local function unbroken(table)
  return pandoc.Blocks { table }:walk { Div = function(div)
    if not is_break(div) then return nil end
    settings.warn('a new page within a table is left out')
    return {}
  end }
end

local PIECES = { BulletList = list_pieces, OrderedList = list_pieces, BlockQuote = box_pieces, Div = box_pieces, Table = unbroken }

function lifted(blocks)
  local out = pandoc.Blocks {}
  for _, block in ipairs(blocks) do
    local divide = not is_break(block) and not is_turned(block) and PIECES[block.t]
    out:extend(divide and divide(block) or { block })
  end
  return out
end

-- Blocks with commands for a new page as such breaks, wherever they stand.
function pages.broken_at_commands(blocks)
  blocks = blocks:walk { Para = between, Plain = between }
  local found = false
  blocks:walk { Div = function(div) found = found or is_break(div) end }
  return found and lifted(blocks) or blocks
end

local turned = false -- by a cell ::: {.landscape} of its own, until one with the :::

-- Whether a cell is but one of the two marks around cells on turned pages.
function pages.mark(cell)
  local text = cell.classes:includes('markdown') and shared.trim(cell.content[1].text) or ''
  local opens, closes = text:match('^:::+%s*{?%s*%.?landscape%s*}?$'), turned and text:match('^:::+$')
  if opens or closes then turned = opens ~= nil end
  return opens or closes
end

-- The blocks of a cell, on turned pages where it stands between marks or has the tag.
function pages.turned(cell, blocks)
  if not turned and not cell.attributes.landscape then return blocks end
  return pandoc.Blocks { pandoc.Div(blocks, pandoc.Attr('', { 'landscape' })) }
end

-- Calls `prepare` with the blocks of each kind of page, while the settings have its measures.
function pages.prepared(blocks, prepare)
  if not blocks:find_if(is_turned) then return prepare(blocks) end
  local out = pandoc.Blocks {}
  for _, block in ipairs(blocks) do
    if is_turned(block) then
      settings.text_width, settings.text_height = settings.text_width + TURN, settings.text_height - TURN
      block.content = prepare(block.content)
      settings.text_width, settings.text_height = settings.text_width - TURN, settings.text_height + TURN
      out:insert(block)
    else
      out:extend(prepare(pandoc.Blocks { block }))
    end
  end
  return out
end

-- Neighbouring turned pages are one piece.
function pages.joined(blocks)
  local out = pandoc.Blocks {}
  for _, block in ipairs(blocks) do
    if is_turned(block) and is_turned(out[#out]) then out[#out].content:extend(block.content) else out:insert(block) end
  end
  return out
end

return pages
