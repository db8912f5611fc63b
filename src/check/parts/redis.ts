import type { InspectedPart } from '../../core/inspection.ts'
import { allOf, clockCheck, isAtLeast, isLocal, isOneOf, oneOf, setting, type Judge, type PartCheck } from './judge.ts'

const concerns = ({ system }: InspectedPart): boolean => system === 'Redis'
const thatKeeps = (part: InspectedPart): boolean => concerns(part) && (part.role === 'store' || part.role === 'endings')
const thatDecides = (part: InspectedPart): boolean => concerns(part) && part.role !== 'cache'
const asCache = (part: InspectedPart): boolean => concerns(part) && part.role === 'cache'

const makesRoom: Judge = allOf(
  setting('maxmemory', (bytes) => bytes !== '0'),
  setting('maxmemory-policy', (policy) => policy !== 'noeviction'),
)

export const REDIS_CHECKS: readonly PartCheck[] = [
  {
    id: 'HF401',
    title: 'Redis writes down what it is told',
    reason:
      'As it comes, Redis keeps a snapshot now and then. What changed since is lost with its process, logouts too.',
    fix: 'appendonly yes',
    concerns: thatKeeps,
    judge: setting('appendonly', isOneOf('yes')),
  },
  {
    id: 'HF402',
    title: 'Redis has on its disk what it has answered',
    reason:
      'With appendfsync everysec a power cut takes the last second or two. Who signed out in them is signed in again, ' +
      'until the session ends by itself.',
    fix: 'appendfsync always, and no-appendfsync-on-rewrite no',
    concerns: thatKeeps,
    judge: allOf(setting('appendfsync', isOneOf('always')), setting('no-appendfsync-on-rewrite', isOneOf('no'))),
  },
  {
    id: 'HF403',
    title: 'Redis throws nothing away when memory runs short',
    reason:
      'Another policy ends sessions of people who are at work. It may also forget which sessions a subject has, and ' +
      'signing out everywhere misses those.',
    fix: 'maxmemory-policy noeviction',
    concerns: thatDecides,
    judge: setting('maxmemory-policy', isOneOf('noeviction')),
  },
  {
    id: 'HF404',
    title: 'Redis takes no writes while all of its replicas are behind',
    reason:
      'Redis answers before its replicas know. Without a bound, one that takes over may be any time behind, and logouts ' +
      'since then are undone.',
    fix: 'min-replicas-to-write 1',
    concerns: thatKeeps,
    judge: oneOf(
      setting('replicas', isOneOf('0')),
      setting('min-replicas-to-write', (count) => count !== '0'),
    ),
  },
  {
    id: 'HF405',
    title: 'Nobody gets into Redis without a password',
    reason:
      'Who can write to Redis can put old sessions back, and change what sessions hold. Only on one machine, in ' +
      'protected mode, does Redis itself keep others out.',
    fix: 'requirepass PASSWORD',
    concerns,
    judge: oneOf(
      setting('password', isOneOf('needed')),
      allOf(setting('client', isLocal), setting('protected-mode', isOneOf('yes'))),
    ),
  },
  {
    id: 'HF406',
    title: 'Nobody on the way can read what Redis is told',
    reason: 'Without TLS whoever is between reads what sessions hold, can alter it, and reads the password of Redis.',
    fix: 'rediss:// in the URL',
    concerns,
    judge: oneOf(setting('tls', isOneOf('yes')), setting('client', isLocal)),
  },
  {
    id: 'HF407',
    title: 'It is Redis 6.2 or newer, or Valkey',
    reason: 'Older ones lack commands that are used.',
    fix: 'an update of the server',
    concerns,
    judge: setting('redis_version', (version) => isAtLeast(version, '6.2')),
  },
  { id: 'HF408', ...clockCheck, concerns: thatDecides },
  {
    id: 'HF501',
    title: 'Redis makes room for new copies',
    reason:
      'A cache without a bound grows until the machine kills it. One that is full and evicts nothing cannot be told of a ' +
      'logout, and a copy may be used for 60 seconds more.',
    fix: 'maxmemory 1gb, and maxmemory-policy allkeys-lru',
    concerns: asCache,
    judge: (look, parts) => {
      const { value: server } = look('run_id')
      const isStoreToo =
        server !== null && parts.some((part) => thatDecides(part) && part.settings['run_id'] === server)
      if (isStoreToo) return { state: 'holds', found: 'it is the store too, where nothing may be evicted' }
      return makesRoom(look, parts)
    },
  },
]
