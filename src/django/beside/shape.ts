import type { Shape } from '../../core/shape.ts'
import { RESERVED } from './names.ts'

/** A schema judges what the application keeps. What it drops or migrates must not sign anybody out. */
export function keepingReserved(shape: Shape): Shape {
  return {
    ...shape,
    read(stored, seen) {
      const reading = shape.read(stored, seen)
      if (reading.json === stored.data) return reading
      const { data } = reading
      for (const [key, value] of Object.entries(shape.codec.parse(stored.data))) {
        if (RESERVED.has(key)) data[key] = value
      }
      return { ...reading, json: shape.codec.write(data, stored.data) }
    },
  }
}
