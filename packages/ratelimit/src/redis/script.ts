/**
 * The bucket in Lua. Numbers are doubles there as here, all whole and below 2^53, so the answers are the same bit for bit.
 *
 * KEYS: each bucket, followed by one key per call with an id · ARGV[1], as JSON: the limits `[weight, drain, capacity]`; for each bucket
 * its orders (`shared/order.ts`); how long ids are kept; another clock than the server's, or
 * `false`. The reply is one list, for each bucket `blocked, debts…, fresh…` in whole numbers, because Redis cuts fractions off; `blocked`
 * is -1 where something lies in the bucket's place that is none.
 *
 * A value is little-endian doubles, `last, blocked until` and `weight, debt` of each limit: packed, they cost a fraction of what digits
 * cost to write and to read. The weight is kept so that limits may change under it: then what was spent stays spent, rounded up to whole
 * tokens. A key lives until its bucket is full, and a day longer on another clock.
 */
export const script: string = `
local limits, batch, remember, clock = unpack(cjson.decode(ARGV[1]))
local most, slack, reply, at = 4503599627370496, 86400000, {}, 0
if not clock then
  local time = redis.call('TIME')
  clock, slack = time[1] * 1000 + math.floor(time[2] / 1000), 0
end
for _, orders in ipairs(batch) do
  at = at + 1
  local key, now, elapsed, blocked, dirty, debts = KEYS[at], clock, 0, 0, false, {}
  local row = redis.pcall('GET', key) or ''
  local strange = #row % 16 > 0 or row.err
  if strange then row = '' end
  if #row > 16 then
    elapsed, blocked = struct.unpack('<dd', row)
    elapsed = now - elapsed
  end
  if elapsed < 0 then
    local full = 0
    for _, limit in ipairs(limits) do full = math.max(full, math.ceil(limit[3] / limit[2])) end
    if elapsed < -full then
      blocked, dirty = math.max(0, blocked + elapsed), true
    else
      now = now - elapsed
    end
    elapsed = 0
  end
  reply[#reply + 1] = strange and -1 or math.max(0, blocked - now)
  for i, limit in ipairs(limits) do
    local debt = 0
    if #row > 16 * i then
      local weight, owed = struct.unpack('<dd', row, 16 * i + 1)
      if weight ~= limit[1] then owed = math.min(most, math.ceil(owed / weight) * limit[1]) end
      debt = math.max(0, owed - elapsed * limit[2])
    end
    debts[i], reply[#reply + 1] = debt, debt
  end
  for _, order in ipairs(orders) do
    local cost, fit, within, named, block = unpack(order)
    if strange or within == 1 and blocked > now then fit = 0 end
    for i, limit in ipairs(limits) do
      local room = (within == 1 and limit[3] or most) - debts[i]
      if cost > 0 then fit = math.min(fit, math.floor(room / (cost * limit[1]))) end
    end
    if named == 1 then
      at = at + 1
      if fit > 0 and not redis.call('SET', KEYS[at], '1', 'NX', 'PX', remember) then fit = 0 end
      reply[#reply + 1] = math.max(0, fit)
    end
    if fit > 0 and (cost ~= 0 or block >= 0) then
      for i, limit in ipairs(limits) do debts[i] = math.max(0, debts[i] + fit * cost * limit[1]) end
      blocked, dirty = block < 0 and blocked or now + block, true
    end
  end
  if dirty then
    local ttl = blocked - now
    row = struct.pack('<dd', now, blocked)
    for i, limit in ipairs(limits) do
      ttl = math.max(ttl, math.ceil(debts[i] / limit[2]))
      row = row .. struct.pack('<dd', limit[1], debts[i])
    end
    if ttl > 0 then redis.call('SET', key, row, 'PX', string.format('%.0f', ttl + slack)) else redis.call('DEL', key) end
  end
end
return reply
`
