/** The lesson of the Read page. */
export interface Section {
  readonly id: string
  readonly heading: string
  readonly blocks: readonly Block[]
}

export type Block =
  | { readonly kind: 'words'; readonly text: string }
  | { readonly kind: 'list'; readonly items: readonly string[] }
  | { readonly kind: 'terms'; readonly rows: readonly (readonly [term: string, meaning: string])[] }
  | { readonly kind: 'wire'; readonly caption: string; readonly lines: readonly WireLine[] }

/** One line of a message, as it is sent. */
export interface WireLine {
  readonly text: string
  /** The session travels in it. */
  readonly session?: boolean
}

export const LESSON: readonly Section[] = [
  {
    id: 'forgets',
    heading: 'HTTP forgets, so we have sessions',
    blocks: [
      words(
        'Every request stands alone. The server that has just checked your password knows nothing of it when the next request comes. So it gives your browser a ticket, a long random token, in a cookie. The browser shows the ticket with every request, and the server looks up what belongs to it: who you are, what is in your basket. That is a session.',
      ),
      {
        kind: 'wire',
        caption: 'The answer to a sign-in, and the next request',
        lines: [
          { text: 'HTTP/1.1 303 See Other' },
          {
            text: 'Set-Cookie: sessionid=q3Yk…T0w; Max-Age=1200; Path=/; Secure; HttpOnly; SameSite=Lax',
            session: true,
          },
          { text: '' },
          { text: 'GET /account HTTP/1.1' },
          { text: 'Cookie: sessionid=q3Yk…T0w', session: true },
        ],
      },
      words(
        'Look at the second message. There is no name in it and no password. Whoever sends that line is you. Everything in this lab follows from that.',
      ),
    ],
  },
  {
    id: 'thieves',
    heading: 'Two ways to somebody else’s session',
    blocks: [
      {
        kind: 'terms',
        rows: [
          [
            'Hijacking',
            'The attacker gets a copy of a token that is in use: read off a plain line, stolen by a script in the page, found in a backup or a log. Then the attacker sends it.',
          ],
          [
            'Fixation',
            'The other way round: the attacker chooses the token. A session of the attacker’s own is planted in your browser, and you sign in with it. Now both of you hold the ticket.',
          ],
        ],
      },
      words(
        'A third one belongs to both: a session that is said to be over and is not. The cookie is gone from the browser, but the server still honours a copy.',
      ),
    ],
  },
  {
    id: 'settings',
    heading: 'Four settings',
    blocks: [
      words('Django has named them, and Holdfast understands the same names. These are the four steps of Build.'),
      {
        kind: 'terms',
        rows: [
          [
            '`SESSION_COOKIE_AGE = 1200`',
            'After 20 minutes without a change the session is over, on the server. A copied cookie is worth something for a short time only. The browser gets the same number as `Max-Age`.',
          ],
          [
            '`SESSION_COOKIE_SECURE = True`',
            'The cookie is sent over https only. On a plain line there is nothing to read.',
          ],
          [
            "`SESSION_ENGINE = '…cached_db'`",
            'Sessions are kept in a database and read from a cache. A restart signs nobody out, a sign-out reaches both, and the database has its peace.',
          ],
          [
            '`SESSION_COOKIE_HTTPONLY = True`',
            'No script can read the cookie. Whoever gets a script into your page cannot carry the session away with it.',
          ],
        ],
      },
    ],
  },
  {
    id: 'library',
    heading: 'What no setting does for you',
    blocks: [
      words('The rest is the work of the library. Ask these questions of any that you use:'),
      {
        kind: 'list',
        items: [
          'Does every sign-in get a new token? If not, fixation works.',
          'Does a sign-out end the session on the server, in every cache, before it is answered? If not, replay works.',
          'Can a slow request bring an ended session back when it saves? It must not.',
          'Do two requests at once lose each other’s changes?',
          'Can whoever reads the database use what is in it? There should be hashes there, and no tokens.',
          'Is the token renewed while the session lives? Then a copy that is used beside its owner gives itself away.',
        ],
      },
      words('Holdfast answers each of them with a test. In Attack you can try some of them yourself.'),
    ],
  },
  {
    id: 'limits',
    heading: 'What all this does not stop',
    blocks: [
      {
        kind: 'list',
        items: [
          'Malware on the user’s computer. It takes what the browser has.',
          'A script in your own page that acts as the user while the page is open. `HttpOnly` keeps the cookie from it, not the page. Escape what you print, and send a Content-Security-Policy.',
          'A thief who uses a copied cookie while its owner stays away. That ends when the owner comes back, or when the time is up.',
          'Requests that another site sends in the user’s name. `SameSite=Lax` keeps most of them away; checking where a request comes from does the rest.',
        ],
      },
    ],
  },
  {
    id: 'sources',
    heading: 'Where this is written down',
    blocks: [
      {
        kind: 'list',
        items: [
          'RFC 6265bis, “Cookies: HTTP State Management Mechanism”: what browsers do with `Secure`, `HttpOnly`, `SameSite`, and `__Host-`.',
          'OWASP, “Session Management Cheat Sheet”, and chapter V7 of the Application Security Verification Standard 5.0.',
          'The Django documentation, “How to use sessions”: the four settings, and some more.',
        ],
      },
    ],
  },
]

function words(text: string): Block {
  return { kind: 'words', text }
}
