/**
 * Asks one question for all who have something to ask in the same turn of the event loop, but for at most `most` of them.
 * Whoever asks alone waits for nobody: the turn is over when nothing is left to be read.
 *
 * @param askAll Answers each, in the order of the questions. When it rejects, all of them have that error.
 */
export function batched<Question, Answer>(
  most: number,
  askAll: (questions: readonly Question[]) => Promise<readonly Answer[]>,
): (question: Question) => Promise<Answer> {
  let batch: Asked<Question, Answer>[] = []

  return (question) =>
    new Promise((resolve, reject) => {
      if (batch.length === most) batch = []
      batch.push({ question, resolve, reject })
      if (batch.length === 1) setImmediate((sent) => void send(sent), batch)
    })

  async function send(sent: readonly Asked<Question, Answer>[]): Promise<void> {
    if (sent === batch) batch = []
    try {
      const answers = await askAll(sent.map(({ question }) => question))
      for (const [at, { resolve }] of sent.entries()) resolve(answers[at] as Answer)
    } catch (error) {
      for (const { reject } of sent) reject(error)
    }
  }
}

interface Asked<Question, Answer> {
  readonly question: Question
  readonly resolve: (answer: Answer) => void
  readonly reject: (error: unknown) => void
}
