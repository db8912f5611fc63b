import { jsonCodec, type Codec } from './codec.ts'
import { checkValue, EMPTY_JSON, emptyData, withinLimit, type Data } from './data.ts'
import { HoldfastError, HoldfastTypeError } from './errors.ts'
import type { Emit } from './events.ts'
import type { Policy } from './options.ts'
import type { SessionRecord } from './record.ts'
import { describeIssues, findIssues, inWords, topKeyOf, type SchemaIssue, type StandardSchema } from './schema.ts'

/** How stored JSON becomes data, and data JSON: within the limits, and as the schema wants it where there is one. */
export interface Shape {
  readonly codec: Codec

  /** Throws a `TypeError` that names the path of the first thing that would be lost or changed by writing it. */
  check(value: unknown, path: string): void

  /**
   * The data as the application may see it. What does not fit is dropped, migrated or refused, with an event unless
   * the request has `seen` this very JSON before.
   *
   * @throws HoldfastError ERR_DATA_MISFIT.
   */
  read(stored: Stored, seen: string | undefined): Reading

  /**
   * JSON that may be stored.
   *
   * @throws ERR_DATA_LIMIT, ERR_DATA_SCHEMA. What does not fit is never stored.
   */
  write(json: string): string
}

export type Stored = Pick<SessionRecord, 'id' | 'data'>

/** What a session without a record holds. */
export const NOTHING: Stored = { id: '', data: EMPTY_JSON }

export interface Reading {
  readonly data: Data
  /** JSON of the data: what is stored, unless that did not fit. */
  readonly json: string
  readonly migrated: boolean
}

export function createShape({ limits, schema, onMisfit }: Policy, emit: Emit, codec: Codec = jsonCodec): Shape {
  const check = (value: unknown, path: string): void => checkValue(value, path, limits, codec.nonFinite)
  if (schema === undefined) {
    return {
      codec,
      check,
      read: ({ data }) => ({ data: codec.parse(data), json: data, migrated: false }),
      write: (json) => withinLimit(json, limits),
    }
  }
  return {
    codec,
    check,
    read(stored, seen) {
      const data = codec.parse(stored.data)
      const issues = findIssues(schema, data, () => codec.parse(stored.data))
      if (issues.length === 0) return { data, json: stored.data, migrated: false }

      const misfits = describeIssues(issues, data)
      let outcome: 'thrown' | 'dropped' | 'migrated' = 'thrown'
      try {
        if (onMisfit === 'throw') throw new HoldfastError('ERR_DATA_MISFIT', inWords(misfits))
        const fitting =
          onMisfit === 'drop'
            ? drop(data, issues, schema, codec)
            : migrated(onMisfit(data, issues), schema, { codec, check })
        outcome = onMisfit === 'drop' ? 'dropped' : 'migrated'
        return { data: fitting, json: codec.write(fitting, stored.data), migrated: outcome === 'migrated' }
      } finally {
        if (stored.data !== seen) emit({ type: 'misfit', id: stored.id, outcome, misfits })
      }
    },
    write(json) {
      const stored = codec.parse(withinLimit(json, limits)) // Judged as it will be read.
      const issues = findIssues(schema, stored, () => codec.parse(json))
      if (issues.length > 0) throw new HoldfastTypeError('ERR_DATA_SCHEMA', inWords(describeIssues(issues, stored)))
      return json
    },
  }
}

/** What the application made of data that did not fit: held to all that data it sets is held to. */
function migrated(answer: unknown, schema: StandardSchema, { codec, check }: Pick<Shape, 'codec' | 'check'>): Data {
  if (answer instanceof Promise) {
    answer.catch(() => {}) // It answers to nobody any more.
    throw new HoldfastTypeError('ERR_SCHEMA_ASYNC', 'onMisfit answered with a promise')
  }
  if (typeof answer !== 'object' || answer === null) {
    throw new HoldfastError('ERR_DATA_MISFIT', 'onMisfit did not answer with an object')
  }
  for (const [key, value] of Object.entries(answer)) check(value, key)
  const json = codec.write(Object.assign(emptyData(), answer), EMPTY_JSON)
  const data = codec.parse(json)
  const issues = findIssues(schema, data, () => codec.parse(json))
  if (issues.length === 0) return data
  throw new HoldfastError('ERR_DATA_MISFIT', `after onMisfit ${inWords(describeIssues(issues, data))}`)
}

/** Removes the keys that the issues name until the rest fits; everything, when they name none that is there. */
function drop(data: Data, issues: readonly SchemaIssue[], schema: StandardSchema, codec: Codec): Data {
  if (issues.length === 0) return data
  const named = new Set(issues.map(topKeyOf))
  const kept = Object.entries(data).filter(([key]) => !named.has(key))
  if (kept.length === Object.keys(data).length) return emptyData()
  const rest = Object.assign(emptyData(), Object.fromEntries(kept))
  const copy = (): Data => codec.parse(codec.write(rest, EMPTY_JSON))
  return drop(rest, findIssues(schema, rest, copy), schema, codec)
}
