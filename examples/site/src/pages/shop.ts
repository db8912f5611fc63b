import { CATALOGUE, priceOf, type Article } from '../catalogue.ts'
import { html, type Html } from '../html.ts'
import type { Page } from './layout.ts'

export function shopPage(): Page {
  return {
    title: 'Rope, brass and lamplight',
    body: html`<section class="hero" aria-labelledby="hero">
        <div class="wide hero-words">
          <h1 id="hero">Rope, brass <br />and lamplight</h1>
          <p class="lead">
            Plain good gear for small boats, from a shop at the end of the quay. Every piece is made to be trusted in
            the dark.
          </p>
          <p><a class="button" href="#shelves">See the shelves</a></p>
        </div>
        <picture>
          <source media="(prefers-color-scheme: dark)" srcset="/harbour-night.svg" />
          <img class="hero-scene" src="/harbour-day.svg" alt="" width="1600" height="420" />
        </picture>
      </section>
      <section class="wide page" aria-labelledby="shelves">
        <h2 class="shelves-title" id="shelves" tabindex="-1">On the shelves</h2>
        <ul class="shelves">
          ${CATALOGUE.map(card)}
        </ul>
      </section>`,
  }
}

function card({ slug, name, blurb, pence }: Article): Html {
  return html`<li class="card">
    <img class="card-picture" src="/goods/${slug}.svg" alt="" width="320" height="320" />
    <h3>${name}</h3>
    <p>${blurb}</p>
    <form class="card-buy" method="post" action="/basket">
      <span class="price">${priceOf(pence)}</span>
      <input type="hidden" name="article" value="${slug}" />
      <button class="button small" type="submit">Add<span class="unseen"> ${name} to the basket</span></button>
    </form>
  </li>`
}
