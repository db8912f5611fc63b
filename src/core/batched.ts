import { AsyncLocalStorage } from 'node:async_hooks'
import { setImmediate } from 'node:timers'

export interface BatchOptions<Question, Answer> {
  /** Of what is asked at once. More go as several. Default 64. */
  readonly most?: number
  /** Whether it cannot fail for what it is. What might is asked alone, so that it is nobody else's failure. */
  readonly isHarmless: (question: Question) => boolean
  /** Answers each, in the order of the questions. When it rejects, all of them have that error. */
  readonly askAll: (questions: readonly Question[]) => Promise<readonly Answer[]>
}

/**
 * Asks once for all who have something to ask in the same turn of the event loop, as soon as what is ready in it has run.
 * The question belongs to none of them: it runs in no request's `AsyncLocalStorage`.
 */
export function batched<Question, Answer>(
  options: BatchOptions<Question, Answer>,
): (question: Question) => Promise<Answer> {
  const { most = 64, isHarmless, askAll } = options
  let batch: Asked<Question, Answer>[] = []

  return (question) =>
    new Promise((resolve, reject) => {
      const asked = { question, resolve, reject }
      if (!isHarmless(question)) return void send([asked])
      if (batch.length === most) batch = []
      batch.push(asked)
      if (batch.length === 1) outsideOfRequests(() => setImmediate((sent) => void send(sent), batch))
    })

  async function send(sent: readonly Asked<Question, Answer>[]): Promise<void> {
    if (sent === batch) batch = []
    try {
      const answers = await askAll(sent.map(({ question }) => question))
      if (answers.length !== sent.length) throw new Error(`${sent.length} questions have ${answers.length} answers`)
      for (const [at, { resolve }] of sent.entries()) resolve(answers[at] as Answer)
    } catch (error) {
      for (const { reject } of sent) reject(error)
    }
  }
}

/** Every database knows these characters, whatever its encoding. */
export function isAscii(text: string): boolean {
  return /^[\x20-\x7e]*$/.test(text)
}

interface Asked<Question, Answer> {
  readonly question: Question
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}

const outsideOfRequests = AsyncLocalStorage.snapshot()
