-- From pandoc's reading of the notebook to one plain document, the same for every format:
-- front matter, text, references, appendix; numbered, with its references resolved.
package.path = pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), '?.lua' } .. ';' .. package.path
local cells = require 'cells'
local crossref = require 'crossref'
local formulas = require 'formulas'
local glyphs = require 'glyphs'
local images = require 'images'
local latex = require 'latex'
local markdown = require 'markdown'
local pages = require 'pages'
local settings = require 'settings'
local shared = require 'shared'
local tables = require 'tables'
local typstmath = require 'typstmath'

-- Keys of the bibliography → true; citing "*" makes citeproc's reader give all of them. Outside of a list
-- in Chinese, the translated title that an entry has as `origtitle` stands before its own.
local function references_known(meta)
  local known = {}
  if not settings.has_bibliography then return known end
  for _, key in ipairs(settings.keys or {}) do known[key] = true end
  if next(known) then return known end
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

local function div(class, blocks, attributes) return pandoc.Div(blocks, pandoc.Attr('', { class }, attributes or {})) end
local function is_heading(block) return block.t == 'Header' end

-- The notebook's first heading is its title when it is the only one of its level.
local function take_title(parts)
  for _, part in ipairs(parts) do
    local title, index = part.blocks:find_if(function(block) return is_heading(block) and block.level == 1 end)
    if title then
      part.blocks:remove(index)
      for _, other in ipairs(parts) do
        for _, block in ipairs(other.blocks) do
          if is_heading(block) then block.level = math.max(1, block.level - 1) end
        end
      end
      return div('document-title', { pandoc.Para(title.content) }), part.cell
    end
  end
end

-- Parts as they stand in the document, which is the order that they are counted in.
local function in_order(parts)
  local ordered = pandoc.List {}
  for _, wanted in ipairs { 'abstract', 'main', 'declaration', 'appendix' } do
    ordered:extend(parts:filter(function(part) return wanted == (part.role == 'references' and 'main' or part.role) end))
  end
  return ordered
end

-- doc.blocks = { Div .cell.markdown { RawBlock } or Div .cell.code { … }, … }, one for each cell
local function parts_of(notebook)
  local parts = pandoc.List {}
  for _, cell in ipairs(notebook) do
    if cell.classes:includes('markdown') then markdown.learn(cell.content[1].text) end
  end
  for _, cell in ipairs(notebook) do
    local blocks = pandoc.Blocks(glyphs.replace(cells.blocks(cell)):map(function(block)
      return block.t == 'Plain' and #block.content > 0 and pandoc.Para(block.content) or block
    end))
    blocks = pages.mark(cell) and pandoc.Blocks {} or pages.turned(cell, pages.broken_at_commands(blocks))
    parts:insert { blocks = blocks, role = cell.attributes.role or 'main', cell = settings.cell }
  end
  return in_order(parts)
end

-- A picture that is a paragraph of its own.
local function alone(para)
  return shared.picture(para) and pandoc.Div({ pandoc.Plain(para.content) }, pandoc.Attr('', { 'picture' })) or nil
end

-- Pictures and tables fit for the page, and everything numbered.
local function number(part)
  settings.cell = part.cell
  local pictures, formula = false, false
  part.blocks:walk { Image = function() pictures = true end, Math = function() formula = true end }
  part.blocks = pages.prepared(part.blocks, function(blocks)
    return blocks:walk { Image = images.prepare, Figure = images.figure, Table = tables.prepare }
  end)
  if part.role == 'abstract' then
    part.blocks = part.blocks:walk { Header = function(header)
      header.classes:insert('unnumbered')
      header.attributes.front = 'true'
      return header
    end }
  end
  if pictures then part.blocks = part.blocks:walk { Para = alone } end
  part.blocks = crossref.number(part.blocks, part.role == 'appendix', formula)
end

-- The list of references: where the notebook has a cell for it, else before the appendix.
local function add_references(parts)
  local function place(role) return select(2, parts:find_if(function(part) return part.role == role end)) end
  if not place 'references' then
    parts:insert(place 'declaration' or place 'appendix' or #parts + 1, { blocks = pandoc.Blocks {}, role = 'references' })
  end
  local blocks = parts[place 'references'].blocks
  if not blocks:find_if(is_heading) then
    blocks:insert(pandoc.Header(1, settings.words.references, pandoc.Attr('references', { 'unnumbered' })))
  end
  blocks:insert(pandoc.Div({}, pandoc.Attr('refs')))
end

-- Blocks with a mark of its number before each, by which Word's figures go to where the PDF has them. Figures and
-- tables that float know theirs; not those within lists, notes, …
local function placed(blocks)
  local out = pandoc.Blocks {}
  local function mark(number) out:insert(div('place', {}, { number = tostring(number) })) end
  for number, block in ipairs(blocks) do
    if block.t == 'Figure' or block.t == 'Table' then block.attributes.floats = tostring(number) end
    if block.t ~= 'CodeBlock' then mark(number) end -- neighbours of this kind must stay neighbours
    out:insert(block)
  end
  mark(#blocks + 1)
  return out
end

local function Pandoc(doc)
  local known, state, parts = references_known(doc.meta), { cited = false }, parts_of(doc.blocks)
  typstmath.learn(latex.formulas)
  local title, titled = nil, nil
  if settings.title_from_heading then title, titled = take_title(parts) end
  for _, part in ipairs(parts) do number(part) end -- all of them first: a reference may come before what it refers to
  for _, part in ipairs(parts) do
    settings.cell = part.cell
    part.blocks = crossref.resolve(crossref.notes(part.blocks), known, state)
  end
  settings.cell = titled or 'the notebook'
  title = title and title:walk { Math = formulas.prepare }
  formulas.save()
  if state.cited then add_references(parts) end
  local front, main, back = pandoc.Blocks {}, pandoc.Blocks {}, pandoc.Blocks {}
  if title and not settings.report then main:insert(title) end
  for _, part in ipairs(parts) do
    if part.role == 'abstract' then front:insert(div('abstract', part.blocks))
    else (part.role == 'appendix' and back or main):extend(part.blocks) end
  end
  main = pages.joined(main)
  if settings.floats then main = placed(main) end
  doc.blocks = { div('front', front), div('main', main), div('appendix', pages.joined(back)) }
  return doc
end

return { { Pandoc = Pandoc } }
