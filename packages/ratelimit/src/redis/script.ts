/**
 * The bucket in Lua. Numbers are doubles there as here, all whole and below 2^53, so the answers are the same bit for bit; the reply is
 * `[blocked, debts…, fresh…]`, in whole numbers because Redis cuts fractions off.
 *
 * A value is little-endian doubles, `last, blocked until` and `weight, debt` of each limit: packed, they cost a fraction of what digits
 * cost to write and to read. The weight is kept so that limits may change under it: then what was spent stays spent, rounded up to whole
 * tokens. No closures and no splitting of arguments: this runs for every request, on the server's only thread.
 */

/** Another clock than the server's, if one is given, and then how much longer than their bucket keys live: the server's time is not theirs. */
const time = (given: string): string => `
local now, slack = tonumber(${given}), 86400000
if not now then
  local time = redis.call('TIME')
  now, slack = time[1] * 1000 + math.floor(time[2] / 1000), 0
end`

/**
 * Takes under one limit, the common case, with nothing but local numbers. Answers nothing, and changes nothing, where the other script has
 * to look: the clock went back, or the bucket was kept under other limits.
 *
 * KEYS[1] the bucket · ARGV: weight, drain and capacity; cost and count; another clock, or nothing.
 */
export const takeScript: string = `
local weight, drain, capacity = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
${time('ARGV[6]')}
local debt = 0
local value = redis.call('GET', KEYS[1])
if value then
  local last, blocked, held, owed = struct.unpack('<dddd', value)
  local elapsed = now - last
  if elapsed < 0 or held ~= weight or #value ~= 32 then return false end
  if elapsed < math.ceil(owed / drain) then debt = owed - elapsed * drain end
  if blocked > now then return { blocked - now, debt } end
end
local load = tonumber(ARGV[4]) * weight
local fit = math.min(tonumber(ARGV[5]), math.floor((capacity - debt) / load))
if fit > 0 then
  local after = debt + fit * load
  redis.call('SET', KEYS[1], struct.pack('<dddd', now, 0, weight, after), 'PX', string.format('%.0f', math.ceil(after / drain) + slack))
end
return { 0, debt }
`

/**
 * Everything.
 *
 * KEYS[1] the bucket, KEYS[2…] one per call with an id · ARGV: how many limits; weight, drain and capacity of each; how long ids are kept;
 * another clock, or nothing; then verb, cost, count and named of each call.
 */
export const script: string = `
local limits = tonumber(ARGV[1])
local base = 3 * limits + 3
local most = 4503599627370496
${time('ARGV[base]')}
local blocked, elapsed, dirty = 0, 0, false
local value = redis.call('GET', KEYS[1])
if value then
  local last
  last, blocked = struct.unpack('<dd', value)
  elapsed = now - last
  if elapsed < 0 then
    local full = 0
    for i = 1, limits do full = math.max(full, math.ceil(ARGV[3 * i + 1] / ARGV[3 * i])) end
    if -elapsed > full then
      if blocked > 0 then blocked = blocked + elapsed end
      dirty = true
    else
      now = last
    end
    elapsed = 0
  end
end
local weights, drains, capacities, debts = {}, {}, {}, {}
for i = 1, limits do
  local weight, drain, debt = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), 0
  if value and #value >= 16 + 16 * i then
    local held, owed = struct.unpack('<dd', value, 1 + 16 * i)
    if held ~= weight then owed = math.min(most, math.ceil(owed / held) * weight) end
    if elapsed < math.ceil(owed / drain) then debt = owed - elapsed * drain end
  end
  weights[i], drains[i], capacities[i], debts[i] = weight, drain, tonumber(ARGV[3 * i + 1]), debt
end
local reply = { blocked > now and blocked - now or 0, unpack(debts) }
local named = 1
for at = base + 1, #ARGV, 4 do
  local verb, cost = ARGV[at], tonumber(ARGV[at + 1])
  if verb == '1' then
    local fit = tonumber(ARGV[at + 2])
    if cost == 0 or blocked > now then fit = 0 end
    for i = 1, limits do
      if cost > capacities[i] / weights[i] then fit = 0
      elseif fit > 0 then fit = math.min(fit, math.floor((capacities[i] - debts[i]) / (cost * weights[i]))) end
    end
    if fit > 0 then
      for i = 1, limits do debts[i] = debts[i] + fit * cost * weights[i] end
      dirty = true
    end
  elseif verb == '2' or verb == '3' then
    local new = true
    if verb == '3' then
      for i = 1, limits do
        if cost > (most - debts[i]) / weights[i] then new = false end
      end
    end
    if ARGV[at + 3] == '1' then
      named = named + 1
      if new then new = redis.call('SET', KEYS[named], '1', 'NX', 'PX', ARGV[base - 1]) ~= false end
      reply[#reply + 1] = new and 1 or 0
    end
    if new then
      for i = 1, limits do
        if verb == '3' then debts[i] = debts[i] + cost * weights[i]
        elseif cost >= debts[i] / weights[i] then debts[i] = 0
        else debts[i] = debts[i] - cost * weights[i] end
      end
      dirty = true
    end
  elseif verb == '4' then
    blocked = now + cost
    dirty = true
  else
    blocked = 0
    for i = 1, limits do debts[i] = 0 end
    dirty = true
  end
end
if dirty then
  local ttl = blocked > now and blocked - now or 0
  local text = struct.pack('<dd', now, blocked)
  for i = 1, limits do
    ttl = math.max(ttl, math.ceil(debts[i] / drains[i]))
    text = text .. struct.pack('<dd', weights[i], debts[i])
  end
  if ttl > 0 then redis.call('SET', KEYS[1], text, 'PX', string.format('%.0f', ttl + slack))
  elseif value then redis.call('DEL', KEYS[1]) end
end
return reply
`
