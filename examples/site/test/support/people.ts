import type { Page } from 'playwright-core'
import { visit, type Visitor } from './visitor.ts'

export const ANN = { name: 'Ann Bonny', email: 'ann@example.org', password: 'a short sentence does well' }
export const BEN = { name: 'Ben Gunn', email: 'ben@example.org', password: 'toasted cheese, mostly' }

/** Someone who has just opened an account, over plain HTTP. */
export async function newCustomer(
  address: string,
  person = ANN,
  headers: Record<string, string> = {},
): Promise<Visitor> {
  const visitor = visit(address, headers)
  const { path } = await visitor.submit('/sign-up', person)
  if (path !== '/account') throw new Error(`Signing up led to ${path}`)
  return visitor
}

/** The same person on one more device. */
export async function onAnotherDevice(address: string, person = ANN, userAgent = 'curl/8.0'): Promise<Visitor> {
  const visitor = visit(address, { 'user-agent': userAgent })
  const { path } = await visitor.submit('/sign-in', person)
  if (path !== '/account') throw new Error(`Signing in led to ${path}`)
  return visitor
}

/** In a real browser, from the page it shows. */
export async function signUp(page: Page, address: string, person = ANN): Promise<void> {
  await page.goto(`${address}/sign-up`)
  await page.getByLabel('Your name').fill(person.name)
  await page.getByLabel('E-mail address').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Open the account' }).click()
  await page.getByRole('heading', { name: `Good to see you, ${person.name}` }).waitFor()
}

export async function signIn(page: Page, address: string, person = ANN): Promise<void> {
  await page.goto(`${address}/sign-in`)
  await page.getByLabel('E-mail address').fill(person.email)
  await page.getByLabel('Password').fill(person.password)
  await page.getByRole('button', { name: 'Sign in' }).click()
  await page.getByRole('heading', { name: 'Good to see you' }).waitFor()
}
