-- Chemical formulas in the notation of mhchem, \ce{…} and \pu{…}, as mathematics.
local lpeg = require 'lpeg'
local chemistry = {}

local P, S, R, C, Cs = lpeg.P, lpeg.S, lpeg.R, lpeg.C, lpeg.Cs
local LETTER, DIGIT, BLANK = R('az', 'AZ'), R '09', S ' \n\t'
local GROUP = P { '{' * (lpeg.V(1) + (1 - S '{}')) ^ 0 * '}' }
local BEFORE, FREE = lpeg.B(LETTER + DIGIT + S ')]}'), lpeg.B(BLANK) + -lpeg.B(1) -- whether something stands right before
local ENDS = BLANK + S ')],}' + -P(1)
local ARROWS = { ['->'] = '\\rightarrow', ['<-'] = '\\leftarrow', ['<->'] = '\\leftrightarrow', ['<=>'] = '\\rightleftharpoons' }

local function arrow(sign, above, below)
  sign = ARROWS[sign]
  if below then sign = '\\underset{' .. chemistry.formula(below) .. '}{' .. sign .. '}' end
  return above and ' \\overset{' .. chemistry.formula(above) .. '}{' .. sign .. '} ' or ' ' .. sign .. ' '
end

local function braced(words) return '{' .. words:gsub('^{(.*)}$', '%1') .. '}' end
local function upright(words) return '\\mathrm{' .. words .. '}' end

local LABEL = '[' * C((1 - P ']') ^ 0) * ']'
local RAISED = GROUP + DIGIT ^ 0 * S '+-' ^ -1
local FORMULA = Cs((C(P '<=>' + '<->' + '->' + '<-') * LABEL ^ -2 / arrow
  + P '$' * C((1 - P '$') ^ 0) * '$' / '%1'
  + P '\\' * LETTER ^ 1 * GROUP ^ 0
  + FREE * (P 'v' / '\\downarrow ' + P '^' / '\\uparrow ') * #(BLANK + -P(1))
  + (FREE / '{}') ^ -1 * (P '^' * (C(RAISED) / braced) + P '_' * (C(GROUP + DIGIT ^ 1) / braced))
  + BEFORE * (C(DIGIT ^ 1) / '_{%1}' + C(S '+-') * #ENDS / '^{%1}')
  + C(LETTER ^ 1) / upright
  + P '#' / '\\equiv ' + S '.*' * #(DIGIT ^ 0 * LETTER) / '\\cdot '
  + BLANK ^ 1 / '\\,' + P(1)) ^ 0)

function chemistry.formula(words) return FORMULA:match(words) end

-- A number and its unit.
function chemistry.quantity(words)
  return upright((words:gsub('%^(%-?%d+)', '^{%1}'):gsub('%*', '\\cdot '):gsub('%s+', '~')))
end

return chemistry
