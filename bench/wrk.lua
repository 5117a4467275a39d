-- Requests for wrk: MODE PREFIX TOKEN FILE
--   get     PREFIX/customers/ID, ids drawn from the lines of FILE
--   paths   the lines of FILE, each behind PREFIX, in turn
--   create  POST PREFIX/customers, or POST PREFIX and the line of FILE
local mode, prefix
local lines = {}
local headers = {}
local count = 0
local thread_number = 0

function setup(thread)
  thread:set("thread_number", thread_number)
  thread_number = thread_number + 1
end

function init(args)
  mode, prefix = args[1], args[2]
  if args[3] and args[3] ~= "-" then
    headers["Authorization"] = "Bearer " .. args[3]
  end
  if args[4] and args[4] ~= "-" then
    for line in io.lines(args[4]) do
      lines[#lines + 1] = line
    end
  end
  math.randomseed(os.time() * 1000 + thread_number)
  if mode == "create" then
    headers["Content-Type"] = "application/json"
  end
end

function request()
  count = count + 1
  if mode == "get" then
    local id = lines[math.random(#lines)]
    return wrk.format("GET", prefix .. "/customers/" .. id, headers)
  end
  if mode == "paths" then
    return wrk.format("GET", prefix .. lines[count % #lines + 1], headers)
  end
  local n = math.random(100000000, 999999999)
  local body = string.format(
    '{"kind":"organization","name":"Bench %d-%d","phone":"13%d",' ..
    '"email":"b%d.%d@example.com"}', n, count, n, n, count)
  return wrk.format("POST", prefix .. (lines[1] or "/customers"), headers, body)
end
