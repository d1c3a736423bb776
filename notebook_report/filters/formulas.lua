-- Formulas made ready for a format; what cannot be set is shown as its source, and that is said.
local colours = require 'colours'
local latex = require 'latex'
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

-- Colours for formats whose formulas pandoc writes: marks around what has one, which their Python side looks for.
local function marked(tex)
  return (tex:gsub('\\color%s*(%b{})%s*(%b{})', function(name, content)
    local hex = colours.hex(name:sub(2, -2))
    content = marked(content:sub(2, -2))
    return '{' .. (hex and '\\text{\u{e000}' .. hex .. '}' .. content .. '\\text{\u{e001}}' or content) .. '}'
  end))
end

function formulas.prepare(math)
  local written = latex.sources[math.text]
  local tex = math.text:gsub('\\tag%*?%b{}', ''):gsub('\\label%b{}', ''):gsub('^%s+', ''):gsub('%s+$', '')
  if tex == '' then return {} end
  local typeset = settings.to == 'typst'
  written = written or tex
  if refused and refused[tex] then return shown(written, 'set') end
  local code = typstmath.code(typeset and tex or tex:gsub('\\color%s*%b{}', ''))
  if not code then return shown(written, 'converted') end
  if not typeset and (tex:find('\\hline') or tex:find('\\begin{array}%s*{[^}]*|')) then
    settings.warn('formula ' .. written .. ' is shown without its rules')
    tex = tex:gsub('\\hline%s*', ''):gsub('\\\\%s*(\\end{%a+})', '%1') -- no empty row is left behind
  end
  math.text = tex
  if typeset then return typst(math, code) end
  math.text = marked(tex)
  return math
end

-- What the refusing typesetter is asked about one by one.
function formulas.save()
  if not refused then return end
  local file <close> = assert(io.open('probes.json', 'wb'))
  file:write(pandoc.json.encode(probes))
end

return formulas
