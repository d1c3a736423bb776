-- Numbers for headings, figures, tables, listings and equations, and the references to them.
local settings = require 'settings'
local measure = require 'measure'
local numerals = require 'numerals'
local crossref = {}

local labels = {} -- identifier → { kind, number, counted, title }
local ids = {} -- identifiers that are taken, since Word and Typst know no two of a name
local counts = { fig = 0, tbl = 0, lst = 0, eq = 0 }
local heads, appendix = { 0, 0, 0, 0, 0, 0 }, false -- headings counted so far on each level

local anchors = {} -- a heading's words without blanks and signs → its identifiers

-- `given`: by the author, who should know of a second one.
local function unique(id, given)
  if id == '' then return '' end
  local name, again = id, 1
  while ids[name] do
    again = again + 1
    name = id .. '-' .. again
  end
  if again > 1 and given and id:match('^%a+%-') and labels[id] then
    settings.warn('label ' .. id .. ' is given twice')
  end
  ids[name] = true
  return name
end

-- Words as all the ways to write an anchor have them in common: Jupyter's, GitHub's, Kaggle's.
local function anchor(text)
  text = pandoc.text.lower(text:gsub('%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end))
  return (text:gsub('[%s%p]', ''):gsub('[\u{3000}-\u{303f}\u{ff00}-\u{ff0f}\u{ff1a}-\u{ff1f}]', ''))
end

local function slug(words)
  return (pandoc.text.lower(words):gsub('[^%w%s\x80-\xff_-]', ''):gsub('%s+', '-'))
end

-- Sets `kind` and `number`, which the filters of the formats write before the caption; a tag is the number
-- that the author gave, and not counted.
local function count(element, kind, tag)
  if tag then element.attributes.tag = 'true' else counts[kind] = counts[kind] + 1 end
  element.identifier = unique(element.identifier, true)
  element.attributes.kind = kind
  element.attributes.number = tag or tostring(counts[kind])
  if element.identifier ~= '' then
    labels[element.identifier] = { kind = kind, number = element.attributes.number }
  end
  return element
end

-- The one count of headings for all formats: sets `number`, which is shown before the heading, and
-- remembers what references to it say.
local function heading(header)
  local words = pandoc.utils.stringify(header.content)
  local given, key = header.identifier ~= '', anchor(words)
  header.identifier = unique(given and header.identifier or slug(words), given)
  anchors[key] = anchors[key] or pandoc.List {}
  anchors[key]:insert(header.identifier)
  local number, counted
  if settings.number_sections and not header.classes:includes('unnumbered') then
    local level = appendix and math.min(header.level, 3) or header.level -- Word's appendix list has three
    heads[level] = heads[level] + 1
    for deeper = level + 1, 6 do heads[deeper] = 0 end
    local parts = { table.unpack(heads, 1, level) }
    if appendix then parts[1] = string.char(64 + math.max(heads[1], 1)) end
    number = table.concat(parts, '.')
    header.attributes.number = appendix and level == 1 and settings.labels.app .. ' ' .. number or number
    if settings.numbering == 'chinese' and not appendix then
      counted, number = numerals.heading { table.unpack(heads, 1, level) }
      header.attributes.number = counted
    end
  end
  if appendix then header.attributes.appendix = 'true' end
  labels[header.identifier] = { kind = header.level > 1 and 'sec' or appendix and 'app' or 'cha',
    number = number, counted = counted, title = words }
  return header
end

-- A caption may end in the label of its table: ": Results {#tbl-results}".
local function label_in_caption(element)
  local block = element.caption.long[1]
  local last = block and block.content and block.content[#block.content]
  local id = last and last.t == 'Str' and last.text:match('^{#([%w_:-]+)}$')
  if not id then return end
  local content = block.content
  content:remove(#content)
  if #content > 0 and content[#content].t == 'Space' then content:remove(#content) end
  block.content = content
  local blocks = element.caption.long
  blocks[1] = block
  element.caption = { long = blocks }
  element.identifier = id
end

local function captioned(element) return #element.caption.long > 0 end

-- Figure { … }, caption.long = { Plain }; returning false keeps walk from going into what is counted.
local function figure(element)
  if not captioned(element) then return element.content, false end
  return count(element, element.classes:includes('listing') and 'lst' or 'fig'), false
end

local function table_(element)
  if not captioned(element) then return nil end
  label_in_caption(element)
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
      if not mark.tag then counts.eq = counts.eq + 1 end
      local number = mark.tag or tostring(counts.eq)
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
    if #found > 1 and not id then
      local lines = numbered_lines(math, found)
      content:remove(at)
      for index = #lines, 1, -1 do content:insert(at, lines[index]) end
      return equation(para) or para, false
    elseif id or (#found == 1 and math.mathtype == 'DisplayMath') then
      math.mathtype = 'DisplayMath'
      local before, after = pandoc.Inlines {}, pandoc.Inlines {}
      for i = 1, at - 1 do before:insert(content[i]) end
      for i = at + (id and space + 2 or 1), #content do after:insert(content[i]) end
      local blocks = pandoc.Blocks {}
      if pandoc.utils.stringify(before) ~= '' then blocks:insert(pandoc.Para(before)) end
      local div = pandoc.Div({ pandoc.Para { math } }, pandoc.Attr(id or found[1].label or '', { 'equation' }))
      blocks:insert(count(div, 'eq', not id and found[1].tag))
      if #after > 0 then
        blocks:extend(equation(pandoc.Para(after)) or { pandoc.Div({ pandoc.Para(after) }, pandoc.Attr('', { 'continued' })) })
      end
      return blocks, false
    end
  end
end

local function named(element)
  if element.t == 'Div' and element.classes:includes('equation') then return nil end
  element.identifier = unique(element.identifier)
  return element
end

-- The words that lead to an equation stay on its page; in lists they have a style of their own.
local function lead_ins(blocks)
  for place, element in ipairs(blocks) do
    local after = blocks[place + 1]
    local first = element.t == 'Para' and element.content[1]
    if first and first.mathtype ~= 'DisplayMath' and after and after.t == 'Div' and after.classes:includes('equation') then
      blocks[place] = pandoc.Div({ element }, pandoc.Attr('', { 'lead-in' }))
    end
  end
  return blocks
end

-- First pass over a cell: give numbers.
function crossref.number(blocks, in_appendix)
  if in_appendix and not appendix then
    appendix, heads = true, { 0, 0, 0, 0, 0, 0 }
  end
  return lead_ins(blocks:walk { traverse = 'topdown', Header = heading, Figure = figure, Table = table_,
    Para = equation, Div = named, Span = named })
end

-- A heading counted the Chinese way goes by its number and its title, both of which Word can renew.
local function words(label, bare)
  if not label.number then return label.title end
  if bare then return label.number end
  if label.counted then return '“' .. label.counted .. label.title .. '”' end
  return (settings.references[label.kind]:gsub('{}', label.number))
end

-- Span .xref { words } with target, kind, number: each format makes a link or a field of it.
local function reference(citation, shape)
  local label = labels[citation.id]
  local bare = citation.mode == 'SuppressAuthor'
  local span = pandoc.Span((shape or '%s'):format(words(label, bare)), pandoc.Attr('', { 'xref' }, { target = citation.id,
    kind = label.kind, number = label.number or '', counted = not bare and label.counted or '' }))
  local out = pandoc.Inlines {}
  out:extend(citation.prefix)
  if #citation.prefix > 0 then out:insert(pandoc.Space()) end
  out:insert(span)
  out:extend(citation.suffix)
  return out
end

-- In "@fig-a与" the parser takes 与 for a part of the name: give it back to the text.
local function untangle(cite, known)
  local citation = cite.citations[1]
  if #cite.citations > 1 or labels[citation.id] or known[citation.id] then return nil end
  local id = citation.id:match('^[%w_:.#$%%&+?<>~/-]+')
  while id and id ~= '' and not labels[id] and not known[id] do id = id:sub(1, -2) end
  if not id or id == '' or id == citation.id then return nil end
  local rest = citation.id:sub(#id + 1)
  citation.id = id
  cite.citations = { citation }
  cite.content = { pandoc.Str('@' .. id) }
  return pandoc.Str(rest)
end

-- Second pass: what @names mean.
function crossref.resolve(blocks, known, state)
  local function cite(element) -- Cite { citations }: our labels, a bibliography's keys, or a mere @
    local rest = untangle(element, known)
    local out, refs = pandoc.Inlines {}, 0
    for _, citation in ipairs(element.citations) do
      if labels[citation.id] then refs = refs + 1 end
    end
    if refs == 0 then -- for citeproc, unless it is no key of the bibliography: then as it was typed
      local typed = false
      for _, citation in ipairs(element.citations) do
        local prefixed = citation.id:match('^%a+[-:]') and settings.references[citation.id:match('^%a+')]
        if prefixed or (settings.has_bibliography and not known[citation.id]) then
          settings.warn((prefixed and 'broken reference @' or 'unknown citation @') .. citation.id)
        end
        if known[citation.id] then state.cited = true else typed = true end
      end
      if typed then out:extend(element.content) else out:insert(element) end
    else
      for index, citation in ipairs(element.citations) do
        if index > 1 then out:insert(pandoc.Str(index == #element.citations and settings.last_separator
          or settings.list_separator)) end
        if labels[citation.id] then out:extend(reference(citation))
        else
          settings.warn('broken reference @' .. citation.id)
          out:insert(pandoc.Str('@' .. citation.id))
        end
      end
    end
    if rest then out:insert(rest) end
    return out
  end
  local function link(element)
    local id, kind = element.target:match('^#(.+)$'), element.attributes['reference-type']
    if kind and labels[id] then -- LaTeX's \ref and \eqref, which are a number
      return reference({ id = id, mode = 'SuppressAuthor', prefix = {}, suffix = {} }, kind == 'eqref' and '(%s)')
    end
    if element.target == '' then return element.content end
    if kind or not id then
      if kind then settings.warn('broken reference ' .. pandoc.utils.stringify(element)) end
      return kind and element.content or element
    end
    if ids[id] then return element end
    local name, again = id:match('^(.-)%-(%d+)$') -- GitHub counts from the second heading of a name
    local found = anchors[anchor(id)] or name and anchors[anchor(name)]
    local target = found and (anchors[anchor(id)] and found[1] or found[tonumber(again) + 1])
    if target then
      element.target = '#' .. target
      return element
    end
    settings.warn('link to ' .. element.target .. ', which is not there')
    return element.content
  end
  local function formula(math) -- \ref and \eqref within a formula
    math.text = math.text:gsub('\\(e?q?ref){(.-)}', function(kind, id)
      local number = labels[id] and labels[id].number
      return number and '\\text{' .. (kind == 'eqref' and '(' .. number .. ')' or number) .. '}'
    end)
    return math
  end
  return blocks:walk { Cite = cite, Link = link, Math = formula }
end

local notes = {} -- the words of a footnote → { uses, number }

function crossref.count_notes(blocks)
  blocks:walk { Note = function(note)
    local words_ = pandoc.utils.stringify(note.content)
    notes[words_] = notes[words_] or { uses = 0 }
    notes[words_].uses = notes[words_].uses + 1
  end }
end

local noted = 0

-- A footnote that is used again stands once, and each format refers to it in its way.
function crossref.notes(blocks)
  return blocks:walk { Note = function(note)
    local known = notes[pandoc.utils.stringify(note.content)]
    if known.number then
      return pandoc.Span(tostring(known.number), pandoc.Attr('', { 'noted-again' }, { target = 'note-' .. known.number }))
    end
    noted = noted + 1
    known.number = noted
    return known.uses > 1 and pandoc.Span({ note }, pandoc.Attr('note-' .. noted, { 'noted' })) or nil
  end }
end

-- Code of the first or last character, nil where there is none.
local function edge(inline, at_end)
  if not inline then return nil end
  local words_ = pandoc.utils.stringify(inline)
  if words_ == '' then return nil end
  return at_end and measure.last(words_) or measure.first(words_)
end

local function is_reference(inline)
  return inline and (inline.t == 'Cite' or (inline.t == 'Span' and inline.classes:includes('xref')))
end

-- Chinese knows no space between a character and a reference, nor at a line's end.
function crossref.spaces(inlines)
  local out = pandoc.Inlines {}
  for index, inline in ipairs(inlines) do
    local drop = false
    if inline.t == 'Space' or inline.t == 'SoftBreak' then
      local before, after = inlines[index - 1], inlines[index + 1]
      local left, right = edge(before, true), edge(after, false)
      local wide_left, wide_right = left and measure.is_wide(left), right and measure.is_wide(right)
      drop = (is_reference(after) and wide_left) or (is_reference(before) and wide_right)
        or (inline.t == 'SoftBreak' and wide_left and wide_right)
    end
    if not drop then out:insert(inline) end
  end
  return out
end

return crossref
