import { randomBytes, scrypt, timingSafeEqual, type ScryptOptions } from 'node:crypto'

/** `scrypt$N$r$p$salt$key`: the costs travel with the hash, so that they can rise without locking anyone out. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(16)
  const key = await derive(password, salt, COST)
  return ['scrypt', COST.N, COST.r, COST.p, salt.toString('base64url'), key.toString('base64url')].join('$')
}

/** Without a hash it does the same work and says no, so that the time tells nobody which accounts exist. */
export async function verifyPassword(password: string, hash: string | undefined): Promise<boolean> {
  const [scheme, N, r, p, salt = '', key = ''] = (hash ?? NOBODY).split('$')
  if (scheme !== 'scrypt') throw new Error('A password hash has an unknown form')
  const expected = Buffer.from(key, 'base64url')
  const cost = { N: Number(N), r: Number(r), p: Number(p) }
  const actual = await derive(password, Buffer.from(salt, 'base64url'), cost)
  return actual.length === expected.length && timingSafeEqual(actual, expected) && hash !== undefined
}

interface Cost {
  readonly N: number
  readonly r: number
  readonly p: number
}

/** 32 MiB of memory, three times over: one of the settings that OWASP holds to be equally strong. */
const COST: Cost = { N: 2 ** 15, r: 8, p: 3 }
const KEY_BYTES = 32
const NOBODY = ['scrypt', COST.N, COST.r, COST.p, 'A'.repeat(22), 'A'.repeat(43)].join('$')

function derive(password: string, salt: Buffer, { N, r, p }: Cost): Promise<Buffer> {
  const options: ScryptOptions = { N, r, p, maxmem: 256 * N * r }
  return new Promise((resolve, reject) => {
    // The same phrase typed on another keyboard may be other code points.
    scrypt(password.normalize('NFKC'), salt, KEY_BYTES, options, (error, key) => {
      if (error === null) resolve(key)
      else reject(error)
    })
  })
}
