import type { Arrival } from './arrival.ts'
import type { Core } from './context.ts'
import { Draft } from './draft.ts'
import type { RequestLike } from './request.ts'
import { Session, type AnyLive, type Origin, type SessionServices, type Unit } from './session.ts'
import { NOTHING, type Stored } from './shape.ts'

/** A session as its request begins. */
export function newSession<Data, Live extends AnyLive & { readonly record: Stored }>(
  origin: Origin<Live>,
  arrival: Arrival,
  request: RequestLike,
  { services, shape }: Core & { readonly services: SessionServices<Live> },
): Session<Data> {
  const record: Live['record'] | undefined = origin.kind === 'live' ? origin.record : undefined
  return new Session<Data>({
    services,
    origin,
    get arrivedAt() {
      return arrival.at
    },
    request,
    record,
    draft: new Draft(record ?? NOTHING, shape),
    identity: { kind: 'same' },
    expiry: undefined,
    accessed: false,
    ended: false,
    committed: false,
  })
}

/** After a logout the request goes on as if it had brought no session. */
export function startOver(unit: Unit<AnyLive>, { shape }: Pick<Core, 'shape'>): void {
  unit.record = undefined
  unit.draft = new Draft(NOTHING, shape)
  unit.identity = { kind: 'same' }
  unit.expiry = undefined
}
