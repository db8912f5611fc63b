/** Why a request was not served, in words for the learner. */
export class Refused extends Error {
  readonly status: 400 | 404 | 409 | 413 | 429 | 500 | 503

  constructor(status: Refused['status'], message: string) {
    super(message)
    this.status = status
  }
}

/** Too much at once. In a few seconds it will do. */
export function busy(): Refused {
  return new Refused(503, 'Many learners are at work just now. Please try again in a few seconds.')
}

export const RETRY_SECONDS = 5
