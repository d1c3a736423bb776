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

-- A new page within a list, a quotation or a box; the formats have another word for it.
local function within(div)
  if is_break(div) then div.classes:insert 'within' end
  return div
end

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
        out:extend { within(pages.page_break()), pandoc[para.t]({}) }
      else out[#out].content:extend(line) end
      line = pandoc.Inlines {}
    end
  end
  return #out > 1 and out:filter(function(block) return is_break(block) or #block.content > 0 end) or nil
end

local function unbroken(table)
  return table:walk { Div = function(div)
    if not is_break(div) then return nil end
    settings.warn('a new page within a table is left out')
    return {}
  end }
end

-- Blocks with commands for a new page as such breaks, wherever they stand.
function pages.broken_at_commands(blocks)
  if not settings.holds.breaks then return blocks end
  blocks = blocks:walk { Para = between, Plain = between, Table = unbroken, Div = within }
  return pandoc.Blocks(blocks:map(function(block) return is_break(block) and pages.page_break() or block end))
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
