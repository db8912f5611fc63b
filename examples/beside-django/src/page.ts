import { CATALOGUE } from './basket.ts'

export interface CartPage {
  readonly basket: Readonly<Record<string, number>>
  /** Who is signed in, in the words of Django's auth_user. */
  readonly username: string | undefined
}

/** The frame is that of Django's base.html, and the style the same file. */
export function cartPage({ basket, username }: CartPage): string {
  const lines = Object.entries(basket)
  const count = lines.reduce((sum, [, quantity]) => sum + quantity, 0)
  const who =
    username === undefined
      ? '<a href="/sign-in/?next=/cart/">Sign in</a>'
      : `<a href="/account/">${escape(username)}</a>`
  return `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>Cart · The Two Ovens</title>
    <link rel="icon" href="data:,">
    <link rel="stylesheet" href="/public/bakery.css">
  </head>
  <body>
    <header>
      <a class="name" href="/">The Two Ovens</a>
      <nav aria-label="Main">
        <a href="/">Shop</a>
        <a href="/basket/">Basket (${count})</a>
        <a href="/cart/">Cart (${count})</a>
        ${who}
      </nav>
    </header>
    <main>
      <h1>${username === undefined ? 'Your cart' : `${escape(username)}’s cart`}</h1>
      ${lines.length === 0 ? EMPTY : `<ul class="lines">${lines.map(line).join('')}</ul>`}
      ${username === undefined ? '' : SIGN_OUT}
    </main>
    <footer><span class="oven node">Node ${process.versions.node}</span> made this page.</footer>
  </body>
</html>
`
}

function line([slug, quantity]: [string, number]): string {
  const name = escape(CATALOGUE.get(slug) ?? slug)
  const button = (by: number, sign: string, what: string): string =>
    `<button class="quiet" name="by" value="${by}" aria-label="${what} ${name}">${sign}</button>`
  return `<li><span>${name}</span><form method="post" action="/cart/change">
    <input type="hidden" name="slug" value="${slug}">
    ${button(-1, '−', 'One less')}<span class="number">${quantity}</span>${button(1, '+', 'One more')}
  </form></li>`
}

function escape(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

const EMPTY = '<p>Nothing is in it yet. <a href="/">Go to the shop</a>.</p>'
const SIGN_OUT = `<form method="post" action="/cart/sign-out"><button>Sign out of both</button></form>`
