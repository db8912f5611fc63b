import { Agent, request } from 'node:http'

const agent = new Agent({ keepAlive: true })

export interface Answer {
  readonly body: string
  readonly cookie: string | undefined
}

export function ask(port: number, method: string, path: string, cookie?: string): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = cookie === undefined ? {} : { cookie }
    request({ agent, port, host: '127.0.0.1', method, path, headers }, (response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
      response.on('end', () => resolve({ body, cookie: response.headers['set-cookie']?.[0]?.split(';')[0] }))
    })
      .on('error', reject)
      .end()
  })
}

export function disconnect(): void {
  agent.destroy()
}
