-- CSL knows one word for "and others" in a document; a reference list in two languages needs two.
local measure = require 'measure'
local bibliography = {}

local function et_al(entry)
  if measure.has_chinese((pandoc.utils.stringify(entry):gsub('等', ''))) then return nil end
  return entry:walk {
    Str = function(str)
      if str.text:match('等') then return pandoc.Str((str.text:gsub('等%.?', 'et al.'))) end
    end,
  }
end

function bibliography.mend(div)
  if div.identifier ~= 'refs' then return nil end
  return div:walk { Div = function(entry)
    if entry.classes:includes('csl-entry') then return et_al(entry) end
  end }
end

return bibliography
