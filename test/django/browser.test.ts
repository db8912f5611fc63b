import assert from 'node:assert/strict'
import { once } from 'node:events'
import { createServer as createHttpServer, type Server } from 'node:http'
import { createServer as createHttpsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { after, before, describe, test } from 'node:test'
import type { Browser, Page } from 'playwright-core'
import { sessionsFromSettings, type DjangoSettings } from '../../src/django.ts'
import { selfSigned } from '../support/certificate.ts'
import { chromiumIsMissing, launchChromium } from '../support/chromium.ts'
import { FOUR_SETTINGS, newPath, shop, type ShopData } from './site.ts'

/** Not localhost, which browsers trust without https. */
const HOST = 'shop.example'

describe('with the four settings, Chromium', { skip: chromiumIsMissing() }, () => {
  let browser: Browser
  before(async () => {
    browser = await launchChromium([HOST])
  })
  after(() => browser?.close())

  test('never sends the cookie over plain http', async () => {
    await using site = await openSite(FOUR_SETTINGS)
    await using context = await browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    await signIn(page, site)

    await page.goto(`${site.plain}/somewhere`)
    await page.evaluate("fetch('/by-script', { credentials: 'include' })")
    await page.goto(`${site.secure}/me`)
    await page.evaluate(`location = '${site.plain}/by-link'`)
    await page.waitForURL(`${site.plain}/by-link`)
    const asked = site.overPlainHttp.filter(({ path }) => path !== '/favicon.ico')
    assert.deepEqual(asked, [
      { path: '/somewhere', cookie: undefined },
      { path: '/by-script', cookie: undefined },
      { path: '/by-link', cookie: undefined },
    ])
    assert.equal(await subjectOf(page, site), 'ada', 'it was there to be sent')
  })

  test('shows the cookie to no script, and lets none replace it', async () => {
    await using site = await openSite(FOUR_SETTINGS)
    await using context = await browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    await signIn(page, site)
    assert.equal(await page.evaluate('document.cookie'), '')
    assert.deepEqual(await page.evaluate('cookieStore.getAll()'), [])

    await page.evaluate("document.cookie = '__Host-sessionid=planted; Path=/; Secure'")
    assert.equal(await subjectOf(page, site), 'ada')
    const cookies = await context.cookies()
    assert.deepEqual(
      cookies.map(({ name, httpOnly, secure, sameSite }) => ({ name, httpOnly, secure, sameSite })),
      [{ name: '__Host-sessionid', httpOnly: true, secure: true, sameSite: 'Lax' }],
    )
  })

  test('takes no cookie of that name from a plain page, so nobody on the way can plant one', async () => {
    await using site = await openSite(FOUR_SETTINGS)
    await using context = await browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    await page.goto(`${site.plain}/plant`)
    const names = (await context.cookies()).map(({ name }) => name)
    assert.deepEqual(names, ['other'], 'the page was heard, and that cookie refused')
  })

  test('does all of that because of the settings', async () => {
    const settings = { ...FOUR_SETTINGS, SESSION_COOKIE_SECURE: false, SESSION_COOKIE_HTTPONLY: false }
    await using site = await openSite(settings)
    await using context = await browser.newContext({ ignoreHTTPSErrors: true })
    const page = await context.newPage()
    await signIn(page, site)
    assert.match(String(await page.evaluate('document.cookie')), /^sessionid=/)
    await page.goto(`${site.plain}/somewhere`)
    assert.match(site.overPlainHttp[0]?.cookie ?? '', /^sessionid=/)
  })

  test('keeps the cookie on http://localhost', async () => {
    await using site = await openSite(FOUR_SETTINGS)
    await using context = await browser.newContext()
    const page = await context.newPage()
    await page.goto(`${site.local}/about`)
    await page.evaluate("fetch('/login', { method: 'POST', body: JSON.stringify({ subject: 'ada' }) })")
    await page.goto(`${site.local}/me`)
    assert.match(await page.content(), /"subject":"ada"/)
  })
})

interface Site {
  /** The shop, over https. */
  readonly secure: string
  /** The shop on localhost, over plain http. */
  readonly local: string
  /** Someone who listens, under the shop's own name, over plain http. */
  readonly plain: string
  readonly overPlainHttp: readonly { readonly path: string; readonly cookie: string | undefined }[]
  [Symbol.asyncDispose](): Promise<void>
}

async function openSite(settings: DjangoSettings): Promise<Site> {
  const sessions = sessionsFromSettings<ShopData>(settings, { path: newPath() })
  const overPlainHttp: { path: string; cookie: string | undefined }[] = []
  const listener = createHttpServer(({ url = '', headers }, response) => {
    overPlainHttp.push({ path: url, cookie: headers.cookie })
    if (url === '/plant') response.setHeader('set-cookie', PLANTED)
    response.setHeader('content-type', 'text/html').end('<!doctype html>')
  })
  const secure = createHttpsServer(selfSigned(HOST), shop(sessions))
  const local = createHttpServer(shop(sessions))
  const servers = [secure, local, listener]
  const [securePort, localPort, plainPort] = await Promise.all(servers.map(portOf))
  return {
    secure: `https://${HOST}:${securePort}`,
    local: `http://localhost:${localPort}`,
    plain: `http://${HOST}:${plainPort}`,
    overPlainHttp,
    async [Symbol.asyncDispose]() {
      for (const server of servers) {
        server.closeAllConnections()
        server.close()
      }
      await sessions.close()
    },
  }
}

const PLANTED = [
  '__Host-sessionid=planted; Path=/; Secure; HttpOnly',
  '__Host-sessionid=planted; Path=/; HttpOnly',
  'other=taken; Path=/',
]

async function portOf(server: Pick<Server, 'listen' | 'address' | 'once'>): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server as Server, 'listening')
  return (server.address() as AddressInfo).port
}

async function signIn(page: Page, site: Site): Promise<void> {
  await page.goto(`${site.secure}/about`)
  await page.evaluate("fetch('/login', { method: 'POST', body: JSON.stringify({ subject: 'ada' }) })")
  assert.equal(await subjectOf(page, site), 'ada')
}

async function subjectOf(page: Page, { secure }: Site): Promise<unknown> {
  await page.goto(`${secure}/me`)
  const { subject } = JSON.parse(await page.innerText('pre')) as { subject: unknown }
  return subject
}
