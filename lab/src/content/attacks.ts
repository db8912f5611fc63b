import type { Attack } from '../shared/api.ts'

/** One of the five attacks, in words. */
export interface AttackText {
  readonly id: Attack
  readonly title: string
  readonly summary: string
  /** How it goes, when nothing stops it. */
  readonly course: readonly string[]
  /** What stops it. */
  readonly defence: string
  /** What is left: no defence stops everything. */
  readonly remains: string
}

export const ATTACK_TEXTS: readonly AttackText[] = [
  {
    id: 'fixation',
    title: 'Fixation',
    summary: 'The attacker gives you a session, and waits for you to sign in.',
    course: [
      'The attacker visits the site and gets a token of their own.',
      'They plant it in the victim’s browser, for instance from a subdomain that they control.',
      'The victim signs in. The application keeps the token it was given.',
      'The attacker’s browser has had that token all along. Now it is signed in too, as the victim.',
    ],
    defence:
      'Every sign-in issues a new token and ends the old one. What the attacker planted is worth nothing from that moment. Holdfast does this always; there is no setting for it.',
    remains:
      'The attacker can still sign the victim in to an account of the attacker’s, if the sign-in form takes requests from other sites. Refuse those.',
  },
  {
    id: 'sniffing',
    title: 'Hijack by sniffing',
    summary: 'One request over plain http, and everyone on the way has read the cookie.',
    course: [
      'The victim signs in over https. So far nobody has seen anything.',
      'A link, a picture or an old bookmark leads to the same site over http. The browser adds the cookie.',
      'The sniffer reads it off the line.',
      'The sniffer sends it too, over https, and is signed in as the victim.',
    ],
    defence:
      '`SESSION_COOKIE_SECURE = True`. The browser keeps the cookie back when a request is not encrypted. The sniffer hears a request without a session.',
    remains:
      'Whoever sits on a plain line can still change the page that is sent over it. Answer over http with nothing but a redirect, and send `Strict-Transport-Security`.',
  },
  {
    id: 'xss',
    title: 'Hijack by a script',
    summary: 'A comment with a script in it reads the cookie and sends it away.',
    course: [
      'The attacker writes a comment. There is a script in it, and the application prints it as it is.',
      'The victim opens the page, and the script runs with the victim’s rights.',
      'It reads `document.cookie` and sends what it found to the attacker.',
      'The attacker puts the cookie into their own browser.',
    ],
    defence:
      '`SESSION_COOKIE_HTTPONLY = True`. The browser sends the cookie with requests and shows it to no script. `document.cookie` is empty.',
    remains:
      'The script can still act as the user while the page is open. Escape what you print, and send a Content-Security-Policy, so that there is no script in the first place.',
  },
  {
    id: 'replay',
    title: 'Replay after logout',
    summary: 'A copy of the cookie is used after its owner has signed out.',
    course: [
      'The attacker has got a copy of the cookie, from a backup of the browser for instance.',
      'The victim signs out. The browser forgets the cookie, and the page says goodbye.',
      'The server has forgotten nothing. The copy still opens the session.',
    ],
    defence:
      'Signing out ends the session where it is kept, and in the cache, before the answer is sent. The cookie that is deleted in the browser is only tidiness. Holdfast always does both.',
    remains: 'Until the victim signs out, the copy works. That is what short lives and renewal are for.',
  },
  {
    id: 'reuse',
    title: 'Reuse after renewal',
    summary: 'A thief uses a copied cookie beside its owner, and hopes that nobody notices.',
    course: [
      'The attacker copies the cookie of a session that is in use.',
      'The owner goes on working. The attacker comes now and then.',
      'Nothing changes for either of them, and so nothing gives the thief away.',
    ],
    defence:
      'Every ten minutes the secret in the cookie is renewed. Only one of the two gets the new one. When the other comes with the old one, the server knows that there are two, and ends the session.',
    remains:
      'A thief who comes while the owner stays away is not noticed before the owner returns, or before the session ends by itself.',
  },
]

export function attackText(id: string): AttackText | undefined {
  return ATTACK_TEXTS.find((attack) => attack.id === id)
}
