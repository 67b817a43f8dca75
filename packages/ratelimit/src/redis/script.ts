/**
 * The bucket in Lua. Numbers are doubles there as here, all whole and below 2^53, so the answers are the same bit for bit.
 *
 * KEYS: each bucket, followed by one key per call with an id · ARGV[1], as JSON: the limits `[weight, drain, capacity]`; for each bucket
 * its orders `[cost, count, within the limit, named, milliseconds to block]`; how long ids are kept; another clock than the server's, or
 * `false`. The reply is one list, for each bucket `blocked, debts…, fresh…` in whole numbers, because Redis cuts fractions off; `blocked`
 * is -1 where something lies in the bucket's place that is none.
 *
 * A value is MessagePack of `last, blocked until` and `weight, debt` of each limit. The weight is kept so that limits may change under it:
 * then what was spent stays spent, rounded up to whole tokens. A key lives until its bucket is full, and a day longer on another clock.
 */
export const script: string = `
local limits, batch, remember, clock = unpack(cjson.decode(ARGV[1]))
local most, slack, reply, at = 4503599627370496, 86400000, {}, 0
if not clock then
  local time = redis.call('TIME')
  clock, slack = time[1] * 1000 + math.floor(time[2] / 1000), 0
end
local new = cmsgpack.pack({ clock, 0 })
for _, orders in ipairs(batch) do
  at = at + 1
  local key, now, dirty, debts = KEYS[at], clock, false, {}
  local known, row = pcall(cmsgpack.unpack, redis.pcall('GET', key) or new)
  known = known and type(row) == 'table'
  local last, blocked = unpack(known and row or { now, 0 })
  local elapsed = now - last
  if elapsed < 0 then
    local full = 0
    for _, limit in ipairs(limits) do full = math.max(full, math.ceil(limit[3] / limit[2])) end
    if elapsed < -full then
      blocked, dirty = math.max(0, blocked + elapsed), true
    else
      now = last
    end
    elapsed = 0
  end
  reply[#reply + 1] = known and math.max(0, blocked - now) or -1
  for i, limit in ipairs(limits) do
    local weight, debt = known and row[2 * i + 1], row[2 * i + 2]
    if not weight then debt = 0
    elseif weight ~= limit[1] then debt = math.min(most, math.ceil(debt / weight) * limit[1]) end
    debts[i] = math.max(0, debt - elapsed * limit[2])
    reply[#reply + 1] = debts[i]
  end
  for _, order in ipairs(orders) do
    local cost, fit, within, named, block = unpack(order)
    if not known or within and blocked > now then fit = 0 end
    for i, limit in ipairs(limits) do
      local room = (within and limit[3] or most) - debts[i]
      if cost > 0 then fit = math.min(fit, math.floor(room / (cost * limit[1]))) end
    end
    if named then
      at = at + 1
      if fit > 0 and not redis.call('SET', KEYS[at], '1', 'NX', 'PX', remember) then fit = 0 end
      reply[#reply + 1] = fit
    end
    if fit > 0 and (cost ~= 0 or block) then
      for i, limit in ipairs(limits) do debts[i] = math.max(0, debts[i] + fit * cost * limit[1]) end
      blocked, dirty = block and now + block or blocked, true
    end
  end
  if dirty then
    local ttl = blocked - now
    row = { now, blocked }
    for i, limit in ipairs(limits) do
      ttl = math.max(ttl, math.ceil(debts[i] / limit[2]))
      row[2 * i + 1], row[2 * i + 2] = limit[1], debts[i]
    end
    if ttl > 0 then redis.call('SET', key, cmsgpack.pack(row), 'PX', string.format('%.0f', ttl + slack)) else redis.call('DEL', key) end
  end
end
return reply
`
