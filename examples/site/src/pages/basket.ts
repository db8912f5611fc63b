import { linesOf, MOST_OF_ONE, totalOf, type Basket, type BasketLine } from '../basket.ts'
import { priceOf } from '../catalogue.ts'
import { html, type Html } from '../html.ts'
import { besides } from './form.ts'
import type { Page } from './layout.ts'

export function basketPage(basket: Basket, signedIn: boolean): Page {
  const lines = linesOf(basket)
  return { title: 'Basket', body: lines.length === 0 ? EMPTY : filled(lines, totalOf(basket), signedIn) }
}

const EMPTY = html`<div class="wide split">
  <div class="page">
    <h1>Your basket</h1>
    <p class="lead">There is nothing in it yet.</p>
    <p><a class="button" href="/#shelves">See the shelves</a></p>
  </div>
  ${besides('manila-rope')}
</div>`

function filled(lines: readonly BasketLine[], total: number, signedIn: boolean): Html {
  return html`<div class="wide page">
    <h1>Your basket</h1>
    <div class="columns">
      <ul class="lines">
        ${lines.map(line)}
      </ul>
      <div class="cartouche">
        <p class="total"><span>Total</span> <strong class="price">${priceOf(total)}</strong></p>
        <p class="quiet">
          ${
            signedIn
              ? 'There is no till: this shop only shows how a basket is kept.'
              : html`<a href="/sign-in?next=/basket">Sign in</a> and it all stays in here.`
          }
        </p>
      </div>
    </div>
  </div>`
}

function line({ article: { slug, name, pence }, quantity, pence: sum }: BasketLine): Html {
  const options = Array.from({ length: MOST_OF_ONE }, (_, index) => index + 1)
  return html`<li class="line">
    <img src="/goods/${slug}.svg" alt="" width="88" height="88" />
    <div class="line-words">
      <h2>${name}</h2>
      <p class="quiet">${priceOf(pence)} each</p>
    </div>
    <form class="line-quantity" method="post" action="/basket/quantity">
      <input type="hidden" name="article" value="${slug}" />
      <label class="unseen" for="quantity-${slug}">Quantity of ${name}</label>
      <select id="quantity-${slug}" name="quantity">
        ${options.map((n) => html`<option ${n === quantity && html`selected`}>${n}</option>`)}
      </select>
      <button class="button quiet small" type="submit">Update<span class="unseen"> ${name}</span></button>
      <button class="link" type="submit" name="remove" value="yes">Remove<span class="unseen"> ${name}</span></button>
    </form>
    <p class="line-sum price">${priceOf(sum)}</p>
  </li>`
}
