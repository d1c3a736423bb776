-- LaTeX formulas as Typst writes them. Pandoc converts what is flat; what has a height (delimiters, arrays,
-- aligned lines) is taken apart here, and put together in Typst's own functions. The other formats leave all
-- of it to pandoc, and only ask whether it can.
local lpeg = require 'lpeg'
local colours = require 'colours'
local settings = require 'settings'
local shared = require 'shared'
local typstmath = {}

local convert -- LaTeX → Typst; nil where pandoc does not know it

local DELIMITERS = { ['('] = '\\(', [')'] = '\\)', ['['] = '\\[', [']'] = '\\]', ['\\{'] = '\\{', ['\\}'] = '\\}',
  ['\\lbrace'] = '\\{', ['\\rbrace'] = '\\}', ['|'] = 'bar.v', ['\\|'] = 'bar.v.double', ['\\vert'] = 'bar.v',
  ['\\Vert'] = 'bar.v.double', ['\\lvert'] = 'bar.v', ['\\rvert'] = 'bar.v', ['\\lVert'] = 'bar.v.double',
  ['\\rVert'] = 'bar.v.double', ['\\langle'] = '⟨', ['\\rangle'] = '⟩', ['<'] = '⟨', ['>'] = '⟩', ['\\lfloor'] = '⌊',
  ['\\rfloor'] = '⌋', ['\\lceil'] = '⌈', ['\\rceil'] = '⌉', ['/'] = '\\/', ['\\backslash'] = '\\\\', ['.'] = '',
  ['\\lbrack'] = '\\[', ['\\rbrack'] = '\\]', ['\\uparrow'] = '↑', ['\\downarrow'] = '↓', ['\\lt'] = '⟨', ['\\gt'] = '⟩', ['\\ulcorner'] = '⌜',
  ['\\urcorner'] = '⌝', ['\\llcorner'] = '⌞', ['\\lrcorner'] = '⌟', ['\\lmoustache'] = '⎰', ['\\rmoustache'] = '⎱', ['\\updownarrow'] = '↕',
  ['\\Uparrow'] = '⇑', ['\\Downarrow'] = '⇓', ['\\Updownarrow'] = '⇕' }
local MATRICES = { pmatrix = '("(", ")")', bmatrix = '("[", "]")', Bmatrix = '("{", "}")', vmatrix = '("|", "|")',
  Vmatrix = '("‖", "‖")', matrix = 'none', smallmatrix = 'none', array = 'none' }
local LINES = { align = true, aligned = true, alignat = true, alignedat = true, split = true, eqnarray = true,
  flalign = true, gather = true, gathered = true, multline = true }
local CENTRED = { gather = true, gathered = true, multline = true, subarray = true }
local SIZES = { big = '1.2em', Big = '1.8em', bigg = '2.4em', Bigg = '3em' }

local function delimiter(tex, at)
  local name, after = tex:match('^%s*(\\%a+)()', at)
  if not name then name, after = tex:match('^%s*(\\.)()', at) end
  if not name then name, after = tex:match('^%s*(.)()', at) end
  return DELIMITERS[name or ''], after
end

local P, V, C = lpeg.P, lpeg.V, lpeg.C
local LETTER = lpeg.R('az', 'AZ')

-- What stands between `open`, or the `first` of it, and its `close`, pairs of them in it; and the place behind.
local function between(open, close, first)
  local pair = P { open * (V(1) + (1 - close)) ^ 0 * close }
  return (first or open) * C((pair + (1 - close)) ^ 0) * close * lpeg.Cp()
end

local FENCED = between(P '\\left' * -LETTER, P '\\right' * -LETTER)
local NAME = LETTER ^ 1 * P '*' ^ -1
-- Of an environment the name comes first.
local ENVIRONMENT = lpeg.S ' \n\t' ^ 0 * between(P '\\begin{' * NAME * '}', P '\\end{' * NAME * '}', P '\\begin{' * C(NAME) * '}')
local WHOLE = P { '{' * (V(1) + P '\\' * 1 + (1 - P '}')) ^ 0 * '}' } + ENVIRONMENT / 0 + P '\\' * 1 + 1

-- Pieces between a separator that stands outside of braces and inner environments.
local function split(tex, separator)
  local piece = C((WHOLE - P(separator)) ^ 0)
  return lpeg.Ct(piece * (separator * piece) ^ 0):match(tex)
end

-- Rows of Typst cells, and the numbers of the rows that have a rule above them.
local function rows_of(body)
  local rows, rules = {}, {}
  for _, line in ipairs(split(body:gsub('\\cr%f[%A]', '\\\\'), '\\\\')) do
    line = line:gsub('^%s*%*?%s*%[[^%]]*%a%a%]', '')
    if line:find('\\hline') then
      rules[#rows] = true
      line = line:gsub('\\hline', '')
    end
    rows[#rows + 1] = {}
    for _, cell in ipairs(split(line, '&')) do
      local code = convert(cell)
      if not code then return nil end
      table.insert(rows[#rows], code)
    end
  end
  local last = rows[#rows]
  if #last == 1 and not last[1]:find('%S') then rows[#rows] = nil end
  return rows, rules
end

-- An array in Typst's mat(): a cell's alignment is where its & stands.
local function matrix(rows, rules, columns, delimiters, gap)
  local aligns, lines = {}, {}
  for mark in columns:match('^[{|%s]*(.-)[}|%s]*$'):gmatch('[lcr|]') do
    if mark == '|' then lines[#lines + 1] = #aligns .. ',' else aligns[#aligns + 1] = mark end
  end
  local out, horizontal = {}, {}
  for index, row in ipairs(rows) do
    if rules[index] and index < #rows then horizontal[#horizontal + 1] = index .. ',' end
    for column, cell in ipairs(row) do
      local align = aligns[column] or 'c'
      row[column] = align == 'l' and '& ' .. cell or align == 'r' and cell .. ' &' or cell
    end
    out[index] = table.concat(row, ', ')
  end
  local augment = (#horizontal + #lines > 0) and ', augment: #(hline: (' .. table.concat(horizontal) .. '), vline: ('
    .. table.concat(lines) .. '), stroke: 0.5pt)' or ''
  return 'mat(delim: #' .. delimiters .. augment .. (gap and ', column-gap: #' .. gap or '') .. ', ' .. table.concat(out, '; ') .. ')'
end

-- \begin{name}…\end{name}; `delimiters` where it stands between \left and \right, `alone` where nothing is beside it.
local function environment(name, body, delimiters, alone)
  name = name:gsub('%*$', '')
  local columns = ''
  body = body:gsub('^%s*%b[]', '')
  if name == 'array' or name == 'alignat' or name == 'alignedat' or name == 'subarray' then
    columns, body = body:match('^%s*(%b{})(.*)$')
    if not columns then return nil end
  end
  local rows, rules = rows_of(body)
  if not rows then return nil end
  for _, row in ipairs(name == 'eqnarray' and rows or {}) do -- the relation in the middle goes to the right
    if #row == 3 then row[2] = row[2] .. ' ' .. table.remove(row) end
  end
  if MATRICES[name] then return matrix(rows, rules, columns, delimiters or MATRICES[name]) end
  if name == 'cases' then
    for index, row in ipairs(rows) do rows[index] = table.concat(row, ' & ') .. (#row == 1 and ' &' or '') end
    return 'cases(' .. table.concat(rows, ', ') .. ')'
  end
  if not LINES[name] and name ~= 'subarray' then return nil end
  if alone and not delimiters then
    for index, row in ipairs(rows) do
      for column = 2, #row - 1, 2 do row[column] = row[column] .. ' wide' end
      rows[index] = table.concat(row, ' & ')
    end
    return table.concat(rows, ' \\ ')
  end
  for _, row in ipairs(rows) do
    for column, cell in ipairs(row) do row[column] = 'display(' .. (column % 2 == 0 and '"" ' or '') .. cell .. ')' .. (column % 2 == 0 and column < #row and ' wide' or '') end
  end
  return matrix(rows, rules, CENTRED[name] and '' or ('rl'):rep(10), delimiters or 'none', not CENTRED[name] and '0em')
end

local function delimiters_of(open, close)
  local function one(code)
    if code == '' then return 'none' end
    return '"' .. code:gsub('bar%.v%.double', '‖'):gsub('bar%.v', '|'):gsub('\\', '') .. '"'
  end
  return '(' .. one(open) .. ', ' .. one(close) .. ')'
end

-- \left( … \right), of which \middle| is a part
local function fenced(open, body, close)
  local name, content, behind = ENVIRONMENT:match(body)
  local plain = name and (name == 'array' or name == 'matrix' or LINES[name:gsub('%*$', '')])
  if plain and content and not body:find('%S', behind) then return environment(name, content, delimiters_of(open, close)) end
  local parts, from = {}, 1
  while true do
    local start, stop = body:find('\\middle%f[%A]', from)
    local code = convert(body:sub(from, (start or #body + 1) - 1))
    if not code then return nil end
    parts[#parts + 1] = code
    if not start then break end
    local bar, after = delimiter(body, stop + 1)
    if not bar then return nil end
    parts[#parts + 1], from = 'mid(' .. bar .. ')', after
  end
  return 'lr(' .. open .. ' ' .. table.concat(parts, ' ') .. ' ' .. close .. ')'
end

local BARS = { ['\\|'] = 'normal', ['\\Vert'] = 'normal', ['\\lVert'] = 'opening', ['\\rVert'] = 'closing',
  ['\\lvert'] = 'opening', ['\\rvert'] = 'closing', ['\\vert'] = 'normal' }

-- The code of a command's argument at `at`, the place behind it and its words; nil where it fails.
local function argument(tex, at)
  local words, behind = tex:match('^%s*(%b{})()', at or #tex + 1)
  if words then return convert(words:sub(2, -2)), behind, words:sub(2, -2) end
  words, behind = tex:match('^%s*(\\%a+)()', at or #tex + 1)
  if not words then words, behind = tex:match('^%s*(.)()', at or #tex + 1) end
  return words and convert(words), behind, words
end

local ARROWS = { xrightarrow = 'arrow.r', xleftarrow = 'arrow.l' }

-- What stands above or below something, names of operators with limits, frames and blanks: pandoc's Typst has
-- them beside it, or as text.
local function placed(tex, name, at)
  local star = name == 'operatorname' and tex:match('^%*()', at)
  local below, inner = tex:match('^%s*(%b[])()', at)
  local first, behind, words = argument(tex, star or ARROWS[name] and inner or at)
  if not first then return nil end
  if ARROWS[name] then
    return 'stretch(' .. ARROWS[name] .. ')^(' .. first .. ')' .. (below and inner and '_(' .. (convert(below:sub(2, -2)) or '') .. ')' or ''), behind
  end
  if name == 'phantom' then return '#hide($' .. first .. '$)', behind end
  if name == 'boxed' then return '#box(stroke: 0.5pt, inset: (x: 3pt), outset: (y: 3pt), $' .. first .. '$)', behind end
  if star then return 'op(' .. (words:find('^%a+$') and '"' .. words .. '"' or 'upright(' .. first .. ')') .. ', limits: #true)', behind end
  local second, after = argument(tex, behind)
  return second and 'limits(' .. second .. ')' .. (name == 'underset' and '_(' or '^(') .. first .. ')', after
end

local PLACED = { overset = true, underset = true, stackrel = true, phantom = true, boxed = true, xrightarrow = true, xleftarrow = true }

-- What begins at `at` and is not left to pandoc: its code and the place behind it; false where it fails.
local function special(tex, at, alone)
  local name, after = tex:match('^\\(%a+)()', at)
  if name == 'left' then
    local body, behind = FENCED:match(tex, at)
    local open, inner = delimiter(body or '')
    local close, stop = delimiter(tex, behind or #tex + 1)
    return open and close and fenced(open, body:sub(inner), close) or false, stop
  elseif name == 'begin' then
    local kind, body, behind = ENVIRONMENT:match(tex, at)
    if not body then return false end
    return environment(kind, body, nil, alone and at == 1 and not tex:find('%S', behind)) or false, behind
  elseif name == 'color' then
    local colour, content, behind = tex:match('^%s*{(.-)}%s*(%b{})()', after)
    local code = content and convert(content:sub(2, -2))
    local rgb = content and colours.hex(colour)
    return code and (rgb and 'text(fill: #rgb("' .. rgb .. '"), ' .. code .. ')' or code) or false, behind
  elseif name and (PLACED[name] or name == 'operatorname' and tex:sub(after, after) == '*') then
    local code, behind = placed(tex, name, after)
    return code or false, behind
  elseif name and SIZES[name:gsub('[lrm]$', '')] then
    local sign, behind = delimiter(tex, after)
    return sign and 'lr(size: #' .. SIZES[name:gsub('[lrm]$', '')] .. ', ' .. sign .. ')' or false, behind
  end
  local sign = tex:match('^\\%a+', at) or tex:sub(at, at + 1)
  if BARS[sign] then return 'class("' .. BARS[sign] .. '", ' .. DELIMITERS[sign] .. ')', at + #sign end
end

-- Names of pandoc's that Typst has no more.
local SIGNS = { sect = '∩', ['sect.sq'] = '⊓', ['sect.big'] = '⋂', ['sect.double'] = '⋒', ['sect.sq.big'] = '⨅', ['sect.dot'] = '⩀',
  ['sect.and'] = '⩄', ['sect.sq.double'] = '⩎', ['integral.sect'] = '⨙', ['minus.circle'] = '⊖', ['times.circle'] = '⊗',
  ['dot.circle'] = '⊙', ['eq.circle'] = '⊜', ['dash.circle'] = '⊝', ['times.circle.big'] = '⨂', ['dot.circle.big'] = '⨀',
  ['div.circle'] = '⨸', ['lt.circle'] = '⧀', ['gt.circle'] = '⧁', ['bar.v.circle'] = '⦶', ['parallel.circle'] = '⦷',
  ['backslash.circle'] = '⦸', ['perp.circle'] = '⦹', ['plus.circle.arrow'] = '⟴', ['bracket.l.double'] = '⟦',
  ['bracket.r.double'] = '⟧', ['shell.l.double'] = '⟬', ['shell.r.double'] = '⟭', ['brace.l.double'] = '⦃',
  ['brace.r.double'] = '⦄', ['paren.l.double'] = '⦅', ['paren.r.double'] = '⦆', ['quote.angle.l.single'] = '‹',
  ['quote.angle.r.single'] = '›', ['angle.spheric.top'] = '⦡', ['angle.oblique'] = '⦦', ['angle.right.sq'] = '⦜', Kai = 'Ϗ', kai = 'ϗ' }

-- Pandoc's code between its dollars, nil where it gave up, with what it rounds, lets gape or calls by an old name
-- put right.
local function mended(written)
  local code, words = written:match('^%$(.*)%$%s*$'), {}
  if not code then return nil end
  code = code:gsub('"[^"]*"', function(text)
    words[#words + 1] = text
    return '"' .. #words .. '"'
  end):gsub('("%)+) (%a+%(*%a*%(*")', '%1%2') -- texts, which have blanks of their own
    :gsub('%f[%a][%a.]*%a', SIGNS):gsub('√', '"√"'):gsub('"(%d+)"', function(number) return words[tonumber(number)] end)
  return (code:gsub('#h%(%-1em%)', '#h(-0.1667em)'):gsub('#h%(0em%)', 'thick'):gsub('\\|', 'class("normal", bar.v)'))
end

local function letter(index) return utf8.char(0x17000 + index) end

-- `alone`: nothing else is in the formula, so that lines may be broken.
function convert(tex, alone)
  local codes, flat, from = {}, {}, 1
  tex = shared.trim_tex(tex)
  if tex == '' then return '' end
  while true do
    local at = tex:find('\\', from, true)
    flat[#flat + 1] = tex:sub(from, (at or 0) - 1)
    if not at then break end
    local code, behind
    if settings.to == 'typst' then code, behind = special(tex, at, alone) end
    if code == false then return nil end
    if code then
      codes[#codes + 1] = code
      flat[#flat + 1], from = ' ' .. letter(#codes) .. ' ', behind
    else
      flat[#flat + 1], from = tex:sub(at, at + 1), at + 2
    end
  end
  local math = pandoc.Math('InlineMath', table.concat(flat))
  local code = mended(pandoc.write(pandoc.Pandoc { pandoc.Plain { math } }, 'typst'))
  return code and code:gsub('\xF0\x97[\x80-\xBF][\x80-\xBF]', function(found) return codes[utf8.codepoint(found) - 0x17000] end)
end

local done = {} -- formula → its code, false for none

local TALL = { '\\left', '\\b[ei]g', '\\B', '[vV]ert', '\\|', 'color', 'set%f[%A]', 'stackrel', 'phantom', 'boxed', '\\x', 'name%*' }

-- Whether a formula is for pandoc as it is.
local function is_flat(tex)
  for _, pattern in ipairs(settings.to == 'typst' and TALL or {}) do
    if tex:find(pattern) then return false end
  end
  return tex:find('%S') and not tex:find('\n')
end

-- Convert many formulas at once, which takes a hundredth of the time; those that are not flat wait.
function typstmath.learn(formulas)
  local flat, blocks = pandoc.List(formulas):filter(is_flat), {}
  for index, tex in ipairs(flat) do blocks[index] = pandoc.Para { pandoc.Math('InlineMath', tex) } end
  local written, codes = pandoc.write(pandoc.Pandoc(blocks), 'typst', pandoc.WriterOptions { wrap_text = 'none' }), {}
  for code in (written:gsub('%s+$', '') .. '\n\n'):gmatch('(.-)\n\n') do codes[#codes + 1] = code end
  for index, tex in ipairs(#codes == #flat and flat or {}) do done[tex] = mended(codes[index]) or false end
end

-- Typst's code of a formula, without its dollars; nil where it cannot be converted.
function typstmath.code(tex)
  if done[tex] == nil then done[tex] = convert(tex, true) or false end
  return done[tex] or nil
end

return typstmath
