package live

import "github.com/redis/go-redis/v9"

// What the nodes keep in Redis. A spot is a hash: its fields are node/user/client, its values
// "turn entered typed focus". A tab counts while its node's lease lasts. All keys expire by themselves.
const (
	presenceChannel = "klantkaart:presence"
	leasePrefix     = "klantkaart:node:"
	spotPrefix      = "klantkaart:presence:"
	roomsAtOnce     = 64 // compared in one journey to Redis
)

// compareScript shows the tabs of a node at a spot, and gives those of the others. What Redis has heard
// later of an own tab, through another node, comes back too. Who was on a dead node goes.
var compareScript = redis.NewScript(`
local node, mine, changed, seen = ARGV[1], ARGV[1] .. '/', false, {}
local own, alive = {}, {[ARGV[1]] = true}
for i = 6, #ARGV, 2 do own[mine .. ARGV[i]] = ARGV[i + 1] end
local function turn(value) return tonumber(string.match(value, '^%d+')) end
local held = redis.call('HGETALL', KEYS[1])
for i = 1, #held, 2 do
  local field, value = held[i], held[i + 1]
  local at = string.match(field, '^[^/]+')
  if alive[at] == nil then alive[at] = redis.call('EXISTS', ARGV[2] .. at) == 1 end
  if not alive[at] or (at == node and not own[field]) then
    redis.call('HDEL', KEYS[1], field)
    changed = true
  elseif at ~= node or turn(value) > turn(own[field]) then
    seen[#seen + 1], seen[#seen + 2] = field, value
    own[field] = nil
  elseif value == own[field] then
    own[field] = nil
  end
end
for field, value in pairs(own) do
  redis.call('HSET', KEYS[1], field, value)
  changed = true
end
redis.call('PEXPIRE', KEYS[1], ARGV[3])
if changed then redis.call('PUBLISH', ARGV[4], ARGV[5]) end
return seen`)

// announceScript changes what a tab of any living node says, and gives all who are at the spot.
var announceScript = redis.NewScript(`
local tab, said, taking, typing, now = ARGV[2], ARGV[3], ARGV[4], ARGV[5] == '1', tonumber(ARGV[6])
local held, alive, seen, there, last = redis.call('HGETALL', KEYS[1]), {}, {}, {}, 0
for i = 1, #held, 2 do
  local field, value = held[i], held[i + 1]
  local at, rest = string.match(field, '^([^/]+)/(.*)$')
  if alive[at] == nil then alive[at] = redis.call('EXISTS', ARGV[1] .. at) == 1 end
  last = math.max(last, tonumber(string.match(value, '^%d+')))
  if alive[at] then
    seen[#seen + 1], seen[#seen + 2] = field, value
    if rest == tab then there[#there + 1] = #seen end
  end
end
local changed = false
for _, i in ipairs(there) do
  local _, entered, typed, focus = string.match(seen[i], '^(%d+) (%d+) (%d+) (.*)$')
  local same = said ~= taking and (focus == said or focus == taking)
  if not same or (typing and now - tonumber(typed) >= tonumber(ARGV[7])) then
    seen[i] = string.format('%.0f %s %s %s', last + 1, entered, typing and ARGV[6] or '0', said)
    redis.call('HSET', KEYS[1], seen[i - 1], seen[i])
    changed = true
  end
end
if changed then redis.call('PUBLISH', ARGV[8], ARGV[9]) end
return {#there, seen}`)

// beatScript renews the lease of a node, and tells whether it had one still, what time it is, and which of
// some other nodes are alive.
var beatScript = redis.NewScript(`
local had, time = redis.call('EXISTS', KEYS[1]), redis.call('TIME')
redis.call('SET', KEYS[1], '', 'PX', ARGV[1])
local told = {had, tonumber(time[1]), tonumber(time[2])}
for i = 2, #KEYS do told[i + 2] = redis.call('EXISTS', KEYS[i]) end
return told`)
