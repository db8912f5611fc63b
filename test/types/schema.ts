import { type } from 'arktype'
import * as v from 'valibot'
import * as z from 'zod'
import { sessionsFromSettings } from '../../src/django.ts'
import {
  createSessions,
  type Session,
  type Sessions,
  type SessionsOptions,
  type StandardSchema,
} from '../../src/index.ts'

// Nothing here runs: it must compile, and each line under an @ts-expect-error must not.

interface Shop {
  cart?: string[]
  visits?: number
}
/** Both ways: neither wider nor narrower. */
type Same<A, B> = [A, B] extends [B, A] ? true : never
type DataOf<S> = S extends Sessions<infer Data> ? Data : never

const zod = z.object({ cart: z.array(z.string()).exactOptional(), visits: z.number().exactOptional() })
const valibot = v.object({ cart: v.exactOptional(v.array(v.string())), visits: v.exactOptional(v.number()) })
const arktype = type({ 'cart?': 'string[]', 'visits?': 'number' })

const ofZod = createSessions({ keys: [], schema: zod })
const ofValibot = createSessions({ keys: [], schema: valibot, onMisfit: 'drop' })
const ofArktype = createSessions({ keys: [], schema: arktype })
const ofSettings = sessionsFromSettings({ SECRET_KEY: '' }, { schema: zod, onMisfit: () => ({ visits: 1 }) })
export const inferred: true[] = [
  true satisfies Same<DataOf<typeof ofZod>, Shop>,
  true satisfies Same<DataOf<typeof ofValibot>, Shop>,
  true satisfies Same<DataOf<typeof ofArktype>, Shop>,
  true satisfies Same<DataOf<typeof ofSettings>, Shop>,
]

export function typedBySchema(session: Session<z.infer<typeof zod>>): void {
  const cart: string[] | undefined = session.get('cart')
  session.set('cart', [...(cart ?? []), 'rope'])
  session.update('visits', (n = 0) => n + 1)
  // @ts-expect-error -- a number is no cart
  session.set('cart', 1)
  // @ts-expect-error -- no such key
  session.get('basket')
  // @ts-expect-error -- who wants a key gone deletes it, optional or not
  session.set('cart', undefined)
}

/** What the schema answers, not what it takes. */
const output = createSessions({ keys: [], schema: z.object({ visits: z.coerce.number() }) })
export const typedByOutput: Sessions<{ visits: number }> = output

/** For Express, whose `req.session` is typed by `SessionData`: an interface can extend what a schema says. */
export interface ExpressData extends z.infer<typeof zod> {}
export interface ExpressDataOfValibot extends v.InferOutput<typeof valibot> {}
export type ExpressDataOfArktype = typeof arktype.infer

export function without(options: SessionsOptions): void {
  const typed: Sessions<Shop> = createSessions<Shop>(options)
  const untyped: Sessions = createSessions(options)
  const both: Sessions<Shop> = createSessions<Shop>({ keys: [], schema: zod })
  void [typed, untyped, both]
}

export function migrating(): void {
  createSessions({
    keys: [],
    schema: zod,
    onMisfit(data, issues) {
      const cart: unknown = data['cart']
      return issues.length > 1 ? {} : { cart: [String(cart)] }
    },
  })
  // @ts-expect-error -- what it answers is held to the schema
  createSessions({ keys: [], schema: zod, onMisfit: () => ({ cart: 1 }) })
  // @ts-expect-error -- session.get() is synchronous
  createSessions({ keys: [], schema: zod, onMisfit: async () => ({ cart: [] }) })
  // @ts-expect-error -- no such word
  createSessions({ keys: [], schema: zod, onMisfit: 'ignore' })
  // @ts-expect-error -- the schema says something else
  createSessions<{ cart: number }>({ keys: [], schema: zod })
  // @ts-expect-error -- no Standard Schema
  createSessions({ keys: [], schema: { parse: () => ({}) } })
}

/** One by hand fits too. */
export const byHand: StandardSchema<Shop> = {
  '~standard': {
    version: 1,
    vendor: 'hand',
    validate: () => ({ issues: [{ message: 'no', path: ['cart', { key: 0 }] }] }),
  },
}
