import type { ServerResponse } from 'node:http'
import { constants, type Http2ServerResponse } from 'node:http2'
import type { Outgoing } from '../core/finish.ts'
import { outgoingHeaders } from '../core/headers.ts'
import type { Session } from '../core/session.ts'
import type { Sessions } from '../core/sessions.ts'
import { headOf, restoreHead, takeHead, valuesOf, type Head } from './head.ts'
import { isSo, pretend, stopPretending } from './pretence.ts'
import { realMethods, type RealMethods } from './real-methods.ts'
import { sendError } from './send-error.ts'

/**
 * Makes a Node response wait for the commit: the first call that would send headers starts it, and everything the
 * application says until it is done is kept and said afterwards, in order. When the commit fails, the answer is
 * that error alone and nothing of the application's response. Informational responses (1xx) pass at once.
 *
 * The methods stay wrapped: another middleware may have wrapped ours meanwhile, and taking them back would undo it.
 * A response that leaves by another way than these methods is reported as `bypassed`.
 */
export function holdResponse<Data>(
  response: ServerResponse,
  session: Session<Data>,
  sessions: Pick<Sessions<Data>, 'commit' | 'reportBypass'>,
): void {
  const real = realMethods(response)
  let state: State = { kind: 'open' }
  /** The head, once the application has said that it is done with it. */
  let given: Head | undefined

  // Each takes what Node's own method takes, in any of its forms.
  const held = {
    /** Node sends a head with the first byte of the body, so until then the session may still be read and changed. */
    writeHead(...head: readonly unknown[]) {
      if (state.kind === 'passing') real.writeHead(...head)
      else if (state.kind === 'open' && given === undefined) {
        takeHead(response, head)
        settle()
      }
      return response
    },
    flushHeaders() {
      say('flushHeaders', [])
    },
    write: (...args: readonly unknown[]) => say('write', args) === true,
    end(...args: readonly unknown[]) {
      say('end', args)
      return response
    },
  }
  Object.assign(response, held)
  response.on('close', () => {
    // A client that merely went away was sent nothing.
    if (state.kind === 'open' && isSo(response, 'headersSent')) sessions.reportBypass(session)
  })

  /** Says it now or keeps it. Answers what the real method answered, undefined while it is kept. */
  function say(method: Method, args: readonly unknown[]): unknown {
    if (state.kind === 'open') begin()
    if (state.kind === 'passing') return real[method](...args)
    if (state.kind === 'refused') drop(args, state.error)
    else if (state.kind === 'holding' && !state.complete) {
      state.kept.push([method, args])
      if (method === 'end') {
        state.complete = true
        pretend(response, 'writableEnded')
      }
    }
    return undefined
  }

  /** Code that runs from now on sees what it would see without us: the head is settled. */
  function settle(): Head {
    given ??= headOf(response)
    pretend(response, 'headersSent')
    return given
  }

  function begin(): void {
    if (isSo(response, 'headersSent')) {
      sessions.reportBypass(session)
      pass()
      return
    }
    const head = given
    if (head !== undefined) restoreHead(response, head)
    let outgoing
    try {
      outgoing = sessions.commit(session, { status: response.statusCode })
    } catch (error) {
      refuse(error)
      return
    }
    if (!(outgoing instanceof Promise)) {
      release(outgoing, head)
      return
    }
    const settled = settle()
    const kept: Kept[] = []
    state = { kind: 'holding', kept, complete: false }
    const replay = (value: Outgoing): void => {
      restoreHead(response, settled)
      release(value, head)
      let flowing = true
      for (let next = kept[0]; next !== undefined; next = kept[0]) {
        const [method, args] = next
        flowing = real[method](...args) !== false
        kept.shift() // Only once it is said: what is left is dropped below.
      }
      if (flowing && !response.writableEnded) response.emit('drain')
    }
    outgoing.then(replay).catch((error: unknown) => {
      const unsayable = state.kind === 'passing'
      refuse(error)
      for (const [, args] of kept) drop(args, error)
      // The application is no longer there to catch what Node throws at its words.
      if (unsayable) process.emitWarning(`A response could not be sent: ${String(error)}`, 'HoldfastWarning')
    })
  }

  function pass(): void {
    stopPretending(response)
    state = { kind: 'passing' }
  }

  function release(outgoing: Outgoing, head: Head | undefined): void {
    pass()
    for (const [name, values] of outgoingHeaders(outgoing, (header) => valuesOf(response.getHeader(header)))) {
      response.setHeader(name, name === 'set-cookie' ? values : values.join(', '))
    }
    if (head !== undefined) real.writeHead(head.status)
  }

  function refuse(error: unknown): void {
    pass()
    if (response.headersSent) breakOff(response)
    else sendError(response, error, real)
    state = { kind: 'refused', error }
  }
}

type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'holding'; readonly kept: Kept[]; complete: boolean }
  | { readonly kind: 'passing' }
  | { readonly kind: 'refused'; readonly error: unknown }

type Method = Exclude<keyof RealMethods, 'writeHead'>
type Kept = readonly [Method, readonly unknown[]]

/** In HTTP/2 a response that is merely destroyed looks as if it were whole. */
function breakOff(response: ServerResponse): void {
  if (response.req.httpVersionMajor < 2) response.destroy()
  else (response as unknown as Http2ServerResponse).stream.close(constants.NGHTTP2_INTERNAL_ERROR)
}

/** Whoever waits for the call to be done is told that it never will be. */
function drop(args: readonly unknown[], error: unknown): void {
  const callback = args.at(-1)
  if (typeof callback === 'function') process.nextTick(callback as (error: unknown) => void, error)
}
