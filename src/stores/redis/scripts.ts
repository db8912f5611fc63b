import { ENDING_SECONDS } from '../../core/record.ts'
import { script, type Script } from '../../redis/client.ts'
import { FIELDS } from './row.ts'

/*
 * Under the prefix:
 *
 *   session:<id>         a hash, the record; without `subject` if it is nobody's
 *   ending:<id>          when it is forgotten, and the successor if there is one
 *   subject:<subject>    a sorted set, ids by the time they were created: all sessions of that subject, perhaps more
 *   epoch:<subject>      how often all of them were ended
 *
 * Redis runs one script at a time, so each is a transaction. For want of memory it refuses a script at its first write or
 * not at all: a login begins with one that takes memory, and an end with one that frees it.
 */

/** Redis lets go of a session by itself so long after it expired, and of an index with the last of its sessions. */
const MARGIN_MS = 5 * 60 * 1000

/** Every script begins with: prefix, now. An empty now is the server's. */
const BASE = `
local prefix, now = ARGV[1], tonumber(ARGV[2])
if not now then
  local time = redis.call('TIME')
  now = time[1] * 1000 + math.floor(time[2] / 1000)
end

local function whole(number) return string.format('%.0f', number) end
local function keyOf(id) return prefix .. 'session:' .. id end
local function indexOf(subject) return prefix .. 'subject:' .. subject end

local function expiryOf(id)
  local seenAt, idleSeconds, absoluteAt = unpack(redis.call('HMGET', keyOf(id), 'seenAt', 'idleSeconds', 'absoluteAt'))
  return seenAt and math.min(seenAt + idleSeconds * 1000, absoluteAt + 0)
end

local function isLive(id)
  local expiry = expiryOf(id)
  return expiry and expiry > now
end

local function lifeUntil(time) return math.max(1, time - now + ${MARGIN_MS}) end
local function keep(id) redis.call('PEXPIRE', keyOf(id), whole(lifeUntil(expiryOf(id)))) end

local function remove(id, successor)
  local wasLive = isLive(id)
  local subject = redis.call('HGET', keyOf(id), 'subject')
  if redis.call('DEL', keyOf(id)) == 0 then return false end
  if subject then redis.call('ZREM', indexOf(subject), id) end
  local lifetime = ${ENDING_SECONDS * 1000}
  redis.call('SET', prefix .. 'ending:' .. id, whole(now + lifetime) .. ' ' .. successor, 'PX', lifetime)
  return wasLive
end

local function liveOf(subject)
  local live = {}
  for _, id in ipairs(redis.call('ZRANGE', indexOf(subject), 0, -1)) do
    if isLive(id) then live[#live + 1] = id end
  end
  return live
end
`

const RECORD = FIELDS.map((field) => `'${field}'`).join(', ')

/** id */
export const FIND = onBase(`
if isLive(ARGV[3]) then return redis.call('HMGET', keyOf(ARGV[3]), ${RECORD}) end`)

/** subject. Answers records. */
export const LIST = onBase(`
local records = {}
for i, id in ipairs(liveOf(ARGV[3])) do records[i] = redis.call('HMGET', keyOf(id), ${RECORD}) end
return records`)

/**
 * Whether it replaces one, its id and expected revision; max, whether more are refused, epoch; id, createdAt, absoluteAt;
 * whether it is somebody's, and whose; the fields of the record, each with its value. What is not given is empty.
 */
export const BEGIN = onBase(`
local replaces, oldId, expected = ARGV[3] == '1', ARGV[4], ARGV[5]
local max, refuses, epoch = tonumber(ARGV[6]), ARGV[7] == '1', ARGV[8]
local id, createdAt, absoluteAt = ARGV[9], ARGV[10], ARGV[11]
local subject = ARGV[12] == '1' and ARGV[13]

if replaces then
  if not isLive(oldId) then return {'gone'} end
  if redis.call('HGET', keyOf(oldId), 'revision') ~= expected then return {'stale'} end
end
if redis.call('EXISTS', keyOf(id)) == 1 then return {'exists'} end

local evicted = {}
if subject then
  if epoch ~= '' and (redis.call('GET', prefix .. 'epoch:' .. subject) or '0') ~= epoch then return {'epoch'} end
  local others = {}
  for _, other in ipairs(max and liveOf(subject) or {}) do
    if not (replaces and other == oldId) then others[#others + 1] = other end
  end
  local surplus = max and #others + 1 - max or 0
  if surplus > 0 and refuses then return {'max'} end
  for i = 1, math.min(surplus, #others) do evicted[i] = others[i] end
end

redis.call('HSET', keyOf(id), unpack(ARGV, 14))
keep(id)
if subject then
  local index = indexOf(subject)
  for _, other in ipairs(redis.call('ZRANGE', index, 0, -1)) do
    if redis.call('EXISTS', keyOf(other)) == 0 then redis.call('ZREM', index, other) end
  end
  redis.call('ZADD', index, createdAt, id)
  local life = math.max(redis.call('PTTL', index), lifeUntil(tonumber(absoluteAt)))
  redis.call('PEXPIRE', index, whole(life))
end
for _, other in ipairs(evicted) do remove(other, '') end
if replaces then remove(oldId, id) end
return {'created', evicted}`)

/** id, expected revision, seenAt, and then the other fields that change, with their values. */
export const UPDATE = onBase(`
local id, key = ARGV[3], keyOf(ARGV[3])
if not isLive(id) then return 'gone' end
local revision, seenAt = unpack(redis.call('HMGET', key, 'revision', 'seenAt'))
if revision ~= ARGV[4] then return 'stale' end
redis.call('HSET', key, 'seenAt', whole(math.max(seenAt, ARGV[5])), unpack(ARGV, 6))
keep(id)
return 'updated'`)

/** ids, each followed by its seenAt. Answers the ids that are gone. */
export const TOUCH = onBase(`
local gone = {}
for i = 3, #ARGV, 2 do
  local id, seenAt = ARGV[i], ARGV[i + 1]
  if not isLive(id) then
    gone[#gone + 1] = id
  elseif tonumber(redis.call('HGET', keyOf(id), 'seenAt')) < tonumber(seenAt) then
    redis.call('HSET', keyOf(id), 'seenAt', seenAt)
    keep(id)
  end
end
return gone`)

/** id. Answers 1 when it was alive. */
export const DELETE = onBase(`
return remove(ARGV[3], '') and 1 or 0`)

/** subject, and whether there is one to spare, and which. Answers the ids that died. */
export const END_SUBJECT = onBase(`
local ended = {}
for _, id in ipairs(liveOf(ARGV[3])) do
  if not (ARGV[4] == '1' and ARGV[5] == id) then
    remove(id, '')
    ended[#ended + 1] = id
  end
end
redis.call('INCR', prefix .. 'epoch:' .. ARGV[3])
return ended`)

/** Answers the time. */
export const NOW = onBase(`
return whole(now)`)

/** id. Answers the successor, empty if there is none. */
export const FIND_ENDING = onBase(`
local untilMs, successor = string.match(redis.call('GET', prefix .. 'ending:' .. ARGV[3]) or '', '^(%d+) (.*)$')
if untilMs and tonumber(untilMs) > now then return successor end`)

/** ids. Deletes those that expired long enough ago, at most as many as the last argument says, and answers how many. */
export const CLEAR = onBase(`
local cleared = 0
for i = 4, #ARGV do
  local expiry = cleared < tonumber(ARGV[3]) and expiryOf(ARGV[i])
  if expiry and expiry <= now - ${MARGIN_MS} then
    local subject = redis.call('HGET', keyOf(ARGV[i]), 'subject')
    if subject then redis.call('ZREM', indexOf(subject), ARGV[i]) end
    redis.call('DEL', keyOf(ARGV[i]))
    cleared = cleared + 1
  end
end
return cleared`)

function onBase(source: string): Script {
  return script(BASE + source)
}
