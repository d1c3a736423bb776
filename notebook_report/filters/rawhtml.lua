-- HTML, in Markdown or as an output, turned into what a browser shows of it.
local latex = require 'latex'
local settings = require 'settings'
local standins = require 'standins'
local tables = require 'tables'
local rawhtml = {}

local FORMAT = 'html-auto_identifiers'
local SANDBOX = {} -- no file may be opened, nothing fetched: pandoc would do so for an iframe

-- These have no form for paper, but perhaps an address.
local LIVE = { 'iframe', 'video', 'audio', 'object', 'canvas' }
local INLINE = { font = true, span = true, b = true, strong = true, i = true, em = true, u = true, a = true, small = true }

-- Paper has a live element's address in its place.
local function addressed(name)
  return function(element)
    local address = element:match('%ssrc%s*=%s*["\']?([^"\'<>%s]+)') or element:match('%sdata%s*=%s*["\']?([^"\'<>%s]+)') or ''
    local kept = address:match('^https?:') or not address:find(':', 1, true) and address ~= ''
    settings.warn('<' .. name .. '> has no form for paper, ' .. (kept and 'shown by its address' or 'left out'))
    return kept and '<a href="' .. address .. '">' .. address .. '</a>' or ''
  end
end

-- A paragraph that says where it stands, which pandoc reads of a <div> only.
local function placed(attributes, words)
  local says = attributes:lower():find('align') or attributes:find('break%-')
  return says and '<div' .. attributes .. '>' .. words .. '</div>' or nil
end

-- Old HTML in today's terms, which pandoc knows; scripts and style sheets are not for readers.
local function modern(html)
  html = html:gsub('</?%u%w*', string.lower)
  for _, name in ipairs { 'script', 'style' } do html = html:gsub('<' .. name .. '%f[^%w].-</' .. name .. '%s*>', '') end
  for _, name in ipairs(html:find('<[ivaoc]') and LIVE or {}) do
    html = html:gsub('<' .. name .. '%f[^%w].-</' .. name .. '%s*>', addressed(name))
  end
  return html:gsub('<center%s*>', '<div align="center">'):gsub('</center%s*>', '</div>')
    :gsub('<font%f[^%w]([^>]-)color%s*=%s*["\']?([%w#]+)["\']?([^>]*)>', '<span style="color:%2">'):gsub('</font%s*>', '</span>')
    :gsub('</?textarea[^>]*>', ''):gsub('<p(%s[^>]*)>(.-)</p>', placed)
    :gsub('<summary[^>]*>(.-)</summary%s*>', '<p><b>%1</b></p>')
end

function rawhtml.read(html, extensions)
  return pandoc.read(tables.mended(modern(html)), FORMAT .. (extensions or ''), nil, SANDBOX).blocks
end

-- An output; MathJax looks for formulas there, too.
function rawhtml.output(html)
  local blocks = rawhtml.read(html, '+tex_math_dollars+tex_math_single_backslash')
  return blocks:walk { Math = function(math) return latex.formula(math.text, math.mathtype == 'DisplayMath') end }
end

-- A tag alone that wraps blocks, such as <font>, does so as a <div>.
local function of_block(html)
  local slash, name, rest = html:match('^%s*<(/?)(%a+)([^<>]*)>%s*$')
  if not name or not INLINE[name:lower()] then return html end
  local colour = name:lower() == 'font' and rest:match('color%s*=%s*["\']?([%w#]+)')
  return '<' .. slash .. 'div' .. (colour and ' style="color:' .. colour .. '"' or rest) .. '>'
end

local function is_html(element) return (element.t == 'RawBlock' or element.t == 'RawInline') and element.format == 'html' end

-- Elements of which some are HTML, as one piece of HTML with stand-ins for the others; nil without any.
local function joined(elements, key, shape, of_html)
  local html, group = {}, nil
  for _, element in ipairs(elements) do
    if is_html(element) then
      html[#html + 1], group = of_html(element.text), nil
    elseif group then group:insert(element)
    else
      group = key == 'blocks' and pandoc.Blocks { element } or pandoc.Inlines { element }
      html[#html + 1] = shape:format(standins.hold { [key] = group })
    end
  end
  return elements:find_if(is_html) and rawhtml.read(table.concat(html))
end

-- A tag at the end of a paragraph that closes what began before it: it stands behind the paragraph.
local function closed(para)
  local last = para.content[#para.content]
  local name = last and is_html(last) and last.text:match('^</(%a+)')
  if not name then return nil end
  local depth = 0
  for _, inline in ipairs(para.content) do
    local slash, tag = (is_html(inline) and inline.text or ''):match('^<(/?)(%a+)')
    if tag == name then depth = depth + (slash == '' and 1 or -1) end
  end
  if depth >= 0 then return nil end
  para.content:remove()
  return { para, pandoc.RawBlock('html', last.text) }
end

local function Blocks(blocks)
  local read = joined(blocks, 'blocks', '\n<p>%s</p>\n', of_block)
  return read and standins.restored(read)
end

-- A list where only a line may stand, as in a cell of a Markdown table.
local function lines_of(list)
  return pandoc.Blocks(list.content:map(function(item, number)
    local words = pandoc.utils.blocks_to_inlines(item)
    words:insert(1, pandoc.Space())
    words:insert(1, pandoc.Str(list.t == 'OrderedList' and number .. '.' or '•'))
    return pandoc.Plain(words)
  end))
end

local function Inlines(inlines)
  local read = joined(inlines, 'inlines', '%s', function(html) return html end)
  return read and pandoc.utils.blocks_to_inlines(standins.restored(read):walk { BulletList = lines_of, OrderedList = lines_of }, { pandoc.LineBreak() })
end

-- Text for one format only, such as {=typst}, would break the others, and may break that one.
local function foreign(shape)
  return function(element)
    if element.format == 'html' then return nil end
    settings.warn('raw ' .. element.format .. ' is shown as its text')
    return shape(element.text)
  end
end

-- Blocks with everything raw made native.
function rawhtml.native(blocks)
  return blocks:walk { Para = closed }:walk { RawInline = foreign(pandoc.Code), RawBlock = foreign(pandoc.CodeBlock), Inlines = Inlines, Blocks = Blocks }
end

return rawhtml
