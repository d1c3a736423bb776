-- The document in Word's own terms: named styles, SEQ and REF fields, bookmarks.
package.path = pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), '?.lua' } .. ';' .. package.path
local bibliography = require 'bibliography'
local colours = require 'colours'
local formulas = require 'formulas'
local measure = require 'measure'
local openxml = require 'openxml'
local settings = require 'settings'
local shared = require 'shared'
local typstmath = require 'typstmath'

-- Blocks whose paragraphs have a style.
local function in_style(style, blocks)
  return blocks:map(function(block) return shared.is_paragraph(block) and openxml.styled(style, block.content) or block end)
end

-- Paragraph in the style of captions: bookmark { "Figure ", SEQ field }, separator, words. The bookmark
-- is what REF fields repeat, so it holds label and number alone.
local function caption(element, style)
  local name = settings.labels[element.attributes.kind]
  local field = openxml.field('SEQ ' .. name .. ' \\* ARABIC', element.attributes.number)
  local content = openxml.bookmarked(element.identifier, pandoc.Inlines { openxml.inline(openxml.text(name .. ' ') .. field) })
  content:insert(openxml.inline(openxml.text(settings.caption_separator)))
  content:extend(pandoc.utils.blocks_to_inlines(element.caption.long))
  return openxml.styled(style, content)
end

local function Figure(figure)
  local content = figure.content
  if figure.attributes.kind == 'lst' then
    content:insert(1, caption(figure, 'Table Caption'))
  else
    content = in_style('Captioned Figure', content)
    content:insert(caption(figure, 'Image Caption'))
  end
  return content
end

-- A bar in a cell as a picture of one colour above the words, after one of none.
local function bar(attributes, width)
  local hex, from, to = attributes.bar:match('^(%x+) (%S+) (%S+)$')
  local out = pandoc.Inlines {}
  for _, piece in ipairs { { 'FFFFFF', tonumber(from) }, { hex, to - from } } do
    local length = width * piece[2] / 100
    local name = 'media/' .. piece[1] .. '.gif'
    pandoc.mediabag.insert(name, 'image/gif', colours.pixel(piece[1]))
    if length > 0.01 then
      out:insert(pandoc.Image({}, name, '', { width = string.format('%.2fcm', length), height = '0.12cm' }))
    end
  end
  return out
end

local STYLES = { AlignLeft = 'Left', AlignRight = 'Right', AlignCenter = 'Center', AlignDefault = 'Left' }
local SIZES = { normal = '', small = ' Small', tiny = ' Tiny' }

-- Cells hold one styled paragraph each: pandoc would use its own style, "Compact", and alignment by hand.
-- AlignDefault keeps it from that.
local function Table(table)
  local out, size = pandoc.Blocks {}, SIZES[table.attributes.size or 'normal']
  shared.each_cell(shared.all_rows(table), function(cell, column)
    local attributes, spec = cell.attributes, table.colspecs[column + cell.col_span - 1]
    local contents = in_style('Table ' .. STYLES[cell.alignment] .. size, #cell.contents > 0 and cell.contents or pandoc.Blocks { pandoc.Plain {} })
    if attributes.bar and spec then
      contents:insert(1, openxml.styled('Table Left' .. size, bar(attributes, spec[2] * settings.text_width - 0.4)))
    end
    if attributes.fill or attributes.ink then contents:insert(1, openxml.painted(attributes.fill, attributes.ink)) end
    cell.contents, cell.alignment = contents, 'AlignDefault'
  end)
  if table.attributes.kind then out:insert(caption(table, 'Table Caption')) end
  table.caption, table.identifier = { long = {} }, ''
  for column, spec in ipairs(table.colspecs) do table.colspecs[column] = { 'AlignDefault', spec[2] } end
  out:extend { table, openxml.marker('TableEnd') }
  return out
end

-- A Header keeps pandoc's own style, "Heading n"; all others become Div { Para } with a custom style.
local function Header(header)
  local id, number, style = header.identifier, header.attributes.number, nil
  if header.attributes.front then style = 'Front Heading'
  elseif header.attributes.appendix and number then style = 'Appendix ' .. math.min(header.level, 3)
  elseif not number and settings.number_sections then style = 'Heading ' .. math.min(header.level, 3) .. ' Unnumbered' end
  header.content = openxml.bookmarked(id, header.content)
  if settings.toc and number then header.content:insert(1, openxml.number(number)) end
  return style and pandoc.Div({ openxml.styled(style, header.content) }, pandoc.Attr(id)) or header
end

-- A numbered equation is a table of three cells, the number at the right: Word has no other native way.
local WHOLE = math.floor(settings.text_width / 2.54 * 1440) -- twentieths of a point
local SIDE = 900 -- for the number, and as much to the left
local MIDDLE = WHOLE - 2 * SIDE
local GRID = '</w:tblPr><w:tblGrid>' .. ('<w:gridCol w:w="%d"/>'):rep(3) .. '</w:tblGrid><w:tr><w:tc><w:tcPr>'
local ROW = '<w:tbl><w:tblPr><w:tblStyle w:val="EquationTable"/><w:tblW w:w="5000" w:type="pct"/><w:tblLayout w:type="fixed"/>'
  .. GRID:format(SIDE, MIDDLE, SIDE) .. '<w:tcW w:w="' .. SIDE .. '" w:type="dxa"/></w:tcPr>'
  .. '<w:p><w:pPr><w:pStyle w:val="Equation"/></w:pPr></w:p></w:tc><w:tc><w:tcPr>'
  .. '<w:tcW w:w="' .. MIDDLE .. '" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
local NUMBER = '</w:tc><w:tc><w:tcPr><w:tcW w:w="' .. SIDE .. '" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'

local last = 0 -- of Word's own count, which does not know the numbers at the ends of a formula's lines

local function equation(div)
  local own, counted = div.attributes.number
  if div.attributes.tag then
    counted = openxml.text(own)
  else
    local anew = tonumber(own) ~= last + 1 and ' \\r ' .. own or ''
    counted, last = openxml.field('SEQ Equation \\* ARABIC' .. anew, own), tonumber(own)
  end
  local number = pandoc.Inlines { openxml.inline(openxml.text('(') .. counted .. openxml.text(')')) }
  return {
    openxml.block(ROW), openxml.styled('Equation', div.content[1].content), openxml.block(NUMBER),
    openxml.styled('Equation Number', openxml.bookmarked(div.identifier, number)),
    openxml.block('</w:tc></w:tr></w:tbl>'), openxml.marker('TableEnd'),
  }
end

-- Printed output: one paragraph, its lines and spaces kept.
local function printed(div)
  local inlines = pandoc.Inlines {}
  for line in (div.content[1].text .. '\n'):gmatch('(.-)\n') do
    inlines:extend { pandoc.Str((line:gsub(' ', '\u{a0}'))), pandoc.LineBreak() }
  end
  inlines:remove()
  return openxml.styled('Cell Output', inlines)
end

local TONES = { info = '4A7EBB', success = '3A8F5C', warning = 'C98A1B', danger = 'C0392B' }
local BOX = '<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid><w:gridCol w:w="%d"/>'
  .. '</w:tblGrid><w:tr><w:tc><w:tcPr><w:tcW w:w="5000" w:type="pct"/><w:tcBorders><w:left w:val="single" w:sz="24" w:space="0" '
  .. 'w:color="%s"/></w:tcBorders><w:shd w:val="clear" w:color="auto" w:fill="F6F8FA"/></w:tcPr>'

-- A box is a table of one cell with a rule in its colour at the left; a cell ends in a paragraph.
local function box(div)
  local content, last = div.content, div.content[#div.content]
  if not last or not (shared.is_paragraph(last) or last.t == 'Div') then content:insert(openxml.marker('TableEnd')) end
  local open, close = openxml.block(BOX:format(WHOLE, TONES[div.attributes.tone])), openxml.block('</w:tc></w:tr></w:tbl>')
  content = content:walk { Div = function(inner) -- Word divides no cell at a new page
    return inner.classes:includes('page-break') and { close, openxml.marker('PageBreak'), open } or nil
  end }
  return shared.between(open, content, close) .. pandoc.Blocks { openxml.marker('TableEnd') }
end

-- Parts of a figure side by side are the cells of a table without rules.
local function in_columns(div)
  local columns, open = tonumber(div.attributes.columns), openxml.block
  local width = ' w:w="' .. WHOLE // columns .. '"'
  local out = pandoc.Blocks { open('<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid>'
    .. ('<w:gridCol' .. width .. '/>'):rep(columns) .. '</w:tblGrid>') }
  for first = 1, #div.content, columns do
    out:insert(open '<w:tr><w:trPr><w:cantSplit/></w:trPr>')
    for place = first, first + columns - 1 do
      local part = div.content[place]
      out:insert(open('<w:tc><w:tcPr><w:tcW' .. width .. ' w:type="dxa"/><w:vAlign w:val="bottom"/></w:tcPr>'))
      out:extend(part and in_style('Captioned Figure', part.content) or { open '<w:p/>' })
      out:insert(open '</w:tc>')
    end
    out:insert(open '</w:tr>')
  end
  out:insert(open '</w:tbl>')
  return out
end

-- A heading has an empty run that says so, and that word/mend.py takes out.
local function centred(div)
  return in_style('Centred', div.content:map(function(block)
    if block.t == 'Header' then block.content:insert(openxml.inline '<w:r centred="true"/>') end
    return block
  end))
end

local STYLED = { picture = 'Figure', ['lead-in'] = 'Equation Lead-in', continued = 'Body Text Continued', ['document-title'] = 'Title' }
local ENDS = { abstract = 'AbstractEnd', front = 'FrontEnd', landscape = 'LandscapeEnd' }
local STARTS = { appendix = 'AppendixStart', landscape = 'LandscapeStart' }
local MADE = { equation = equation, ['in-columns'] = in_columns, ['cell-output'] = printed, box = box,
  centred = centred,
  ['page-break'] = function() return openxml.marker('PageBreak') end,
  place = function(div) return openxml.block('<w:p place="' .. div.attributes.number .. '"/>') end }

local function Div(div)
  local content = div.content
  for _, class in ipairs(div.classes) do
    if MADE[class] then return MADE[class](div) end
    if STYLED[class] then return openxml.styled(STYLED[class], content[1].content) end
    if STARTS[class] and #content > 0 then content:insert(1, openxml.marker(STARTS[class])) end
    if ENDS[class] then content:insert(openxml.marker(ENDS[class])) end
    if STARTS[class] or ENDS[class] then return content end
  end
end

-- “二、标题”: the field for a number leaves a full stop at its end away.
local function counted_heading(field, counted, words)
  local number, stop = counted:match('^(.-)(%.?)$')
  local title = words:sub(#'“' + #counted + 1, -#'”' - 1)
  return openxml.inline(openxml.text('“') .. field(' \\n \\h', number) .. (stop ~= '' and openxml.text(stop) or '')
    .. field(' \\h', title) .. openxml.text('”'))
end

local function link_to(name, words, style)
  return openxml.inline('<w:hyperlink w:anchor="' .. name .. '" w:history="1">' .. openxml.text(words, style) .. '</w:hyperlink>')
end

-- Span .xref to the field that repeats its number: REF of a bookmark (\h: with a link; \r: its heading's
-- number; \n: that number alone). Words around the number stay text.
local function reference(span)
  local words, about = pandoc.utils.stringify(span), span.attributes
  local kind, number, name = about.kind, about.number, openxml.bookmark_name(about.target)
  local function field(options, result) return openxml.field('REF ' .. name .. options, result) end
  local captioned = kind == 'fig' or kind == 'tbl' or kind == 'lst'
  if kind == 'line' or words == number and (captioned or kind == 'eq') then return link_to(name, words) end
  if about.counted ~= '' then return counted_heading(field, about.counted, words) end
  if settings.numbering == 'chinese' and (kind == 'sec' or kind == 'cha') then -- the bare number: a field would say 一、 in full
    return link_to(name, words)
  end
  if captioned or number == '' then return openxml.inline(field(' \\h', words)) end
  if kind == 'app' then return openxml.inline(field(' \\r \\h', words)) end
  local shown, options = number, ' \\r \\h'
  if kind == 'eq' then shown, options = '(' .. number .. ')', ' \\h' end
  local before, after = words:match('^(.-)' .. shown:gsub('%p', '%%%0') .. '(.*)$')
  return { pandoc.Str(before), openxml.inline(field(options, shown)), pandoc.Str(after) }
end

local function in_face(style, content) return pandoc.Span(content, pandoc.Attr('', {}, { ['custom-style'] = style })) end

local function Span(span)
  local classes, about = span.classes, span.attributes
  if classes:includes('noted-again') then
    local code = 'NOTEREF ' .. openxml.bookmark_name(about.target) .. ' \\f \\h'
    return openxml.inline(openxml.field(code, pandoc.utils.stringify(span), 'FootnoteReference'))
  end
  if classes:includes('noted') then return openxml.bookmarked(span.identifier, span.content) end
  if classes:includes('coloured') then
    local style = 'Colour ' .. about.colour
    return in_face(style, span.content:walk { Span = function(inner) -- of two styles Word takes the inner one
      local own = inner.attributes['custom-style']
      if own then inner.attributes['custom-style'] = style .. ' ' .. own end
      return inner
    end })
  end
  if classes:includes('missing') then
    return in_face('Missing Picture', span.content:walk { Link = function(link)
      link.content = { in_face('Missing Picture', link.content) }
      return link
    end })
  end
  if classes:includes('xref') then return reference(span) end
  return span.identifier ~= '' and openxml.bookmarked(span.identifier, pandoc.Inlines { span }) or nil
end

-- What has a caption is found by the bookmark around its number.
local function Link(link)
  local id = link.target:match('^#([%a]+[-:].*)$')
  if not id or not settings.references[id:match('^%a+')] or id:find('^sec') or id:find('^app') then return nil end
  return link_to(openxml.bookmark_name(id), pandoc.utils.stringify(link), 'Hyperlink')
end

-- Paragraphs in lists have a style of their own: a first-line indent would fight the list's.
local function List(list)
  if list.t == 'OrderedList' and list.style == 'DefaultStyle' then list.style, list.delimiter = 'Decimal', 'Period' end
  list.content = list.content:map(function(item)
    local first = item[1]
    if first and first.t == 'Table' or shared.is(first, 'equation') or shared.is(first, 'box') then item:insert(1, pandoc.Plain '\u{a0}') end
    local math = shared.is_paragraph(item[1]) and item[1].content[1]
    if math and math.mathtype then math.mathtype = 'InlineMath' end -- alone it would stand without the mark
    return in_style('List Paragraph', item)
  end)
  return list
end

-- Chinese print has neither bold nor italic: another typeface does their work.
local function marked(style)
  return function(element)
    return in_face(style .. (measure.has_chinese(pandoc.utils.stringify(element)) and ' Chinese' or ''), element.content)
  end
end

-- Word draws one frame round neighbouring frames of the same kind: keep blocks of code apart.
local function Blocks(blocks)
  for index = #blocks, 2, -1 do
    if blocks[index].t == 'CodeBlock' and blocks[index - 1].t == 'CodeBlock' then blocks:insert(index, openxml.marker('TableEnd')) end
  end
  return blocks
end

-- Paths, which would stand among the properties of the file.
local function Meta(meta)
  meta.bibliography, meta.csl = nil, nil
  return meta
end

local function HorizontalRule() return openxml.marker('HorizontalRule') end

-- What has pages to tell is written for the typesetter as well, before it is in Word's terms.
local function Pandoc(doc)
  if not settings.paged then return nil end
  local typst, math = require 'typst', pandoc.List {}
  settings.to, settings.warn = 'typst', function() end
  doc = doc:walk { Math = function(element)
    element.text = element.text:gsub('\\text{\xEE\x80[\x80\x81]%x*}', '') -- marks of colours
    math:insert(element.text)
    return element
  end }
  typstmath.learn(math)
  local set = doc:walk { Math = formulas.prepare }
  for _, filter in ipairs(typst) do set = set:walk(filter) end
  local file <close> = assert(io.open('out.typst', 'wb'))
  file:write(pandoc.write(set, 'typst-citations'))
end

return { { Pandoc = Pandoc }, bibliography, { Meta = Meta, Strong = marked 'Strong', Emph = marked 'Emphasis', BulletList = List, OrderedList = List, HorizontalRule = HorizontalRule },
  { Figure = Figure, Table = Table, Header = Header, Span = Span, Link = Link }, { Div = Div, Blocks = Blocks } }
