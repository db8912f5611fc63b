import assert from 'node:assert/strict'
import { existsSync, mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, describe, test } from 'node:test'
import type { Browser } from 'playwright-core'
import { newId } from '../../../src/testing/records.ts'
import { chromiumIsMissing, launchChromium } from '../../../test/support/chromium.ts'
import { DJANGOS, NO_DJANGO, type DjangoPython } from '../../../test/support/django.ts'
import { djangosWithServers } from '../../../test/support/django-site.ts'
import { usePostgres } from '../../../test/support/postgres.ts'
import { useRedis } from '../../../test/support/redis.ts'
import { startBakery, type Bakery } from '../src/start.ts'
import { join as openAccount, PASSWORD, tour } from './tour.ts'

const skip = NO_DJANGO || chromiumIsMissing()
const browser = skip === false ? await launchChromium() : undefined
after(() => browser?.close())

for (const python of DJANGOS) bakeryTests(`Django ${python.version} on SQLite`, python, {})
if (DJANGOS.length === 0) test('the bakery', { skip }, () => {})

const [large] = djangosWithServers()
const postgres = large && (await usePostgres())
const redis = large && (await useRedis())
if (large !== undefined && postgres !== undefined && redis !== undefined) {
  bakeryTests(`Django ${large.version} on PostgreSQL and Redis`, large, {
    DATABASE_URL: postgres.url,
    REDIS_URL: `redis://127.0.0.1:${redis}`,
    CACHE_PREFIX: `holdfast-test-${newId()}`,
  })
}

function bakeryTests(title: string, { python }: DjangoPython, place: Record<string, string>): void {
  describe(`the bakery, ${title}`, { skip }, async () => {
    const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-bakery-'))
    const { SECRET_KEY: _, ...env } = process.env
    const notes: string[] = []
    let bakery: Bakery | undefined
    if (skip === false) {
      bakery = await startBakery({
        port: 0,
        dataDir,
        env: { ...env, PYTHON: python, ...place },
        note: (line) => notes.push(line),
      })
    }
    after(async () => {
      await bakery?.close()
      rmSync(dataDir, { recursive: true })
    })
    const opened = (): { address: string; newPage: ReturnType<typeof pagesOf> } => {
      assert.ok(bakery && browser)
      return { address: bakery.address, newPage: pagesOf(browser) }
    }

    test('makes its key once, for its own eyes', () => {
      const file = join(dataDir, 'secret-key')
      assert.ok(existsSync(file))
      assert.equal(statSync(file).mode & 0o777, 0o600)
      assert.ok(notes.some((line) => line.includes(file)))
    })

    test('a basket from Django, changed by Node, known to Django; one sign-in and one sign-out for both', async () => {
      const { address, newPage } = opened()
      const page = await newPage()
      await tour(page, address, `ada-${newId()}`, async (name) => {
        const side = name.startsWith('node') ? 'Node' : 'Django'
        assert.match(await page.locator('footer').innerText(), new RegExp(`^${side} [\\d.]+ made this page`), name)
      })
    })

    test('a new password at Django ends the other browser at Node, and not this one', async () => {
      const { address, newPage } = opened()
      const name = `bob-${newId()}`
      const [one, two] = [await newPage(), await newPage()]
      await openAccount(one, address, name)
      await two.goto(`${address}/sign-in/`)
      await two.getByLabel('Username').fill(name)
      await two.getByLabel('Password').fill(PASSWORD)
      await two.getByRole('button', { name: 'Sign in' }).click()
      await two.goto(`${address}/cart/`)
      await two.getByRole('heading', { name: `${name}’s cart` }).waitFor()
      await one.goto(`${address}/password/`)
      await one.getByLabel('Old password').fill(PASSWORD)
      await one.getByLabel('New password', { exact: true }).fill(`${PASSWORD} anew`)
      await one.getByLabel('New password confirmation').fill(`${PASSWORD} anew`)
      await one.getByRole('button', { name: 'Change it' }).click()
      await one.waitForURL(`${address}/account/`)
      await one.goto(`${address}/cart/`)
      await one.getByRole('heading', { name: `${name}’s cart` }).waitFor()
      await two.goto(`${address}/cart/`)
      await two.getByRole('heading', { name: 'Your cart' }).waitFor()
    })

    test('another site cannot change the cart', async () => {
      const { address } = opened()
      for (const headers of [{}, { 'sec-fetch-site': 'cross-site' }, { 'sec-fetch-site': 'same-site' }]) {
        const answer = await fetch(`${address}/cart/sign-out`, { method: 'POST', headers })
        assert.equal(answer.status, 403)
      }
    })
  })
}

function pagesOf(launched: Browser) {
  return async () => (await launched.newContext()).newPage()
}
