-- What several filters need: words cut to size, lists put between something, the rows of a table.
local shared = {}

function shared.trim(words) return words:match('^%s*(.-)%s*$') end

-- The same of a formula, which may end in a blank of its own: "a\ "
function shared.trim_tex(tex) return (shared.trim(tex):gsub('\\$', '\\ ')) end

-- x%20y → x y
function shared.decoded(words)
  return (words:gsub('%%(%x%x)', function(hex) return string.char(tonumber(hex, 16)) end))
end

-- Words as a string of Typst.
function shared.quoted(words) return '"' .. words:gsub('\\', '\\\\'):gsub('"', '\\"'):gsub('%s+', ' ') .. '"' end

-- A copy of blocks or inlines with one more at each end.
function shared.between(open, content, close)
  local out = content:clone()
  out:insert(1, open)
  out:insert(close)
  return out
end

-- Whether a block is a Div of a class.
function shared.is(block, class) return block ~= nil and block.t == 'Div' and block.classes:includes(class) end

function shared.is_paragraph(block) return block.t == 'Para' or block.t == 'Plain' end

-- The picture that a paragraph consists of; nil for other blocks.
function shared.picture(block)
  local only = shared.is_paragraph(block) and #block.content == 1 and block.content[1]
  return only and only.t == 'Image' and only or nil
end

-- A Table has head.rows, bodies = { { head = rows, body = rows }, … } and foot.rows; a row has cells,
-- a cell has contents (blocks), col_span, row_span and alignment.
function shared.body_rows(table)
  local rows = pandoc.List {}
  for _, body in ipairs(table.bodies) do
    rows:extend(body.head)
    rows:extend(body.body)
  end
  rows:extend(table.foot.rows)
  return rows
end

function shared.all_rows(table)
  local rows = pandoc.List(table.head.rows)
  return rows .. shared.body_rows(table)
end

-- Calls `visit` with each cell, its first column and its row's number.
function shared.each_cell(rows, visit)
  local busy = {} -- column → rows for which a cell above still reaches into it
  for number, row in ipairs(rows) do
    local column = 1
    local function pass()
      while (busy[column] or 0) > 0 do
        busy[column] = busy[column] - 1
        column = column + 1
      end
    end
    for _, cell in ipairs(row.cells) do
      pass()
      visit(cell, column, number)
      local wide, high = cell.col_span, cell.row_span -- each look into a cell takes time
      for spanned = column, column + wide - 1 do busy[spanned] = high - 1 end
      column = column + wide
    end
    pass()
  end
end

return shared
