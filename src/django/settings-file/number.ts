import type { Literal } from './value.ts'

type NumberLiteral = Literal & { readonly type: 'int' | 'float' }
type Result<T> = { readonly literal: T } | { readonly problem: string } | { readonly computed: string }

/** Python reads no decimal int that is longer. */
const MOST_DIGITS = 4300

export function readNumber(source: string): Result<NumberLiteral> {
  const text = source.toLowerCase()
  const digits = text.replaceAll('_', '')
  if (text.endsWith('j')) return { computed: 'it is a complex number' }
  if (/^0(?:x(?:_?[\da-f])+|o(?:_?[0-7])+|b(?:_?[01])+)$/.test(text)) return int(BigInt(digits))
  if (/^(?:[1-9](?:_?\d)*|0(?:_?0)*)$/.test(text)) {
    if (digits.length > MOST_DIGITS) return { problem: `a number has ${MOST_DIGITS} digits at most` }
    return int(BigInt(digits))
  }
  if (/^(?:\d(?:_?\d)*\.?(?:\d(?:_?\d)*)?|\.\d(?:_?\d)*)(?:e[+-]?\d(?:_?\d)*)?$/.test(text) && /[.e]/.test(text)) {
    return { literal: { type: 'float', value: Number(digits) } }
  }
  if (/^0\d/.test(text)) return { problem: 'a number does not begin with 0; write it without, or octal as 0o17' }
  return { problem: 'this is no number; write digits, such as 1200 or 1_200' }
}

export function negated(literal: Literal): NumberLiteral | undefined {
  if (literal.type === 'int') return { type: 'int', value: -literal.value }
  return literal.type === 'float' ? { type: 'float', value: -literal.value } : undefined
}

/** `+` of two strings, lists or tuples, and the arithmetic of numbers that is exact in any order: no `/`, no `**`. */
export function combined(left: Literal, operator: string, right: Literal): Result<Literal> {
  if (operator === '+') {
    if (left.type === 'string' && right.type === 'string') {
      return { literal: { type: 'string', value: left.value + right.value } }
    }
    if ((left.type === 'list' && right.type === 'list') || (left.type === 'tuple' && right.type === 'tuple')) {
      return { literal: { type: left.type, items: [...left.items, ...right.items] } }
    }
  }
  if (left.type === 'int' && right.type === 'int') return ofInts(left.value, operator, right.value)
  const [a, b] = [floatOf(left), floatOf(right)]
  if (a === undefined || b === undefined) return { computed: `it uses ${operator} on other than numbers` }
  if (!Number.isFinite(a) || !Number.isFinite(b)) return { computed: 'its numbers are too large' }
  if (operator === '+') return float(a + b)
  if (operator === '-') return float(a - b)
  if (operator === '*') return float(a * b)
  return { computed: `it uses ${operator}` }
}

function ofInts(left: bigint, operator: string, right: bigint): Result<Literal> {
  if (operator === '+') return int(left + right)
  if (operator === '-') return int(left - right)
  if (operator === '*') return int(left * right)
  if (operator !== '//') return { computed: `it uses ${operator}` }
  if (right === 0n) return { computed: 'it divides by zero' }
  const quotient = left / right
  return int(left % right !== 0n && left < 0n !== right < 0n ? quotient - 1n : quotient) // Python rounds down.
}

function floatOf(literal: Literal): number | undefined {
  return literal.type === 'int' || literal.type === 'float' ? Number(literal.value) : undefined
}

function int(value: bigint): { literal: NumberLiteral } {
  return { literal: { type: 'int', value } }
}

function float(value: number): { literal: NumberLiteral } {
  return { literal: { type: 'float', value } }
}
