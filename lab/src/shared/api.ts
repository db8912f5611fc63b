/** What travels between the lab's pages and its server, as JSON. Every POST answers a `Refusal` with a 4xx status when it cannot. */

export type Language = 'python' | 'typescript'

/** The four steps, in the order in which they are offered. Any order will do. */
export const STEPS = ['age', 'secure', 'engine', 'httponly'] as const
export type Step = (typeof STEPS)[number]

/** The five attacks, each tried with its defence off and on. */
export const ATTACKS = ['fixation', 'sniffing', 'xss', 'replay', 'reuse'] as const
export type Attack = (typeof ATTACKS)[number]

/** What is in the editor. */
export interface Source {
  readonly language: Language
  readonly text: string
}

/** Something that is no literal, or no setting: on its line, with what is allowed. */
export interface Problem {
  /** From 1. */
  readonly line: number
  readonly column: number
  /** Offsets of characters in the text, for the editor's marker. */
  readonly from: number
  readonly to: number
  readonly message: string
}

/** POST /lab/api/read, `Source`. Parsed, never run. */
export interface Reading {
  readonly problems: readonly Problem[]
  /** The same settings in both languages; undefined while there are problems. */
  readonly texts: Readonly<Record<Language, string>> | undefined
  /** The other language's text has the same settings and none of the comments that are in this one. */
  readonly losesComments: boolean
}

/** POST /lab/api/check. */
export interface CheckRequest extends Source {
  readonly step: Step
}

export interface CheckReport {
  readonly step: Step
  readonly verdict: 'holds' | 'broken' | 'unreadable'
  /** One sentence: what these settings did to the application. Never "wrong". */
  readonly headline: string
  /** More of it, a sentence or two for each thing that was seen. */
  readonly findings: readonly Finding[]
  readonly problems: readonly Problem[]
  /** What happened, in order. */
  readonly timeline: readonly Moment[]
  /** A page of the attacked application, to be opened in the learner's own browser; undefined where none is needed. */
  readonly page: LivePage | undefined
  readonly progress: Progress
}

export interface Finding {
  readonly good: boolean
  readonly says: string
}

/** POST /lab/api/attack. */
export interface AttackRequest {
  readonly attack: Attack
  readonly defence: 'off' | 'on'
}

export interface AttackReport {
  readonly attack: Attack
  readonly defence: 'off' | 'on'
  readonly outcome: 'succeeded' | 'stopped'
  readonly headline: string
  /** Which defence it is, in the words of settings where it is one. */
  readonly defenceName: string
  readonly timeline: readonly Moment[]
  readonly page: LivePage | undefined
}

/** POST /lab/api/watch, `{}`: one session's life. */
export interface WatchReport {
  readonly frames: readonly Frame[]
}

export interface Frame {
  readonly title: string
  readonly says: string
  readonly moment: Moment
  readonly variables: readonly Variable[]
}

/** `cookie`, `id`, `revision`, `cache`, `row`, `expiry`, … `changed` since the frame before. */
export interface Variable {
  readonly name: string
  readonly value: string
  readonly changed: boolean
}

/** One thing that somebody did, or that happened to a cookie. */
export interface Moment {
  /** Seconds on the application's own clock since the run began. */
  readonly at: number
  readonly actor: Actor
  readonly says: string
  readonly exchange: Exchange | undefined
  /** What it means for the session's owner; undefined when it means nothing yet. */
  readonly good: boolean | undefined
}

export type Actor = 'victim' | 'attacker' | 'sniffer' | 'operator' | 'clock' | 'application'

/** A request that was really sent and its answer. Secrets of this isolated application may be shown: they open nothing else. */
export interface Exchange {
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: readonly Header[]
    readonly body: string | undefined
    /** The session cookie travels in the body: a script has put it there. */
    readonly bodyHasSession: boolean
  }
  readonly response: { readonly status: number; readonly headers: readonly Header[]; readonly body: string | undefined }
}

export interface Header {
  readonly name: string
  readonly value: string
  /** The session cookie travels in it: highlight. */
  readonly session: boolean
}

/**
 * A page on the run's own origin (`http://localhost` and a port of its own), bounded in time, whose script reports what
 * `document.cookie` gave it. There is none where the learner's browser is on another machine than the lab.
 */
export interface LivePage {
  readonly url: string
  /** GET /lab/api/runs/:run until it answers `{ loot: string }`; `{}` while the page has said nothing. */
  readonly run: string
}

/** Remembered by the learner's own session. */
export interface Progress {
  readonly held: readonly Step[]
  /** The last text that was checked, so that a reload shows it again. */
  readonly source: Source | undefined
  /** Questions of the recall that were answered, with the choice. */
  readonly answers: Readonly<Record<string, number>>
}

/** POST /lab/api/answer. */
export interface AnswerRequest {
  readonly question: string
  readonly choice: number
}

export interface AnswerReport {
  readonly right: boolean
  readonly correctChoice: number
  readonly explanation: string
  readonly progress: Progress
}

/** POST /lab/api/again, `{}`: the recall begins anew. Answered with the `Progress`. */

export interface Refusal {
  readonly error: string
}
