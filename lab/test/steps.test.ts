import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import { LAB_STEPS } from '../src/attacks/all.ts'
import type { LabSettings } from '../src/attacks/application/sessions.ts'
import { startApplication } from '../src/attacks/application/start.ts'
import { live } from '../src/attacks/life.ts'
import type { StepOutcome } from '../src/attacks/outcome.ts'
import { STRONG } from '../src/attacks/strong.ts'
import type { Moment, Step } from '../src/shared/api.ts'

// Each step on real applications: what each setting does to one, right and wrong.

describe('step 1, the age', () => {
  test('holds with 1200', async () => {
    const { outcome } = await run('age', { SESSION_COOKIE_AGE: 1200 })
    assert.equal(outcome.holds, true)
    assert.deepEqual(goods(outcome), [true, true, true])
  })

  for (const [age, headline] of [
    [1_209_600, /long after she had left: for 14 days/],
    [1201, /lived for 1,201 seconds, and not for 20 minutes/],
    [1202, /long after she had left: for 1,202 seconds/],
    [1199, /signed out after 1,199 seconds, while she was still reading/],
    [20, /signed out after 20 seconds/],
    [1, /signed out after 1 second,/],
    [1_200_000, /for 20,000 minutes/],
    [34_560_000, /for 400 days/],
  ] as const) {
    test(`breaks with ${age}, and says what that did`, async () => {
      const { outcome } = await run('age', { SESSION_COOKIE_AGE: age })
      assert.equal(outcome.holds, false)
      assert.match(outcome.headline, headline)
    })
  }

  test('breaks with nothing: then it is as in Django', async () => {
    const { outcome } = await run('age', {})
    assert.equal(outcome.holds, false)
    assert.match(outcome.headline, /two weeks/)
  })

  test('measures the end at the second, also where every request is a save', async () => {
    const { outcome, moments } = await run('age', { SESSION_COOKIE_AGE: 1200, SESSION_SAVE_EVERY_REQUEST: true })
    assert.equal(outcome.holds, true)
    assert.deepEqual([...new Set(moments.map(({ at }) => at))], [0, 1199, 1201])
  })

  test('is not fooled by 1201 where the cookie has no Max-Age to tell', async () => {
    const settings = { SESSION_COOKIE_AGE: 1201, SESSION_EXPIRE_AT_BROWSER_CLOSE: true }
    assert.equal((await run('age', settings)).outcome.holds, false)
    assert.equal((await run('age', { ...settings, SESSION_COOKIE_AGE: 1200 })).outcome.holds, true)
  })

  for (const value of ['20 minutes', -1, 0, 1200.5, null, true, 34_560_001]) {
    test(`${JSON.stringify(value)}: the application does not start`, () => doesNotStart({ SESSION_COOKIE_AGE: value }))
  }
})

describe('step 2, Secure', () => {
  test('holds with True: no request over plain http carries the cookie', async () => {
    const { outcome, moments } = await run('secure', { SESSION_COOKIE_SECURE: true })
    assert.equal(outcome.holds, true)
    assert.deepEqual(goods(outcome), [true, true, true])
    assert.deepEqual(overHttp(moments), [false])
  })

  for (const settings of [{ SESSION_COOKIE_SECURE: false }, {}]) {
    test(`breaks with ${JSON.stringify(settings)}: the sniffer is signed in as Ada`, async () => {
      const { outcome, moments } = await run('secure', settings)
      assert.equal(outcome.holds, false)
      assert.deepEqual(overHttp(moments), [true])
      assert.equal(moments.at(-1)?.actor, 'attacker')
      assert.match(moments.at(-1)?.exchange?.response.body ?? '', /"signedIn":"ada"/)
    })
  }

  test('what the sniffer shows is what Ada’s browser sent', async () => {
    const { moments } = await run('secure', { SESSION_COOKIE_SECURE: false })
    const sent = moments.find(({ exchange }) => exchange?.request.url.startsWith('http:'))
    const cookie = sent?.exchange?.request.headers.find(({ session }) => session)?.value
    assert.ok(cookie !== undefined && cookie.startsWith('sessionid='))
    assert.ok(moments.some(({ actor, says }) => actor === 'sniffer' && says.includes(cookie)))
  })
})

describe('step 3, the engine', () => {
  for (const name of ['cached_db', 'django.contrib.sessions.backends.cached_db']) {
    test(`holds with '${name}'`, async () => {
      const { outcome } = await run('engine', { SESSION_ENGINE: name })
      assert.equal(outcome.holds, true)
      assert.deepEqual(goods(outcome), [true, true, true])
    })
  }

  for (const [name, found, headline] of [
    ['django.contrib.sessions.backends.db', [false, true, true], /100 of 100 reads went to the database/],
    ['django.contrib.sessions.backends.cache', [true, false, false], /Then everyone was signed out/],
    ['django.contrib.sessions.backends.signed_cookies', [false, true, true], /reads went to the database/],
    [undefined, [false, true, true], /100 of 100/],
  ] as const) {
    test(`breaks with ${name}, and says what that did`, async () => {
      const { outcome } = await run('engine', name === undefined ? {} : { SESSION_ENGINE: name })
      assert.equal(outcome.holds, false)
      assert.deepEqual(goods(outcome), found)
      assert.match(outcome.headline, headline)
    })
  }

  for (const value of ['file', 'django.contrib.sessions.backends.file', 'cached', '', 3, null]) {
    test(`${JSON.stringify(value)}: the application does not start`, () => doesNotStart({ SESSION_ENGINE: value }))
  }
})

describe('step 4, HttpOnly', () => {
  for (const settings of [{ SESSION_COOKIE_HTTPONLY: true }, {}]) {
    test(`holds with ${JSON.stringify(settings)}: the script ran and got nothing`, async () => {
      const { outcome, moments } = await run('httponly', settings)
      assert.equal(outcome.holds, true)
      assert.ok(moments.some(({ exchange }) => exchange?.response.body?.includes('<script>')))
      assert.equal(moments.find(({ says }) => says.startsWith('The script asks'))?.exchange?.request.body, '')
    })
  }

  test('breaks with False: the script’s loot signs the attacker in', async () => {
    const { outcome, moments } = await run('httponly', { SESSION_COOKIE_HTTPONLY: false })
    assert.equal(outcome.holds, false)
    const sent = moments.find(({ says }) => says.startsWith('The script asks'))?.exchange?.request.body ?? ''
    assert.ok(sent.startsWith('sessionid='))
    const last = moments.at(-1)?.exchange
    assert.equal(last?.request.headers.find(({ session }) => session)?.value, sent)
    assert.match(last?.response.body ?? '', /"signedIn":"ada"/)
  })
})

test('each step is judged by its own setting: with all four, all four hold on every engine that can', async () => {
  for (const step of ['age', 'secure', 'engine', 'httponly'] as const) {
    assert.equal((await run(step, STRONG)).outcome.holds, true, step)
  }
  for (const SESSION_ENGINE of ['db', 'cache', 'signed_cookies']) {
    for (const step of ['age', 'secure', 'httponly'] as const) {
      assert.equal((await run(step, { ...STRONG, SESSION_ENGINE })).outcome.holds, true, `${step} on ${SESSION_ENGINE}`)
    }
  }
})

test('a session’s life is read from its database and its cache: what the words say has happened there', async () => {
  const application = await startApplication({ sessions: STRONG })
  const frames = await live(application)
  await application.close()
  const shown = frames.map(({ title, variables }) => [
    title,
    Object.fromEntries(variables.map(({ name, value }) => [name, value])),
  ]) as [string, Record<string, string>][]
  const frame = (wanted: string): Record<string, string> =>
    shown.find(([title]) => title === wanted)?.[1] ?? assert.fail(`there is no frame '${wanted}'`)

  assert.deepEqual([frame('A stranger')['cookie'], frame('A stranger')['id']], ['none', 'none'])
  assert.equal(frame('Something to remember')['subject'], 'nobody yet')
  assert.equal(frame('Signing in')['subject'], 'ada')
  assert.notEqual(frame('Signing in')['id'], frame('Something to remember')['id'])
  assert.equal(frame('The first request')['cache'], 'a copy of revision 1')
  assert.equal(frame('The next one')['database reads'], frame('The first request')['database reads'])
  assert.equal(frame('A change')['revision'], '2')
  assert.notEqual(frame('Renewal')['cookie'], frame('A change')['cookie'])
  assert.equal(frame('Renewal')['id'], frame('A change')['id'])
  assert.equal(frame('Idle')['database row'], 'none that is alive')
  assert.equal(frame('Back again')['database row'], '{}')
  assert.equal(frame('Signing out')['cache'], 'buried')
  for (const [index, { variables }] of frames.entries()) {
    const before = new Map(frames[index - 1]?.variables.map(({ name, value }) => [name, value]))
    for (const { name, value, changed } of variables) {
      assert.equal(changed, before.size > 0 && before.get(name) !== value, name)
    }
  }
})

interface Run {
  readonly outcome: StepOutcome
  readonly moments: readonly Moment[]
}

async function run(step: Step, settings: LabSettings): Promise<Run> {
  const labStep = LAB_STEPS[step]
  const { path } = labStep
  const application = await startApplication({ sessions: settings, ...(path === undefined ? {} : { path }) })
  try {
    return { outcome: await labStep.run(application, settings), moments: application.timeline.moments }
  } finally {
    await application.close()
  }
}

async function doesNotStart(settings: LabSettings): Promise<void> {
  await assert.rejects(startApplication({ sessions: settings }), { code: 'ERR_SETTING' })
}

function goods({ findings }: StepOutcome): boolean[] {
  return findings.map(({ good }) => good)
}

/** Whether the session cookie was in each request over plain http. */
function overHttp(moments: readonly Moment[]): boolean[] {
  return moments.flatMap(({ exchange }) =>
    exchange?.request.url.startsWith('http:') === true ? [exchange.request.headers.some(({ session }) => session)] : [],
  )
}
