-- Every picture is found, brought into a form the format knows, and given its size on paper.
local settings = require 'settings'
local shared = require 'shared'
local images = {}

local KNOWN = {
  docx = { png = true, jpg = true, gif = true },
  typst = { png = true, jpg = true, gif = true, svg = true, webp = true },
  html = { png = true, jpg = true, gif = true, svg = true, webp = true },
}

-- The kind of a picture by its first bytes; names and MIME types are not to be trusted.
local SIGNATURES = { ['^\137PNG\r\n\26\n'] = 'png', ['^\255\216\255'] = 'jpg', ['^GIF'] = 'gif', ['^........WEBP'] = 'webp', ['^BM'] = 'bmp',
  ['^II%*\0'] = 'tif', ['^MM\0%*'] = 'tif' }

local function kind_of(data)
  for signature, kind in pairs(SIGNATURES) do
    if data:find(signature) then return kind end
  end
  return data:sub(1, 2000):match('<svg') and 'svg' or nil
end

local function read(path)
  local file <close> = io.open(path, 'rb')
  return file and file:read('a')
end

local function write(path, data)
  local file <close> = assert(io.open(path, 'wb'))
  file:write(data)
end

local PROGRAM = pandoc.path.join { pandoc.path.directory(PANDOC_SCRIPT_FILE), 'to_png.py' }

local function to_png(source, target)
  local ok = pcall(pandoc.pipe, settings.python, { PROGRAM, source, target }, '')
  return ok and read(target) or nil
end

local function slashed(path) return (path:gsub('\\', '/')) end

-- A path without . and .. in it.
local function plain(path)
  local parts = pandoc.List {}
  for part in slashed(path):gmatch('[^/]*') do
    if part == '..' and #parts > 1 then parts:remove()
    elseif part ~= '.' and part ~= '..' and (part ~= '' or #parts == 0) then parts:insert(part) end
  end
  return table.concat(parts, '/')
end

-- Pictures may lie below the notebook, its metadata, or the project that it belongs to.
local function allowed(path)
  for _, folder in ipairs { settings.picture_root, table.unpack(settings.folders) } do
    if (plain(path) .. '/'):sub(1, #folder + 1) == slashed(folder) .. '/' then return true end
  end
end

-- A picture's address in all ways that a file may be meant by it: x%20y.png, x.png?raw=true, a\x.png
local function names(source)
  local bare = source:gsub('^file://', ''):gsub('[?#].*$', '')
  return ipairs { source, shared.decoded(source), shared.decoded(bare), slashed(shared.decoded(bare)) }
end

local function paths(source)
  local found = pandoc.List {}
  for _, folder in ipairs(settings.folders) do
    for _, name in names(source) do
      local here = pandoc.path.is_relative(name) and not name:match('^%a:')
      found:insert(here and pandoc.path.join { folder, name } or name)
    end
  end
  return found
end

-- The bytes of a picture: an output or attachment, a data URI, or a file. A picture on the web is never
-- asked for: who writes a notebook must not learn who reads it. Without any, why.
local function load(source)
  local item = pandoc.mediabag.lookup(source)
  if item then return select(2, pandoc.mediabag.lookup(source)) end
  if source:match('^data:') then
    local ok, _, data = pcall(pandoc.mediabag.fetch, source)
    return ok and data or nil, 'is damaged'
  end
  local outside
  for _, path in ipairs(paths(source)) do
    local data = allowed(path) and read(path)
    if data then return data end
    outside = outside or not allowed(path)
  end
  return nil, outside and "lies outside of the project's folder" or 'not found'
end

-- Centimetres of a length like 70%, 12cm, 4in or 300px.
local function length(value, whole)
  local number, unit = tostring(value or ''):match('^%s*([%d.]+)%s*(%a*%%?)%s*$')
  number = tonumber(number)
  if not number or number <= 0 then return nil end
  local units = { ['%'] = whole / 100, cm = 1, mm = 0.1, ['in'] = 2.54, px = 2.54 / 96,
    [''] = 2.54 / 96, pt = 2.54 / 72 }
  return units[unit] and number * units[unit]
end

-- Centimetres by the resolution that the file tells; nil for drawings without a size.
local function natural_size(data)
  local head = data:sub(1, 2000):match('<svg%f[%s>][^>]*>') -- all that pandoc need read of a drawing
  local ok, size = pcall(pandoc.image.size, head and head:gsub('/?>$', '/>') or data)
  if not ok or not size or not size.width or size.width == 0 or size.height == 0 then return nil end
  local dpi = size.dpi_horz or 96
  if dpi < 73 then dpi = 96 end -- 72 stands for "not known"
  return size.width / dpi * 2.54, size.height / dpi * 2.54
end

local function sized(image, width, ratio)
  image.attributes.width, image.attributes.height = string.format('%.3fcm', width), string.format('%.3fcm', width * ratio)
  return image
end

-- Width and height on paper: as asked, else natural, never beyond the text.
local function fit(image, width, height)
  if not width then -- a drawing without a size of its own
    width = length(image.attributes.width, settings.text_width)
    image.attributes.width = width and string.format('%.3fcm', math.min(width, settings.text_width))
    image.attributes.height = nil
    return
  end
  local ratio = height / width
  local asked = length(image.attributes.width, settings.text_width)
  local tall = length(image.attributes.height, settings.text_height)
  width = asked or (tall and tall / ratio) or width
  sized(image, math.min(width, settings.text_width, settings.text_height / ratio), ratio)
end

-- How warnings call a picture: outputs have no name but a sum of their bytes.
local function name(source)
  if source:match('^%x+%.%w+$') and #source > 40 then return 'of an output' end
  return source:sub(1, 80)
end

-- A frame with the words and the address of a picture that cannot be had.
local function replacement(image, address)
  local content = pandoc.Inlines { pandoc.Str(settings.words.picture) }
  if pandoc.utils.stringify(image.caption) ~= settings.words.picture then
    content:extend { pandoc.Str ':', pandoc.Space() }
    content:extend(image.caption)
  end
  if address then content:extend { pandoc.Str ',', pandoc.Space(), address } end
  return pandoc.Span(content, pandoc.Attr('', { 'missing' }))
end

local SCANS = 100 -- of a progressive JPEG, each over all pixels; programs write ten

-- The picture as a file of a kind that the format knows, with its size; else nil and why not.
local function made_fit(data)
  local kind = kind_of(data)
  if not kind then return nil, 'is of no known type' end
  if kind == 'jpg' and select(2, data:gsub('\255\218', '')) > SCANS then return nil, 'has more than ' .. SCANS .. ' scans' end
  local file = pandoc.utils.sha1(data) .. '.' .. kind
  local path = 'media/' .. file
  write(path, data)
  if (settings.bad_images or {})[file] then return nil, 'is damaged' end
  local width, height = natural_size(data)
  if KNOWN[settings.to][kind] and (width or kind == 'svg') then return path, width, height end
  local png = path:gsub('%.%w+$', '') .. '-made.png'
  data = read(png) or to_png(path, png)
  if not data then return nil, 'is damaged' end
  return png, natural_size(data)
end

-- What a format cannot show of a picture that it shows otherwise.
local function losses(data)
  if settings.to == 'html' then return nil end
  if data:sub(1, 3) == 'GIF' and data:find('NETSCAPE2.0', 1, true) and settings.to == 'typst' then return 'is shown by its first frame' end
  if data:sub(1, 200):find('acTL', 1, true) or kind_of(data) == 'webp' and data:sub(1, 60):find('ANIM', 1, true) then return 'is shown by its first frame' end
  if kind_of(data) == 'svg' and data:find('<foreignObject', 1, true) then return 'holds words that only a browser shows' end
end

-- The image ready for the writer, or a frame with its words where it cannot be had.
function images.prepare(image)
  if #image.caption == 0 then image.caption = pandoc.Inlines(settings.words.picture) end
  local style = ';' .. (image.attributes.style or '')
  for _, side in ipairs { 'width', 'height' } do
    image.attributes[side] = image.attributes[side] or style:match('[;%s]' .. side .. '%s*:%s*([%d.]+%s*[%a%%]*)')
  end
  if image.src:match('^https?://') then
    settings.warn('image ' .. image.src .. ' is on the web, linked instead')
    return replacement(image, pandoc.Link(image.src, image.src))
  end
  local path, width, height
  local data, why = load(image.src)
  if data then path, width, height = made_fit(data) end
  if not path then
    local called = name(image.src)
    settings.warn('image ' .. called .. ' ' .. (why or width))
    return replacement(image, called ~= 'of an output' and not image.src:match('^data:') and pandoc.Str(called) or nil)
  end
  local loss = losses(data)
  if loss then settings.warn('image ' .. name(image.src) .. ' ' .. loss) end
  image.src = path
  fit(image, width, height)
  return image
end

local MOST, BETWEEN = 6, 0.5 -- columns of a figure, and centimetres from one to the next

-- Pictures that are to stand side by side fit there; `columns` is a number of them, or none.
local function in_columns(figure)
  local wanted = tonumber((figure.attributes.columns or ''):match('%d+'))
  local columns = math.min(wanted or 1, #figure.content, MOST)
  figure.attributes.columns = columns > 1 and tostring(columns) or nil
  if columns > 1 then figure.content = images.narrowed(figure.content, (settings.text_width + BETWEEN) / columns - BETWEEN) end
  return figure
end

-- A picture that is not there needs no number, unless the text speaks of it.
function images.figure(figure)
  local there = figure.classes:includes('listing') or figure.identifier ~= ''
  figure.content:walk { Image = function() there = true end }
  local frame = false
  figure.content:walk { Span = function(span) frame = frame or span.classes:includes('missing') end }
  if not frame or there then return in_columns(figure) end
  local said, words = pandoc.utils.stringify(figure.content), pandoc.utils.stringify(figure.caption.long)
  local content = figure.content:map(function(block) return pandoc.Para(block.content) end)
  if not said:find(words, 1, true) then content:extend(figure.caption.long) end
  return content
end

-- Blocks whose pictures are no wider than `most` centimetres, and the width of the widest.
function images.narrowed(blocks, most)
  local widest = 0
  blocks = blocks:walk { Image = function(image)
    local width = tonumber((image.attributes.width or ''):match('^([%d.]+)cm$'))
    if not width then return nil end
    local ratio = length(image.attributes.height, 1) / width
    width = math.min(width, most or width)
    widest = math.max(widest, width)
    return sized(image, width, ratio)
  end }
  return blocks, widest
end

return images
