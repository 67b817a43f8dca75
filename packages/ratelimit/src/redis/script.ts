/**
 * The bucket in Lua. Numbers are doubles there as here, all whole and below 2^53, so the answers are the same bit for bit.
 *
 * KEYS[1] the bucket, KEYS[2…] one per call with an id · ARGV: how many limits; weight, drain and capacity of each; how long ids are kept;
 * another clock than the server's, or nothing; then verb, cost, count and named of each call.
 * The value is `last blocked-until (weight debt)…`. The weight is kept so that limits may change under it: then what was spent stays spent,
 * rounded up to whole tokens.
 * `%.0f` because Lua writes large numbers with 14 digits only; whole replies because Redis cuts fractions off. No closures and no
 * splitting of arguments: this runs for every request, on the server's only thread.
 */
export const script: string = `
local limits = tonumber(ARGV[1])
local base = 3 * limits + 3
local most = 4503599627370496
local now, slack
if ARGV[base] == '' then
  local time = redis.call('TIME')
  now, slack = time[1] * 1000 + math.floor(time[2] / 1000), 0
else
  now, slack = tonumber(ARGV[base]), 86400000
end
local weights, drains, capacities, debts = {}, {}, {}, {}
for i = 1, limits do
  weights[i], drains[i], capacities[i], debts[i] = tonumber(ARGV[3 * i - 1]), tonumber(ARGV[3 * i]), tonumber(ARGV[3 * i + 1]), 0
end
local blocked, dirty = 0, false
local value = redis.call('GET', KEYS[1])
if value then
  local last, until_ms, rest = string.match(value, '(%d+) (%d+)(.*)')
  local elapsed = now - last
  blocked = tonumber(until_ms)
  if elapsed < 0 then
    local full = 0
    for i = 1, limits do full = math.max(full, math.ceil(capacities[i] / drains[i])) end
    if -elapsed > full then
      if blocked > 0 then blocked = blocked + elapsed end
      dirty = true
    else
      now = tonumber(last)
    end
    elapsed = 0
  end
  local i = 0
  for weight, debt in string.gmatch(rest, '(%d+) (%d+)') do
    i = i + 1
    if i > limits then break end
    debt = tonumber(debt)
    if debt > 0 then
      weight = tonumber(weight)
      if weight ~= weights[i] then debt = math.min(most, math.ceil(debt / weight) * weights[i]) end
      local drain = drains[i]
      if elapsed < math.ceil(debt / drain) then debts[i] = debt - elapsed * drain end
    end
  end
end
local reply = { blocked > now and blocked - now or 0 }
for i = 1, limits do reply[i + 1] = debts[i] end
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
  local text = string.format('%.0f %.0f', now, blocked)
  for i = 1, limits do
    ttl = math.max(ttl, math.ceil(debts[i] / drains[i]))
    text = text .. string.format(' %.0f %.0f', weights[i], debts[i])
  end
  if ttl > 0 then redis.call('SET', KEYS[1], text, 'PX', string.format('%.0f', ttl + slack))
  elseif value then redis.call('DEL', KEYS[1]) end
end
return reply
`
