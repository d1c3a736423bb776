-- \newcommand and its kin hold from where they stand to the end of the notebook, as in MathJax.
local macros = {}

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
function macros.learn(text)
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
function macros.expand(math)
  math.text = macros.learn(math.text)
  if not uses_macros(math.text) then return end
  local lines = {}
  for _, line in pairs(known) do lines[#lines + 1] = line end
  table.sort(lines)
  local source = table.concat(lines, '\n') .. '\n\n$' .. math.text:gsub('^%s+', ''):gsub('%s+$', '') .. '$'
  pandoc.read(source, 'markdown+latex_macros', nil, {}):walk { Math = function(found) math.text = found.text end }
end

return macros
