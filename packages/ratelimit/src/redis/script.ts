/**
 * The bucket in Lua. Numbers are doubles there as here, all whole and below 2^53, so the answers are the same bit for bit.
 *
 * KEYS[1] the bucket, KEYS[2…] one per call with an id · ARGV[1] weight, drain, capacity of each limit · ARGV[2] verb, cost, count, named of
 * each call · ARGV[3] how long ids are kept · ARGV[4] another clock than the server's.
 * The value is `last blocked-until (weight debt)…`. The weight is kept so that limits may change under it: then what was spent stays spent,
 * rounded up to whole tokens.
 * `%.0f` because Lua writes large numbers with 14 digits only; whole replies because Redis cuts fractions off.
 */
export const script: string = `
local function numbers(text)
  local list = {}
  for digits in string.gmatch(text, '%d+') do list[#list + 1] = tonumber(digits) end
  return list
end
local measures, calls = numbers(ARGV[1]), numbers(ARGV[2])
local limits = #measures / 3
local most = 4503599627370496
local now, slack
if ARGV[4] then
  now, slack = tonumber(ARGV[4]), 86400000
else
  local time = redis.call('TIME')
  now, slack = time[1] * 1000 + math.floor(time[2] / 1000), 0
end

local debts, blocked, dirty = {}, 0, false
for i = 1, limits do debts[i] = 0 end
local value = redis.call('GET', KEYS[1])
if value then
  local state = numbers(value)
  local elapsed = now - state[1]
  blocked = state[2]
  if elapsed < 0 then
    local full = 0
    for i = 1, limits do full = math.max(full, math.ceil(measures[3 * i] / measures[3 * i - 1])) end
    if -elapsed > full then
      if blocked > 0 then blocked = blocked + elapsed end
      dirty = true
    else
      now = state[1]
    end
    elapsed = 0
  end
  for i = 1, limits do
    local weight, debt, drain = state[2 * i + 1], state[2 * i + 2] or 0, measures[3 * i - 1]
    if debt > 0 and weight ~= measures[3 * i - 2] then
      debt = math.min(most, math.ceil(debt / weight) * measures[3 * i - 2])
    end
    if elapsed >= math.ceil(debt / drain) then debts[i] = 0 else debts[i] = debt - elapsed * drain end
  end
end

local reply = { math.max(0, blocked - now) }
for i = 1, limits do reply[i + 1] = debts[i] end

local named = 1
local function isNew(flag)
  if flag == 0 then return true end
  named = named + 1
  return redis.call('SET', KEYS[named], '1', 'NX', 'PX', ARGV[3]) ~= false
end

for at = 1, #calls, 4 do
  local verb, cost, count, flag = calls[at], calls[at + 1], calls[at + 2], calls[at + 3]
  if verb == 1 then
    local fit = count
    if cost == 0 or blocked > now then fit = 0 end
    for i = 1, limits do
      if fit > 0 then
        local weight, capacity = measures[3 * i - 2], measures[3 * i]
        if cost > capacity / weight then fit = 0
        else fit = math.min(fit, math.floor((capacity - debts[i]) / (cost * weight))) end
      end
    end
    if fit > 0 then
      for i = 1, limits do debts[i] = debts[i] + fit * cost * measures[3 * i - 2] end
      dirty = true
    end
  elseif verb == 2 then
    local new = isNew(flag)
    if flag == 1 then reply[#reply + 1] = new and 1 or 0 end
    if new then
      for i = 1, limits do
        local weight = measures[3 * i - 2]
        if cost >= debts[i] / weight then debts[i] = 0 else debts[i] = debts[i] - cost * weight end
      end
      dirty = true
    end
  elseif verb == 3 then
    local fits = true
    for i = 1, limits do
      if cost > (most - debts[i]) / measures[3 * i - 2] then fits = false end
    end
    local new = false
    if fits then new = isNew(flag) elseif flag == 1 then named = named + 1 end
    if flag == 1 then reply[#reply + 1] = new and 1 or 0 end
    if new and fits then
      for i = 1, limits do debts[i] = debts[i] + cost * measures[3 * i - 2] end
      dirty = true
    end
  elseif verb == 4 then
    blocked = now + cost
    dirty = true
  else
    blocked = 0
    for i = 1, limits do debts[i] = 0 end
    dirty = true
  end
end

if dirty then
  local ttl = math.max(0, blocked - now)
  local text = string.format('%.0f %.0f', now, blocked)
  for i = 1, limits do
    ttl = math.max(ttl, math.ceil(debts[i] / measures[3 * i - 1]))
    text = text .. string.format(' %.0f %.0f', measures[3 * i - 2], debts[i])
  end
  if ttl > 0 then redis.call('SET', KEYS[1], text, 'PX', string.format('%.0f', ttl + slack))
  elseif value then redis.call('DEL', KEYS[1]) end
end
return reply
`
