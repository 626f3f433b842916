/**
 * One decision, atomically. KEYS: the counts, all in one slot. ARGV: permits, the time in Unix milliseconds or ''
 * for the server's own, then limit and window length in milliseconds for each key.
 * Answers the time and, for each key, permits used before and the window's end (0: not open). Integers only.
 *
 * The end in the hash decides, not the expiry: Redis keeps a key for the whole millisecond in which it expires,
 * and Retry-After must be true (L2). The expiry is set when the window opens, never later, and is a second longer.
 */
export const takeScript = `
local permits = tonumber(ARGV[1])
local now = tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end
local reply = { now }
local admitted = true
for i = 1, #KEYS do
  local window = redis.call('HMGET', KEYS[i], 'used', 'end')
  local used, ends = tonumber(window[1] or 0), tonumber(window[2] or 0)
  if ends <= now then used, ends = 0, 0 end
  if used + permits > tonumber(ARGV[2 * i + 1]) then admitted = false end
  reply[2 * i], reply[2 * i + 1] = used, ends
end
if admitted and permits > 0 then
  for i = 1, #KEYS do
    if reply[2 * i + 1] > 0 then
      redis.call('HINCRBY', KEYS[i], 'used', permits)
    else
      local length = tonumber(ARGV[2 * i + 2])
      redis.call('HSET', KEYS[i], 'used', permits, 'end', now + length)
      redis.call('PEXPIRE', KEYS[i], length + 1000)
    end
  end
end
return reply
`;
