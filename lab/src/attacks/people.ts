import { PASSWORD } from './application/shop.ts'
import type { Answer, Browser } from './application/browser.ts'
import type { Application } from './application/start.ts'

/** Ada types her name and password. */
export function signIn({ https }: Pick<Application, 'https'>, browser: Browser): Promise<Answer> {
  return browser.post(`${https}/sign-in`, { name: 'ada', password: PASSWORD })
}

/** Asks over https who one is, with nothing but this cookie: what somebody does who has got hold of it. */
export function tryCookie(application: Application, cookie: string | undefined): Promise<Answer> {
  const browser = application.browser()
  if (cookie !== undefined) browser.plant(application.https, cookie)
  return browser.get(`${application.https}/me`)
}
