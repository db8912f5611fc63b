/** What the lab is about, and the ways into it. */

export const SCENARIO =
  'A web application signs people in, and remembers them with a session. There are two ways to get at somebody else’s session. One is to steal it while it is in use: that is hijacking. The other is to slip somebody a session of one’s own before they sign in: that is fixation.'

export const GOAL =
  'You set up the sessions of such an application, one setting after the other. After each one the application is started with what you wrote, and really attacked. You see every request.'

export const OUTCOME =
  'At the end you have four settings that hold, for Django and for Holdfast. And you know what each of them stops, because you have seen it go wrong.'

export interface Way {
  readonly id: 'read' | 'watch' | 'build' | 'attack' | 'recall'
  readonly name: string
  readonly says: string
  readonly minutes: number
}

/** In the order that suits most. Each stands alone. */
export const WAYS: readonly Way[] = [
  { id: 'read', name: 'Read', says: 'What a session is, who wants it, and what stops them. On one page.', minutes: 4 },
  {
    id: 'watch',
    name: 'Watch',
    says: 'One session from its first request to its end, step by step: the cookie, the cache, the row in the database.',
    minutes: 3,
  },
  {
    id: 'build',
    name: 'Build',
    says: 'Four settings in your own settings file. Each is checked on a running application.',
    minutes: 8,
  },
  {
    id: 'attack',
    name: 'Attack',
    says: 'Two browsers, a victim and an attacker. Five attacks, each with its defence off and on.',
    minutes: 3,
  },
  { id: 'recall', name: 'Recall', says: 'Ten questions, from easy to hard. Each answer is explained.', minutes: 2 },
]
