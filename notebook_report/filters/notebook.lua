-- From pandoc's reading of the notebook to one plain document, the same for every format:
-- front matter, text, references, appendix; numbered, with its references resolved.
package.path = pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), '?.lua' } .. ';' .. package.path
local settings = require 'settings'
local cells = require 'cells'
local crossref = require 'crossref'
local formulas = require 'formulas'
local glyphs = require 'glyphs'
local images = require 'images'
local latex = require 'latex'
local markdown = require 'markdown'
local pages = require 'pages'
local tables = require 'tables'
local typstmath = require 'typstmath'

-- Keys of the bibliography → true; citing "*" makes citeproc's reader give all of them. Outside of a list
-- in Chinese, the translated title that an entry has as `origtitle` stands before its own.
local function references_known(meta)
  local known = {}
  if not settings.has_bibliography then return known end
  local all = pandoc.MetaInlines { pandoc.Cite({ pandoc.Str('@*') }, { pandoc.Citation('*', 'NormalCitation') }) }
  local probe = pandoc.Pandoc({}, { bibliography = meta.bibliography, nocite = all })
  local translated = pandoc.List {}
  for _, reference in ipairs(pandoc.utils.references(probe)) do
    known[reference.id] = true
    local title, original = reference['original-title'], reference.title
    if title and not settings.chinese then
      reference.title = title .. pandoc.Inlines ' [' .. original .. pandoc.Inlines ']'
      translated:insert(reference)
    end
  end
  if #translated > 0 then meta.references = translated end -- they go before those of the files
  return known
end

-- The notebook's first heading is its title when it is the only one of its level.
local function take_title(parts)
  local function walk(block)
    if block.t == 'Header' then block.level = math.max(1, block.level - 1) end
    return block
  end
  for _, part in ipairs(parts) do
    for index, block in ipairs(part.blocks) do
      if block.t == 'Header' and block.level == 1 then
        local title = block.content
        part.blocks:remove(index)
        for _, other in ipairs(parts) do other.blocks = pandoc.Blocks(other.blocks:map(walk)) end
        return pandoc.Div({ pandoc.Para(title) }, pandoc.Attr('', { 'document-title' }))
      end
    end
  end
end

local function references_part(part, has_own)
  local blocks = pandoc.Blocks {}
  if not has_own then
    blocks:insert(pandoc.Header(1, settings.words.references, pandoc.Attr('references', { 'unnumbered' })))
  end
  part.blocks:extend(blocks)
  part.blocks:insert(pandoc.Div({}, pandoc.Attr('refs')))
end

local function has_heading(blocks)
  for _, block in ipairs(blocks) do
    if block.t == 'Header' then return true end
  end
  return false
end

-- Parts as they stand in the document, which is the order that they are counted in.
local function in_order(parts)
  local ordered = pandoc.List {}
  for _, wanted in ipairs { 'abstract', 'main', 'declaration', 'appendix' } do
    ordered:extend(pandoc.List(parts):filter(function(part)
      return wanted == (part.role == 'references' and 'main' or part.role)
    end))
  end
  return ordered
end

-- doc.blocks = { Div .cell.markdown { RawBlock } or Div .cell.code { … }, … }, one for each cell
local function Pandoc(doc)
  local known, parts = references_known(doc.meta), {}
  for _, cell in ipairs(doc.blocks) do
    if cell.classes:includes('markdown') then markdown.learn(cell.content[1].text) end
  end
  for _, cell in ipairs(doc.blocks) do
    local blocks = pandoc.Blocks(glyphs.replace(cells.blocks(cell)):map(function(block)
      return block.t == 'Plain' and #block.content > 0 and pandoc.Para(block.content) or block
    end))
    blocks = pages.mark(cell) and pandoc.Blocks {} or pages.turned(cell, pages.broken_at_commands(blocks))
    parts[#parts + 1] = { blocks = blocks, role = cell.attributes and cell.attributes.role or 'main',
      cell = settings.cell }
  end
  parts = in_order(parts)
  typstmath.learn(latex.formulas)
  -- numbers first, all of them: a reference may come before what it refers to
  local title = settings.title_from_heading and take_title(parts)
  local state, place = { cited = false }, nil
  for index, part in ipairs(parts) do
    settings.cell = part.cell
    part.blocks = pages.prepared(part.blocks, function(blocks)
      return blocks:walk { Image = images.prepare }:walk { Figure = images.figure }:walk { Table = tables.prepare }
    end)
    if part.role == 'abstract' then
      part.blocks = part.blocks:walk { Header = function(header)
        header.classes:insert('unnumbered')
        header.attributes.front = 'true'
        return header
      end }
    end
    part.blocks = crossref.number(part.blocks, part.role == 'appendix')
    if part.role == 'references' then place = index end
  end
  for _, part in ipairs(parts) do
    settings.cell = part.cell
    part.blocks = crossref.notes(crossref.resolve(part.blocks, known, state))
    if settings.chinese then part.blocks = part.blocks:walk { Inlines = crossref.spaces } end
  end
  settings.cell = 'the notebook'
  title = title and title:walk { Math = formulas.prepare }
  formulas.save()
  if state.cited and not place then
    place = #parts + 1
    for index, part in ipairs(parts) do
      if part.role == 'appendix' or part.role == 'declaration' then
        place = index
        break
      end
    end
    table.insert(parts, place, { blocks = pandoc.Blocks {}, role = 'references' })
  end
  if state.cited then references_part(parts[place], has_heading(parts[place].blocks)) end
  local front, main, back = pandoc.Blocks {}, pandoc.Blocks {}, pandoc.Blocks {}
  if title and not settings.report then main:insert(title) end
  for _, part in ipairs(parts) do
    if part.role == 'abstract' then
      front:insert(pandoc.Div(part.blocks, pandoc.Attr('', { 'abstract' })))
    elseif part.role == 'appendix' then
      back:extend(part.blocks)
    else
      main:extend(part.blocks)
    end
  end
  for _, block in ipairs(settings.floats and main or {}) do -- not those within lists, notes, …
    if block.t == 'Figure' or block.t == 'Table' then block.attributes.floats = 'true' end
  end
  main, back = pages.joined(main), pages.joined(back)
  doc.blocks = pandoc.Blocks {
    pandoc.Div(front, pandoc.Attr('', { 'front' })), pandoc.Div(main, pandoc.Attr('', { 'main' })),
    pandoc.Div(back, pandoc.Attr('', { 'appendix' })),
  }
  return doc
end

return { { Pandoc = Pandoc } }
