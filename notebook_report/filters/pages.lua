-- Page breaks and pages turned on their side, in whatever notation: LaTeX's, Quarto's, CSS.
local settings = require 'settings'
local pages = {}

local TURN = 29.7 - 21 -- centimetres by which the text of a turned page is wider, and less high

local COMMANDS = { ['\\newpage'] = true, ['\\pagebreak'] = true, ['\\clearpage'] = true, ['{{< pagebreak >}}'] = true }

function pages.page_break() return pandoc.Div({}, pandoc.Attr('', { 'page-break' })) end

-- "before" or "after" for a style that breaks the page there.
function pages.broken(style)
  local side, value = (style or ''):lower():match('break%-(%a+)%s*:%s*(%a+)')
  return (value == 'always' or value == 'page') and side
end

local function is_break(block) return block.t == 'Div' and block.classes:includes('page-break') end

-- A paragraph whose lines are commands for a new page, or some of them: what stands between these.
local function between(para)
  local words = pandoc.utils.stringify(para)
  if not words:find('\\', 1, true) and not words:find('{{<', 1, true) then return nil end
  local out, line = pandoc.Blocks { para:clone() }, pandoc.Inlines {}
  out[1].content = pandoc.Inlines {}
  para.content:insert(pandoc.SoftBreak())
  for _, inline in ipairs(para.content) do
    line:insert(inline)
    if inline.t == 'SoftBreak' or inline.t == 'LineBreak' then
      if COMMANDS[pandoc.utils.stringify(line):match('^%s*(.-)%s*$')] then
        out:extend { pages.page_break(), pandoc[para.t](pandoc.Inlines {}) }
      else out[#out].content:extend(line) end
      line = pandoc.Inlines {}
    end
  end
  if #out == 1 then return nil end
  return out:filter(function(block) return is_break(block) or #block.content > 0 end)
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

function lifted(blocks)
  local out = pandoc.Blocks {}
  for _, block in ipairs(blocks) do
    if block.t == 'BulletList' or block.t == 'OrderedList' then
      out:extend(list_pieces(block))
    elseif block.t == 'BlockQuote' or block.t == 'Div' and not is_break(block) and not block.classes:includes('landscape') then
      for index, part in ipairs(pieces(block.content)) do
        local piece = block:clone()
        piece.content = part
        if index > 1 then
          out:insert(pages.page_break())
          if block.t == 'Div' then piece.identifier = '' end
        end
        if #part > 0 or index == 1 then out:insert(piece) end
      end
    elseif block.t == 'Table' then
      out:insert(block:walk { Div = function(div)
        if not is_break(div) then return nil end
        settings.warn('a new page within a table is left out')
        return {}
      end })
    else out:insert(block) end
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
  local text = cell.classes:includes('markdown') and cell.content[1].text:match('^%s*(.-)%s*$')
  if not text then return false end
  if text:match('^:::+%s*{?%s*%.?landscape%s*}?$') then turned = true
  elseif turned and text:match('^:::+$') then turned = false
  else return false end
  return true
end

-- The blocks of a cell, on turned pages where it stands between marks or has the tag.
function pages.turned(cell, blocks)
  if not turned and not cell.attributes.landscape then return blocks end
  return pandoc.Blocks { pandoc.Div(blocks, pandoc.Attr('', { 'landscape' })) }
end

-- Calls `prepare` with the blocks of each kind of page, while the settings have its measures.
function pages.prepared(blocks, prepare)
  if not blocks:find_if(function(block) return block.t == 'Div' and block.classes:includes('landscape') end) then return prepare(blocks) end
  local out = pandoc.Blocks {}
  for _, block in ipairs(blocks) do
    if block.t == 'Div' and block.classes:includes('landscape') then
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
    local last = out[#out]
    local both = block.t == 'Div' and block.classes:includes('landscape') and last and last.t == 'Div' and last.classes:includes('landscape')
    if both then last.content:extend(block.content) else out:insert(block) end
  end
  return out
end

return pages
