-- CSL knows one word for "and others" in a document; a reference list in two languages needs two.
local measure = require 'measure'
local safety = require 'safety'
local bibliography = {}

local function et_al(entry)
  if not entry.classes:includes('csl-entry') or measure.has_chinese((pandoc.utils.stringify(entry):gsub('等', ''))) then return nil end
  return entry:walk { Str = function(str) return pandoc.Str((str.text:gsub('等%.?', 'et al.'))) end }
end

-- A bibliography is content from elsewhere, read after the filter of cells: of it, words and links are kept.
local function nothing() return {} end
local CLEAN = { RawInline = nothing, RawBlock = nothing, Image = function(image) return image.caption end, Link = safety.link }

function bibliography.Cite(cite) return cite:walk(CLEAN) end
function bibliography.Div(div) return div.identifier == 'refs' and div:walk(CLEAN):walk { Div = et_al } or nil end

return bibliography
