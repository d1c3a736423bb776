-- Which cell each formula is from: what refuses one later knows only its text.
local settings = require 'settings'
local formulas = {}

local FILE, origins = 'formulas.json', {}

function formulas.note(blocks)
  blocks:walk { Math = function(math) origins[math.text] = origins[math.text] or settings.cell end }
end

function formulas.save(name, content)
  local file <close> = assert(io.open(name or FILE, 'wb'))
  file:write(pandoc.json.encode(content or origins))
end

function formulas.load()
  local file <close> = assert(io.open(FILE, 'rb'))
  return pandoc.json.decode(file:read('a'), false)
end

return formulas
