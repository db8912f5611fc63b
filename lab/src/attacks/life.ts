import type { SessionRecord } from 'holdfast'
import type { Actor, Frame, Variable } from '../shared/api.ts'
import type { Answer } from './application/browser.ts'
import type { Application } from './application/start.ts'
import { signIn, tryCookie } from './people.ts'
import { number, span } from './words.ts'

/** One session's life on a running application. After each thing that happens, its database and its cache are read. */
export async function live(application: Application): Promise<Frame[]> {
  const { clock, https } = application
  const ada = application.browser()
  const frames: Frame[] = []
  let before: readonly Unchanged[] = []

  const show = async (title: string, says: string, moment: { actor: Actor; says: string; answer?: Answer }) => {
    const now = await variables(application, ada.cookieFor(https))
    const old = new Map(before.map(({ name, value }) => [name, value]))
    frames.push({
      title,
      says,
      moment: {
        at: clock.elapsed(),
        actor: moment.actor,
        says: moment.says,
        exchange: moment.answer?.exchange,
        good: undefined,
      },
      variables: now.map((variable) => ({
        ...variable,
        changed: old.has(variable.name) && old.get(variable.name) !== variable.value,
      })),
    })
    before = now
  }

  const lookedAround = await ada.get(`${https}/me`)
  await show('A stranger', 'There is nothing to remember, so there is no session: no cookie, no row, no copy.', {
    actor: 'victim',
    says: 'Ada looks at the shop.',
    answer: lookedAround,
  })

  const kept = await ada.post(`${https}/basket`, { article: 'manila-rope' })
  await show(
    'Something to remember',
    'Now a session begins. The cookie holds its token, the row a hash of the secret in it.',
    {
      actor: 'victim',
      says: 'Ada puts a rope into her basket.',
      answer: kept,
    },
  )

  const signedIn = await signIn(application, ada)
  await show('Signing in', 'A new token and a new id. The old ones are dead, and the basket came along.', {
    actor: 'victim',
    says: 'Ada gives her password.',
    answer: signedIn,
  })

  const first = await ada.get(`${https}/me`)
  await show('The first request', 'The cache had nothing, so the row was read, and a copy of it is in the cache now.', {
    actor: 'victim',
    says: 'Ada asks for her page.',
    answer: first,
  })

  clock.advance(30)
  const second = await ada.get(`${https}/me`)
  await show('The next one', 'Answered from the copy. The database was not asked.', {
    actor: 'victim',
    says: 'Half a minute later she asks again.',
    answer: second,
  })

  const changed = await ada.post(`${https}/basket`, { article: 'storm-lantern' })
  await show('A change', 'The revision counts it, and the copy is as new as the row. The 20 minutes begin anew.', {
    actor: 'victim',
    says: 'Ada puts a lantern into her basket.',
    answer: changed,
  })

  clock.advance(RENEWAL)
  const renewed = await ada.get(`${https}/me`)
  await show(
    'Renewal',
    'A new secret in the cookie, in the same session: the id stays. Reading and renewing lengthen nothing.',
    {
      actor: 'victim',
      says: `${span(RENEWAL)} later Ada asks for her page.`,
      answer: renewed,
    },
  )

  const shown = await ada.get(`${https}/me`)
  await show(
    'The new secret is seen',
    'Her browser has it, so the old one is good for one more minute only. After that it gives a thief away.',
    {
      actor: 'victim',
      says: 'Ada asks once more.',
      answer: shown,
    },
  )

  const idleCookie = ada.cookieFor(https)
  clock.advance(AGE)
  const late = await tryCookie(application, idleCookie)
  await show(
    'Idle',
    'The time ran out on the server. Her browser has dropped the cookie, and a copy of it opens nothing.',
    {
      actor: 'clock',
      says: `${span(AGE)} pass. Then a copy of the cookie is tried.`,
      answer: late,
    },
  )

  const again = await signIn(application, ada)
  await ada.get(`${https}/me`)
  await show(
    'Back again',
    'A new session, with a row and a copy of its own. What was in the old one is gone with it.',
    {
      actor: 'victim',
      says: 'Ada signs in again and asks for her page.',
      answer: again,
    },
  )

  const out = await ada.post(`${https}/sign-out`)
  await show(
    'Signing out',
    'The row is deleted and the copy buried: for a minute nothing can put an older one there.',
    {
      actor: 'victim',
      says: 'Ada signs out.',
      answer: out,
    },
  )
  return frames
}

const RENEWAL = 600
const AGE = 1200

type Unchanged = Omit<Variable, 'changed'>

async function variables(application: Application, cookie: string | undefined): Promise<Unchanged[]> {
  const { database, cacheServer } = application
  const id = database.newestId()
  const record = id === undefined ? undefined : await database.record(id)
  const copy = id === undefined ? undefined : await cacheServer.cache.get(id)
  return [
    { name: 'cookie', value: cookie ?? 'none' },
    { name: 'id', value: record?.id ?? 'none' },
    { name: 'subject', value: record === undefined ? 'none' : (record.subject ?? 'nobody yet') },
    { name: 'revision', value: record === undefined ? 'none' : String(record.revision) },
    { name: 'database row', value: record === undefined ? 'none that is alive' : record.data },
    {
      name: 'cache',
      value: typeof copy === 'object' ? `a copy of revision ${copy.record.revision}` : (copy ?? 'nothing'),
    },
    { name: 'database reads', value: String(database.reads()) },
    { name: 'expiry', value: record === undefined ? 'none' : expiry(application, record) },
  ]
}

function expiry({ clock }: Application, { seenAt, idleSeconds, absoluteAt }: SessionRecord): string {
  const seconds = Math.round((Math.min(seenAt + idleSeconds * 1000, absoluteAt) - clock.now()) / 1000)
  return `${number(clock.elapsed() + seconds)} s after the beginning, in ${span(seconds)}`
}
