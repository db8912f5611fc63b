import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { labTour } from './lab/lab-tour.ts'
import { launchChromium } from './support/chromium.ts'
import { openSite } from './support/site.ts'
import { tour } from './support/tour.ts'

// Pictures of every page, light and dark, wide and narrow:
//   node --conditions=holdfast-source examples/site/test/screenshots.ts FOLDER

const folder = process.argv[2]
if (folder === undefined) throw new Error('Give the folder for the pictures')
await mkdir(folder, { recursive: true })

await using browser = await launchChromium()
for (const colorScheme of ['light', 'dark'] as const) {
  for (const width of [1280, 390]) {
    await using site = await openSite()
    await using context = await browser.newContext({ colorScheme, viewport: { width, height: 800 } })
    const page = await context.newPage()
    const takePicture = async (name: string): Promise<void> => {
      await page.evaluate("scrollTo({ top: 0, behavior: 'instant' })")
      await page.screenshot({ path: join(folder, `${name}-${colorScheme}-${width}.png`), fullPage: true })
    }
    await tour(page, { site, browser }, takePicture)
    await labTour(page, site.address, takePicture)
  }
}
