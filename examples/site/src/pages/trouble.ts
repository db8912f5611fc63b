import { html } from '../html.ts'
import type { Page } from './layout.ts'

export interface Trouble {
  readonly heading: string
  readonly words: string
  /** A signal flag, and what it says at sea. */
  readonly flag: 'd' | 'l' | 'o' | 'u' | 'x'
}

export function troublePage({ heading, words, flag }: Trouble): Page {
  return {
    title: heading,
    body: html`<div class="wide split">
      <div class="page">
        <h1>${heading}</h1>
        <p class="lead" role="alert">${words}</p>
        <p><a class="button" href="/">Back to the shop</a></p>
      </div>
      <figure class="signal">
        <img src="/flags/${flag}.svg" alt="Signal flag ${flag.toUpperCase()}" width="336" height="280" />
        <figcaption>“${SIGNALS[flag]}”</figcaption>
      </figure>
    </div>`,
  }
}

/** From the International Code of Signals. */
const SIGNALS = {
  d: 'Keep clear of me; I am manoeuvring with difficulty.',
  l: 'You should stop your vessel instantly.',
  o: 'Man overboard.',
  u: 'You are running into danger.',
  x: 'Stop carrying out your intentions and watch for my signals.',
}
