-- Formulas made ready for a format; what cannot be set is shown as its source, and that is said.
local colours = require 'colours'
local latex = require 'latex'
local settings = require 'settings'
local shared = require 'shared'
local typstmath = require 'typstmath'
local formulas = {}

local refused, probes = settings.refused, {}

local function shown(source, reason)
  settings.warn('formula ' .. source .. ' cannot be ' .. reason .. ', shown as its source')
  return pandoc.Code(source)
end

-- Typst takes a formula's source for its alternative text.
local function typst(math, tex, code)
  local formula = (math.mathtype == 'DisplayMath' and '$ ' .. code .. ' $' or '$' .. code .. '$')
  if refused then probes[#probes + 1] = { source = tex, code = formula } end
  return pandoc.RawInline('typst', '#report.formula(' .. shared.quoted(tex) .. ')[' .. formula .. ']')
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
  local tex = shared.trim_tex(math.text:gsub('\\tag%*?%b{}', ''):gsub('\\label%b{}', ''))
  if tex == '' then return {} end
  local written, typeset = latex.sources[math.text] or tex, settings.to == 'typst'
  if refused and refused[tex] then return shown(written, 'set') end
  local code = typstmath.code(typeset and tex or tex:gsub('\\color%s*%b{}', ''))
  if not code then return shown(written, 'converted') end
  if typeset then return typst(math, tex, code) end
  if tex:find('\\hline') or tex:find('\\begin{array}%s*{[^}]*|') then
    settings.warn('formula ' .. written .. ' is shown without its rules')
    tex = tex:gsub('\\hline%s*', ''):gsub('\\\\%s*(\\end{%a+})', '%1') -- no empty row is left behind
  end
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
