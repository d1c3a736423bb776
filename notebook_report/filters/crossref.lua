-- Numbers for headings, figures, tables, listings and equations, and the references to them.
local formulas = require 'formulas'
local measure = require 'measure'
local numerals = require 'numerals'
local settings = require 'settings'
local shared = require 'shared'
local crossref = {}

local labels = {} -- identifier → { kind, number, counted, title }
local ids = {} -- identifiers that are taken, since Word and Typst know no two of a name
local anchors = {} -- a heading's words without blanks and signs → its identifiers
local counts = { fig = 0, tbl = 0, lst = 0, eq = 0 }
local heads, appendix = { 0, 0, 0, 0, 0, 0 }, false -- headings counted so far on each level

-- `given`: by the author, who should know of a second one.
local function unique(id, given)
  if id == '' then return '' end
  local name, again = id, 1
  while ids[name] do
    again = again + 1
    name = id .. '-' .. again
  end
  if again > 1 and given and id:match('^%a+%-') and labels[id] then settings.warn('label ' .. id .. ' is given twice') end
  ids[name] = true
  return name
end

-- Words as all the ways to write an anchor have them in common: Jupyter's, GitHub's, Kaggle's.
local function anchor(text)
  text = pandoc.text.lower(shared.decoded(text)):gsub('[%s%p]', '')
  return (text:gsub('[\u{3000}-\u{303f}\u{ff00}-\u{ff0f}\u{ff1a}-\u{ff1f}]', ''))
end

local function slug(words)
  return (pandoc.text.lower(words):gsub('[^%w%s\x80-\xff_-]', ''):gsub('%s+', '-'))
end

-- The next number of a kind, unless the author gave one.
local function counted(kind, tag)
  if not tag then counts[kind] = counts[kind] + 1 end
  return tag or tostring(counts[kind])
end

-- Sets `kind` and `number`, which the filters of the formats write before the caption; a tag is the number
-- that the author gave.
local function count(element, kind, tag)
  local id, number = unique(element.identifier, true), counted(kind, tag)
  element.identifier = id
  element.attributes.kind, element.attributes.number, element.attributes.tag = kind, number, tag and 'true'
  if id ~= '' then labels[id] = { kind = kind, number = number } end
  return element
end

-- The number of a heading as it is shown, as references say it, and what these say in place of it.
local function heading_number(header)
  local level = appendix and math.min(header.level, 3) or header.level -- Word's appendix list has three
  heads[level] = heads[level] + 1
  for deeper = level + 1, 6 do heads[deeper] = 0 end
  local parts = { table.unpack(heads, 1, level) }
  if settings.numbering == 'chinese' and not appendix then
    local shown, number = numerals.heading(parts)
    return shown, number, shown
  end
  if appendix then parts[1] = string.char(64 + math.max(heads[1], 1)) end
  local number = table.concat(parts, '.')
  return appendix and level == 1 and settings.labels.app .. ' ' .. number or number, number
end

-- The one count of headings for all formats: sets `number`, which is shown before the heading, and
-- remembers what references to it say.
local function heading(header)
  local words = pandoc.utils.stringify(header.content)
  local given, key = header.identifier ~= '', anchor(words)
  header.identifier = unique(given and header.identifier or slug(words), given)
  anchors[key] = anchors[key] or pandoc.List {}
  anchors[key]:insert(header.identifier)
  local shown, number, said
  if settings.number_sections and not header.classes:includes('unnumbered') then shown, number, said = heading_number(header) end
  header.attributes.number, header.attributes.appendix = shown, appendix and 'true' or nil
  labels[header.identifier] = { kind = header.level > 1 and 'sec' or appendix and 'app' or 'cha',
    number = number, counted = said, title = words }
  return header
end

-- The figures within a figure have letters: a picture and below it "(a) words". Side by side, each is a Div of one.
local function lettered(whole)
  local number, columns = 96, whole.attributes.columns
  if columns then whole.content = pandoc.Blocks(whole.content:map(function(block) return pandoc.Div({ block }, pandoc.Attr('', { 'figure-part' })) end)) end
  whole.content = whole.content:walk { Figure = function(part)
    number = number + 1
    local letter, id = string.char(number), unique(part.identifier, true)
    if id ~= '' then labels[id] = { kind = 'fig', number = whole.attributes.number .. letter, part = true } end
    local words = pandoc.utils.blocks_to_inlines(part.caption.long)
    local picture = pandoc.utils.blocks_to_inlines(part.content)
    return { pandoc.Plain(id ~= '' and { pandoc.Span(picture, pandoc.Attr(id)) } or picture), pandoc.Para(pandoc.Inlines('(' .. letter .. ') ') .. words) }
  end }
  if columns then whole.content = { pandoc.Div(whole.content, pandoc.Attr('', { 'in-columns' }, { columns = columns })) } end
  return whole
end

-- Figure { … }, caption.long = { Plain }; returning false keeps walk from going into what is counted.
local function figure(element)
  if #element.caption.long == 0 then return element.content, false end
  return lettered(count(element, element.classes:includes('listing') and 'lst' or 'fig')), false
end

-- A caption may end in the label of its table: ": Results {#tbl-results}".
local function table_(element)
  local block = element.caption.long[1]
  if not block then return nil end
  local content = block.content or {}
  local last = content[#content]
  local id = last and last.t == 'Str' and last.text:match('^{#([%w_:-]+)}$')
  if id then
    content:remove()
    if #content > 0 and content[#content].t == 'Space' then content:remove() end
    element.identifier = id
  end
  return count(element, 'tbl')
end

-- What LaTeX asks to be numbered in a formula: { { label, tag }, … }, one for each line that does.
local function marks(tex)
  local found = pandoc.List {}
  for row in (tex .. '\\\\'):gmatch('(.-)\\\\') do
    local label, tag = row:match('\\label%s*{%s*(.-)%s*}'), row:match('\\tag%*?%s*(%b{})')
    if label or tag then found:insert { label = label, tag = tag and tag:sub(2, -2):gsub('^%$(.*)%$$', '%1') } end
  end
  return found
end

-- Several numbers in one formula stand at the ends of its lines.
local function numbered_lines(math, found)
  local rows, anchored, index = {}, pandoc.Inlines {}, 0
  for row in (math.text .. '\\\\'):gmatch('(.-)\\\\') do
    if #marks(row) > 0 then
      index = index + 1
      local mark = found[index]
      local number = counted('eq', mark.tag)
      row = row:gsub('\\label%s*%b{}', ''):gsub('\\tag%*?%s*%b{}', '')
      local rest, close = row:match('^(.-)(\\end{.*)$')
      row = (rest or row) .. '\\qquad\\text{(' .. number .. ')}' .. (close or '')
      if mark.label then
        local id = unique(mark.label, true)
        labels[id] = { kind = 'line', number = number }
        anchored:insert(pandoc.Span({}, pandoc.Attr(id)))
      end
    end
    rows[#rows + 1] = row
  end
  math.text = table.concat(rows, '\\\\')
  anchored:insert(math)
  return anchored
end

-- A paragraph with "$$…$$ {#eq-name}", or with LaTeX's own label or tag, becomes a numbered equation
-- between what stands around it.
local function equation(para)
  local content = para.content
  for at, math in ipairs(content) do -- … Math, Space?, Str "{#eq-name}" …
    local found = math.t == 'Math' and marks(math.text) or {}
    local space = content[at + 1] and content[at + 1].t == 'Space' and 1 or 0
    local behind = content[at + 1 + space]
    local id = math.t == 'Math' and behind and behind.t == 'Str' and behind.text:match('^{#(eq[-:][%w_-]+)}$')
    local counts_one = id or #found == 1 and math.mathtype == 'DisplayMath'
    if counts_one or #found > 1 then
      local before = pandoc.Inlines { table.unpack(content, 1, at - 1) }
      local after = pandoc.Inlines { table.unpack(content, at + (id and space + 2 or 1)) }
      if not counts_one then
        para.content = before .. numbered_lines(math, found) .. after
        return equation(para) or para, false
      end
      math.mathtype = 'DisplayMath'
      local blocks = pandoc.Blocks {}
      if pandoc.utils.stringify(before) ~= '' then blocks:insert(pandoc.Para(before)) end
      local div = pandoc.Div({ pandoc.Para { math } }, pandoc.Attr(id or found[1].label or '', { 'equation' }))
      blocks:insert(count(div, 'eq', not id and found[1].tag or nil))
      if #after > 0 then
        blocks:extend(equation(pandoc.Para(after)) or { pandoc.Div({ pandoc.Para(after) }, pandoc.Attr('', { 'continued' })) })
      end
      return blocks, false
    end
  end
end

local function named(element)
  if shared.is(element, 'equation') then return nil end
  element.identifier = unique(element.identifier)
  return element
end

-- The words that lead to an equation stay on its page; in lists they have a style of their own.
local function lead_ins(blocks)
  for place, element in ipairs(blocks) do
    local first = element.t == 'Para' and element.content[1]
    if first and first.mathtype ~= 'DisplayMath' and shared.is(blocks[place + 1], 'equation') then
      blocks[place] = pandoc.Div({ element }, pandoc.Attr('', { 'lead-in' }))
    end
  end
  return blocks
end

local notes, again = {}, false -- the words of a footnote → { uses, number }; whether any is used again

local function count_note(note)
  local words = pandoc.utils.stringify(note.content)
  notes[words] = notes[words] or { uses = 0 }
  notes[words].uses = notes[words].uses + 1
  again = again or notes[words].uses > 1
end

-- First pass over a cell: give numbers. `formula`: there is one.
function crossref.number(blocks, in_appendix, formula)
  if in_appendix and not appendix then
    appendix, heads = true, { 0, 0, 0, 0, 0, 0 }
  end
  blocks = blocks:walk { traverse = 'topdown', Header = heading, Figure = figure, Table = table_,
    Para = formula and equation or nil, Plain = formula and equation or nil, Div = named, Span = named, Note = count_note }
  return formula and lead_ins(blocks) or blocks
end

-- A heading counted the Chinese way goes by its number and its title, both of which Word can renew.
local function words_of(label, bare)
  if not label.number then return label.title end
  if bare then return label.number end
  if label.counted then return '“' .. label.counted .. label.title .. '”' end
  return (settings.references[label.kind]:gsub('{}', label.number))
end

-- Span .xref { words } with target, kind, number: each format makes a link or a field of it.
local function reference(citation, shape)
  local label, bare = labels[citation.id], citation.mode == 'SuppressAuthor'
  local out = pandoc.Inlines(citation.prefix)
  if #out > 0 then out:insert(pandoc.Space()) end
  out:insert(pandoc.Span((shape or '%s'):format(words_of(label, bare)), pandoc.Attr('', { 'xref' }, { target = citation.id,
    kind = label.part and 'line' or label.kind, number = label.number or '', counted = not bare and label.counted or '' })))
  out:extend(citation.suffix)
  return out
end

-- In "@fig-a与" the parser takes 与 for a part of the name: give it back to the text.
local function untangle(cite, known)
  local citation = cite.citations[1]
  local function is_known(id) return labels[id] or known[id] end
  if #cite.citations > 1 or is_known(citation.id) then return nil end
  local id = citation.id:match('^[%w_:.#$%%&+?<>~/-]*')
  while id ~= '' and not is_known(id) do id = id:sub(1, -2) end
  if id == '' then return nil end
  local rest = citation.id:sub(#id + 1)
  citation.id = id
  cite.content = { pandoc.Str('@' .. id) }
  return pandoc.Str(rest)
end

-- For citeproc, unless it is no key of the bibliography: then as it was typed.
local function cited(element, known, state)
  local typed = false
  for _, citation in ipairs(element.citations) do
    local prefixed = citation.id:match('^%a+[-:]') and settings.references[citation.id:match('^%a+')]
    if prefixed or (settings.has_bibliography and not known[citation.id]) then
      settings.warn((prefixed and 'broken reference @' or 'unknown citation @') .. citation.id)
    end
    if known[citation.id] then state.cited = true else typed = true end
  end
  return typed and element.content or { element }
end

-- References to our labels, and what stands between them.
local function references(citations)
  local out = pandoc.Inlines {}
  for index, citation in ipairs(citations) do
    if index > 1 then out:insert(pandoc.Str(index == #citations and settings.last_separator or settings.list_separator)) end
    if labels[citation.id] then out:extend(reference(citation))
    else
      settings.warn('broken reference @' .. citation.id)
      out:insert(pandoc.Str('@' .. citation.id))
    end
  end
  return out
end

local function link(element)
  local id, kind = element.target:match('^#(.+)$'), element.attributes['reference-type']
  if kind and labels[id] then -- LaTeX's \ref and \eqref, which are a number
    return reference({ id = id, mode = 'SuppressAuthor', prefix = {}, suffix = {} }, kind == 'eqref' and '(%s)')
  end
  if kind then settings.warn('broken reference ' .. pandoc.utils.stringify(element)) end
  if kind or element.target == '' then return element.content end
  if not id or ids[id] then return element end
  local name, nth = id:match('^(.-)%-(%d+)$') -- GitHub counts from the second heading of a name
  local found = anchors[anchor(id)]
  local target = found and found[1] or not found and name and (anchors[anchor(name)] or {})[tonumber(nth) + 1]
  if not target then
    settings.warn('link to ' .. element.target .. ', which is not there')
    return element.content
  end
  element.target = '#' .. target
  return element
end

local function formula(math) -- \ref and \eqref within a formula
  math.text = math.text:gsub('\\(e?q?ref){(.-)}', function(kind, id)
    local number = labels[id] and labels[id].number
    return number and '\\text{' .. (kind == 'eqref' and '(' .. number .. ')' or number) .. '}'
  end)
  return formulas.prepare(math)
end

-- Second pass: what @names mean.
function crossref.resolve(blocks, known, state)
  local function cite(element) -- Cite { citations }: our labels, a bibliography's keys, or a mere @
    local rest = untangle(element, known)
    local ours = element.citations:find_if(function(citation) return labels[citation.id] end)
    local out = pandoc.Inlines(ours and references(element.citations) or cited(element, known, state))
    if rest then out:insert(rest) end
    return out
  end
  return blocks:walk { Cite = cite, Link = link, Math = formula, Inlines = settings.chinese and crossref.spaces or nil }
end

local noted = 0

-- A footnote that is used again stands once, and each format refers to it in its way.
function crossref.notes(blocks)
  if not again then return blocks end
  return blocks:walk { Note = function(note)
    local known = notes[pandoc.utils.stringify(note.content)] or { uses = 1 } -- of a caption
    if known.number then
      return pandoc.Span(tostring(known.number), pandoc.Attr('', { 'noted-again' }, { target = 'note-' .. known.number }))
    end
    noted = noted + 1
    known.number = noted
    return known.uses > 1 and pandoc.Span({ note }, pandoc.Attr('note-' .. noted, { 'noted' })) or nil
  end }
end

-- Whether what stands beside a space is a wide character, and whether it is a reference.
local function edge(inline, of_words)
  local words = inline and pandoc.utils.stringify(inline) or ''
  return words ~= '' and measure.is_wide(of_words(words)),
    inline and (inline.t == 'Cite' or (inline.t == 'Span' and inline.classes:includes('xref')))
end

-- Chinese knows no space between a character and a reference, nor at a line's end.
function crossref.spaces(inlines)
  return inlines:filter(function(inline, index)
    if inline.t ~= 'Space' and inline.t ~= 'SoftBreak' then return true end
    local wide_left, refers_left = edge(inlines[index - 1], measure.last)
    local wide_right, refers_right = edge(inlines[index + 1], measure.first)
    return not ((refers_right and wide_left) or (refers_left and wide_right) or (inline.t == 'SoftBreak' and wide_left and wide_right))
  end)
end

return crossref
