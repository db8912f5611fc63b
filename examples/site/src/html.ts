/**
 * Templates are TypeScript functions with this tag. Every value is escaped on its way in, except what the tag itself
 * has made; there is no other way to put markup into a page. A misspelt variable is a compile error, and there is no
 * template language to learn or to load: that is why the site has no template engine.
 *
 * Values may stand in text and in double-quoted attributes. There are no scripts and no inline styles to put them in.
 *
 * @example
 * html`<li class="line">${name}</li>`
 */
export function html(strings: TemplateStringsArray, ...values: readonly Value[]): Html {
  let markup = strings[0] ?? ''
  for (const [index, value] of values.entries()) markup += render(value) + (strings[index + 1] ?? '')
  return new Html(markup)
}

/** Markup that is safe to send. Its constructor stays in this file. */
class Html {
  readonly #markup: string

  constructor(markup: string) {
    this.#markup = markup
  }

  toString(): string {
    return this.#markup
  }
}

export type { Html }

type Value = Html | string | number | false | null | undefined | readonly Value[]

function render(value: Value): string {
  if (value instanceof Html) return value.toString()
  if (typeof value === 'object' && value !== null) return value.map(render).join('')
  if (value === undefined || value === null || value === false) return ''
  return String(value).replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}
