// An application of somebody else's: imports every entry, then keeps a session.
import { readFileSync } from 'node:fs'
import { createSessions, db, memoryStore } from 'holdfast'

for (const entry of JSON.parse(readFileSync('entries.json', 'utf8'))) {
  if (entry !== './package.json') await import(entry.replace('.', 'holdfast'))
}

const sessions = createSessions({ keys: ['not a secret: 0123456789 abcdefghijk'], engine: db(memoryStore()) })
let cookie = ''

async function visit() {
  const request = new Request('https://example.com/', { headers: { cookie } })
  const response = await sessions.handle(request, async (session) => {
    const visits = session.update('visits', (n = 0) => n + 1)
    if (session.subject === null) await session.login('ada')
    return new Response(`Visit ${String(visits)} of ${session.subject}`)
  })
  cookie = response.headers.getSetCookie()[0]?.split(';')[0] ?? cookie
  return response.text()
}

await visit()
console.log(await visit())
await sessions.close()
