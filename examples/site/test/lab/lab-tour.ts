import type { Page } from 'playwright-core'
import { ATTACKS, STEPS } from 'holdfast-lab/shared/api'
import { GOOD, learnerAt } from './learner.ts'

/** Visits every page of the lab, and what becomes of it when it is used. */
export async function labTour(page: Page, address: string, visit: (name: string) => Promise<void>): Promise<void> {
  const learner = learnerAt(page, address)
  const show = async (name: string, path: string): Promise<void> => {
    await learner.open(path)
    await visit(name)
  }
  await show('lab', '/lab')
  await show('lab-read', '/lab/read')

  await learner.open('/lab/watch')
  await page.getByRole('button', { name: 'Forward' }).click()
  await openFirstExchange(page)
  await visit('lab-watch')

  await show('lab-build', '/lab/build')
  await learner.write('SESSION_COOKIE_AGE = twenty()')
  await page.locator('.problems').waitFor()
  await visit('lab-build-problem')
  await learner.write({ ...GOOD, SESSION_COOKIE_AGE: '60' })
  await learner.check()
  await page.getByText('A hint').click()
  await openFirstExchange(page)
  await visit('lab-build-broken')
  for (const step of STEPS) {
    await learner.open(`/lab/build/${step}`)
    await learner.write(GOOD)
    await learner.check()
    if (step === 'httponly') await page.getByText('It got nothing').waitFor()
    await visit(`lab-build-${step}`)
  }
  await show('lab-finish', '/lab/finish')

  await show('lab-attack', '/lab/attack')
  for (const attack of ATTACKS) {
    await learner.open(`/lab/attack/${attack}`)
    await learner.attack('off')
    if (attack === 'xss') await page.getByText('sent this to the attacker').waitFor()
    await visit(`lab-attack-${attack}`)
  }

  await learner.open('/lab/recall')
  await page.getByRole('button', { name: 'Answer' }).waitFor()
  await visit('lab-recall')
  await page.getByRole('radio').first().check()
  await page.getByRole('button', { name: 'Answer' }).click()
  await page.getByRole('button', { name: 'Next' }).waitFor()
  await visit('lab-recall-explained')
  await page.getByRole('button', { name: 'Next' }).click()
  for (let question = 2; question <= 10; question++) {
    await page.getByText(`Question ${question} of 10`).waitFor()
    await page.getByRole('radio').first().check()
    await page.getByRole('button', { name: 'Answer' }).click()
    await page.getByRole('button', { name: 'Next' }).click()
  }
  await visit('lab-recall-score')
}

async function openFirstExchange(page: Page): Promise<void> {
  const exchange = page.locator('.exchange summary').first()
  if ((await exchange.count()) > 0) await exchange.click()
}
