/**
 * The shape of your sessions' data, for every session whose type says nothing else. Extend it once:
 *
 * @example
 * declare module 'holdfast' {
 *   interface SessionData { cart: string[] }
 * }
 */
// oxlint-disable-next-line typescript/no-empty-interface -- made to be extended
export interface SessionData {}

/** `SessionData` as extended; while nobody has, any key may hold any JSON value. */
export type DefaultData = keyof SessionData extends never ? Record<string, JsonValue> : SessionData
export type JsonValue = string | number | boolean | null | readonly JsonValue[] | { readonly [key: string]: JsonValue }
