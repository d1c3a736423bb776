-- Markdown as Jupyter reads it: formulas are found first, by their delimiters alone; the rest is CommonMark
-- with the tables of GitHub. On top: attributes, citations, footnotes, divs and captions of tables.
local lpeg = require 'lpeg'
local latex = require 'latex'
local rawhtml = require 'rawhtml'
local safety = require 'safety'
local settings = require 'settings'
local shapes = require 'shapes'
local shared = require 'shared'
local standins = require 'standins'
local markdown = {}

-- What is on top of CommonMark, and the sign without which it is not there: each takes time to set up.
local EXTENSIONS = { ['|'] = '+pipe_tables', ['~~'] = '+strikeout', ['- ['] = '+task_lists', ['* ['] = '+task_lists',
  ['://'] = '+autolink_bare_uris', ['[!'] = '+alerts', ['[^'] = '+footnotes', ['}'] = '+attributes+bracketed_spans+raw_attribute',
  [':::'] = '+fenced_divs' }

local function format(text)
  local name = 'commonmark'
  for sign, extension in pairs(EXTENSIONS) do
    if text:find(sign, 1, true) then name = name .. extension end
  end
  return name
end

-- The end of a code span whose first tick is at `at`; nil where none closes it.
local function code_span(text, at)
  local ticks = text:match('^`+', at)
  local from = at + #ticks
  while true do
    local start, stop = text:find('`+', from)
    if not start or text:sub(from, start):find('\n[ \t>]*\n') then return nil end
    if stop - start + 1 == #ticks then return stop + 1 end
    from = stop + 1
  end
end

-- A line that ends the paragraph before it.
local function begins_block(text, newline)
  local line = text:match('^\n[ \t>]*([^\n]*)', newline)
  return line == '' or line:match('^[-*+] ') or line:match('^%d+[.)] ') or line:match('^#+ ') or line:match('^```') or line:match('^~~~')
end

-- Where the delimiter that closes a formula stands: outside of braces, if they are balanced, and not
-- within code. The paragraph does not end before it unless the formula is displayed.
local function closing(text, from, delimiter, displayed)
  local depth, first, at = 0, nil, from
  while true do
    at = text:find('[\\{}$`\n]', at)
    if not at then return first end
    local character = text:sub(at, at)
    if text:sub(at, at + #delimiter - 1) == delimiter then
      if depth == 0 then return at end
      first = first or at
      at = at + #delimiter
    elseif character == '\\' then at = at + 2
    elseif character == '`' then at = code_span(text, at) or at + 1
    elseif character == '\n' and not displayed and begins_block(text, at) then return first
    else
      depth = character == '{' and depth + 1 or character == '}' and math.max(depth - 1, 0) or depth
      at = at + 1
    end
  end
end

local line, in_table = 1, 0 -- where the line starts that is looked at, and where the table ends

local DELIMITERS = { { '$$', '$$', true }, { '$', '$' }, { '\\\\[', '\\\\]', true }, { '\\\\(', '\\\\)' } }

-- A formula: the place after it, and its stand-in.
local function formula(text, at)
  local name, label, behind = text:match('^\\begin{(%a+%*?)}', at), text:match('^\\(e?q?ref{[^{}%s]+})()', at)
  if label then return behind, standins.hold { inlines = { latex.reference('\\' .. label) }, source = '\\' .. label } end
  local bare = name and { { '\\begin{' .. name .. '}', '\\end{' .. name .. '}', true } }
  for _, delimiters in ipairs(bare or DELIMITERS) do
    local open, close, displayed = table.unpack(delimiters)
    local stop = text:sub(at, at + #open - 1) == open and closing(text, at + #open, close, displayed)
    if stop then
      local inner, after = text:sub(at + #open, stop - 1), stop + #close
      local cells = at < in_table and (inner:find('%s|%s') or inner:find('\n')) -- no formula goes from cell to cell
      if not inner:find('%S') or (not displayed and (cells or inner:find('</%a'))) then return false end
      local whole = text:sub(at, after - 1)
      local tex = (bare and whole or inner):gsub('\n[ \t]*>[ \t>]*', '\n')
      local only = tex:match('^%s*(\\e?q?ref{[^{}%s]+})%s*$')
      local item = bare and latex.environment(tex)
        or { inlines = { only and latex.reference(only) or latex.formula(tex, displayed) } }
      item.source = whole
      return after, standins.hold(item)
    end
  end
  return false
end

-- The end of a fenced block: its closing line or that of the text.
local function fenced(text, at)
  local fence, after = text:match('^[ \t>]*[-*+]?%d*[.)]?[ \t]*(```+)[^`\n]*%f[\n\0]()', at)
  if not fence then fence, after = text:match('^[ \t>]*[-*+]?%d*[.)]?[ \t]*(~~~+)[^\n]*()', at) end
  if not fence then return false end
  local _, stop = text:find('\n[ \t>]*' .. fence .. fence:sub(1, 1) .. '*[ \t]*%f[\n\0]', after)
  return (stop or #text) + 1
end

-- A citation goes to pandoc's own reader of them, which leaves alone what is none. "[@x]: address" alone on a line
-- is the target of links, as in Jupyter.
local function citation(text, at)
  local whole, after = text:match('^(%[[^%[%]\n]-@[%w_{][^%[%]\n]*%])()', at)
  if whole and text:match('^[%[({]', after) then return false end
  if whole and text:match('^:[ \t]*%S+[ \t]*%f[\n\0]', after) and not text:sub(line, at - 1):find('%S') then return after, whole end
  if not whole then
    whole, after = text:match('^(-?@[%w_\x80-\xff][%w_\x80-\xff:.#%%&%-+?/]*)()', at)
    local locator, behind = text:match('^( ?%[[^%[%]@\n]*%])()', after or #text + 1)
    if whole and locator and not text:match('^[%[({:]', behind) then whole, after = whole .. locator, behind end
  end
  if not whole then return false end
  local read = pandoc.read(whole, 'markdown_strict+citations').blocks
  return after, standins.hold { inlines = pandoc.utils.blocks_to_inlines(read), source = whole }
end

-- Attributes belong to a heading, a fence, or what ends right before them; elsewhere braces are text.
local function attributes(text, at)
  local whole, after = text:match('^({[ ]*[#.%w][^{}\n]*})()', at)
  local before = text:sub(line, at - 1)
  if not whole or before:match('^[ \t>]*:::') or before:match('[)`%]]$') then return false end
  local heading = before:match('^[ >]*#') and text:match('^[ \t#]*%f[\n\0]', after)
  return not heading and after, standins.text(whole)
end

-- A table right below a line of text begins a block of its own, also within a quotation.
local function table_head(text, at)
  line = at
  local prefix, rule, after = text:match('^([ \t>]*)[^\n]*|[^\n]*\n[ \t>]*([|:-][-:| \t]*)%f[\n\0]()', at)
  if not rule or at < in_table or not rule:find('|', 1, true) or not rule:find('-', 1, true) then return at, '' end
  in_table = text:find('\n[ \t>]*\n', after) or #text
  return at, prefix:gsub('%s+$', '') .. '\n'
end

local notes -- texts of ^[notes within the line]
local alone -- whether nobody refers to a footnote

local function unreferred(text, at)
  local label, after = text:match('^%[%^([^%]%s]+)%]:()', at)
  if not label or not alone(label) then return false end
  settings.warn('footnote [^' .. label .. '] has nothing that refers to it, shown as text')
  return after, standins.text('[^' .. label .. ']:')
end

local function inline_note(text, at)
  local words, after = text:match('^%^(%b[])()', at)
  if not words or words:find('\n[ \t]*\n') or not words:find('[%a\xE4-\xE9].*[%a\x80-\xBF]') then return false end
  notes[#notes + 1] = words:sub(2, -2)
  return after, '[^inline note ' .. #notes .. ']'
end

-- A code span; in a table no line is divided within it.
local function code(text, at)
  local after = code_span(text, at)
  if not after or at >= in_table then return after or false end
  return after, (text:sub(at, after - 1):gsub('\\?|', '\\|'))
end

local CUT
-- MyST's boxes, :::{note} Title and ```{note} Title, as one of pandoc's divs.
local function box(text, at)
  local fence, name, title, from = text:match('^([`:][`:][`:]+)[ \t]*{(%a+)}[ \t]*([^\n]*)()', at)
  if not name then return false end
  local stop, after = text:match('()\n' .. fence .. '`*[ \t]*%f[\n\0]()', from)
  if not shapes.is_box(name) then -- another directive is shown with what it is about
    if title == '' or fence:find ':' or not stop then return false end
    return after, fence .. '\n{' .. name .. '} ' .. title .. text:sub(from, after - 1)
  end
  repeat -- options, of which a class may be a tone
    local option, value, behind = text:match('^\n:([%w-]+):[ \t]*([^\n]*)()', from)
    from = behind or from
    if option == 'class' and shapes.is_box(value) then name = value end
  until not behind
  local head = '::: {.callout-' .. name .. (title ~= '' and ' title="' .. title:gsub('["\\]', '') .. '"' or '') .. '}'
  if fence:find ':' then return from, head end
  return stop and after or false, stop and head .. '\n' .. CUT:match('\n' .. text:sub(from, stop)) .. '\n:::'
end

local P, S, R = lpeg.P, lpeg.S, lpeg.R
local function try(look) return lpeg.Cmt(P(1), function(text, after) return look(text, after - 1) end) end
CUT = lpeg.Cs((P '\n' * lpeg.Cmt(true, table_head)
  + lpeg.B '\n' * (#(P ':::' + '```') * try(box) + try(fenced) + #P '[^' * try(unreferred))
  + #P '`' * (try(code) + P '`' ^ 1)
  + #S '$\\' * try(formula)
  + P '\\' * S '!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~'
  + (#P '[' + #(P '@' + P '-@') * -lpeg.B(R('az', 'AZ', '09') + S '_./')) * try(citation)
  + #P '{' * try(attributes)
  + #P '^' * try(inline_note)
  + P '](attachment:' * lpeg.C((P(1) - S '()\n' - P ' ' * S '"\'') ^ 1) / function(name) return '](attachment:' .. name:gsub(' ', '%%20') end
  + P '\xF0' * S '\x97\x98' * P(2) / standins.text
  + (1 - S '\n`$\\[@-{^]\xF0') ^ 1 -- nothing above begins with these
  + P(1)) ^ 0)

-- Of a table's row only as many cells are shown as its head has.
local function count_cells(text)
  local columns, before, cells = nil, nil, nil
  for row in text:gmatch('([^\n]*)\n') do
    _, cells = row:gsub('\\.', ''):gsub('^[ \t>]*|?(.-)|?[ \t]*$', '%1'):gsub('|', '')
    if row:find('^[ \t>]*[|:-][-:| \t]*$') and row:find('-', 1, true) and cells == before and cells > 0 then columns = cells
    elseif not row:find('|', 1, true) then columns = nil
    elseif columns and cells > columns then settings.warn('a row of a table has more cells than its head, left out: ' .. standins.written(row)) end
    before = cells
  end
end

-- A heading may be marked {-}, as in pandoc.
local function cut(source)
  line, in_table, notes = 1, 0, {}
  local text = CUT:match('\n' .. source:gsub('\r\n?', '\n') .. '\n'):gsub('(\n#[^\n]*){%-}([ \t]*%f[\n\0])', '%1{.unnumbered}%2')
  if in_table > 0 then count_cells(text) end
  local done = 0
  while done < #notes do -- a note may hold another
    done = done + 1
    line, in_table = 1, 0
    text = text .. '\n\n[^inline note ' .. done .. ']: ' .. CUT:match(notes[done])
  end
  return text
end

-- The footnotes that a text defines, and those that it refers to.
local function labels(source)
  local defined, referred = {}, {}
  for row in source:gmatch('[^\n]+') do
    local label, from = row:match('^ ? ? ?%[%^([^%]%s]+)%]:()')
    defined[label or ''] = true
    for name in row:gmatch('%[%^([^%]%s]+)%]', from) do referred[name] = true end
  end
  return defined, referred
end

local footnotes, wanted = {}, {} -- label → its text, for cells that take it from another; whether one does

-- Remember the footnotes of a cell: a definition goes on with lines that are not blank, or indented.
function markdown.learn(source)
  local defined, referred = labels(source)
  for name in pairs(referred) do wanted[name] = wanted[name] or not defined[name] end
  local label, blank
  for row in (source .. '\n'):gmatch('(.-)\n') do
    local own = row:match('^ ? ? ?%[%^([^%]%s]+)%]:')
    if own then label = own
    elseif blank and row:match('^ ? ? ?%S') then label = nil end
    blank = not row:find('%S')
    if label then footnotes[label] = (not own and footnotes[label] .. '\n' or '') .. row end
  end
end

-- The text, and after it the footnotes that it takes from other cells. One that nobody refers to is text.
local function with_notes(source)
  local defined, referred = labels(source)
  local more = {}
  for label in pairs(referred) do
    if footnotes[label] and not defined[label] then more[#more + 1] = '\n\n' .. footnotes[label] end
  end
  table.sort(more)
  return source .. table.concat(more), function(label) return defined[label] and not referred[label] and not wanted[label] end
end

-- ": Settings {#tbl-settings}" right below or above a table is its caption
local function captions(blocks)
  return blocks:filter(function(block, index)
    local first = block.t == 'Para' and block.content[1]
    if not first or first.t ~= 'Str' or first.text ~= ':' and first.text ~= 'Table:' or #block.content <= 2 then return true end
    local function free(place)
      local other = blocks[place]
      return other and other.t == 'Table' and #other.caption.long == 0 and other
    end
    local target = free(index - 1) or free(index + 1)
    if target then target.caption = { long = { pandoc.Plain({ table.unpack(block.content, 3) }) } } end
    return not target
  end)
end

-- What editors write where nobody wrote anything.
local PLACEHOLDERS = pandoc.List { 'alt', 'alt text', 'drawing', 'figure', 'gif', 'image', 'image alt text', 'img', 'jpeg', 'jpg', 'picture',
  'png', 'screenshot', 'svg', 'title', '图片', '在这里插入图片描述' }

-- A picture alone in its paragraph is a figure where somebody wrote a caption; a file's name is none.
local function figure(para)
  local image = shared.picture(para)
  if not image or #image.caption == 0 then return nil end
  local words = pandoc.utils.stringify(image.caption)
  if words:match('%.%a%a%a%a?$') and not words:find(' ', 1, true) or PLACEHOLDERS:includes(words:lower())
    or words:match('^image%-%d+$') then return nil end
  local id, caption = image.identifier, image.caption
  image.identifier = ''
  return pandoc.Figure({ pandoc.Plain { image } }, { long = { pandoc.Plain(caption) } }, pandoc.Attr(id))
end

-- The blocks of a Markdown text.
function markdown.read(source)
  local text, is_alone = with_notes(source)
  alone = is_alone
  text = cut(text) .. '\n'
  local blocks = pandoc.read(text, format(text), nil, {}).blocks
  if text:find('<[%a/!?]') or text:find('{=', 1, true) then blocks = rawhtml.native(blocks) end
  if standins.within(text) then blocks = standins.restored(blocks) end
  if text:find('[|!]') then blocks = blocks:walk { Blocks = captions, Para = figure } end
  return safety.blocks(blocks)
end

return markdown
