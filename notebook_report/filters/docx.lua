-- The document in Word's own terms: named styles, SEQ and REF fields, bookmarks.
package.path = pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), '?.lua' } .. ';' .. package.path
local settings = require 'settings'
local bibliography = require 'bibliography'
local colours = require 'colours'
local openxml = require 'openxml'
local measure = require 'measure'

-- Paragraph in the style of captions: bookmark { "Figure ", SEQ field }, separator, words. The bookmark
-- is what REF fields repeat, so it holds label and number alone.
local function caption(element, style)
  local kind, number = element.attributes.kind, element.attributes.number
  local name = settings.labels[kind]
  local prefix = openxml.bookmarked(element.identifier,
    openxml.text(name .. ' ') .. openxml.field('SEQ ' .. name .. ' \\* ARABIC', number))
  local content = pandoc.Inlines { openxml.inline(prefix .. openxml.text(settings.caption_separator)) }
  content:extend(pandoc.utils.blocks_to_inlines(element.caption.long))
  return openxml.styled(style, content)
end

local function Figure(figure)
  local out = pandoc.Blocks {}
  if figure.attributes.kind == 'lst' then
    out:insert(caption(figure, 'Table Caption'))
    out:extend(figure.content)
    return out
  end
  for _, item in ipairs(figure.content) do
    local simple = item.t == 'Plain' or item.t == 'Para'
    out:insert(simple and openxml.styled('Captioned Figure', item.content) or item)
  end
  out:insert(caption(figure, 'Image Caption'))
  return out
end

local function Para(para)
  if #para.content == 1 and para.content[1].t == 'Image' then
    return openxml.styled('Figure', para.content)
  end
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

-- Rows whose cells hold one styled paragraph each: pandoc would use its own style, "Compact", and
-- alignment by hand. AlignDefault keeps it from that.
local function restyled(rows, size, specs)
  return rows:map(function(row)
    local column = 0
    row.cells = row.cells:map(function(cell)
      column = column + cell.col_span
      local style = 'Table ' .. STYLES[cell.alignment] .. SIZES[size]
      local contents = pandoc.Blocks {}
      for _, block in ipairs(#cell.contents > 0 and cell.contents or { pandoc.Plain {} }) do
        local simple = block.t == 'Plain' or block.t == 'Para'
        contents:insert(simple and openxml.styled(style, block.content) or block)
      end
      local fill, ink = cell.attributes.fill, cell.attributes.ink
      if cell.attributes.bar and specs[column] then
        contents:insert(1, openxml.styled(style:gsub('Table %a+', 'Table Left'), bar(cell.attributes, specs[column][2] * settings.text_width - 0.4)))
      end
      if fill or ink then contents:insert(1, openxml.painted(fill, ink)) end
      cell.contents = contents
      cell.alignment = 'AlignDefault'
      return cell
    end)
    return row
  end)
end

local function Table(table)
  local out, size = pandoc.Blocks {}, table.attributes.size or 'normal'
  if table.attributes.kind then out:insert(caption(table, 'Table Caption')) end
  table.caption = { long = {} }
  table.identifier = ''
  local specs = table.colspecs
  table.head.rows = restyled(table.head.rows, size, specs)
  local bodies = table.bodies
  for _, body in ipairs(bodies) do
    body.head = restyled(body.head, size, specs)
    body.body = restyled(body.body, size, specs)
  end
  table.bodies = bodies
  table.foot.rows = restyled(table.foot.rows, size, specs)
  for column, spec in ipairs(table.colspecs) do table.colspecs[column] = { 'AlignDefault', spec[2] } end
  out:insert(table)
  out:insert(openxml.marker('TableEnd'))
  return out
end

-- A Header keeps pandoc's own style, "Heading n"; all others become Div { Para } with a custom style.
local function Header(header)
  local id, style = header.identifier, nil
  if header.attributes.front then style = 'Front Heading'
  elseif header.attributes.appendix and header.attributes.number then
    style = 'Appendix ' .. math.min(header.level, 3)
  elseif not header.attributes.number and settings.number_sections then
    style = 'Heading ' .. math.min(header.level, 3) .. ' Unnumbered'
  end
  local content = pandoc.Inlines {}
  if settings.toc and header.attributes.number then content:insert(openxml.number(header.attributes.number)) end
  if id ~= '' then
    local open, close = openxml.bookmarked(id, '\0'):match('^(.-)%z(.*)$')
    content:insert(openxml.inline(open))
    content:extend(header.content)
    content:insert(openxml.inline(close))
  else
    content:extend(header.content)
  end
  if not style then
    header.content = content
    return header
  end
  return pandoc.Div({ openxml.styled(style, content) }, pandoc.Attr(id))
end

-- A numbered equation is a table of three cells, the number at the right: Word has no other native way.
local SIDE = 900 -- twentieths of a point for the number, and as much to the left
local MIDDLE = math.floor(settings.text_width / 2.54 * 1440) - 2 * SIDE
local ROW = '<w:tbl><w:tblPr><w:tblStyle w:val="EquationTable"/><w:tblW w:w="5000" w:type="pct"/>'
  .. '<w:tblLayout w:type="fixed"/></w:tblPr><w:tblGrid><w:gridCol w:w="' .. SIDE .. '"/><w:gridCol w:w="' .. MIDDLE .. '"/>'
  .. '<w:gridCol w:w="' .. SIDE .. '"/></w:tblGrid><w:tr><w:tc><w:tcPr><w:tcW w:w="' .. SIDE .. '" w:type="dxa"/></w:tcPr>'
  .. '<w:p><w:pPr><w:pStyle w:val="Equation"/></w:pPr></w:p></w:tc><w:tc><w:tcPr>'
  .. '<w:tcW w:w="' .. MIDDLE .. '" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
local NUMBER = '</w:tc><w:tc><w:tcPr><w:tcW w:w="' .. SIDE .. '" w:type="dxa"/><w:vAlign w:val="center"/></w:tcPr>'
  .. '<w:p><w:pPr><w:pStyle w:val="EquationNumber"/></w:pPr>'

local function equation(div)
  local own = div.attributes.number
  local counted = div.attributes.tag and openxml.text(own) or openxml.field('SEQ Equation \\* ARABIC', own)
  local number = openxml.bookmarked(div.identifier, openxml.text('(') .. counted .. openxml.text(')'))
  return {
    openxml.block(ROW), openxml.styled('Equation', div.content[1].content),
    openxml.block(NUMBER .. number .. '</w:p></w:tc></w:tr></w:tbl>'), openxml.marker('TableEnd'),
  }
end

-- Printed output: one paragraph, its lines and spaces kept.
local function printed(div)
  local inlines, first = pandoc.Inlines {}, true
  for line in (div.content[1].text .. '\n'):gmatch('(.-)\n') do
    if not first then inlines:insert(pandoc.LineBreak()) end
    first = false
    inlines:insert(pandoc.Str((line:gsub('\t', '    '):gsub(' ', '\u{a0}'))))
  end
  return openxml.styled('Cell Output', inlines)
end

local TONES = { info = '4A7EBB', success = '3A8F5C', warning = 'C98A1B', danger = 'C0392B' }

-- A box is a table of one cell with a rule in its colour at the left.
local function box(div)
  local colour = TONES[div.attributes.tone]
  local out = pandoc.Blocks { openxml.block('<w:tbl><w:tblPr><w:tblW w:w="5000" w:type="pct"/><w:tblLayout w:type="fixed"/>'
    .. '</w:tblPr><w:tblGrid><w:gridCol w:w="' .. math.floor(settings.text_width / 2.54 * 1440) .. '"/></w:tblGrid><w:tr><w:tc><w:tcPr>'
    .. '<w:tcW w:w="5000" w:type="pct"/><w:tcBorders><w:left w:val="single" w:sz="24" w:space="0" w:color="' .. colour
    .. '"/></w:tcBorders><w:shd w:val="clear" w:color="auto" w:fill="F6F8FA"/></w:tcPr>') }
  out:extend(div.content)
  local last = div.content[#div.content]
  local ends = last and (last.t == 'Para' or last.t == 'Plain' or last.t == 'Div')
  out:insert(openxml.block((ends and '' or '<w:p><w:pPr><w:pStyle w:val="TableEnd"/></w:pPr></w:p>') .. '</w:tc></w:tr></w:tbl>'))
  out:insert(openxml.marker('TableEnd'))
  return out
end

local function Div(div)
  local classes = div.classes
  if classes:includes('page-break') then return openxml.marker('PageBreak') end
  if classes:includes('landscape') then
    div.content:insert(1, openxml.marker('LandscapeStart'))
    div.content:insert(openxml.marker('LandscapeEnd'))
    return div.content
  end
  if classes:includes('box') then return box(div) end
  if classes:includes('centred') then
    return div.content:map(function(block)
      local simple = block.t == 'Para' or block.t == 'Plain'
      return simple and openxml.styled('Centred', block.content) or block
    end)
  end
  if classes:includes('equation') then return equation(div) end
  if classes:includes('cell-output') then return printed(div) end
  if classes:includes('lead-in') then return openxml.styled('Equation Lead-in', div.content[1].content) end
  if classes:includes('continued') then return openxml.styled('Body Text Continued', div.content[1].content) end
  if classes:includes('document-title') then return openxml.styled('Title', div.content[1].content) end
  if classes:includes('abstract') then
    div.content:insert(openxml.marker('AbstractEnd'))
    return div.content
  end
  if classes:includes('front') then
    div.content:insert(openxml.marker('FrontEnd'))
    return div.content
  end
  if classes:includes('appendix') and #div.content > 0 then
    div.content:insert(1, openxml.marker('AppendixStart'))
    return div.content
  end
  if div.identifier == 'refs' then return bibliography.mend(div) end
end

-- “二、标题”: the field for a number leaves a full stop at its end away.
local function counted_heading(target, counted, words)
  local number, stop = counted:match('^(.-)(%.?)$')
  local title = words:sub(#'“' + #counted + 1, -#'”' - 1)
  return openxml.inline(openxml.text('“') .. openxml.field('REF ' .. target .. ' \\n \\h', number)
    .. (stop ~= '' and openxml.text(stop) or '') .. openxml.field('REF ' .. target .. ' \\h', title) .. openxml.text('”'))
end

-- Span .xref to the field that repeats its number: REF of a bookmark (\h: with a link; \r: its heading's
-- number; \n: that number alone). Words around the number stay text.
local function Span(span)
  if span.classes:includes('noted-again') then
    local code = 'NOTEREF ' .. openxml.bookmark_name(span.attributes.target) .. ' \\f \\h'
    return openxml.inline(openxml.field(code, pandoc.utils.stringify(span), 'FootnoteReference'))
  end
  if span.classes:includes('noted') then
    local open, close = openxml.bookmarked(span.identifier, '\0'):match('^(.-)%z(.*)$')
    return { openxml.inline(open), span.content[1], openxml.inline(close) }
  end
  if span.classes:includes('coloured') then
    local style = 'Colour ' .. span.attributes.colour
    local content = span.content:walk { Span = function(inner) -- of two styles Word takes the inner one
      local own = inner.attributes['custom-style']
      if own then inner.attributes['custom-style'] = style .. ' ' .. own end
      return inner
    end }
    return pandoc.Span(content, pandoc.Attr('', {}, { ['custom-style'] = style }))
  end
  if span.classes:includes('missing') then
    local function framed(content) return pandoc.Span(content, pandoc.Attr('', {}, { ['custom-style'] = 'Missing Picture' })) end
    return framed(span.content:walk { Link = function(link)
      link.content = { framed(link.content) }
      return link
    end })
  end
  if not span.classes:includes('xref') then return nil end
  local kind, words = span.attributes.kind, pandoc.utils.stringify(span)
  local target = openxml.bookmark_name(span.attributes.target)
  local number = span.attributes.number
  if kind == 'line' or kind == 'eq' and words == number then return pandoc.Link(words, '#' .. span.attributes.target) end
  if kind == 'fig' or kind == 'tbl' or kind == 'lst' then
    if words == number then return pandoc.Link(words, '#' .. span.attributes.target) end
    return openxml.inline(openxml.field('REF ' .. target .. ' \\h', words))
  end
  local before, after = words:match('^(.-)%(' .. number:gsub('%p', '%%%0') .. '%)(.*)$')
  if kind == 'eq' and before then
    return { pandoc.Str(before), openxml.inline(openxml.field('REF ' .. target .. ' \\h', '(' .. number .. ')')),
      pandoc.Str(after) }
  end
  local counted = span.attributes.counted
  if counted ~= '' then return counted_heading(target, counted, words) end
  if settings.numbering == 'chinese' and kind ~= 'app' then -- the bare number: a field would say 一、 in full
    return openxml.inline('<w:hyperlink w:anchor="' .. target .. '" w:history="1">' .. openxml.text(words) .. '</w:hyperlink>')
  end
  if number == '' then return openxml.inline(openxml.field('REF ' .. target .. ' \\h', words)) end
  local code = 'REF ' .. target .. ' \\r \\h'
  if kind == 'app' then return openxml.inline(openxml.field(code, words)) end
  before, after = words:match('^(.-)' .. number:gsub('%p', '%%%0') .. '(.*)$')
  return { openxml.inline(openxml.text(before) .. openxml.field(code, number) .. openxml.text(after)) }
end

-- Paragraphs in lists have a style of their own: a first-line indent would fight the list's.
local function item_style(items)
  return items:map(function(item)
    return item:map(function(block)
      if block.t == 'Plain' or block.t == 'Para' then return openxml.styled('List Paragraph', block.content) end
      return block
    end)
  end)
end

local function List(list)
  if list.t == 'OrderedList' and list.style == 'DefaultStyle' then
    list.style, list.delimiter = 'Decimal', 'Period'
  end
  list.content = item_style(list.content)
  return list
end

-- Chinese print has neither bold nor italic: another typeface does their work.
local function marked(style)
  return function(element)
    local chinese = measure.has_chinese(pandoc.utils.stringify(element))
    return pandoc.Span(element.content, pandoc.Attr('', {}, { ['custom-style'] = style .. (chinese and ' Chinese' or '') }))
  end
end

-- Word draws one frame round neighbouring frames of the same kind: keep blocks of code apart.
local function Blocks(blocks)
  local out = pandoc.Blocks {}
  for index, block in ipairs(blocks) do
    local before = blocks[index - 1]
    if before and before.t == 'CodeBlock' and block.t == 'CodeBlock' then
      out:insert(openxml.marker('TableEnd'))
    end
    out:insert(block)
  end
  return out
end

local function HorizontalRule() return openxml.marker('HorizontalRule') end

return { bibliography.SAFE, { Strong = marked 'Strong', Emph = marked 'Emphasis' }, { BulletList = List, OrderedList = List, HorizontalRule = HorizontalRule, Para = Para },
  { Figure = Figure, Table = Table, Header = Header, Span = Span }, { Div = Div }, { Blocks = Blocks } }
