import { script } from '../../redis/client.ts'

/*
 * A Redis that is full (`noeviction`) refuses a script at its first write, if that is one that takes memory. What must
 * be told in any case, an end or a newer record, first deletes what it takes the place of. What need not be kept is not.
 */
const KEEP_IF_THERE_IS_ROOM = `
local function keep(text, ms)
  local answer = redis.pcall('SET', KEYS[1], text, 'PX', ms)
  if not answer.err then return 1 end
  return string.find(answer.err, 'OOM', 1, true) and 0 or answer
end`

/** now, lease, milliseconds. Answers 1 when the lease was given. */
export const LEASE = script(`${KEEP_IF_THERE_IS_ROOM}
local kind, untilMs = string.match(redis.call('GET', KEYS[1]) or '', '^(%a)(%d+)')
if kind and kind ~= 'C' and tonumber(untilMs) > tonumber(ARGV[1]) then return 0 end
return keep(ARGV[2], ARGV[3])`)

/** lease, copy, milliseconds. */
export const FILL = script(`${KEEP_IF_THERE_IS_ROOM}
if redis.call('GET', KEYS[1]) == ARGV[1] then return keep(ARGV[2], ARGV[3]) end`)

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
if newer then
  redis.call('DEL', KEYS[1])
  redis.call('SET', KEYS[1], ARGV[2], 'PX', ARGV[3])
end`)

/** mark, milliseconds. Whatever stood there. */
export const BURY = script(`
redis.call('DEL', KEYS[1])
redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2])`)
