-- Formulas made ready for a format; what cannot be set is shown as its source, and that is said.
local settings = require 'settings'
local typstmath = require 'typstmath'
local formulas = {}

local refused, probes = settings.refused, {}

local function quoted(words) return '"' .. words:gsub('\\', '\\\\'):gsub('"', '\\"'):gsub('%s+', ' ') .. '"' end

local function shown(source, reason)
  settings.warn('formula ' .. source .. ' cannot be ' .. reason .. ', shown as its source')
  return pandoc.Code(source)
end

-- Typst takes a formula's source for its alternative text.
local function typst(math, code)
  local open = math.mathtype == 'DisplayMath' and { '$ ', ' $' } or { '$', '$' }
  local formula = open[1] .. code .. open[2]
  if refused then probes[#probes + 1] = { source = math.text, code = formula } end
  return pandoc.RawInline('typst', '#report.formula(' .. quoted(math.text) .. ')[' .. formula .. ']')
end

function formulas.prepare(math)
  local tex = math.text:gsub('\\tag%*?%b{}', ''):gsub('\\label%b{}', ''):gsub('^%s+', ''):gsub('%s+$', '')
  if tex == '' then return {} end
  math.text = tex
  if refused and refused[tex] then return shown(tex, 'set') end
  local code = typstmath.code(tex)
  if not code then return shown(tex, 'converted') end
  if settings.to == 'typst' then return typst(math, code) end
  if tex:find('\\hline') or tex:find('\\begin{array}%s*{[^}]*|') then
    settings.warn('the rules of the array in formula ' .. tex .. ' are not shown')
  end
  if tex:find('\\t?e?x?t?color%s*{') then
    settings.warn('the colour of formula ' .. tex .. ' is not shown')
    math.text = tex:gsub('\\textcolor%s*%b{}', ''):gsub('\\color%s*%b{}', '')
  end
  return math
end

-- What the refusing typesetter is asked about one by one.
function formulas.save()
  if not refused then return end
  local file <close> = assert(io.open('probes.json', 'wb'))
  file:write(pandoc.json.encode(probes))
end

return formulas
