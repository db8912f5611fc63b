import assert from 'node:assert/strict'
import { after, describe, test } from 'node:test'
import type { DjangoPython } from '../support/django.ts'
import { cookieOf, startShared, type SharedPlace } from '../support/django-shared.ts'

/** One place for sessions, a real Django and Holdfast on it: whoever signs in on one side is signed in on the other. */
export function besideContract(title: string, python: DjangoPython, place: SharedPlace): void {
  describe(`${title}, beside Django ${python.version}`, async () => {
    const { copiesLiveOn = false } = place
    const { django, sessions, here, there } = await startShared(python, place)
    after(() => sessions.close())
    let users = 0
    const addUser = async (): Promise<string> =>
      (await django.call<{ pk: string }>('add_user', `user${++users}`, 'secret')).pk

    test('who signs in here is signed in there, with what the visitor had before', async () => {
      const pk = await addUser()
      const anonymous = cookieOf(await here(null, ['set', 'cart', [1, 1.5, 'Zoë']]))
      assert.deepEqual((await there(anonymous, ['get', 'cart'], ['user'])).seen, [[1, 1.5, 'Zoë'], null])
      const key = cookieOf(await here(anonymous, ['login', pk]))
      assert.notEqual(key, anonymous)
      if (!copiesLiveOn) assert.deepEqual((await there(anonymous, ['user'], ['get', 'cart'])).seen, [null, null])
      const more = await there(key, ['user'], ['append', 'cart', 7])
      assert.deepEqual(more.seen, [pk, null])
      assert.deepEqual((await here(cookieOf(more), ['user'], ['get', 'cart'])).seen, [pk, [1, 1.5, 'Zoë', 7]])
    })

    test('who signs out on one side is out of both', async () => {
      const pk = await addUser()
      const ours = cookieOf(await here(null, ['login', pk]))
      assert.equal(cookieOf(await here(ours, ['logout'])), '')
      assert.deepEqual((await there(ours, ['user'])).seen, [copiesLiveOn ? pk : null])
      const theirs = cookieOf(await there(null, ['login', pk]))
      assert.deepEqual((await here(theirs, ['user'])).seen, [pk])
      assert.equal(cookieOf(await there(theirs, ['logout'])), '')
      assert.deepEqual((await here(theirs, ['user'])).seen, [copiesLiveOn ? pk : null])
    })

    test('a password that changes here ends all sessions but this one, on both sides', async () => {
      const pk = await addUser()
      const [one, two] = [cookieOf(await there(null, ['login', pk])), cookieOf(await here(null, ['login', pk]))]
      const kept = cookieOf(await here(one, ['password']))
      assert.notEqual(kept, one)
      assert.deepEqual((await there(kept, ['user'])).seen, [pk])
      assert.deepEqual((await here(kept, ['user'])).seen, [pk])
      assert.deepEqual((await here(one, ['user'])).seen, [null])
      assert.deepEqual((await there(two, ['user'])).seen, [null])
    })

    test('a password that changes there ends all sessions but that one, on both sides', async () => {
      const pk = await addUser()
      const [one, two] = [cookieOf(await here(null, ['login', pk])), cookieOf(await there(null, ['login', pk]))]
      const kept = cookieOf(await there(one, ['password', 'new']))
      assert.deepEqual((await here(kept, ['user'])).seen, [pk])
      const answer = await here(two, ['user'])
      assert.deepEqual([answer.seen, cookieOf(answer)], [[null], ''])
      assert.deepEqual((await there(two, ['user'])).seen, [null])
    })

    test('a user who is no longer active is nobody, and keeps the session', async () => {
      const pk = await addUser()
      const key = cookieOf(await here(null, ['login', pk], ['set', 'a', 1]))
      await django.call('set_active', pk, false)
      assert.deepEqual((await here(key, ['user'], ['get', 'a'])).seen, [null, 1])
      assert.deepEqual((await there(key, ['user'], ['get', 'a'])).seen, [null, 1])
      await django.call('set_active', pk, true)
      assert.deepEqual((await here(key, ['user'])).seen, [pk])
    })

    test('what nobody changes stays as Python wrote it', async () => {
      const text =
        '{"_messages": "[[\\"__json_message\\",0,25,\\"hi\\"]]", "__proto__": 1, "big": 9223372036854775809, ' +
        '"f": 1.0, "l": [1e+16, {"n": NaN, "w": "Zo\\u00eb \\ud83d"}], "none": null}'
      const key = await django.call<string>('make', text)
      const saved = await here(key, ['get', 'l'], ['set', 'x', 2])
      const expected = `${text.slice(0, -1)}, "x": 2}`
      assert.equal(await django.call('same', cookieOf(saved), expected), true)
    })

    test('an expiry means the same on both sides', async () => {
      const asked = [600, 0, null, ...(python.major < 5 ? [] : [{ ms: 600_000 }])]
      for (const [one, other] of [
        [here, there],
        [there, here],
      ] as const) {
        for (const expiry of asked) {
          const key = cookieOf(await one(null, ['set', 'a', 1], ['setExpiry', expiry]))
          const { seen } = await other(key, ['browserClose'], ['age'])
          assert.equal(seen[0], expiry === 0)
          const age = expiry === 0 || expiry === null ? 1_209_600 : 600
          assert.ok(
            Number(seen[1]) <= age && Number(seen[1]) > age - 60,
            `${JSON.stringify(expiry)}: ${String(seen[1])}`,
          )
        }
      }
    })

    test('nobody signs in who is no user, or not an active one', async () => {
      const pk = await addUser()
      await django.call('set_active', pk, false)
      for (const nobody of [pk, '999999', 'ada', '1.0', '']) {
        await assert.rejects(here(null, ['login', nobody]), { code: nobody === '' ? 'ERR_SUBJECT' : 'ERR_USER' })
      }
    })
  })
}
