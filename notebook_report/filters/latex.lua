-- Formulas in the words of today's LaTeX, with everything that \newcommand defined written out, as in MathJax.
local latex = {}

local SANDBOX = {} -- no file may be opened: \input would do so
local known = {} -- name without backslash → its definition

local STARTS = { '\\newcommand%*?%s*', '\\renewcommand%*?%s*', '\\providecommand%*?%s*',
  '\\DeclareMathOperator%*?%s*', '\\def%s*', '\\gdef%s*' }

-- Name and end of a definition at `from`: \newcommand{\v}[1][x]{…}, \def\v#1{…}.
local function definition(text, from)
  for _, start in ipairs(STARTS) do
    local _, stop = text:find('^' .. start, from)
    for _, shape in ipairs { '^{%s*\\(%a+)%s*}', '^\\(%a+)' } do
      local _, after, name = text:find(shape, (stop or #text) + 1)
      local _, close = text:find('^[^{}\\]*%b{}', (after or #text) + 1)
      if close then return name, close end
    end
  end
end

-- Remember the definitions in `text`; give what is left of it.
local function learn(text)
  local rest, from = '', 1
  while true do
    local at = text:find('\\', from, true)
    if not at then return rest .. text:sub(from) end
    local name, close = definition(text, at)
    rest = rest .. text:sub(from, at - 1)
    if name then
      known[name] = text:sub(at, close)
      from = close + 1
    else -- a command, or an escaped backslash, which starts none
      rest = rest .. text:sub(at, at + 1)
      from = at + 2
    end
  end
end

local function uses_macros(text)
  for name in text:gmatch('\\(%a+)') do
    if known[name] then return true end
  end
end

-- The formula with everything defined so far written out.
local function expanded(tex)
  tex = learn(tex)
  if not uses_macros(tex) then return tex end
  local lines = {}
  for _, line in pairs(known) do lines[#lines + 1] = line end
  table.sort(lines)
  local source = table.concat(lines, '\n') .. '\n\n$' .. tex:gsub('^%s+', ''):gsub('%s+$', '') .. '$'
  pandoc.read(source, 'markdown+latex_macros', nil, SANDBOX):walk { Math = function(math) tex = math.text end }
  return tex
end

-- Commands that hold to the end of their group, and those that have the group as their argument.
local SWITCHES = { bf = '\\mathbf', rm = '\\mathrm', it = '\\mathit', sf = '\\mathsf', tt = '\\mathtt', cal = '\\mathcal' }
local SIZES = { 'tiny', 'scriptsize', 'footnotesize', 'small', 'normalsize', 'large', 'Large', 'LARGE', 'huge', 'Huge' }
local ESCAPES = { ['\\'] = '\1', ['{'] = '\2', ['}'] = '\3' }

-- One group, whose inner groups are done.
local function switched(tex)
  local above, below = tex:match('^(.-)\\over%f[%A]%s*(.*)$')
  if above then tex = '\\frac{' .. above .. '}{' .. below .. '}' end
  for name, command in pairs(SWITCHES) do
    local head, rest, tail
    repeat
      if head then
        local stop = rest:find('\\right%f[%A]') or rest:find('\\end{') or #rest + 1
        local scope = rest:sub(1, stop - 1)
        tex = head .. (scope:find('%S') and command .. '{' .. scope .. '}' or '') .. rest:sub(stop) .. tail
      end
      head, rest, tail = tex:match('^(.-)\\' .. name .. '%f[%A]%s*([^&\1]*)(.*)$')
    until not head
  end
  return tex
end

local function groups(tex)
  return switched(tex:gsub('%b{}', function(group) return '{' .. groups(group:sub(2, -2)) .. '}' end))
end

-- What MathJax knows and pandoc does not.
local function modern(tex)
  tex = tex:gsub('\\([\\{}])', ESCAPES)
  for _, name in ipairs(SIZES) do tex = tex:gsub('\\' .. name .. '%f[%A]%s*', '') end
  tex = groups(tex)
    :gsub('\\require%s*%b{}', ''):gsub('\\nonumber%f[%A]', ''):gsub('\\notag%f[%A]', '')
    :gsub('\\begin{(equation%*?)}', ''):gsub('\\end{(equation%*?)}', '')
    :gsub('\\begin{displaymath}', ''):gsub('\\end{displaymath}', '')
    :gsub('\\href%s*%b{}', ''):gsub('\\style%s*%b{}', ''):gsub('\\class%s*%b{}', ''):gsub('\\cssId%s*%b{}', '')
    :gsub('\\bbox%s*%b[]', ''):gsub('\\bbox%s*{', '{'):gsub('\\enclose%s*%b{}', '')
    :gsub('\\hskip%s*([%d.]+%s*%a%a)', '\\hspace{%1}'):gsub('\\[vh]phantom%s*%b{}', '')
    :gsub('\\unicode{x(%x+)}', function(code) return '\\text{' .. utf8.char(tonumber(code, 16)) .. '}' end)
    :gsub('\\verb(%p)(.-)%1', '\\text{%2}'):gsub('\\&', '\\text{\\&}')
    :gsub('\\degree%f[%A]', '^\\circ ')
  return (tex:gsub('\1', '\\\\'):gsub('\2', '\\{'):gsub('\3', '\\}'))
end

latex.formulas = pandoc.List {} -- all of them

-- Math, or nothing where all of it is definitions.
function latex.formula(tex, displayed)
  tex = modern(expanded(tex)):gsub('^%s+', ''):gsub('%s+$', '')
  latex.formulas:insert(tex)
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
