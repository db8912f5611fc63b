import { parseData, type Data } from './data.ts'

/** How data is written down. JSON, but where the sessions are shared with someone who writes another kind of it. */
export interface Codec {
  parse(text: string): Data
  /** `base`: what is stored now. Of a value that stands there unchanged it keeps what data at work cannot hold. */
  write(data: Data, base: string): string
  parseValue(text: string): unknown
  /** Of what is not there, nothing that a value could be. */
  writeValue(value: unknown): string
  /** Whether NaN and the infinities can be written. */
  readonly nonFinite: boolean
}

export const jsonCodec: Codec = {
  parse: parseData,
  write: (data) => JSON.stringify(data),
  parseValue: (text) => JSON.parse(text) as unknown,
  writeValue: (value) => (value === undefined ? '' : JSON.stringify(value)),
  nonFinite: false,
}
