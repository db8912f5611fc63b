import { readOptions } from '../../src/core/options.ts'
import { createShape, type Shape } from '../../src/core/shape.ts'

/** Without a schema, and within limits that a test can reach. */
export const SMALL_SHAPE: Shape = createShape(readOptions({ keys: [], limits: { bytes: 1000, depth: 5 } }), () => {})
