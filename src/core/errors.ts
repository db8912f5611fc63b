/**
 * Every error that Holdfast raises on purpose: its code, the HTTP status that fits (where an adapter answers by itself,
 * 500 and more are all a plain 500), what happened, and how to mend it.
 */
export const ERRORS = {
  ERR_KEYS: {
    status: 500,
    title: 'The keys cannot be used',
    fix: 'Make one with `npx holdfast keygen` and pass it from a secret of your deployment: createSessions({ keys: [process.env.SESSION_KEY] }).',
  },
  ERR_OPTION: {
    status: 500,
    title: 'An option is wrong',
    fix: 'Correct the option; the settings page of the documentation lists them all.',
  },
  ERR_COOKIE_OPTION: {
    status: 500,
    title: 'The cookie options contradict each other or the cookie standard',
    fix: 'Correct the option; with no cookie options at all you get a __Host- cookie, the strictest kind.',
  },
  ERR_SETTING: {
    status: 500,
    title: 'A Django setting is wrong',
    fix: 'Correct the setting; the names and types are those of the Django documentation.',
  },
  ERR_ENGINE: {
    status: 500,
    title: 'The engine cannot do this, by where it keeps sessions',
    fix: 'Where you need it, keep sessions in a store of Holdfast: engine: cachedDb(store, cache), or no engine at all.',
  },
  ERR_CACHE_SCOPE: {
    status: 500,
    title: 'This cache would go stale',
    fix: 'A cache inside one process needs a store that reports what other processes change (memoryStore, sqliteStore), and engines on one store need one cache. Pass the same cache, use a shared one, or engine: db(store).',
  },
  ERR_DATA_VALUE: {
    status: 500,
    title: 'A session holds JSON values only',
    fix: 'Store a string, finite number, boolean, null, array or plain object; a Date goes in as date.toISOString().',
  },
  ERR_DATA_LIMIT: {
    status: 413,
    title: 'The session data is too large or too deep',
    fix: 'Keep large things in a table of your own and their id in the session, or raise limits.bytes or limits.depth. What a cookie holds cannot be raised.',
  },
  ERR_DATA_SCHEMA: {
    status: 500,
    title: 'What a request would have stored does not fit the schema',
    fix: 'Set what the schema accepts and leaves as it is, without defaults, transforms and coercions; keys that are not always there are optional in it.',
  },
  ERR_DATA_MISFIT: {
    status: 500,
    title: 'Stored session data does not fit the schema',
    fix: "Say what to do with it: onMisfit: 'drop', or a function that migrates it.",
  },
  ERR_SCHEMA_ASYNC: {
    status: 500,
    title: 'A schema and its onMisfit must answer at once',
    fix: 'session.get() is synchronous: take asynchronous checks out of the schema, and make them where the value is set.',
  },
  ERR_UPDATE_ASYNC: {
    status: 500,
    title: 'The function given to session.update() returned a promise',
    fix: 'Await what you need first, then call update() with a function that only computes: it may run again when another request wrote meanwhile.',
  },
  ERR_USER: {
    status: 403,
    title: 'There is no such user in the tables of Django, or the user is not active',
    fix: 'Pass the primary key of a user whose password was checked: session.login(String(user.id)).',
  },
  ERR_RESERVED_KEY: {
    status: 500,
    title: 'This key of a session that is shared with Django is not set by hand',
    fix: 'Use login(), logout(), setExpiry() and updateSessionAuthHash(), which keep it.',
  },
  ERR_SUBJECT: {
    status: 500,
    title: 'A subject is a well-formed string of 1 to 255 characters',
    fix: 'Pass the id of your user as a string: session.login(String(user.id)).',
  },
  ERR_HASHER: {
    status: 500,
    title: 'This password is stored in a way that Holdfast cannot check',
    fix: 'Let Django check it: it can also hash it anew with its default hasher, PBKDF2 with SHA-256, when the user signs in there.',
  },
  ERR_COMMITTED: {
    status: 500,
    title: 'The session was changed after its response had begun',
    fix: 'Change the session before the first write, end or redirect of the response.',
  },
  ERR_SESSION_INTERRUPTED: {
    status: 400,
    title: 'The session ended before the request completed',
    fix: 'Nothing was written. The visitor signed out, was signed out, or signed in elsewhere meanwhile: let them load the page again.',
  },
  ERR_CONFLICT: {
    status: 409,
    title: 'Another request changed the same key of the session meanwhile',
    fix: "Use session.update(key, fn), which cannot conflict, or leave onConflict at 'merge'.",
  },
  ERR_CONTENTION: {
    status: 503,
    title: 'The session was written by others again and again, so this write gave up',
    fix: 'Nothing was written; the request may be sent again. Many writers of one session usually mean that a counter belongs in a table.',
  },
  ERR_TOO_MANY_SESSIONS: {
    status: 403,
    title: 'This subject is signed in on as many devices as maxPerSubject allows',
    fix: "Let the user end one (sessions.list and sessions.revoke), or use the policy 'evict-oldest'.",
  },
  ERR_LOGIN_STALE: {
    status: 403,
    title: 'The subject was signed out everywhere, or got another password, after this login began',
    fix: 'Read sessions.epoch(subject) again, or beside Django the row of the user, and then check the password.',
  },
  ERR_NOT_FRESH: {
    status: 403,
    title: 'This action asks for a recent sign-in',
    fix: 'Ask for the password again, call session.reauthenticated(), then repeat the action.',
  },
  ERR_STORE: {
    status: 503,
    title: 'The session store failed',
    fix: 'Its cause says why. A failing store never counts as a signed-out visitor.',
  },
  ERR_STORE_NEWER: {
    status: 503,
    title: 'The store was made by a newer Holdfast, in a way that this one cannot use',
    fix: 'Update the holdfast package here to the version that the other processes have.',
  },
  ERR_CLOSED: {
    status: 500,
    title: 'These sessions are closed',
    fix: 'Call close() only after the server has stopped taking requests.',
  },
} as const satisfies Record<string, { status: number; title: string; fix: string }>

export type ErrorCode = keyof typeof ERRORS

/**
 * An error with a stable `code`, an HTTP `status` and a `fix`. Messages name what was wrong and where;
 * they never hold a key, a token or session data.
 */
export class HoldfastError extends Error {
  override readonly name: string = 'HoldfastError'
  readonly code: ErrorCode
  readonly status: number
  readonly fix: string

  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions) {
    super(describe(code, detail), options)
    this.code = code
    this.status = ERRORS[code].status
    this.fix = ERRORS[code].fix
  }
}

/** The same for a mistake in a program: a value of the wrong type. It is a `TypeError`. */
export class HoldfastTypeError extends TypeError {
  override readonly name: string = 'TypeError'
  readonly code: ErrorCode
  readonly status: number
  readonly fix: string

  constructor(code: ErrorCode, detail?: string, options?: ErrorOptions) {
    super(describe(code, detail), options)
    this.code = code
    this.status = ERRORS[code].status
    this.fix = ERRORS[code].fix
  }
}

function describe(code: ErrorCode, detail: string | undefined): string {
  const { title, fix } = ERRORS[code]
  if (detail === undefined) return `${title}. ${fix}`
  return `${title}: ${detail}${detail.endsWith('?') ? '' : '.'} ${fix}`
}
