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

-- Blocks with commands for a new page as such breaks; only outside of lists, boxes and the like.
function pages.broken_at_commands(blocks)
  return pandoc.Blocks(blocks:map(function(block)
    local command = (block.t == 'Para' or block.t == 'Plain') and pandoc.utils.stringify(block)
    return COMMANDS[command or ''] and pages.page_break() or block
  end))
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
