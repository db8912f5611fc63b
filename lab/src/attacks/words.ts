/** 1,200 */
export function number(value: number): string {
  return value.toLocaleString('en-GB')
}

/** 20 minutes, in the largest unit that divides it. */
export function span(seconds: number): string {
  const [size, unit] = UNITS.find(([candidate]) => seconds >= candidate && seconds % candidate === 0) ?? [1, 'second']
  const count = seconds / size
  return `${number(count)} ${unit}${count === 1 ? '' : 's'}`
}

const UNITS = [
  [86_400, 'day'],
  [3600, 'hour'],
  [60, 'minute'],
] as const
