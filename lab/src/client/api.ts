import type {
  AnswerReport,
  AnswerRequest,
  AttackReport,
  AttackRequest,
  CheckReport,
  CheckRequest,
  Progress,
  Reading,
  Refusal,
  Source,
  WatchReport,
} from '../shared/api.ts'

/** What may be asked of the lab's server, and what it answers. */
interface Questions {
  readonly read: { readonly asks: Source; readonly gets: Reading }
  readonly check: { readonly asks: CheckRequest; readonly gets: CheckReport }
  readonly attack: { readonly asks: AttackRequest; readonly gets: AttackReport }
  readonly watch: { readonly asks: Record<string, never>; readonly gets: WatchReport }
  readonly again: { readonly asks: Record<string, never>; readonly gets: Progress }
  readonly answer: { readonly asks: AnswerRequest; readonly gets: AnswerReport }
}

/** @throws {@link Refused} with words for the learner. */
export async function ask<Name extends keyof Questions>(
  name: Name,
  body: Questions[Name]['asks'],
  signal?: AbortSignal,
): Promise<Questions[Name]['gets']> {
  return send(`/lab/api/${name}`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
    ...(signal && { signal }),
  })
}

/** What a page under attack has reported; undefined while it has said nothing. */
export async function lootOf(run: string, signal: AbortSignal): Promise<string | undefined> {
  const { loot } = await send<{ loot?: string }>(`/lab/api/runs/${encodeURIComponent(run)}`, { signal })
  return loot
}

export class Refused extends Error {}

/** What to tell the learner about an error of this file. */
export function wordsFor(error: unknown): string {
  return error instanceof Refused ? error.message : 'The lab did not answer. Is it still running? Please try again.'
}

async function send<Answer>(path: string, init: RequestInit): Promise<Answer> {
  const response = await fetch(path, init)
  if (response.ok) return (await response.json()) as Answer
  throw new Refused(await reasonOf(response))
}

async function reasonOf(response: Response): Promise<string> {
  try {
    const { error } = (await response.json()) as Partial<Refusal>
    if (typeof error === 'string') return error
  } catch {
    // Not one of the lab's own answers.
  }
  return response.status === 429
    ? 'That was a lot at once. Please wait a moment, then try again.'
    : `The lab could not do that (status ${response.status}). Please try again.`
}
