-- Formulas in the words of today's LaTeX, with everything that \newcommand defined written out, as in MathJax.
local lpeg = require 'lpeg'
local chemistry = require 'chemistry'
local colours = require 'colours'
local settings = require 'settings'
local shared = require 'shared'
local latex = {}

local SANDBOX = {} -- no file may be opened: \input would do so
local known = {} -- name without backslash → its definition

local P, S, V, C = lpeg.P, lpeg.S, lpeg.V, lpeg.C
local LETTERS, BLANKS = C(lpeg.R('az', 'AZ') ^ 1), S ' \n\t' ^ 0
local START = P '\\' * (P 'newcommand' + 'renewcommand' + 'providecommand' + 'DeclareMathOperator' + 'def' + 'gdef') * P '*' ^ -1 * BLANKS
local GROUP = P { '{' * (V(1) + P '\\' * 1 + (1 - P '}')) ^ 0 * '}' }
-- \newcommand{\v}[1][x]{…} and \def\v#1{…} are remembered; no other command is changed, nor a backslash.
local DEFINITION = C(START * ('{' * BLANKS * '\\' * LETTERS * BLANKS * '}' + '\\' * LETTERS) * (1 - S '{}\\') ^ 0 * GROUP)
local REST = lpeg.Cs((DEFINITION / function(text, name)
  known[name] = text
  return ''
end + P '\\' * 1 + 1) ^ 0)

-- The formula with everything defined so far written out.
local function expanded(tex)
  tex = REST:match(tex)
  local used, lines = false, {}
  for name in tex:gmatch('\\(%a+)') do used = used or known[name] end
  if not used then return tex end
  for _, line in pairs(known) do lines[#lines + 1] = line end
  table.sort(lines)
  local source = table.concat(lines, '\n') .. '\n\n$' .. shared.trim_tex(tex) .. '$'
  -- A command that is made of itself stays as it is, and is told as unknown.
  local ok, doc = pcall(pandoc.read, source, 'markdown+latex_macros', nil, SANDBOX)
  if ok then doc:walk { Math = function(math) tex = math.text end } end
  return tex
end

-- Commands that hold to the end of their group, and those that have the group as their argument.
local SWITCHES = { { 'bf', '\\mathbf' }, { 'rm', '\\mathrm' }, { 'it', '\\mathit' }, { 'sf', '\\mathsf' }, { 'tt', '\\mathtt' },
  { 'cal', '\\mathcal' }, { 'frak', '\\mathfrak' }, { 'scr', '\\mathscr' }, { 'Bbb', '\\mathbb' }, { 'mit', '' } }
local ESCAPES = { ['\\'] = '\1', ['{'] = '\2', ['}'] = '\3', ['%'] = '\4' }
local UNESCAPES = { ['\1'] = '\\\\', ['\2'] = '\\{', ['\3'] = '\\}', ['\4'] = '\\%' }

-- A command that the pattern finds, around what follows it in its group.
local function scoped(tex, pattern, command)
  while true do
    local head, own, rest, tail = tex:match(pattern)
    if not head then return tex end
    local stop = rest:find('\\right%f[%A]') or rest:find('\\end{') or #rest + 1
    local scope = rest:sub(1, stop - 1)
    tex = head .. (scope:find('%S') and (command or own) .. '{' .. scope .. '}' or '') .. rest:sub(stop) .. tail
  end
end

local TEXTS = { text = true, mbox = true, emph = true }
local function is_text(name) return TEXTS[name] or name:match('^text%a%a$') end

-- Text within text, which pandoc does not know: \text{a \textbf{b}} → \text{a }\textbf{b}
local function untangled(name, words)
  if not is_text(name) or words:find('%$[^$]*\\text[^$]*%$') then return nil end
  local open = '\\' .. name .. '{'
  words = words:sub(2, -2):gsub('(\\(%a+)%s*%b{})', function(inner, other) return is_text(other) and '}' .. inner .. open or nil end)
  return ((open .. words .. '}'):gsub(open .. '}', ''))
end

-- One group, whose inner groups are done.
local function switched(tex)
  tex = tex:gsub('\\(%a+)%s*(%b{})', untangled):gsub('^(.-)\\over%f[%A]%s*(.*)$', '\\frac{%1}{%2}')
    :gsub('^(.-)\\atop%f[%A]%s*(.*)$', '\\begin{matrix}%1\1%2\\end{matrix}')
  for _, switch in ipairs(SWITCHES) do
    tex = scoped(tex, '^(.-)(\\' .. switch[1] .. ')%f[%A]%s*([^&\1]*)(.*)$', switch[2])
  end
  return scoped(tex, '^(.-)(\\color%s*%b{})%s*([^{%s&\1][^&\1]*)(.*)$')
end

local function groups(tex)
  return switched(tex:gsub('%b{}', function(group) return '{' .. groups(group:sub(2, -2)) .. '}' end))
end

-- What MathJax knows by names that pandoc does not, and what to write instead.
local NAMES = { dbinom = '\\binom', tbinom = '\\binom', cfrac = '\\dfrac', hbox = '\\text', textnormal = '\\text', textup = '\\text',
  textmd = '\\text', textsc = '\\text', textsl = '\\textit', emph = '\\textit', mathbbm = '\\mathbb', bold = '\\mathbf', textcolor = '\\color', cr = '\1',
  hphantom = '\\phantom', vcentcolon = ':', degree = '^\\circ ', intop = '\\int ', idotsint = '\\int\\cdots\\int ', TeX = '\\text{TeX}',
  LaTeX = '\\text{LaTeX}', overgroup = '\\overbracket', undergroup = '\\underbracket', varliminf = '\\operatorname*{lim\\,inf}', varlimsup = '\\operatorname*{lim\\,sup}', hfill = '\\qquad ',
  bigm = '\\big', Bigm = '\\Big', biggm = '\\bigg', Biggm = '\\Bigg',
  S = '\\text{§}', P = '\\text{¶}', copyright = '\\text{©}', AA = '\\text{Å}', And = '\\text{\\&}', thickapprox = '\\approx ',
  shortmid = '\\mid ', ldotp = '.', smallint = '\\int ', lgroup = '(', rgroup = ')', thinspace = '\\,', negthinspace = '\\!',
  thickspace = '\\;', nobreakspace = '~', newline = '\1', hfil = '\\quad ', operatornamewithlimits = '\\operatorname*',
  varinjlim = '\\underrightarrow{\\lim}', varprojlim = '\\underleftarrow{\\lim}',
  injlim = '\\operatorname*{inj\\,lim}', projlim = '\\operatorname*{proj\\,lim}', negmedspace = '\\!', negthickspace = '\\!' }
for _, name in ipairs { 'tiny', 'Tiny', 'scriptsize', 'footnotesize', 'small', 'normalsize', 'large', 'Large', 'LARGE', 'huge', 'Huge',
  'nonumber', 'notag', 'mathstrut', 'strut', 'displaylimits', 'allowbreak', 'nobreak', 'vcenter', 'smash', 'llap', 'rlap', 'clap', 'mathllap',
  'mathrlap', 'mathclap', 'mathnormal', 'mathinner', 'mathord' } do NAMES[name] = '' end

local EMS = { em = 1, ex = 0.43, mu = 1 / 18, pt = 0.1, px = 0.075, cm = 2.85, mm = 0.285, ['in'] = 7.2 }
local function space(number, unit)
  return EMS[unit] and tonumber(number) and ('\\hspace{%.3fem}'):format(number * EMS[unit]) or nil
end
-- Plain TeX's, whose lines stand in braces.
local PLAIN = { cases = 'cases', matrix = 'matrix', pmatrix = 'pmatrix', eqalign = 'aligned', displaylines = 'gathered' }
local FRAMES = { box = '\\boxed', updiagonalstrike = '\\cancel', downdiagonalstrike = '\\bcancel' }

-- { pattern, what to write instead, what is lost by that }
local RULES = {
  { '\\ce%s*(%b{})', function(words) return '{' .. chemistry.formula(words:sub(2, -2)) .. '}' end },
  { '\\pu%s*(%b{})', function(words) return chemistry.quantity(words:sub(2, -2)) end },
  { '\\require%s*%b{}', '' }, { '\\begin{(equation%*?)}', '' }, { '\\end{(equation%*?)}', '' }, { '\\vphantom%s*%b{}', '' },
  { '\\begin{displaymath}', '' }, { '\\end{displaymath}', '' }, { '\\begin{math}', '' }, { '\\end{math}', '' },
  { '\\begin{dcases}', '\\begin{cases}' }, { '\\end{dcases}', '\\end{cases}' },
  { '\\begin{rcases}', '\\left.\\begin{array}{ll}' }, { '\\end{rcases}', '\\end{array}\\right\3' },
  { '\\(%a+){([bBpvV]?)smallmatrix}', '\\%1{%2matrix}' }, { '\\begin{subarray}%s*%b{}', '\\begin{matrix}' },
  { '\\end{subarray}', '\\end{matrix}' }, { '\\begin{(%a*matrix)%*}%s*%b[]', '\\begin{%1}' }, { '\\end{(%a*matrix)%*}', '\\end{%1}' },
  { '(\\begin{array})%s*%b[]', '%1' }, { '(\\begin{array}%s*){([^{}]*)}', function(head, columns) return head .. '{' .. columns:gsub(':', '|') .. '}' end },
  { '\\mathchoice%s*(%b{})%s*%b{}%s*%b{}%s*%b{}', '%1' }, { '\\hspace%*?%s*{%s*([-%d.]+)%s*(%a%a)%s*}', space }, { '\\[hm]skip%s*([-%d.]+)%s*(%a%a)', space }, { '\\m?kern%s*([-%d.]+)%s*(%a%a)', space },
  { '\\fbox%s*(%b{})', '\\boxed{\\text%1}' }, { '\\sideset%s*{([^{}]*)}%s*{([^{}]*)}%s*(\\%a+)', '{}%1%3%2' },
  { '\\[kK]et%s*(%b{})', '|%1\\rangle ' }, { '\\[bB]ra%s*(%b{})', '\\langle %1|' }, { '\\[bB]raket%s*(%b{})', '\\langle %1\\rangle ' },
  { '\\set%s*(%b{})', '\2%1\3' }, { '\\Set%s*(%b{})', '\2%1\3' }, { '\\hdotsfor%s*%b{}', '\\cdots ' },
  { '\\unicode{x(%x+)}', function(code) return '\\text{' .. utf8.char(tonumber(code, 16)) .. '}' end },
  { '\\verb(%p)(.-)%1', '\\text{%2}' }, { '\\&', '\\text{\\&}' },
  { '\\style%s*{%s*color:%s*([^;{}]-)%s*;?%s*}', '\\color{%1}' },
  { '\\enclose%s*(%b{})', function(kind) return FRAMES[kind:sub(2, -2)] end },
  { '\\(href)%s*%b{}', '', true }, { '\\(style)%s*%b{}', '', true }, { '\\(class)%s*%b{}', '', true }, { '\\(cssId)%s*%b{}', '', true },
  { '\\(bbox)%s*%b[]', '', true }, { '\\bbox%s*{', '{' }, { '\\(enclose)%s*%b{}', '', true }, { '\\(colorbox)%s*%b{}', '\\text', true },
  { '\\(fcolorbox)%s*%b{}%s*%b{}%s*(%b{})', '\\boxed{\\text%2}', true }, { '\\(raise)%s*{?[-%d.]+%s*%a%a}?%s*', '', true },
  { '\\(lower)%s*{?[-%d.]+%s*%a%a}?%s*', '', true }, { '\\(color)%s*%b[]%s*%b{}', '', true },
}
for name, environment in pairs(PLAIN) do
  table.insert(RULES, { '\\' .. name .. '%s*(%b{})', function(words) return '\\begin{' .. environment .. '}' .. words:sub(2, -2) .. '\\end{' .. environment .. '}' end })
end

-- Arrows with words above and below, but for those that pandoc knows.
for _, name in ipairs { 'Rightarrow', 'Leftarrow', 'leftrightarrow', 'Leftrightarrow', 'mapsto', 'hookrightarrow', 'hookleftarrow',
  'twoheadrightarrow', 'twoheadleftarrow', 'rightharpoonup', 'rightharpoondown', 'leftharpoonup', 'leftharpoondown', 'rightleftharpoons',
  'leftrightharpoons', 'longequal', 'tofrom' } do
  local sign = '{' .. (({ longequal = '=', tofrom = '\\rightleftarrows' })[name] or '\\' .. name) .. '}'
  table.insert(RULES, { '\\x' .. name .. '%s*%[([^%[%]]*)%]%s*(%b{})', '\\underset{%1}{\\overset%2' .. sign .. '}' })
  table.insert(RULES, { '\\x' .. name .. '%s*(%b{})', '\\overset%1' .. sign })
end
-- Signs that pandoc does not let stretch stand beside a side that has none.
for _, sign in ipairs(settings.to == 'typst' and {} or { '/', '\\uparrow', '\\downarrow', '\\updownarrow', '\\Uparrow', '\\Downarrow',
  '\\Updownarrow', '\\lmoustache', '\\rmoustache', '\\llcorner', '\\lrcorner', '\\backslash' }) do
  local whole = '(' .. sign .. (sign == '/' and ')' or ')%f[%A]')
  table.insert(RULES, { '\\left%s*' .. whole, '\\left.%1 ' })
  table.insert(RULES, { '\\right%s*' .. whole, '%1\\right.' })
end

-- The package physics: commands of one group, of two, and of none; and derivatives.
local function stretched(group) return '\\left' .. group:sub(1, -2) .. '\\right' .. group:sub(-1) end
local PHYSICS = { { '\\qty%s*(%b())', stretched }, { '\\qty%s*(%b[])', stretched }, { '\\qty%s*|([^|]*)|', '\\left|%1\\right|' },
  { '\\qty%s*(%b{})(%s*[^%s{])', '\\left\2%1\\right\3%2' }, { '\\qty%s*(%b{})%s*$', '\\left\2%1\\right\3' },
  { '\\mel%s*(%b{})%s*(%b{})%s*(%b{})', '\\langle %1|%2|%3\\rangle ' } }
for name, shape in pairs { abs = '\\left|%1\\right|', norm = '\\left\\|%1\\right\\|', ev = '\\langle %1\\rangle ', expval = '\\langle %1\\rangle ',
  eval = '\\left.%1\\right|', order = '\\mathcal{O}\\left(%1\\right)', vb = '\\mathbf%1', va = '\\vec{\\mathbf%1}', vu = '\\hat{\\mathbf%1}' } do
  table.insert(PHYSICS, { '\\' .. name .. '%*?%s*(%b{})', shape })
end
for name, shape in pairs { comm = '\\left[%1,%2\\right]', acomm = '\\left\2%1,%2\\right\3', braket = '\\langle %1|%2\\rangle ', ip = '\\langle %1|%2\\rangle ',
  ketbra = '|%1\\rangle\\langle %2|', dyad = '|%1\\rangle\\langle %2|' } do
  table.insert(PHYSICS, 1, { '\\' .. name .. '%*?%s*(%b{})%s*(%b{})', shape })
end
local D = { [''] = '\\mathrm{d}', p = '\\partial ', f = '\\delta ' }
local function derivative(of) -- `of`: how many groups there are
  return function(kind, power, first, second, third)
    local d = D[kind]
    power = power:sub(2, -2)
    local high = power ~= '' and '^{' .. power .. '}' or ''
    if of == 3 then return '\\frac{' .. d .. '^2 ' .. first .. '}{' .. d .. second .. d .. third .. '}' end
    if of == 1 then first, second = '', first end
    return '\\frac{' .. d .. high .. first .. '}{' .. d .. second .. high .. '}'
  end
end
for of = 3, 1, -1 do table.insert(PHYSICS, { '\\([pf]?)dv%*?%s*(%[?[^%[%]{}]*%]?)' .. ('%s*(%b{})'):rep(of), derivative(of) }) end
local UNGROUPED = { grad = '\\nabla ', curl = '\\nabla\\times ', laplacian = '\\nabla^2 ', cross = '\\times ', vdot = '\\cdot ' }
for name, sign in pairs(UNGROUPED) do NAMES[name] = sign end
for _, name in ipairs { 'Tr', 'tr', 'rank', 'erf' } do NAMES[name] = '\\operatorname{' .. name .. '}' end

-- Lines that end outside of any environment, as MathJax breaks them.
local function broken(tex)
  local depth, lines = 0, false
  for sign in tex:gsub('%b{}', ' '):gmatch('[\1\\]%a*') do
    depth = depth + (sign == '\\begin' and 1 or sign == '\\end' and -1 or 0)
    lines = lines or depth == 0 and sign:sub(1, 1) == '\1'
  end
  return lines and '\\begin{gathered}' .. tex .. '\\end{gathered}' or tex
end

-- A formula in pandoc's words, without comments, and the commands that it comes without.
local function modern(tex)
  tex = tex:gsub('\\([\\{}%%])', ESCAPES):gsub('%%[^\n]*', '')
  if not tex:find('[\\\1]') then return tex:gsub('[\1-\4]', UNESCAPES), {} end
  tex = groups(tex:gsub('\\buildrel%s*(.-)%s*\\over%f[%A]%s*', '\\overset{%1}'):gsub('\\root%s*(.-)%s*\\of%f[%A]%s*', '\\sqrt[%1]'))
  local lost, again = {}, 0
  for _, rule in ipairs(PHYSICS) do
    repeat tex, again = tex:gsub(rule[1], rule[2]) until again == 0 -- within each other
  end
  for _, rule in ipairs(RULES) do
    local name = rule[3] and tex:match(rule[1])
    if name then lost[#lost + 1] = '\\' .. name end
    tex = tex:gsub(rule[1], rule[2])
  end
  tex = broken(tex:gsub('\\(%a+)', NAMES):gsub('%s*\1%s*$', ''))
  return tex:gsub('[\1-\4]', UNESCAPES), lost
end

latex.formulas = pandoc.List {} -- all of them
latex.sources = {} -- formula → how its author wrote it

-- Math, or nothing where all of it is definitions.
function latex.formula(tex, displayed)
  local source, lost = shared.trim_tex(tex), nil
  tex, lost = modern(expanded(tex))
  tex = shared.trim_tex(tex)
  latex.formulas:insert(tex)
  latex.sources[tex] = source
  for name in tex:gmatch('\\color%s*(%b{})') do
    if not colours.hex(name:sub(2, -2)) then lost[#lost + 1] = '\\color' .. name end
  end
  for _, what in ipairs(lost) do settings.warn('formula ' .. source .. ' is shown without its ' .. what) end
  return tex ~= '' and pandoc.Math(displayed and 'DisplayMath' or 'InlineMath', tex) or nil
end

-- \ref{…} and \eqref{…}
function latex.reference(source)
  local kind, label = source:match('^\\(%a+){(.*)}$')
  return pandoc.Link(source, '#' .. label, '', pandoc.Attr('', {}, { ['reference-type'] = kind }))
end

local MATH = { equation = true, displaymath = true, align = true, gather = true, multline = true, eqnarray = true,
  flalign = true, alignat = true, aligned = true, gathered = true, split = true, cases = true, array = true,
  matrix = true, pmatrix = true, bmatrix = true, Bmatrix = true, vmatrix = true, Vmatrix = true, smallmatrix = true,
  subequations = true, math = true, alignedat = true, dcases = true, rcases = true }

-- \begin{align} … as display mathematics; other environments, such as tables, as pandoc reads LaTeX.
function latex.environment(tex)
  local name = tex:match('^%s*\\begin{(%a+)%*?}')
  if name and MATH[name] then return { inlines = { latex.formula(tex, true) } } end
  local ok, doc = pcall(pandoc.read, tex, 'latex', nil, SANDBOX)
  if ok and #doc.blocks > 0 then return { blocks = doc.blocks } end
  return { inlines = { pandoc.Code(tex) } }
end

return latex
