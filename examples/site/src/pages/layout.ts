import { html, type Html } from '../html.ts'

export interface Page {
  readonly title: string
  readonly body: Html
  /** What the page needs in its head besides the site's own. */
  readonly head?: Html
}

/** What the page around the page shows. Error pages have none of it: they must work when sessions do not. */
export interface Visitor {
  readonly signedIn: boolean
  readonly basketCount: number
  readonly flash: string | undefined
  /** Where the visitor is, to mark it in the navigation. */
  readonly path: string
}

export function layout({ title, body, head }: Page, visitor?: Visitor): string {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <title>${title} · The Chandlery</title>
        <link rel="icon" href="/mark.svg" type="image/svg+xml" />
        <link rel="stylesheet" href="/site.css" />
        ${head}
      </head>
      <body>
        <a class="skip" href="#main">Skip to the content</a>
        <header class="masthead">
          <div class="wide masthead-row">
            <a class="wordmark" href="/"><img src="/mark.svg" alt="" width="40" height="40" />The Chandlery</a>
            ${visitor && navigation(visitor)}
          </div>
        </header>
        <main id="main" tabindex="-1">
          ${visitor?.flash && html`<p class="flash" role="status"><span class="wide">${visitor.flash}</span></p>`}
          ${body}
        </main>
        <footer class="footer">
          <div class="wide footer-row">
            <p class="hoist">${HOIST}</p>
            <p>A demonstration of Holdfast: nothing here is for sale.</p>
          </div>
        </footer>
      </body>
    </html>`.toString()
}

function navigation({ signedIn, basketCount, path }: Visitor): Html {
  const link = (href: string, label: Html | string): Html => {
    const here = href === '/' ? path === '/' : path === href || path.startsWith(`${href}/`)
    return html`<li><a href="${href}" ${here && CURRENT}>${label}</a></li>`
  }
  const count = basketCount > 0 && html` <span class="count">${basketCount}<span class="unseen"> articles</span></span>`
  return html`<nav aria-label="Main">
    <ul class="nav">
      ${link('/', 'Shop')} ${link('/basket', html`Basket${count}`)} ${link('/lab', 'Lab')}
      ${signedIn ? link('/account', 'Account') : link('/sign-in', 'Sign in')}
    </ul>
  </nav>`
}

const CURRENT = html`aria-current="page"`

const HOIST = html`<span role="img" aria-label="Signal flags that spell hold fast">
  ${Array.from('hold').map(flag)}<span class="hoist-gap"></span>${Array.from('fast').map(flag)}
</span>`

function flag(letter: string): Html {
  return html`<img src="/flags/${letter}.svg" alt="" width="36" height="30" />`
}
