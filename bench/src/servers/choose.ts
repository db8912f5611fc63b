import type { Servers } from './kind.ts'

/**
 * With `SERVERS`, a regular expression, those whose names it matches, and the frameworks without sessions that they are
 * held against. Few servers are measured closer together.
 */
export function chooseServers(servers: Servers): Servers {
  const given = process.env['SERVERS']
  if (given === undefined) return servers
  const pattern = new RegExp(given)
  const wanted = new Set(['node/bare'])
  for (const [name, { bare }] of Object.entries(servers)) {
    if (!pattern.test(name)) continue
    wanted.add(name)
    wanted.add(bare)
  }
  return Object.fromEntries(Object.entries(servers).filter(([name]) => wanted.has(name)))
}
