import { script } from '../../redis/client.ts'

/** now, lease, milliseconds. Answers 1 when the lease was given. */
export const LEASE = script(`
local kind, untilMs = string.match(redis.call('GET', KEYS[1]) or '', '^(%a)(%d+)')
if kind and kind ~= 'C' and tonumber(untilMs) > tonumber(ARGV[1]) then return 0 end
redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
return 1`)

/** lease, copy, milliseconds. */
export const FILL = script(`
if redis.call('GET', KEYS[1]) == ARGV[1] then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end`)

/** now, copy, milliseconds, and of the copy: revision, seenAt, confirmedAt. */
export const PUT = script(`
local kind, untilMs, words = string.match(redis.call('GET', KEYS[1]) or '', '^(%a)(%d+) ?([^\\n]*)')
if not kind or tonumber(untilMs) <= tonumber(ARGV[1]) then return end
if kind == 'L' then redis.call('DEL', KEYS[1]) end
if kind ~= 'C' then return end
local revision, seenAt, confirmedAt = string.match(words, '^(%S+) (%d+) (%d+)')
local newer
if revision == ARGV[4] then
  newer = tonumber(ARGV[5]) > tonumber(seenAt) or tonumber(ARGV[6]) > tonumber(confirmedAt)
elseif tonumber(revision) and tonumber(ARGV[4]) then
  newer = tonumber(ARGV[4]) > tonumber(revision)
else
  redis.call('DEL', KEYS[1])
end
if newer then redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3]) end`)
