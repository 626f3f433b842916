/**
 * One trip for permits, atomically. KEYS: the counters, all in one slot. ARGV: the time in Unix milliseconds or '' for the
 * server's own, the node, the number of calls, '1' for all or none, then for each counter its limit, its length in
 * milliseconds, the permits that the node has set aside for the calls, the end of the window that these came from,
 * how many more it would like, all that it has let in without the bank in the window, and the time left of that window;
 * last the epoch that it knows or ''. The last of KEYS holds the epoch.
 * Answers the time, how many calls have their permits (-1, and nothing is done, in another epoch) and, for each counter,
 * what remains (below 0 when the limit was lowered or more is owed), its end (0: not open), what was granted of the more,
 * and 1 when another node may hold unspent permits (looked at only for a refusal).
 *
 * A node leases ahead only what is little beside what remains, so that near the end of a window nobody holds anything.
 * The end in the hash decides, not the expiry, which is a second later; it is set when the window opens and never moved.
 */
export const leaseScript = `
local now, holder = tonumber(ARGV[1]), 'h' .. ARGV[2]
local calls, whole = tonumber(ARGV[3]), ARGV[4] == '1'
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local epoch = ARGV[#ARGV]
if epoch ~= '' and redis.call('GET', KEYS[#KEYS]) ~= epoch then return { now, -1 } end
local left, ends, aside, short = {}, {}, {}, 0
for i = 1, #KEYS - 1 do
  local window = redis.call('HMGET', KEYS[i], 'used', 'end')
  local used = tonumber(window[1] or 0)
  ends[i] = tonumber(window[2] or 0)
  if ends[i] <= now then used, ends[i] = 0, 0 end
  local owed = tonumber(ARGV[7 * i + 3])
  if owed > 0 then
    local told = 'r' .. ARGV[2]
    if ends[i] == 0 then
      local rest = tonumber(ARGV[7 * i + 4])
      ends[i] = now + rest
      redis.call('DEL', KEYS[i])
      redis.call('HSET', KEYS[i], 'used', 0, 'end', ends[i])
      redis.call('PEXPIRE', KEYS[i], rest + 1000)
    else
      owed = owed - tonumber(redis.call('HGET', KEYS[i], told) or 0)
    end
    if owed > 0 then
      used = redis.call('HINCRBY', KEYS[i], 'used', owed)
      redis.call('HSET', KEYS[i], told, ARGV[7 * i + 3])
    end
  end
  left[i] = tonumber(ARGV[7 * i - 2]) - used
  aside[i] = tonumber(ARGV[7 * i])
  if tonumber(ARGV[7 * i + 1]) ~= ends[i] then aside[i] = 0 end
  short = math.max(short, calls - aside[i] - math.max(left[i], 0))
end
local admitted = calls - short
if whole and short > 0 then admitted = 0 end
local reply = { now, admitted }
for i = 1, #KEYS - 1 do
  local length = tonumber(ARGV[7 * i - 1])
  local debit, extra, held = math.max(admitted - aside[i], 0), 0, 0
  if short == 0 then
    extra = math.max(0, math.min(tonumber(ARGV[7 * i + 2]), math.floor((left[i] - debit) / 20)))
  end
  if debit + extra > 0 then
    if ends[i] == 0 then
      ends[i] = now + length
      redis.call('DEL', KEYS[i])
      redis.call('HSET', KEYS[i], 'used', debit + extra, 'end', ends[i])
      redis.call('PEXPIRE', KEYS[i], length + 1000)
    else
      redis.call('HINCRBY', KEYS[i], 'used', debit + extra)
    end
    if extra > 0 then redis.call('HSET', KEYS[i], holder, 1) end
  end
  if short > 0 and ends[i] > 0 then
    for _, field in ipairs(redis.call('HKEYS', KEYS[i])) do
      if field ~= holder and string.sub(field, 1, 1) == 'h' then held = 1 end
    end
  end
  local at = 4 * i - 1
  reply[at], reply[at + 1], reply[at + 2], reply[at + 3] = left[i] - debit - extra, ends[i], extra, held
end
return reply
`;

/**
 * Permits that come back. KEYS: the counters, and the epoch's. ARGV: the node, then for each counter the permits and the
 * end of the window that they came from, last the epoch or ''; those of another window or epoch are forgotten.
 */
export const giveBackScript = `
local epoch = ARGV[#ARGV]
if epoch ~= '' and redis.call('GET', KEYS[#KEYS]) ~= epoch then return end
for i = 1, #KEYS - 1 do
  if redis.call('HGET', KEYS[i], 'end') == ARGV[2 * i + 1] then
    redis.call('HINCRBY', KEYS[i], 'used', -tonumber(ARGV[2 * i]))
    redis.call('HDEL', KEYS[i], 'h' .. ARGV[1])
  end
end
`;

/**
 * A sign of life. KEYS: the nodes, by the time when they were last seen, and the epoch. ARGV: the time or '', the node, the
 * epoch that it knows or '', one to begin with when there is none, the channel of recalls, for how long a node counts,
 * and how long nodes have to report what they spent before, both in milliseconds.
 * Answers the epoch, how many nodes there are, and what is left of that time.
 *
 * The first node of all has nobody to wait for; one that knew another epoch has, since what the others spent is lost.
 */
export const beatScript = `
local now = tonumber(ARGV[1])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
redis.call('ZADD', KEYS[1], now, ARGV[2])
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now - tonumber(ARGV[6]))
redis.call('PEXPIRE', KEYS[1], 2 * tonumber(ARGV[6]))
local epoch = redis.call('GET', KEYS[2])
if not epoch then
  epoch = ARGV[4] .. ':0'
  if ARGV[3] ~= '' then epoch = ARGV[4] .. ':' .. string.format('%d', now + tonumber(ARGV[7])) end
  redis.call('SET', KEYS[2], epoch)
  if ARGV[3] ~= '' then redis.call('PUBLISH', ARGV[5], ARGV[2]) end
end
local settled = tonumber(string.match(epoch, ':(%d+)$'))
return { epoch, redis.call('ZCARD', KEYS[1]), math.max(0, settled - now) }
`;
