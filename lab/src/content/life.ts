/** The stations of one session's life, in words: what the Watch page shows on a running application. */
export interface Station {
  readonly title: string
  readonly says: string
}

export const STATIONS: readonly Station[] = [
  {
    title: 'A stranger',
    says: 'Somebody looks at the site. There is nothing to remember, so there is no session: no cookie, no row, no copy in the cache.',
  },
  {
    title: 'Something to remember',
    says: 'A basket, a language, a half-filled form. Now a session begins. The server makes up a token that nobody can guess, keeps a hash of its secret in the database, and sends the token in a cookie.',
  },
  {
    title: 'Signing in',
    says: 'The password was right. The session gets a new token, and the old one is worth nothing. What was in the basket comes along.',
  },
  {
    title: 'Requests',
    says: 'The browser sends the cookie with each request. The server answers from the copy in its cache. Where there is none, it reads the row and leaves a copy.',
  },
  {
    title: 'A change',
    says: 'Something is written. The row’s revision goes up by one, and whoever wrote at the same time has to look again. So no change is lost.',
  },
  {
    title: 'Renewal',
    says: 'After ten minutes the secret in the cookie is replaced. The session stays the same. A copied cookie that turns up later gives its thief away.',
  },
  {
    title: 'Idle',
    says: 'Nobody comes. The time runs out on the server, whatever the browser still holds.',
  },
  {
    title: 'Signing out',
    says: 'First the cache is told that the end is near, then the row is deleted, then the cache buries its copy. Only then does the answer leave, with a cookie that deletes the one in the browser.',
  },
]
