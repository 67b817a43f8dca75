/**
 * The bucket in Lua. Numbers are doubles there as here, all whole and below 2^53, so the answers are the same bit for bit.
 *
 * KEYS: each bucket, followed by one key per call with an id · ARGV[1]: as JSON the limits `[weight, drain, capacity]`, the calls to each
 * bucket `[verb, cost, count, named]`, how long ids are kept, and another clock than the server's or `false`. The reply is one list, for
 * each bucket `blocked, debts…, fresh…` in whole numbers, because Redis cuts fractions off; `blocked` is -1 where something else lies
 * in the bucket's place.
 *
 * A value is little-endian doubles, `last, blocked until` and `weight, debt` of each limit: packed, they cost a fraction of what digits
 * cost to write and to read. The weight is kept so that limits may change under it: then what was spent stays spent, rounded up to whole
 * tokens. A give is a charge of less than nothing. Keys live as long as their bucket is not full, and a day longer on another clock.
 */
export const script: string = `
local limits, batch, remember, clock = unpack(cjson.decode(ARGV[1]))
local most, slack = 4503599627370496, 86400000
if not clock then
  local time = redis.call('TIME')
  clock, slack = time[1] * 1000 + math.floor(time[2] / 1000), 0
end
local reply, at = {}, 0
for _, calls in ipairs(batch) do
  at = at + 1
  local key, now, elapsed, blocked, dirty = KEYS[at], clock, 0, 0, false
  local value = redis.pcall('GET', key)
  local strange = value and (#value < 32 or #value % 16 > 0)
  if value and not strange then
    local last
    last, blocked = struct.unpack('<dd', value)
    elapsed = now - last
    if elapsed < 0 then
      local full = 0
      for _, limit in ipairs(limits) do full = math.max(full, math.ceil(limit[3] / limit[2])) end
      if -elapsed > full then
        if blocked > 0 then blocked = blocked + elapsed end
        dirty = true
      else
        now = last
      end
      elapsed = 0
    end
  end
  reply[#reply + 1] = strange and -1 or math.max(0, blocked - now)
  local debts = {}
  for i, limit in ipairs(limits) do
    local debt = 0
    if value and not strange and #value > 16 * i then
      local weight, owed = struct.unpack('<dd', value, 16 * i + 1)
      if weight ~= limit[1] then owed = math.min(most, math.ceil(owed / weight) * limit[1]) end
      debt = math.max(0, owed - elapsed * limit[2])
    end
    debts[i] = debt
    reply[#reply + 1] = debt
  end
  for _, call in ipairs(calls) do
    local verb, cost, count, named = unpack(call)
    local fit = count
    if strange or verb == 'take' and blocked > now then fit = 0 end
    for i, limit in ipairs(limits) do
      local room = (verb == 'take' and limit[3] or most) - debts[i]
      if cost > 0 and verb ~= 'block' then fit = math.min(fit, math.floor(room / (cost * limit[1]))) end
    end
    if named then
      at = at + 1
      if fit > 0 and not redis.call('SET', KEYS[at], '1', 'NX', 'PX', remember) then fit = 0 end
      reply[#reply + 1] = fit
    end
    if fit > 0 then
      dirty = dirty or verb ~= 'take' or cost > 0
      if verb == 'block' then blocked = now + cost
      else for i, limit in ipairs(limits) do debts[i] = math.max(0, debts[i] + fit * cost * limit[1]) end end
    end
  end
  if dirty then
    local ttl = blocked - now
    value = struct.pack('<dd', now, blocked)
    for i, limit in ipairs(limits) do
      ttl = math.max(ttl, math.ceil(debts[i] / limit[2]))
      value = value .. struct.pack('<dd', limit[1], debts[i])
    end
    if ttl > 0 then redis.call('SET', key, value, 'PX', string.format('%.0f', ttl + slack)) else redis.call('DEL', key) end
  end
end
return reply
`
