-- Sends the requests of a file in turn, from a random one on. They are separated by NUL; {{number}} in one becomes a
-- number of ten digits that is new each time, and {{etag}} the ETag of this thread's last answer (at first *).
local requests = {}
local file = assert(io.open(os.getenv("BENCH_REQUESTS"), "rb"))
for request in (file:read("*a") .. "\0"):gmatch("(.-)%z") do requests[#requests + 1] = request end
file:close()

local threads = 0
function setup(thread)
  thread:set("id", threads)
  threads = threads + 1
end

local at, count, etag = 0, 0, "*"
function init()
  math.randomseed(os.time() * 1000 + id)
  at = math.random(#requests)
  count = math.random(100000000) * 10
end

local follows = os.getenv("BENCH_FOLLOW_ETAG") == "1"
function request()
  -- A thread that follows a resource stays with its own.
  local text = follows and requests[id % #requests + 1] or requests[at]
  at = at % #requests + 1
  count = count + 1
  if text:find("{{", 1, true) then
    text = text:gsub("{{number}}", string.format("%010d", count % 10000000000)):gsub("{{etag}}", etag)
  end
  return text
end

if follows then
  function response(status, headers)
    if status == 200 then etag = headers["ETag"] or headers["etag"] or etag end
  end
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '\n{"requests":%d,"us":%d,"refused":%d,"lost":%d,"p50":%d,"p99":%d}\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
