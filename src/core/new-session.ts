import type { Core } from './context.ts'
import { EMPTY_JSON } from './data.ts'
import { Draft } from './draft.ts'
import type { RequestLike } from './request.ts'
import { Session, type AnyLive, type Origin, type SessionServices } from './session.ts'

/** A session as its request begins. */
export function newSession<Data, Live extends AnyLive & { readonly record: { readonly data: string } }>(
  origin: Origin<Live>,
  arrivedAt: number,
  request: RequestLike,
  { services, policy }: Core & { readonly services: SessionServices<Live> },
): Session<Data> {
  const record: Live['record'] | undefined = origin.kind === 'live' ? origin.record : undefined
  return new Session<Data>({
    services,
    origin,
    arrivedAt,
    request,
    record,
    draft: new Draft(record?.data ?? EMPTY_JSON, policy.limits),
    identity: { kind: 'same' },
    expiry: undefined,
    accessed: false,
    ended: false,
    committed: false,
  })
}
