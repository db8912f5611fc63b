import { request as ask, type IncomingHttpHeaders, type RequestListener } from 'node:http'
import { join } from 'node:path'
import express from 'express'
import { ROOT } from './python.ts'

/** One origin before both: /cart is the service's, /public the style of both, and everything else is Django's. */
export function front(service: RequestListener, djangoPort: number): RequestListener {
  const files = express().disable('x-powered-by')
  files.use('/public', express.static(join(ROOT, 'public')))
  const django = proxyTo(djangoPort)
  return (request, response) => {
    const { url = '' } = request
    if (/^\/cart(?:[/?]|$)/.test(url)) service(request, response)
    else if (url.startsWith('/public/')) files(request, response)
    else django(request, response)
  }
}

function proxyTo(port: number): RequestListener {
  return (request, response) => {
    const { method, url, headers, socket } = request
    const passedOn = { ...endToEnd(headers), 'x-forwarded-for': socket.remoteAddress ?? '' }
    const asking = ask({ host: '127.0.0.1', port, method, path: url, headers: passedOn }, (answer) => {
      response.writeHead(answer.statusCode ?? 502, endToEnd(answer.headers))
      answer.pipe(response)
      answer.on('error', () => response.destroy())
    })
    asking.on('error', () => {
      if (response.headersSent) response.destroy()
      else response.writeHead(502, { 'content-type': 'text/plain' }).end('Django does not answer.\n')
    })
    response.on('close', () => asking.destroy())
    request.pipe(asking)
  }
}

/** Without those that are about one connection alone. */
function endToEnd(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  const { connection: _, 'keep-alive': __, 'transfer-encoding': ___, upgrade: ____, ...others } = headers
  return others
}
