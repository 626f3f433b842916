/**
 * One trip for permits, atomically. KEYS: the counters, all in one slot. ARGV: the time in Unix milliseconds or '' for the
 * server's own, the node, the number of calls, '1' for all or none, then for each counter its limit, its length in
 * milliseconds, the permits that the node has set aside for the calls, and how many more it would like.
 * Answers the time, how many calls have their permits and, for each counter, what remains (below 0 when the
 * limit was lowered), its end (0: not open), what was
 * granted of the more, and 1 when another node may hold unspent permits (looked at only for a refusal).
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
local left, ends, short = {}, {}, 0
for i = 1, #KEYS do
  local window = redis.call('HMGET', KEYS[i], 'used', 'end')
  local used = tonumber(window[1] or 0)
  ends[i] = tonumber(window[2] or 0)
  if ends[i] <= now then used, ends[i] = 0, 0 end
  left[i] = tonumber(ARGV[4 * i + 1]) - used
  short = math.max(short, calls - tonumber(ARGV[4 * i + 3]) - math.max(left[i], 0))
end
local admitted = calls - short
if whole and short > 0 then admitted = 0 end
local reply = { now, admitted }
for i = 1, #KEYS do
  local length = tonumber(ARGV[4 * i + 2])
  local debit, extra, held = math.max(admitted - tonumber(ARGV[4 * i + 3]), 0), 0, 0
  if short == 0 then
    extra = math.max(0, math.min(tonumber(ARGV[4 * i + 4]), math.floor((left[i] - debit) / 20)))
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
 * Permits that come back. KEYS: the counters. ARGV: the node, then for each counter the permits and the end of the window
 * that they came from; those of another window are forgotten.
 */
export const giveBackScript = `
for i = 1, #KEYS do
  if redis.call('HGET', KEYS[i], 'end') == ARGV[2 * i + 1] then
    redis.call('HINCRBY', KEYS[i], 'used', -tonumber(ARGV[2 * i]))
    redis.call('HDEL', KEYS[i], 'h' .. ARGV[1])
  end
end
`;
