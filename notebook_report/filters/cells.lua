-- One notebook cell at a time: its code, its outputs and their captions as document blocks.
local markdown = require 'markdown'
local rawhtml = require 'rawhtml'
local safety = require 'safety'
local settings = require 'settings'
local shared = require 'shared'
local cells = {}

local function inlines(source) return pandoc.utils.blocks_to_inlines(markdown.read(source)) end

local function caption(source) return { long = { pandoc.Plain(inlines(source)) } } end

-- An option that is a list, such as one caption for each picture, arrives as JSON.
local function nth(option, index)
  if not option or option:sub(1, 1) ~= '[' then return index == 1 and option or nil end
  local ok, list = pcall(pandoc.json.decode, option, false)
  local one = ok and type(list) == 'table' and list[index]
  if type(one) == 'number' then one = tostring(one) end
  return type(one) == 'string' and one or index == 1 and option or nil
end

local function code(block, options)
  if not options['lst-cap'] then return block end
  local label = options['lst-label'] or (options.label or ''):match('^lst%-.*') or ''
  return pandoc.Figure({ block }, caption(options['lst-cap']), pandoc.Attr(label, { 'listing' }))
end

-- Code that is an output, such as a function's source, is the listing where no other code is.
local function listed(blocks, options)
  local block, index = blocks:find_if(function(block) return block.t == 'CodeBlock' end)
  if block then blocks[index] = code(block, options) end
  return blocks
end

-- Div .cell-output { CodeBlock }, by which the writers tell output from code
local function printed(words)
  return pandoc.Div({ pandoc.CodeBlock((words:gsub('%s+$', ''))) }, pandoc.Attr('', { 'cell-output' }))
end

-- Para { Math }; a formula that stands alone is displayed, also in single dollars, as in Jupyter.
local function latex(source)
  local blocks = markdown.read(source)
  local only = #blocks == 1 and blocks[1].content and #blocks[1].content == 1 and blocks[1].content[1]
  if only and only.t == 'Math' then only.mathtype = 'DisplayMath' end
  return blocks
end

-- RawBlock html, tex or markdown, CodeBlock (a stream or text/plain) or Para { Image }
local function output(block)
  if block.t == 'RawBlock' and block.format == 'html' then
    return safety.blocks(rawhtml.output(block.text))
  end
  if block.t == 'RawBlock' and block.format:match('tex') then return latex(block.text) end
  if block.t == 'RawBlock' and block.format == 'markdown' then return markdown.read(block.text) end
  if block.t == 'CodeBlock' then return pandoc.Blocks { printed(block.text) } end
  return pandoc.Blocks { block }
end

-- Pictures of a cell with one caption make one figure; a list of captions makes one of each.
local function captioned(blocks, options)
  local out, pictures, tables, figure = pandoc.Blocks {}, 0, 0, nil
  local prefix = options.label
  for _, block in ipairs(blocks) do
    local image = block.t == 'Para' and shared.picture(block) -- Para { Image }: what the reader makes of an image output
    if image then
      pictures = pictures + 1
      image.attributes.width = options['fig-width'] or image.attributes.width
      image.caption = inlines(nth(options['fig-alt'], pictures) or nth(options['fig-cap'], pictures) or '')
      local words, part = nth(options['fig-cap'], pictures), options['fig-subcap'] and nth(options['fig-subcap'], pictures)
      local label = pictures == 1 and prefix or prefix and prefix .. '-' .. pictures
      local shown = pandoc.Plain { image }
      if part then shown = pandoc.Figure({ shown }, caption(part), pandoc.Attr(prefix and prefix .. '-' .. pictures or '')) end
      if words then
        -- Figure { Plain { Image }, … } with caption.long = { Plain { … } }
        figure = pandoc.Figure({ shown }, caption(words), pandoc.Attr(label or '', {}, { columns = options['layout-ncol'] }))
        out:insert(figure)
      elseif figure then -- no caption of its own: a further picture of the figure before
        out[#out].content:insert(shown)
      else
        out:insert(block)
      end
    else
      if block.t == 'Table' then
        tables = tables + 1
        local words = nth(options['tbl-cap'], tables)
        if words then block.caption, block.identifier = caption(words), tables == 1 and prefix or '' end
      end
      out:insert(block)
    end
  end
  return out
end

-- A code cell of pandoc's notebook reader: Div .cell.code { CodeBlock, Div .output { … }, … }, with our
-- options as attributes. The first kind of block is its code, the Divs hold what it put out.
local function code_cell(cell)
  local options, shown, outputs = cell.attributes, pandoc.Blocks {}, pandoc.Blocks {}
  for _, block in ipairs(cell.content) do
    if block.t == 'CodeBlock' then
      if block.text:match('%S') then shown:insert(options.kind == 'raw' and printed(block.text) or code(block, options)) end
    elseif block.t == 'Div' then
      for _, inner in ipairs(block.content) do outputs:extend(output(inner)) end
    else
      outputs:extend(output(block))
    end
  end
  if #shown == 0 then outputs = listed(outputs, options) end
  shown:extend(captioned(outputs, options))
  return shown
end

-- An attachment has its cell's name before its own.
local function attached(cell)
  return { Image = function(image)
    local name = image.src:match('^attachment:(.*)$')
    if name then image.src = cell.identifier .. '-' .. shared.decoded(name) end
    return image
  end }
end

-- The blocks of a cell. Sets the cell that warnings name.
function cells.blocks(cell)
  settings.cell = cell.attributes['cell-name'] or settings.cell
  if cell.classes:includes('code') then return code_cell(cell) end
  local text = cell.content[1].text
  local blocks = markdown.read(text)
  return text:find('attachment:', 1, true) and blocks:walk(attached(cell)) or blocks
end

return cells
