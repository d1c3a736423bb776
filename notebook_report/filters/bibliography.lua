-- CSL knows one word for "and others" in a document; a reference list in two languages needs two.
local measure = require 'measure'
local safety = require 'safety'
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

-- A bibliography is content from elsewhere, read after the filter of cells: of it, words and links are kept.
local CLEAN = {
  RawInline = function() return {} end,
  RawBlock = function() return {} end,
  Image = function(image) return image.caption end,
  Link = safety.link,
}

bibliography.SAFE = {
  Cite = function(cite) return cite:walk(CLEAN) end,
  Div = function(div) return div.identifier == 'refs' and div:walk(CLEAN) or nil end,
}

return bibliography
