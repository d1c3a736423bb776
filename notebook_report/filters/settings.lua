-- What the Python side says about this export, and the cell that is being worked on.
local file <close> = assert(io.open('settings.json', 'r'))
local settings = pandoc.json.decode(file:read('a'), false)

settings.cell = 'the notebook'

-- One line on stderr for each flaw; the Python side turns them into warnings or an error.
function settings.warn(message)
  io.stderr:write('report: ' .. settings.cell .. ': ' .. message:gsub('%s+', ' ') .. '\n')
end

return settings
