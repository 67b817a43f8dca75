/**
 * Permits in Lua: a sorted set from permit to the instant of its end, by the server's clock.
 *
 * KEYS[1] the set · ARGV: verb, id, limit, length of the lease in milliseconds. Answers `[done, permits out, milliseconds to the next end]`.
 * Every verb first drops what has ended, so a set holds what counts and nothing else; it expires with its last permit.
 */
export const permitScript: string = `
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local verb, id = ARGV[1], ARGV[2]
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
local out = redis.call('ZCARD', KEYS[1])
local done = 0
if verb == 'release' then
  done = redis.call('ZREM', KEYS[1], id)
  out = out - done
elseif (verb == 'acquire' and out < tonumber(ARGV[3])) or (verb == 'renew' and redis.call('ZSCORE', KEYS[1], id)) then
  out = out + redis.call('ZADD', KEYS[1], string.format('%.0f', now + ARGV[4]), id)
  if redis.call('PTTL', KEYS[1]) < tonumber(ARGV[4]) then redis.call('PEXPIRE', KEYS[1], ARGV[4]) end
  done = 1
end
local first = redis.call('ZRANGE', KEYS[1], 0, 0, 'WITHSCORES')
return { done, out, first[2] and first[2] - now or 0 }
`
