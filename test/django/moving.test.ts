import assert from 'node:assert/strict'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { RequestListener } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { pathToFileURL } from 'node:url'
import type { Sessions } from '../../src/index.ts'
import { samplesOf, writeSample } from '../support/code-samples.ts'
import { serveDjango, serveListener, visitor, type Side } from '../support/django-live.ts'
import { DJANGOS, NO_DJANGO } from '../support/django.ts'

const [python] = DJANGOS
const home = process.cwd()
after(() => process.chdir(home))

test(
  'docs/django.md: the route that moved goes on where the view of Django left off, and back',
  { skip: NO_DJANGO },
  async (t) => {
    assert.ok(python)
    const folder = mkdtempSync(join(tmpdir(), 'holdfast-moving-'))
    t.after(() => rmSync(folder, { recursive: true }))
    const SECRET_KEY = 'what both sides sign with in this test of a page'
    process.env['SECRET_KEY'] = SECRET_KEY
    process.chdir(folder) // Where the sample looks for its files.
    writeFileSync(
      'settings.py',
      "import os\n\nSECRET_KEY = os.environ['SECRET_KEY']\nSESSION_COOKIE_SECURE = True\nUSE_TZ = True\n",
    )
    const django = await serveDjango(python, {
      SECRET_KEY,
      SESSION_COOKIE_SECURE: true,
      USE_TZ: true,
      DATABASES: { default: { ENGINE: 'django.db.backends.sqlite3', NAME: join(folder, 'db.sqlite3') } },
    })
    t.after(() => django.stop())

    const [, view = ''] =
      /def cart\(request\):\n(.*?)\n {4}return render/s.exec(samplesOf('docs/django.md', 'python').join('\n')) ?? []
    assert.ok(
      view !== '' && readFileSync(join(import.meta.dirname, 'python/live.py'), 'utf8').includes(view),
      'the view of the page is the one that runs',
    )

    const code = samplesOf('docs/django.md').find((sample) => sample.includes("app.post('/cart'")) ?? ''
    const file = writeSample('django-moving', `${code.replace(/^app\.listen\(.*\)$/m, '')}\nexport { app, shared }\n`)
    const { app, shared } = (await import(pathToFileURL(file).href)) as { app: RequestListener; shared: Sessions }
    t.after(() => shared.close())
    const node = await serveListener(app)
    t.after(() => node.stop())

    const ada = visitor()
    await ada.post(django, '/login', { name: 'ada', password: 'secret of ada' })
    const buy = async ({ base: at }: Side, slug: string, site = 'same-origin'): Promise<number> => {
      const cookie = [...ada.jar].map(([name, value]) => `${name}=${value}`).join('; ')
      const headers = { cookie, 'sec-fetch-site': site }
      const answer = await fetch(`${at}/cart/`, {
        method: 'POST',
        headers,
        body: new URLSearchParams({ slug }),
        redirect: 'manual',
      })
      return answer.status
    }
    const cart = async (side: Side): Promise<unknown> => (await ada.get(side, '/cart/')).json
    assert.equal(await buy(django, 'rye'), 302)
    assert.deepEqual(await cart(node), { user: 'ada', basket: { rye: 1 } })
    assert.equal(await buy(node, 'rye'), 303)
    assert.equal(await buy(node, 'bun'), 303)
    assert.equal(await buy(node, 'constructor'), 400)
    assert.equal(await buy(node, 'rye', 'same-site'), 403)
    assert.deepEqual(await cart(django), { user: 'ada', basket: { rye: 2, bun: 1 } })
    assert.equal(await buy(django, 'bun'), 302)
    assert.deepEqual(await cart(node), { user: 'ada', basket: { rye: 2, bun: 2 } })
  },
)
