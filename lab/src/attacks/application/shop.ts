import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

/** What the shop asks of a session: Holdfast's has it, and so have the hand-written ones. */
export interface ShopSession {
  readonly subject: string | null
  get(key: 'basket'): readonly string[] | undefined
  set(key: 'basket', value: string[]): void
  login(subject: string): Promise<void>
  logout(): Promise<unknown>
}

/** A type and not an interface, because it is the data of a session. */
export type ShopData = { basket: string[] }

/** The application that is attacked: it signs people in and out, keeps a basket, and has a guest book. */
export interface Shop {
  readonly serve: (request: IncomingMessage, response: ServerResponse, session: ShopSession) => Promise<void>
  /** The secret of a link that signs Ada in once, for a browser that cannot type her password. */
  oneTimeLink(): string
}

/** Ada's own. Nobody else knows it. */
export const PASSWORD = 'three turns and a half hitch'

/** @param path Under which it lives: '' or such as '/shop'. */
export function openShop(path: string): Shop {
  const comments: string[] = []
  const links = new Set<string>()

  const answer = async (request: IncomingMessage, session: ShopSession): Promise<Reply> => {
    const url = new URL(request.url ?? '/', 'http://shop')
    const fields = request.method === 'POST' ? await readForm(request) : url.searchParams
    if (!url.pathname.startsWith(`${path}/`)) return NO_SUCH_PAGE
    switch (`${request.method} ${url.pathname.slice(path.length)}`) {
      case 'GET /me':
        return json({ signedIn: session.subject, basket: session.get('basket') ?? [] })
      case 'POST /sign-in':
        if (fields.get('password') !== PASSWORD) return json({ error: 'Name or password is wrong.' }, 422)
        await session.login(fields.get('name') ?? '')
        return json({ signedIn: session.subject })
      case 'POST /sign-out':
        await session.logout()
        return json({ signedIn: null })
      case 'POST /basket':
        session.set('basket', [...(session.get('basket') ?? []), fields.get('article') ?? ''].slice(-MOST))
        return json({ signedIn: session.subject, basket: session.get('basket') ?? [] })
      case 'POST /guest-book':
        if (comments.length < MOST) comments.push((fields.get('comment') ?? '').slice(0, LONGEST_COMMENT))
        return json({ thanks: 'Your comment is in the guest book.' })
      case 'GET /guest-book':
        return html(guestBook(session.subject, comments))
      case 'GET /enter':
        if (!links.delete(fields.get('once') ?? '')) return json({ error: 'This link was used before.' }, 403)
        await session.login('ada')
        return { status: 303, headers: { location: `${path}/guest-book` }, body: '' }
      default:
        return NO_SUCH_PAGE
    }
  }

  return {
    async serve(request, response, session) {
      try {
        const { status, headers, body } = await answer(request, session)
        response.writeHead(status, headers).end(body)
      } catch (error) {
        const { status, headers, body } = json({ error: String(error) }, 500)
        response.writeHead(status, headers).end(body)
      }
    },
    oneTimeLink() {
      const secret = randomBytes(16).toString('base64url')
      links.add(secret)
      return secret
    },
  }
}

interface Reply {
  readonly status: number
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

const MOST = 20
const LONGEST_COMMENT = 500

function json(value: object, status = 200): Reply {
  return { status, headers: { 'content-type': 'application/json' }, body: JSON.stringify(value) }
}

function html(body: string): Reply {
  return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, body }
}

const NO_SUCH_PAGE = json({ error: 'There is no such page.' }, 404)

/**
 * The fault that lets the script in: comments are printed as they came. A page that escapes what it prints, as the
 * one you are reading this lab on does, would show the script as text.
 */
function guestBook(subject: string | null, comments: readonly string[]): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta name="color-scheme" content="light dark">
<title>Guest book</title>
<body style="font: 1rem/1.5 system-ui, sans-serif; margin: 1rem">
<h1 style="font-size: 1.25rem">Guest book</h1>
<p>${subject === null ? 'Nobody is signed in.' : `Signed in as <strong>${subject}</strong>.`}</p>
${comments.map((comment) => `<blockquote style="margin: 0 0 1rem; border-left: 3px solid; padding-left: 1rem">${comment}</blockquote>`).join('\n')}
</body>
</html>`
}

async function readForm(request: IncomingMessage): Promise<URLSearchParams> {
  let text = ''
  for await (const chunk of request.setEncoding('utf8')) {
    text += chunk
    if (text.length > LONGEST_FORM) throw new Error('The form is too long')
  }
  return new URLSearchParams(text)
}

const LONGEST_FORM = 4096
