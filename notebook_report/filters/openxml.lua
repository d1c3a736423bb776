-- Pieces of WordprocessingML that pandoc's document model has no words for.
local shared = require 'shared'
local openxml = {}

local bookmarks = 100000

local function escape(words)
  return (words:gsub('&', '&amp;'):gsub('<', '&lt;'):gsub('>', '&gt;'):gsub('"', '&quot;'))
end

function openxml.inline(xml) return pandoc.RawInline('openxml', xml) end
function openxml.block(xml) return pandoc.RawBlock('openxml', xml) end

function openxml.text(words, style)
  local properties = style and '<w:rPr><w:rStyle w:val="' .. style .. '"/></w:rPr>' or ''
  return '<w:r>' .. properties .. '<w:t xml:space="preserve">' .. escape(words) .. '</w:t></w:r>'
end

-- A field with the result that is shown until Word updates it.
function openxml.field(code, result, style)
  return '<w:r><w:fldChar w:fldCharType="begin"/></w:r><w:r><w:instrText xml:space="preserve"> ' .. escape(code)
    .. ' </w:instrText></w:r><w:r><w:fldChar w:fldCharType="separate"/></w:r>' .. openxml.text(result, style)
    .. '<w:r><w:fldChar w:fldCharType="end"/></w:r>'
end

-- Word allows letters, digits and underscores, at most 40 of them.
function openxml.bookmark_name(id)
  local name = '_Ref_' .. id:gsub('[^%w]', '_')
  if #name > 40 or id:match('[^%w_:.-]') then name = '_Ref_' .. pandoc.utils.sha1(id):sub(1, 30) end
  return name
end

-- Inlines within a bookmark.
function openxml.bookmarked(id, content)
  if id == '' then return content end
  bookmarks = bookmarks + 1
  local start = ('<w:bookmarkStart w:id="%d" w:name="%s"/>'):format(bookmarks, openxml.bookmark_name(id))
  return shared.between(openxml.inline(start), content, openxml.inline('<w:bookmarkEnd w:id="' .. bookmarks .. '"/>'))
end

-- An empty run with the number of a heading, which word/contents.py puts into the contents and removes:
-- the text does not say it, since Word counts the headings by itself.
function openxml.number(number) return openxml.inline('<w:r number="' .. escape(number) .. '"/>') end

-- An empty paragraph with the colours of its table cell, which word/mend.py gives to the cell.
function openxml.painted(fill, ink) return openxml.block('<w:p fill="' .. (fill or '') .. '" ink="' .. (ink or '') .. '"/>') end

function openxml.styled(style, inlines)
  return pandoc.Div({ pandoc.Para(inlines) }, pandoc.Attr('', {}, { ['custom-style'] = style }))
end

function openxml.marker(style) return openxml.block('<w:p><w:pPr><w:pStyle w:val="' .. style .. '"/></w:pPr></w:p>') end

return openxml
