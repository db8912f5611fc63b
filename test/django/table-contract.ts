import assert from 'node:assert/strict'
import { describe, test } from 'node:test'
import type { DjangoRow, DjangoTable, DjangoTableSettings, DjangoTablesOptions } from '../../src/django/tables/table.ts'
import { newId } from '../../src/testing/records.ts'
import type { Django } from '../support/django.ts'

/** One database, with tables that Django's migrations made. */
export interface Bench {
  /** The same table through connections of its own. */
  readonly open: (settings: Partial<DjangoTableSettings>, options?: DjangoTablesOptions) => DjangoTable
  readonly run: (sql: string) => unknown
  /** A Django on it whose clock stands where it is put. */
  readonly django: Django
}

/** What a table of Django's must do, held against the Django that made it. */
export function tableContract(title: string, { open, run, django }: Bench): void {
  const NOW = Date.parse('2026-10-20T12:00:00.123Z')
  const MINUTE = 60_000
  const newKey = (): string => `k${newId().toLowerCase().replaceAll(/[-_]/g, '0')}`.padEnd(32, 'x').slice(0, 32)
  const row = (more: Partial<DjangoRow> = {}): DjangoRow => ({
    key: newKey(),
    text: 'text',
    expireDate: NOW + MINUTE,
    ...more,
  })
  const at = (now: number): DjangoTable => open({ clock: { now: () => now } })
  const table = at(NOW)

  describe(title, () => {
    test('a row is found as it was put, to the millisecond', async () => {
      const one = row({ text: 'eyJ:1r31eq:z3T5-_', expireDate: NOW + 1 })
      assert.equal(await table.insert(one), 'inserted')
      assert.deepEqual(await table.load(one.key), one)
      const whole = row({ expireDate: Date.parse('2026-10-20T13:00:00Z') })
      await table.insert(whole)
      assert.deepEqual(await table.load(whole.key), whole)
    })

    test('a row that has expired is not loaded, and is there still', async () => {
      const one = row({ expireDate: NOW })
      await table.insert(one)
      assert.equal(await table.load(one.key), undefined)
      assert.equal(await table.exists(one.key), true)
      assert.equal((await at(NOW - 1).load(one.key))?.text, 'text')
    })

    test('a second row under one key is refused, even when the first has expired', async () => {
      const one = row({ expireDate: NOW - MINUTE })
      await table.insert(one)
      assert.equal(await table.insert({ ...one, text: 'other' }), 'exists')
      assert.equal(await table.update({ ...one, expireDate: NOW + MINUTE }, 'text'), 'updated')
      assert.equal((await table.load(one.key))?.text, 'text')
    })

    test('an update needs the text that is there, letter by letter', async () => {
      const one = row({ text: 'Text' })
      await table.insert(one)
      for (const expected of ['text', 'Text ', 'Tex', '', 'Téxt']) {
        assert.equal(await table.update({ ...one, text: 'no' }, expected), 'stale')
      }
      assert.equal(await table.update({ ...one, text: 'yes', expireDate: NOW + 2 * MINUTE }, 'Text'), 'updated')
      assert.deepEqual(await table.load(one.key), { ...one, text: 'yes', expireDate: NOW + 2 * MINUTE })
    })

    test('an update that changes nothing is one', async () => {
      const one = row()
      await table.insert(one)
      assert.equal(await table.update(one, one.text), 'updated')
      assert.equal(await table.update(one, one.text), 'updated')
    })

    test('any text is compared as what it is', async () => {
      for (const text of ['', 'Zoë 🦊', '\\', "'; --", 'x'.repeat(100_000)]) {
        const one = row({ text })
        await table.insert(one)
        assert.deepEqual(await table.load(one.key), one)
        assert.equal(await table.update({ ...one, text: `${text}+` }, `${text}-`), 'stale')
        assert.equal(await table.update({ ...one, text: `${text}+` }, text), 'updated')
      }
    })

    test('a key of other letters or with a space after it is another key', async () => {
      const one = row()
      await table.insert(one)
      for (const key of [one.key.toUpperCase(), `${one.key} `, one.key.replace('x', 'ẋ')]) {
        assert.equal(await table.load(key), undefined)
        assert.equal(await table.update({ ...one, key }, one.text), 'gone')
        assert.equal(await table.replace(key, one.text, row()), 'gone')
        assert.equal(await table.delete(key), 'gone')
        assert.deepEqual(await table.loadWithUser(key, '0'), {})
      }
      assert.deepEqual(await table.load(one.key), one)
    })

    test('many who ask at once get each their own', async () => {
      const rows = Array.from({ length: 150 }, () => row())
      await Promise.all(rows.map((one) => table.insert(one)))
      const keys = rows.flatMap(({ key }) => [key, newKey(), key, 'short77'])
      const expected = rows.flatMap((one) => [one, undefined, one, undefined])
      assert.deepEqual(await Promise.all(keys.map((key) => table.load(key))), expected)
      const withUsers = keys.map((key, at) => table.loadWithUser(key, String(-at)))
      assert.deepEqual(
        (await Promise.all(withUsers)).map((found) => found.row),
        expected,
      )
    })

    test('no key below 8 or above 40 characters is under any row', async () => {
      const unusable = ['', 'short77', 'x'.repeat(41), 'x'.repeat(10_000), 'with\0nul', 'alone\ud800surrogate']
      for (const key of unusable) {
        assert.equal(await table.load(key), undefined)
        assert.equal(await table.exists(key), false)
        assert.equal(await table.update(row({ key }), 'text'), 'gone')
        assert.equal(await table.replace(key, 'text', row()), 'gone')
        assert.equal(await table.delete(key), 'gone')
        await assert.rejects(table.insert(row({ key })), { code: 'ERR_OPTION' })
      }
      const longest = row({ key: `${newKey()}12345678` })
      assert.equal(longest.key.length, 40)
      await table.insert(longest)
      assert.deepEqual(await table.load(longest.key), longest)
    })

    test('a year that Python does not know is refused before it is written', async () => {
      for (const expireDate of [Number.NaN, Infinity, Date.parse('9999-12-31T12:00:00Z'), -1e15]) {
        await assert.rejects(table.insert(row({ expireDate })), { code: 'ERR_OPTION' })
      }
      const last = row({ expireDate: Date.parse('9999-12-30T12:00:00Z') })
      await table.insert(last)
      assert.deepEqual(await table.load(last.key), last)
    })

    test('what was deleted is gone for an update, and comes back by none', async () => {
      const one = row()
      await table.insert(one)
      assert.equal(await table.delete(one.key), 'deleted')
      assert.equal(await table.delete(one.key), 'gone')
      assert.equal(await table.update(one, one.text), 'gone')
      assert.equal(await table.replace(one.key, one.text, row()), 'gone')
      assert.equal(await table.exists(one.key), false)
    })

    test('a replaced row moves under its new key in one step', async () => {
      const [old, next] = [row(), row({ text: 'next' })]
      await table.insert(old)
      assert.equal(await table.replace(old.key, 'other', next), 'stale')
      assert.equal(await table.exists(next.key), false)
      assert.equal(await table.replace(old.key, old.text, next), 'replaced')
      assert.equal(await table.exists(old.key), false)
      assert.deepEqual(await table.load(next.key), next)
    })

    test('a replacement whose key is taken leaves both rows as they were', async () => {
      const [old, taken] = [row({ text: 'old' }), row({ text: 'taken' })]
      await table.insert(old)
      await table.insert(taken)
      assert.equal(await table.replace(old.key, 'old', { ...taken, text: 'new' }), 'exists')
      assert.deepEqual([await table.load(old.key), await table.load(taken.key)], [old, taken])
    })

    test('of several replacements at once one comes, and of its rivals nothing', async () => {
      const old = row()
      await table.insert(old)
      const others = Array.from({ length: 8 }, () => open({ clock: { now: () => NOW } }))
      const next = others.map(() => row())
      const outcomes = await Promise.all(
        others.map((other, i) => other.replace(old.key, old.text, next[i] as DjangoRow)),
      )
      assert.deepEqual(outcomes.toSorted(), [...Array(7).fill('gone'), 'replaced'])
      const there = await Promise.all(next.map(({ key }) => table.exists(key)))
      assert.deepEqual(
        there,
        outcomes.map((outcome) => outcome === 'replaced'),
      )
    })

    test('50 increments from several connections count 50', async () => {
      const { key } = row()
      await table.insert(row({ key, text: '0' }))
      const writers = Array.from({ length: 5 }, () => open({ clock: { now: () => NOW } }))
      const increment = async (writer: DjangoTable): Promise<void> => {
        for (;;) {
          const seen = await writer.load(key)
          assert.ok(seen !== undefined)
          const next = { ...seen, text: String(Number(seen.text) + 1) }
          if ((await writer.update(next, seen.text)) === 'updated') return
        }
      }
      await Promise.all(Array.from({ length: 50 }, (_, i) => increment(writers[i % 5] as DjangoTable)))
      assert.equal((await table.load(key))?.text, '50')
    })

    test('whoever writes while a row is deleted brings it not back', async () => {
      for (let round = 0; round < 20; round++) {
        const one = row()
        await table.insert(one)
        const writers = Array.from({ length: 4 }, () => open({ clock: { now: () => NOW } }))
        const [deleted] = await Promise.all([
          table.delete(one.key),
          ...writers.map((writer, i) => writer.update({ ...one, text: `by ${i}` }, one.text)),
          writers[0]?.replace(one.key, one.text, row()),
        ])
        const outcome = await table.update(one, one.text)
        assert.equal(outcome, 'gone')
        assert.equal(await table.exists(one.key), false)
        assert.ok(deleted === 'deleted' || deleted === 'gone')
      }
    })

    test('the expired are cleared in batches, and nobody else', async () => {
      await table.clearExpired(10_000)
      const expired = Array.from({ length: 5 }, (_, i) => row({ expireDate: NOW - 1 - i }))
      const living = [row({ expireDate: NOW + 1 }), row({ expireDate: NOW + MINUTE })]
      for (const one of [...expired, ...living]) await table.insert(one)
      assert.equal(await table.clearExpired(2), 2)
      assert.equal(await table.clearExpired(2), 2)
      assert.equal(await table.clearExpired(2), 1)
      assert.equal(await table.clearExpired(2), 0)
      for (const one of living) assert.equal(await table.exists(one.key), true)
    })

    test('several who clear at once take each row once', async () => {
      await table.clearExpired(10_000)
      for (let i = 0; i < 30; i++) await table.insert(row({ expireDate: NOW - MINUTE - i }))
      const others = Array.from({ length: 3 }, () => open({ clock: { now: () => NOW } }))
      const counts = await Promise.all(others.map((other) => other.clearExpired(30)))
      const rest = await table.clearExpired(30)
      assert.equal(
        counts.reduce((sum, count) => sum + count, rest),
        30,
      )
    })

    test('all that live are seen once, in pages', async () => {
      const living = Array.from({ length: 5 }, () => row())
      const dead = row({ expireDate: NOW })
      for (const one of [...living, dead]) await table.insert(one)
      const seen: DjangoRow[] = []
      for (;;) {
        const page = await table.scan(seen.at(-1)?.key ?? '', 3)
        seen.push(...page)
        if (page.length < 3) break
      }
      assert.equal(new Set(seen.map(({ key }) => key)).size, seen.length)
      const keys = seen.map(({ key }) => key)
      for (const { key } of living) assert.ok(keys.includes(key))
      assert.ok(!keys.includes(dead.key))
    })

    test('without a clock of a test, time is what it is', async () => {
      const running = open({})
      const [past, future] = [row({ expireDate: Date.now() - MINUTE }), row({ expireDate: Date.now() + MINUTE })]
      await running.insert(past)
      await running.insert(future)
      assert.equal(await running.load(past.key), undefined)
      assert.deepEqual(await running.load(future.key), future)
      assert.equal((await running.clearExpired(10_000)) > 0, true)
      assert.equal(await running.exists(past.key), false)
    })
  })

  describe(`${title}, beside Django`, () => {
    test('what Django saved is read here, and expires in the same moment', async () => {
      await django.call('now', NOW)
      const key = String(await django.call('create', { n: 1.5, name: 'Zoë' }, 60))
      const seen = await table.load(key)
      const there = (await django.call('row', key)) as { text: string }
      assert.deepEqual(seen, { key, text: there.text, expireDate: NOW + MINUTE })
      for (const [now, lives] of [
        [NOW + MINUTE - 1, true],
        [NOW + MINUTE, false],
        [NOW + MINUTE + 1, false],
      ] as const) {
        assert.equal((await at(now).load(key)) !== undefined, lives)
        await django.call('now', now)
        assert.equal(((await django.call('load', key)) as { key: string | null }).key === key, lives)
      }
    })

    test('what was written here is read by Django, and expires in the same moment', async () => {
      const text = String(await django.call('encode', { who: 'me' }))
      for (const expireDate of [NOW + MINUTE, Date.parse('2026-10-20T13:00:00Z')]) {
        const one = row({ text, expireDate })
        await table.insert(one)
        for (const [now, lives] of [
          [expireDate - 1, true],
          [expireDate, false],
        ] as const) {
          await django.call('now', now)
          const { data } = (await django.call('load', one.key)) as { data: unknown }
          assert.deepEqual(data, lives ? { who: 'me' } : {})
        }
      }
    })

    test('a session that either side deletes is gone for the other', async () => {
      await django.call('now', NOW)
      const first = String(await django.call('create', { a: 1 }))
      const seen = await table.load(first)
      assert.ok(seen !== undefined)
      await django.call('delete', first)
      assert.equal(await table.update(seen, seen.text), 'gone')
      const second = String(await django.call('create', { a: 1 }))
      await table.delete(second)
      assert.equal(await django.call('exists', second), false)
    })

    test('Django clears what expired here, and what it has cleared is gone', async () => {
      const [dead, alive] = [row({ expireDate: NOW - 1 }), row({ expireDate: NOW + 1 })]
      await table.insert(dead)
      await table.insert(alive)
      await django.call('now', NOW)
      await django.call('clear')
      assert.deepEqual([await table.exists(dead.key), await table.exists(alive.key)], [false, true])
    })

    test('a write by Django between a read and a write here is not lost', async () => {
      await django.call('now', NOW)
      const key = String(await django.call('create', { a: 1 }))
      const seen = await table.load(key)
      assert.ok(seen !== undefined)
      await django.call('save', key, { b: 2 })
      assert.equal(await table.update({ ...seen, text: 'lost' }, seen.text), 'stale')
      const { data } = (await django.call('load', key)) as { data: unknown }
      assert.deepEqual(data, { a: 1, b: 2 })
    })

    test('both answer the same through the night when the clocks go back and when they go forth', async () => {
      for (const change of ['2026-10-25T01:00:00Z', '2027-03-28T01:00:00Z']) {
        const around = Date.parse(change)
        for (let age = -90; age <= 90; age += 30) {
          const created = around + age * MINUTE
          await django.call('now', created)
          const key = String(await django.call('create', { a: 1 }, 2400))
          for (let later = 0; later <= 180; later += 20) {
            const now = created + later * MINUTE + 1
            await django.call('now', now)
            const { key: known } = (await django.call('load', key)) as { key: string | null }
            const seen = await at(now).load(key)
            assert.equal(seen !== undefined, known === key, `${new Date(created).toISOString()} and ${later} minutes`)
            if (seen !== undefined) assert.ok(seen.expireDate > now)
          }
          await django.call('delete', key)
        }
      }
    })

    test('a session that lives one minute is alive in any hour', async () => {
      for (let minutes = -120; minutes <= 120; minutes += 15) {
        const now = Date.parse('2026-10-25T01:00:00Z') + minutes * MINUTE
        const one = row({ expireDate: now + MINUTE })
        await at(now).insert(one)
        // Where the wall clock goes back within that minute, it lives an hour longer, as Django's own does.
        assert.equal((await at(now).load(one.key))?.key, one.key)
        assert.equal((await at(now).load(one.key))?.expireDate, one.expireDate)
      }
    })

    test('a user is found by the text that Django keeps in a session', async () => {
      const name = `user${newKey()}`
      const { pk, password } = (await django.call('add_user', name, 'secret')) as Record<string, string>
      const key = String(await django.call('create', { _auth_user_id: pk }))
      const user = await table.findUser(pk as string)
      const known = { username: name, email: `${name}@example.com`, firstName: '', lastName: '' }
      const flags = { isActive: true, isStaff: false, isSuperuser: false }
      assert.deepEqual(user, { id: pk, password, ...known, ...flags })
      const inactive = (await django.call('add_user', `${name}2`, 'x', false)) as {
        pk: string
      }
      assert.equal((await table.findUser(inactive.pk))?.isActive, false)
      await django.call('now', NOW)
      assert.deepEqual((await at(NOW).loadWithUser(key, pk as string)).user, user)
    })

    test('what is no primary key is nobody, and reaches no database', async () => {
      for (const pk of [
        '',
        'x',
        '1 OR 1=1',
        '1.5',
        '99999999999999999999',
        '-9223372036854775809',
        '1\0',
        '0x1',
        '１',
      ]) {
        assert.equal(await table.findUser(pk), undefined)
      }
      assert.equal(await table.findUser('9223372036854775807'), undefined)
      assert.deepEqual(await table.loadWithUser(newKey(), 'x'), {})
    })

    test('a user model of the project has its table, its key and its columns', async () => {
      const columns = { password: 'secret', isActive: 'alive', username: 'nick', email: null, isStaff: null }
      const names = { ...columns, firstName: null, lastName: null, isSuperuser: null }
      const uuid = '0b6a7a3e-6f0c-4d6e-9a53-2f3f5d9b8c11'
      const keys = [
        ['people_uuid', 'uuid', 'char(32)', uuid.replaceAll('-', ''), uuid],
        ['people_text', 'text', 'varchar(60)', 'Zoë', 'Zoë'],
        ['people_big', 'integer', 'bigint', '9007199254740993', '9007199254740993'],
      ] as const
      for (const [name, keyType, type, stored, pk] of keys) {
        const key = keyType === 'uuid' && title.includes('Postgres') ? 'uuid' : type
        const quoted = keyType === 'integer' ? stored : `'${stored}'`
        await run(`DROP TABLE IF EXISTS ${name}`)
        await run(`CREATE TABLE ${name} (id ${key} PRIMARY KEY, secret text, alive smallint, nick text)`)
        await run(`INSERT INTO ${name} VALUES (${quoted}, 'pbkdf2$', 1, 'zoe')`)
        const known = { id: pk, password: 'pbkdf2$', isActive: true, username: 'zoe' }
        const named = open({}, { users: { table: name, keyType, columns: names } })
        assert.deepEqual(await named.findUser(pk), known)
        const set = open({ userTable: name }, { users: { keyType, columns: names } })
        assert.deepEqual((await set.loadWithUser(newKey(), pk)).user, known)
        for (const other of [pk.toUpperCase(), `${pk} `, `${pk}0`, pk.replace('ë', 'e')]) {
          if (other !== pk && !(keyType === 'uuid' && other === uuid.toUpperCase())) {
            assert.equal(await named.findUser(other), undefined, other)
          }
        }
        await run(`UPDATE ${name} SET alive = NULL`)
        assert.equal((await named.findUser(pk))?.isActive, false)
        const always = open({}, { users: { table: name, keyType, columns: { ...names, isActive: null } } })
        assert.equal((await always.findUser(pk))?.isActive, true)
      }
    })

    test('a table that is not there is an error that says how Django makes it', async () => {
      const lost = (): DjangoTable => open({}, { table: 'no "such` table' })
      await assert.rejects(async () => lost().load(newKey()), { code: 'ERR_STORE', message: /manage\.py migrate/ })
    })

    test('a row and its user come together, each also alone', async () => {
      await django.call('now', NOW)
      const key = String(await django.call('create', {}))
      const { pk } = (await django.call('add_user', newKey(), 'x')) as { pk: string }
      const both = await table.loadWithUser(key, pk)
      assert.equal(both.row?.key, key)
      assert.equal(both.user?.id, pk)
      assert.deepEqual(Object.keys(await table.loadWithUser(key, '0')), ['row'])
      assert.deepEqual(Object.keys(await table.loadWithUser(newKey(), pk)), ['user'])
      const asked = [
        [key, '0'],
        [newKey(), pk],
        [key, pk],
        [newKey(), 'x'],
      ] as const
      const found = await Promise.all(asked.map(([one, user]) => table.loadWithUser(one, user)))
      assert.deepEqual(
        found.map((one) => [one.row?.key, one.user?.id]),
        [
          [key, undefined],
          [undefined, pk],
          [key, pk],
          [undefined, undefined],
        ],
      )
    })
  })
}

/** Every verb of a table whose server goes. */
export async function refusesAll(table: DjangoTable, kill: () => Promise<void>): Promise<void> {
  const row = { key: newId().padEnd(32, 'x').slice(0, 32), text: 'text', expireDate: Date.now() + 60_000 }
  assert.equal(await table.insert(row), 'inserted')
  await kill()
  const verbs: Record<string, () => Promise<unknown>> = {
    load: () => table.load(row.key),
    loadWithUser: () => table.loadWithUser(row.key, '1'),
    exists: () => table.exists(row.key),
    insert: () => table.insert(row),
    update: () => table.update(row, row.text),
    replace: () => table.replace(row.key, row.text, { ...row, key: `${row.key}x` }),
    delete: () => table.delete(row.key),
    clearExpired: () => table.clearExpired(10),
    scan: () => table.scan('', 10),
    findUser: () => table.findUser('1'),
  }
  for (const [verb, ask] of Object.entries(verbs)) await assert.rejects(ask(), { code: 'ERR_STORE' }, verb)
}
