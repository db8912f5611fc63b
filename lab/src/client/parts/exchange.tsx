import type { JSX } from 'preact'
import type { Exchange, Header } from '../../shared/api.ts'

/** A request and its answer, as they went over the wire. What carries the session is marked. */
export function ExchangeView({ exchange: { request, response } }: { readonly exchange: Exchange }): JSX.Element {
  const carried = request.headers.some(({ session }) => session)
  const issued = response.headers.some(({ session }) => session)
  return (
    <details class="exchange">
      <summary>
        <span class="exchange-line">
          {request.method} {request.url} <span class="unseen">answered</span>
          <span aria-hidden="true">→</span> {response.status}
        </span>
        {carried && <span class="carries">cookie sent</span>}
        {request.bodyHasSession && <span class="carries">cookie in the text</span>}
        {issued && <span class="carries">cookie set</span>}
      </summary>
      <pre class="wire-text">
        <code>
          <Line text={`${request.method} ${request.url}`} />
          {request.headers.map(headerLine)}
          {request.body !== undefined && <Line text="" />}
          {request.body !== undefined && textLine(request.body, request.bodyHasSession)}
        </code>
      </pre>
      <pre class="wire-text">
        <code>
          <Line text={`Status ${response.status}`} />
          {response.headers.map(headerLine)}
          {response.body !== undefined && <Line text={`\n${response.body}`} />}
        </code>
      </pre>
    </details>
  )
}

function headerLine({ name, value, session }: Header): JSX.Element {
  return textLine(`${name}: ${value}`, session)
}

function textLine(text: string, session: boolean): JSX.Element {
  return session ? <mark class="cookie-line">{text}</mark> : <Line text={text} />
}

function Line({ text }: { readonly text: string }): JSX.Element {
  return <span class="wire-line">{text}</span>
}
