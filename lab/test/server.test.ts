import assert from 'node:assert/strict'
import { request } from 'node:http'
import { describe, test } from 'node:test'
import { setTimeout as sleep } from 'node:timers/promises'
import { QUESTIONS } from '../src/content/quiz.ts'
import { ATTACKS, STEPS, type Step } from '../src/shared/api.ts'
import { startLab, type Learner, type Reply } from './support/site.ts'

const GOOD = {
  age: 'SESSION_COOKIE_AGE = 1200',
  secure: 'SESSION_COOKIE_SECURE = True',
  engine: "SESSION_ENGINE = 'django.contrib.sessions.backends.cached_db'",
  httponly: 'SESSION_COOKIE_HTTPONLY = True',
} as const

describe('the lab, over the wire', () => {
  test('a learner does all four steps, wrong first, in both languages, and their session remembers it', async () => {
    await using lab = await startLab()
    const ada = lab.learner()
    const weak = 'SESSION_COOKIE_HTTPONLY = False'
    for (const [index, step] of STEPS.entries()) {
      const wrong = await check(ada, step, weak)
      assert.equal(wrong.json['verdict'], 'broken', step)
      assert.ok(list(wrong, 'timeline').length > 2)
      const right = await check(ada, step, index % 2 === 0 ? GOOD[step] : await inTypeScript(ada, GOOD[step]))
      assert.equal(right.json['verdict'], 'holds', step)
      assert.deepEqual(held(right), STEPS.slice(0, index + 1))
    }
    const { json } = await ada.get('progress')
    assert.deepEqual(json['held'], STEPS)
    assert.match(JSON.stringify(json['source']), /typescript.*SESSION_COOKIE_HTTPONLY: true/)
  })

  test('the steps may be done in any order, and what held once has held', async () => {
    await using lab = await startLab()
    const ada = lab.learner()
    await check(ada, 'httponly', GOOD.httponly)
    await check(ada, 'age', GOOD.age)
    assert.deepEqual(held(await check(ada, 'age', 'SESSION_COOKIE_AGE = 1')), ['age', 'httponly'])
  })

  test('what cannot be read is marked on its line, and nothing is started', async () => {
    await using lab = await startLab()
    const report = await check(lab.learner(), 'age', '# mine\nSESSION_COOKIE_AGE = twenty_minutes()')
    assert.equal(report.json['verdict'], 'unreadable')
    assert.deepEqual(report.json['timeline'], [])
    const [problem] = list(report, 'problems')
    assert.deepEqual([problem?.['line'], problem?.['column']], [2, 22])
  })

  test('settings under which nothing starts are answered with why', async () => {
    await using lab = await startLab()
    for (const [text, why] of [
      ["SESSION_COOKIE_AGE = '20 minutes'", /SESSION_COOKIE_AGE must be a whole number of seconds/],
      ['SESSION_COOKIE_AGE = -1', /SESSION_COOKIE_AGE must be a whole number of seconds/],
      ["SESSION_ENGINE = 'file'", /SESSION_ENGINE is 'file', which Holdfast does not have/],
      ['SESSION_COOKIE_AEG = 1200', /did you mean 'SESSION_COOKIE_AGE'/],
      ["SESSION_COOKIE_SAMESITE = 'Lax; Domain=localhost'", /SESSION_COOKIE_SAMESITE must be/],
      ["SESSION_COOKIE_SAMESITE = 'Lax\\r\\nSet-Cookie: a=b'", /SESSION_COOKIE_SAMESITE must be/],
    ] as const) {
      const report = await check(lab.learner(), 'age', text)
      assert.equal(report.json['verdict'], 'broken', text)
      assert.match(String(list(report, 'findings')[0]?.['says']), why)
      assert.equal(list(report, 'timeline').at(-1)?.['actor'], 'application')
    }
  })

  test('each attack succeeds without its defence and is stopped by it', async () => {
    await using lab = await startLab()
    const ada = lab.learner()
    for (const attack of ATTACKS) {
      for (const [defence, outcome] of [
        ['off', 'succeeded'],
        ['on', 'stopped'],
      ] as const) {
        const report = await ada.post('attack', { attack, defence })
        assert.equal(report.json['outcome'], outcome, `${attack} ${defence}`)
        assert.notEqual(report.json['defenceName'], '')
      }
    }
  })

  test('a session’s life has its frames', async () => {
    await using lab = await startLab()
    const frames = list(await lab.learner().post('watch', {}), 'frames')
    assert.ok(frames.length >= 8)
  })

  test('answers are judged, explained and remembered', async () => {
    await using lab = await startLab()
    const ada = lab.learner()
    for (const { id, correct, explanation } of QUESTIONS) {
      const right = await ada.post('answer', { question: id, choice: correct })
      assert.deepEqual([right.json['right'], right.json['explanation']], [true, explanation])
    }
    const [first] = QUESTIONS
    const wrong = await ada.post('answer', { question: first?.id, choice: (Number(first?.correct) + 1) % 4 })
    assert.deepEqual([wrong.json['right'], wrong.json['correctChoice']], [false, first?.correct])
    const { json } = await ada.get('progress')
    assert.deepEqual(new Set(Object.keys(Object(json['answers']))), new Set(QUESTIONS.map(({ id }) => id)))
    assert.deepEqual((await ada.post('again', {})).json['answers'], {})
    assert.deepEqual((await ada.get('progress')).json['answers'], {})
  })
})

describe('the live page', () => {
  test('signs in once, can be framed by the lab alone, and its script’s loot reaches the learner', async () => {
    await using lab = await startLab()
    const ada = lab.learner()
    const { url, run } = pageOf(await check(ada, 'httponly', 'SESSION_COOKIE_HTTPONLY = False'))
    assert.deepEqual((await ada.get(`runs/${run}`)).json, {})

    const entered = await fetch(url, { redirect: 'manual' })
    const cookie = entered.headers.getSetCookie()[0] ?? ''
    assert.match(cookie, /^sessionid=[^;]+;.*Path=\/holdfast-lab/)
    assert.equal(entered.headers.get('content-security-policy'), `frame-ancestors ${lab.address}`)
    assert.equal((await fetch(url, { redirect: 'manual' })).status, 403, 'the link works once')

    const pair = cookie.split(';', 1)[0] ?? ''
    const book = await fetch(new URL('guest-book', url), { headers: { cookie: pair } })
    const body = await book.text()
    assert.match(body, /Signed in as <strong>ada<\/strong>/)
    const collector = /<script>fetch\('(http:\/\/localhost:\d+\/)', .*document\.cookie/.exec(body)?.[1] ?? ''
    // As the script does; other cookies of localhost may be in it, and are not kept.
    await fetch(collector, {
      method: 'POST',
      body: `sessionid=of-another-project; csrftoken=of-another-project; ${pair}`,
    })
    await eventually(async () => {
      assert.deepEqual((await ada.get(`runs/${run}`)).json, { loot: pair })
    })
  })

  test('is over with its time, and with the learner’s next run', async () => {
    await using lab = await startLab({ liveMs: 300 })
    const ada = lab.learner()
    const first = pageOf(await check(ada, 'httponly', GOOD.httponly))
    const second = pageOf(await check(ada, 'httponly', GOOD.httponly))
    assert.equal((await ada.get(`runs/${first.run}`)).status, 404)
    await eventually(() => assert.rejects(fetch(first.url)))
    await eventually(() => assert.rejects(fetch(second.url)))
    assert.equal((await ada.get(`runs/${second.run}`)).status, 404)
  })

  test('is there only where the learner’s browser can reach it', async () => {
    await using lab = await startLab()
    for (const host of ['lab.example', '127.0.0.1:3000', "localhost:3000; script-src 'none'", 'localhost.example']) {
      const text = await postAs(host, lab.address)
      assert.match(text, /"verdict":"holds"/, host)
      assert.doesNotMatch(text, /"page"/, host)
    }
  })
})

describe('one learner and another', () => {
  test('nobody sees another’s run, with a session or without', async () => {
    await using lab = await startLab()
    const [ada, eve] = [lab.learner(), lab.learner()]
    await check(eve, 'age', GOOD.age)
    const { run } = pageOf(await check(ada, 'httponly', GOOD.httponly))
    assert.equal((await ada.get(`runs/${run}`)).status, 200)
    assert.equal((await eve.get(`runs/${run}`)).status, 404)
    assert.equal((await lab.learner().get(`runs/${run}`)).status, 404)
    assert.deepEqual((await eve.get('progress')).json['held'], ['age'])
  })

  test('no run ends another’s', async () => {
    await using lab = await startLab()
    const [ada, eve] = [lab.learner(), lab.learner()]
    const { url } = pageOf(await check(ada, 'httponly', GOOD.httponly))
    await check(eve, 'httponly', GOOD.httponly)
    assert.equal((await fetch(url, { redirect: 'manual' })).status, 303)
  })

  test('the cookie of one run opens nothing in another', async () => {
    await using lab = await startLab()
    const enter = async (): Promise<{ url: string; cookie: string }> => {
      const { url } = pageOf(await check(lab.learner(), 'httponly', GOOD.httponly))
      const entered = await fetch(url, { redirect: 'manual' })
      return { url, cookie: entered.headers.getSetCookie()[0]?.split(';', 1)[0] ?? '' }
    }
    const [mine, yours] = [await enter(), await enter()]
    const me = async (url: string, cookie: string): Promise<string> =>
      (await fetch(new URL('me', url), { headers: { cookie } })).text()
    assert.match(await me(mine.url, mine.cookie), /"signedIn":"ada"/)
    assert.match(await me(yours.url, mine.cookie), /"signedIn":null/)
  })

  test('the site’s own cookie is in no report, and no run is given it', async () => {
    await using lab = await startLab()
    const ada = lab.learner()
    await check(ada, 'age', GOOD.age)
    const secret = ada.cookie.slice(ada.cookie.indexOf('=') + 1)
    assert.ok(secret.length > 50)
    for (const reply of [
      await check(ada, 'httponly', 'SESSION_COOKIE_HTTPONLY = False'),
      await ada.post('attack', { attack: 'sniffing', defence: 'off' }),
      await ada.post('watch', {}),
      await ada.get('progress'),
    ]) {
      assert.ok(!reply.text.includes(secret) && !reply.text.includes('__Host-session'))
    }
  })
})

describe('what bounds the lab', () => {
  test('one run at a time for each learner', async () => {
    await using lab = await startLab()
    const ada = lab.learner()
    await check(ada, 'age', GOOD.age)
    const replies = await Promise.all([check(ada, 'engine', GOOD.engine), check(ada, 'age', GOOD.age)])
    assert.deepEqual(
      replies.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 409],
    )
    const refused = replies.find(({ status }) => status === 409)
    assert.match(String(refused?.json['error']), /One at a time/)
    assert.equal((await check(ada, 'age', GOOD.age)).status, 200)
  })

  test('so many runs at once, a short queue, and an honest "busy"', async () => {
    await using lab = await startLab({ mostRunning: 1, mostWaiting: 2 })
    const replies = await Promise.all(Array.from({ length: 6 }, () => check(lab.learner(), 'age', GOOD.age)))
    assert.deepEqual(
      replies.map(({ status }) => status).toSorted((a, b) => a - b),
      [200, 200, 200, 503, 503, 503],
    )
    const busy = replies.find(({ status }) => status === 503)
    assert.equal(busy?.headers.get('retry-after'), '5')
    assert.match(String(busy?.json['error']), /try again in a few seconds/)
    assert.equal((await check(lab.learner(), 'age', GOOD.age)).status, 200, 'afterwards there is room again')
  })

  test('live pages: the oldest makes room', async () => {
    await using lab = await startLab({ mostLive: 2 })
    const pages: { url: string }[] = []
    for (let run = 0; run < 3; run++) pages.push(pageOf(await check(lab.learner(), 'httponly', GOOD.httponly)))
    await eventually(() => assert.rejects(fetch(pages[0]?.url ?? '')))
    assert.equal((await fetch(pages[1]?.url ?? '', { redirect: 'manual' })).status, 303)
    assert.equal((await fetch(pages[2]?.url ?? '', { redirect: 'manual' })).status, 303)
  })

  test('the time of a run', async () => {
    await using lab = await startLab({ runMs: 1 })
    const reply = await check(lab.learner(), 'engine', GOOD.engine)
    assert.equal(reply.status, 500)
    assert.match(String(reply.json['error']), /broke off/)
  })

  test('a thread that is stuck: it is replaced', async () => {
    await using lab = await startLab({ patienceMs: 1 })
    for (let tries = 0; tries < 2; tries++) {
      const reply = await check(lab.learner(), 'engine', GOOD.engine)
      assert.equal(reply.status, 503)
      assert.match(String(reply.json['error']), /try it once more/)
    }
  })

  test('the memory of all runs: the thread ends, and the site does not', async () => {
    await using lab = await startLab({ heapMib: 6 })
    assert.equal((await check(lab.learner(), 'age', GOOD.age)).status, 503)
    assert.equal((await lab.learner().get('progress')).status, 200)
  })

  test('requests of one address in a minute', async () => {
    await using lab = await startLab({ runsAMinute: 2, readingsAMinute: 3 })
    const statuses: number[] = []
    for (let run = 0; run < 3; run++) statuses.push((await check(lab.learner(), 'age', 'x')).status)
    assert.deepEqual(statuses, [200, 200, 429])
    const source = { language: 'python', text: '' }
    for (let reading = 0; reading < 3; reading++) assert.equal((await lab.learner().post('read', source)).status, 200)
    const refused = await lab.learner().post('read', source)
    assert.equal(refused.status, 429)
    assert.match(String(refused.json['error']), /Please wait/)
  })

  test('the size of a request', async () => {
    await using lab = await startLab()
    const ada = lab.learner()
    const source = (text: string) => ({ language: 'python', text })
    assert.equal((await ada.post('read', source('#'.repeat(4096)))).status, 200)
    const long = await ada.post('read', source('#'.repeat(4097)))
    assert.deepEqual([long.status, /4096 characters at most/.test(String(long.json['error']))], [413, true])
    assert.equal((await ada.post('read', source('#'.repeat(100_000)))).status, 413)
  })
})

describe('what no page of the lab sends', () => {
  for (const [path, body] of [
    ['check', '{'],
    ['check', 'null'],
    ['check', '[]'],
    ['check', { language: 'python', text: '', step: 'constructor' }],
    ['check', { language: 'ruby', text: '', step: 'age' }],
    ['check', { language: 'python', text: 1200, step: 'age' }],
    ['check', { language: 'python', text: '\ud800', step: 'age' }],
    ['check', { language: 'python', text: { length: 1 }, step: 'age' }],
    ['attack', { attack: '__proto__', defence: 'off' }],
    ['attack', { attack: 'xss', defence: 'half' }],
    ['answer', { question: 'toString', choice: 0 }],
    ['answer', { question: '__proto__', choice: 0 }],
    ['answer', { question: QUESTIONS[0]?.id, choice: 4 }],
    ['answer', { question: QUESTIONS[0]?.id, choice: -1 }],
    ['answer', { question: QUESTIONS[0]?.id, choice: '1' }],
  ] as const) {
    test(`${path} ${JSON.stringify(body)} is refused, and begins no session`, async () => {
      await using lab = await startLab()
      const learner = lab.learner()
      const reply = await learner.post(path, body)
      assert.equal(reply.status, 400)
      assert.equal(typeof reply.json['error'], 'string')
      assert.equal(learner.cookie, '')
    })
  }

  test('an unknown address is answered in the same way', async () => {
    await using lab = await startLab()
    const reply = await lab.learner().get('nowhere')
    assert.deepEqual([reply.status, typeof reply.json['error']], [404, 'string'])
  })
})

function check(learner: Learner, step: Step, text: string): Promise<Reply> {
  return learner.post('check', { language: text.startsWith('import') ? 'typescript' : 'python', text, step })
}

async function inTypeScript(learner: Learner, text: string): Promise<string> {
  const { json } = await learner.post('read', { language: 'python', text })
  return String(Object(json['texts'])['typescript'])
}

function list({ json }: Reply, name: string): Record<string, unknown>[] {
  const value = json[name]
  assert.ok(Array.isArray(value), `${name} in ${JSON.stringify(json)}`)
  return value as Record<string, unknown>[]
}

function held({ json }: Reply): unknown {
  return Object(json['progress'])['held']
}

function pageOf({ json }: Reply): { url: string; run: string } {
  const { url, run } = Object(json['page']) as { url?: unknown; run?: unknown }
  assert.match(String(url), /^http:\/\/localhost:\d+\/holdfast-lab\/enter\?once=/)
  return { url: String(url), run: String(run) }
}

/** A check of the fourth step, asked for under another name; `fetch` would not send it. */
async function postAs(host: string, address: string): Promise<string> {
  const body = JSON.stringify({ language: 'python', text: GOOD.httponly, step: 'httponly' })
  const headers = { host, 'content-type': 'application/json' }
  return new Promise((resolve, reject) => {
    const sending = request(`${address}/lab/api/check`, { method: 'POST', headers }, (response) => {
      response
        .setEncoding('utf8')
        .toArray()
        .then((chunks) => resolve(chunks.join('')), reject)
    })
    sending.on('error', reject).end(body)
  })
}

/** What another thread does is seen a little later. */
async function eventually(assertion: () => Promise<void>): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      return await assertion()
    } catch (error) {
      if (tries === 200) throw error
      await sleep(25)
    }
  }
}
