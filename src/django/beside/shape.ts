import type { Shape } from '../../core/shape.ts'
import { RESERVED } from './names.ts'

/** A schema judges what the application keeps. What it drops or migrates must not sign anybody out, nor in. */
export function keepingReserved(shape: Shape): Shape {
  return {
    ...shape,
    read(stored, seen) {
      const reading = shape.read(stored, seen)
      if (reading.json === stored.data) return reading
      const { data } = reading
      const before = shape.codec.parse(stored.data)
      for (const key of RESERVED) {
        if (key in before) data[key] = before[key]
        else delete data[key]
      }
      return { ...reading, json: shape.codec.write(data, stored.data) }
    },
  }
}
