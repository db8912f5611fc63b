import { checkValue, EMPTY_JSON, emptyData, parseData, serialiseData, type Data, type DataLimits } from './data.ts'
import { HoldfastError, HoldfastTypeError } from './errors.ts'
import type { Emit } from './events.ts'
import type { Policy } from './options.ts'
import type { SessionRecord } from './record.ts'
import { describeIssues, findIssues, inWords, topKeyOf, type SchemaIssue, type StandardSchema } from './schema.ts'

/** How stored JSON becomes data, and data JSON: within the limits, and as the schema wants it where there is one. */
export interface Shape {
  readonly limits: DataLimits

  /**
   * The data as the application may see it. What does not fit is dropped, migrated or refused, with an event unless
   * the request has `seen` this very JSON before.
   *
   * @throws HoldfastError ERR_DATA_MISFIT.
   */
  read(stored: Stored, seen: string | undefined): Reading

  /** @throws ERR_DATA_LIMIT, ERR_DATA_SCHEMA. What does not fit is never stored. */
  write(data: Data): string
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

export function createShape({ limits, schema, onMisfit }: Policy, emit: Emit): Shape {
  if (schema === undefined) {
    return {
      limits,
      read: ({ data }) => ({ data: parseData(data), json: data, migrated: false }),
      write: (data) => serialiseData(data, limits),
    }
  }
  return {
    limits,
    read(stored, seen) {
      const data = parseData(stored.data)
      const issues = findIssues(schema, data, stored.data)
      if (issues.length === 0) return { data, json: stored.data, migrated: false }

      const misfits = describeIssues(issues, data)
      let outcome: 'thrown' | 'dropped' | 'migrated' = 'thrown'
      try {
        if (onMisfit === 'throw') throw new HoldfastError('ERR_DATA_MISFIT', inWords(misfits))
        const fitting =
          onMisfit === 'drop' ? drop(data, issues, schema) : migrated(onMisfit(data, issues), schema, limits)
        outcome = onMisfit === 'drop' ? 'dropped' : 'migrated'
        return { data: fitting, json: JSON.stringify(fitting), migrated: outcome === 'migrated' }
      } finally {
        if (stored.data !== seen) emit({ type: 'misfit', id: stored.id, outcome, misfits })
      }
    },
    write(data) {
      const json = serialiseData(data, limits)
      const stored = parseData(json) // Judged as it will be read.
      const issues = findIssues(schema, stored, json)
      if (issues.length > 0) throw new HoldfastTypeError('ERR_DATA_SCHEMA', inWords(describeIssues(issues, stored)))
      return json
    },
  }
}

/** What the application made of data that did not fit: held to all that data it sets is held to. */
function migrated(answer: unknown, schema: StandardSchema, limits: DataLimits): Data {
  if (answer instanceof Promise) {
    answer.catch(() => {}) // It answers to nobody any more.
    throw new HoldfastTypeError('ERR_SCHEMA_ASYNC', 'onMisfit answered with a promise')
  }
  if (typeof answer !== 'object' || answer === null) {
    throw new HoldfastError('ERR_DATA_MISFIT', 'onMisfit did not answer with an object')
  }
  for (const [key, value] of Object.entries(answer)) checkValue(value, key, limits)
  const json = JSON.stringify(Object.assign(emptyData(), answer))
  const data = parseData(json)
  const issues = findIssues(schema, data, json)
  if (issues.length === 0) return data
  throw new HoldfastError('ERR_DATA_MISFIT', `after onMisfit ${inWords(describeIssues(issues, data))}`)
}

/** Removes the keys that the issues name until the rest fits; everything, when they name none that is there. */
function drop(data: Data, issues: readonly SchemaIssue[], schema: StandardSchema): Data {
  if (issues.length === 0) return data
  const named = new Set(issues.map(topKeyOf))
  const kept = Object.entries(data).filter(([key]) => !named.has(key))
  if (kept.length === Object.keys(data).length) return emptyData()
  const rest = Object.assign(emptyData(), Object.fromEntries(kept))
  return drop(rest, findIssues(schema, rest, JSON.stringify(rest)), schema)
}
