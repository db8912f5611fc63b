import { withinLimit, type Data } from '../../core/data.ts'
import type { Policy } from '../../core/options.ts'
import type { Shape } from '../../core/shape.ts'
import { PASSED_ON, RESERVED } from './names.ts'

/**
 * A schema judges what the application keeps, and never sees what Django keeps beside it. What it drops or migrates must
 * not sign anybody out, nor in.
 */
export function besideDjangos(shape: Shape, { schema, limits }: Policy): Shape {
  if (schema === undefined) return shape
  const { codec } = shape
  return {
    ...shape,
    read(stored, seen) {
      const [own, djangos] = divide(codec.parse(stored.data))
      const json = codec.write(own, stored.data)
      const reading = shape.read({ ...stored, data: json }, stored.data === seen ? json : seen)
      if (reading.json === json) return { ...reading, data: codec.parse(stored.data), json: stored.data }
      const { data } = reading
      for (const key of RESERVED) delete data[key]
      Object.assign(data, djangos)
      return { ...reading, json: codec.write(data, stored.data) }
    },
    write(json) {
      const [own] = divide(codec.parse(withinLimit(json, limits)))
      shape.write(codec.write(own, json))
      return json
    },
  }
}

/** The application's, and Django's. */
function divide(data: Data): [own: Data, djangos: Data] {
  const djangos = Object.create(null) as Data
  for (const key of PASSED_ON) {
    if (!(key in data)) continue
    djangos[key] = data[key]
    delete data[key]
  }
  return [data, djangos]
}
