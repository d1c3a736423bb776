-- Raw HTML and LaTeX in Markdown cells, turned into what they mean.
local macros = require 'macros'
local measure = require 'measure'
local safety = require 'safety'
local settings = require 'settings'
local tables = require 'tables'
local raw = {}

local SANDBOX = {} -- no file may be opened, nothing fetched: pandoc would do so for an iframe or \input

local WRAP = {
  b = pandoc.Strong, strong = pandoc.Strong, i = pandoc.Emph, em = pandoc.Emph, u = pandoc.Underline,
  s = pandoc.Strikeout, del = pandoc.Strikeout, strike = pandoc.Strikeout, sub = pandoc.Subscript,
  sup = pandoc.Superscript, small = pandoc.Span, span = pandoc.Span, font = pandoc.Span,
  mark = pandoc.Span, ins = pandoc.Underline, center = pandoc.Span, a = pandoc.Span,
  code = function(inlines) return pandoc.Code(pandoc.utils.stringify(inlines)) end,
  kbd = function(inlines) return pandoc.Code(pandoc.utils.stringify(inlines)) end,
}

-- Of these nothing is for readers, not even what stands between the tags.
local UNSEEN = { script = true, style = true, iframe = true, video = true, audio = true, object = true, canvas = true }

local MATH = { equation = false, align = 'aligned', gather = 'gathered', multline = 'gathered',
  eqnarray = 'aligned', displaymath = false, flalign = 'aligned', alignat = 'aligned' }

function raw.html_blocks(html)
  html = tables.mended(html:gsub('<style.-</style>', ''):gsub('<script.-</script>', ''))
  local blocks = pandoc.read(html, 'html+tex_math_dollars', nil, SANDBOX).blocks
  return blocks:walk { Div = function(div) return div.content end } -- boxes mean nothing on paper
end

-- RawInline html "<b>" or "</b>": its name, and whether it closes
local function tag_of(inline)
  if inline.t ~= 'RawInline' or inline.format ~= 'html' then return nil end
  local slash, name = inline.text:match('^<(/?)(%a[%w]*)')
  return name and name:lower(), slash == '/'
end

-- Index of the tag that closes the one at `from`; nil where none does.
local function closing(inlines, from, name)
  local depth = 0
  for index = from, #inlines do
    local other, closes = tag_of(inlines[index])
    if other == name then depth = depth + (closes and -1 or 1) end
    if depth == 0 then return index end
  end
end

local function void(inline, name)
  if name == 'br' then return { pandoc.LineBreak() } end
  if name ~= 'img' then return {} end
  local found = {}
  pandoc.Pandoc(raw.html_blocks(inline.text)):walk { Image = function(image) found = { image } end }
  return found
end

-- A link, or the place that one leads to.
local function anchor(tag, inner)
  local href = tag:match('href%s*=%s*["\']?([^"\'>%s]+)')
  local id = tag:match('[%s"\']id%s*=%s*["\']?([^"\'>%s]+)') or tag:match('[%s"\']name%s*=%s*["\']?([^"\'>%s]+)')
  if href then return pandoc.Link(inner, href, '', pandoc.Attr(id or '')) end
  return pandoc.Span(inner, pandoc.Attr(id or ''))
end

-- <b>…</b> and the like around other inlines; tags without meaning on paper are dropped.
function raw.inlines(inlines)
  local out, index = pandoc.Inlines {}, 1
  while index <= #inlines do
    local inline = inlines[index]
    local name, closes = tag_of(inline)
    local stop = name and not closes and (WRAP[name] or UNSEEN[name]) and closing(inlines, index, name)
    if stop and UNSEEN[name] then
      index = stop
    elseif stop then
      local inner = pandoc.Inlines {}
      for inside = index + 1, stop - 1 do inner:insert(inlines[inside]) end
      inner = raw.inlines(inner)
      out:insert(name == 'a' and anchor(inline.text, inner) or WRAP[name](inner))
      index = stop
    elseif inline.t == 'RawInline' and inline.format == 'html' then
      out:extend(void(inline, name))
    else
      out:insert(inline)
    end
    index = index + 1
  end
  return out
end

-- MathJax numbers and loads on command; here the numbers are ours.
local function bare(math)
  macros.expand(math)
  math.text = math.text:gsub('\\tag%*?%b{}', ''):gsub('\\label%b{}', ''):gsub('\\require%b{}', '')
    :gsub('\\nonumber', ''):gsub('\\notag', '')
  return math.text:match('%S') and math or {}
end

-- \begin{align} … as display mathematics; other LaTeX as what pandoc makes of it.
function raw.math(tex)
  local name, star, body = measure.trim(tex):match('^\\begin{(%a+)(%*?)}(.*)\\end{%a+%*?}$')
  if not name or MATH[name] == nil then return nil end
  if MATH[name] then body = '\\begin{' .. MATH[name] .. '}' .. body .. '\\end{' .. MATH[name] .. '}' end
  return bare(pandoc.Math('DisplayMath', measure.trim(body)))
end

function raw.tex_inline(inline)
  if not inline.format:match('tex') then return nil end
  local text = macros.learn(inline.text)
  local math = raw.math(text)
  if math then return math end
  local ok, doc = pcall(pandoc.read, text, 'latex', nil, SANDBOX)
  return ok and pandoc.utils.blocks_to_inlines(doc.blocks) or {}
end

-- Text for one format only, such as {=typst}, would break the others, and may break that one.
local function foreign(element)
  settings.warn('raw ' .. element.format .. ' is shown as its text')
  return element.text
end

function raw.block(block)
  if block.format == 'html' then return raw.html_blocks(block.text) end
  if not block.format:match('tex') then return pandoc.CodeBlock(foreign(block)) end
  local text = macros.learn(block.text)
  local math = raw.math(text)
  if math then return pandoc.Para { math } end
  local ok, doc = pcall(pandoc.read, text, 'latex', nil, SANDBOX)
  return ok and doc.blocks or {}
end

-- HTML split over neighbouring blocks is one piece of HTML.
function raw.join(blocks)
  local out = pandoc.Blocks {}
  for _, block in ipairs(blocks) do
    local last = out[#out]
    local both = last and last.t == 'RawBlock' and block.t == 'RawBlock'
    if both and last.format == 'html' and block.format == 'html' then
      last.text = last.text .. '\n' .. block.text
    else
      out:insert(block)
    end
  end
  return out
end

-- Notebook Markdown with everything raw made native.
function raw.clean(blocks)
  return safety.blocks(raw.join(blocks):walk { RawBlock = raw.block }:walk {
    RawInline = function(inline)
      if inline.format:match('tex') then return raw.tex_inline(inline) end
      if inline.format ~= 'html' then return pandoc.Code(foreign(inline)) end
    end,
  }:walk { Inlines = raw.inlines, Math = bare })
end

return raw
