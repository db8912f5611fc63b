import { mkdirSync, mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { launchChromium } from '../../../test/support/chromium.ts'
import { startBakery } from '../src/start.ts'
import { tour } from './tour.ts'

// Pictures of every page, light and dark, wide and narrow:
//   node --conditions=holdfast-source examples/beside-django/test/screenshots.ts FOLDER

const folder = process.argv[2]
if (folder === undefined) throw new Error('Give the folder for the pictures')
mkdirSync(folder, { recursive: true })
const dataDir = mkdtempSync(join(tmpdir(), 'holdfast-bakery-'))
const bakery = await startBakery({ port: 0, dataDir, env: process.env, note: () => {} })

await using browser = await launchChromium()
for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    const context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } })
    const page = await context.newPage()
    await tour(page, bakery.address, `ada-${colorScheme}-${width}`, async (name) => {
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true })
    })
  }
}
await bakery.close()
