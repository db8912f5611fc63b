/** What a literal of Python is here. Lists and tuples are arrays; `True`, `False` and `None` are as in JavaScript. */
export type PythonValue =
  | string
  | number
  /** An int that a number does not hold exactly. */
  | bigint
  | boolean
  | null
  /** `b'…'`. */
  | Uint8Array
  | readonly PythonValue[]
  | ReadonlySet<PythonValue>
  | ReadonlyMap<PythonValue, PythonValue>

/** A literal with what Python tells apart and JavaScript does not. */
export type Literal =
  | { readonly type: 'string'; readonly value: string }
  | { readonly type: 'bytes'; readonly value: Uint8Array }
  | { readonly type: 'int'; readonly value: bigint }
  | { readonly type: 'float'; readonly value: number }
  | { readonly type: 'constant'; readonly value: boolean | null }
  | { readonly type: 'list' | 'tuple' | 'set'; readonly items: readonly Literal[] }
  | { readonly type: 'dict'; readonly entries: readonly (readonly [Literal, Literal])[] }

export function valueOf(literal: Literal): PythonValue {
  switch (literal.type) {
    case 'int':
      return Number.isSafeInteger(Number(literal.value)) ? Number(literal.value) : literal.value
    case 'list':
    case 'tuple':
      return literal.items.map(valueOf)
    case 'set':
      return new Set([...uniqueByKey(literal.items.map((item) => [item, item]))].map(([key]) => key))
    case 'dict':
      return uniqueByKey(literal.entries)
    case 'string':
    case 'bytes':
    case 'float':
    case 'constant':
      return literal.value
  }
}

/** Whether other code can change it in place, so that every name that holds it has another value. */
export function isMutable(literal: Literal): boolean {
  return literal.type === 'list' || literal.type === 'set' || literal.type === 'dict' || literal.type === 'tuple'
}

/** To Python `1`, `1.0` and `True` are one key: the first stands, with the last value. */
function uniqueByKey(entries: readonly (readonly [Literal, Literal])[]): Map<PythonValue, PythonValue> {
  const keys = new Map<PythonValue, PythonValue>()
  const values = new Map<PythonValue, PythonValue>()
  for (const [keyLiteral, valueLiteral] of entries) {
    const key = valueOf(keyLiteral)
    const same = typeof key === 'boolean' ? Number(key) : key
    if (!keys.has(same)) keys.set(same, key)
    values.set(keys.get(same) as PythonValue, valueOf(valueLiteral))
  }
  return values
}
