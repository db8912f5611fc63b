import { once } from 'node:events'
import { Agent, request, type IncomingMessage } from 'node:http'
import type { Send } from './visitor.ts'

/** A way to one of the processes that answer on one port. It waits for ever when that process is gone. */
export interface Line {
  readonly process: number
  readonly send: Send
}

/** One line to each of so many processes. The port deals its connections out in turn. */
export async function openLines(address: string, count: number): Promise<Line[]> {
  const lines = new Map<number, Line>()
  while (lines.size < count) {
    const process = await processBehind(address, new Agent())
    if (!lines.has(process)) lines.set(process, openLine(address, process))
  }
  return [...lines.values()]
}

/** A connection leads to the process that took it. Each request has one of its own, so many may be under way at once. */
function openLine(address: string, process: number): Line {
  return {
    process,
    async send(url, init) {
      const agent = new Agent({ keepAlive: true, maxSockets: 1 })
      try {
        while ((await processBehind(address, agent)) !== process) agent.destroy()
        return await send(url, init, agent)
      } finally {
        agent.destroy()
      }
    },
  }
}

async function processBehind(address: string, agent: Agent): Promise<number> {
  const response = await send(`${address}/health`, {}, agent)
  return ((await response.json()) as { process: number }).process
}

/** Not by `fetch`, which may try a connection that is being closed just then: each request has one of its own. */
export const newConnection: Send = async (url, init) => {
  const agent = new Agent()
  try {
    return await send(url, init, agent)
  } finally {
    agent.destroy()
  }
}

async function send(url: string, { method = 'GET', headers, body }: RequestInit, agent: Agent): Promise<Response> {
  const asking = request(url, { agent, method, headers: Object.fromEntries(new Headers(headers)) })
  if (body instanceof URLSearchParams) {
    asking.setHeader('content-type', 'application/x-www-form-urlencoded').end(body.toString())
  } else asking.end()
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(chunk as Buffer)
  const answered = new Headers()
  for (const [name, values = []] of Object.entries(response.headersDistinct)) {
    for (const value of values) answered.append(name, value)
  }
  return new Response(Buffer.concat(chunks), { status: response.statusCode ?? 0, headers: answered })
}
