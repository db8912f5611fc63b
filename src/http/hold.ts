import type { ServerResponse } from 'node:http'
import type { Outgoing } from '../core/finish.ts'
import { outgoingHeaders } from '../core/headers.ts'
import { claimHeadSent, withdrawHeadSent } from './head-sent.ts'
import { headOf, restoreHead, takeHead, valuesOf, type Head } from './head.ts'
import { realMethods } from './real-methods.ts'
import { sendError } from './send-error.ts'

/**
 * Makes a Node response wait for the commit: the first call that would send headers starts it, and everything the
 * application says until it is done is kept and said afterwards, in order. When the commit fails, the answer is
 * that error alone and nothing of the application's response. Informational responses (1xx) pass at once.
 *
 * The methods stay wrapped: another middleware may have wrapped ours meanwhile, and taking them back would undo it.
 */
export function holdResponse(response: ServerResponse, commit: (status: number) => Outgoing | Promise<Outgoing>): void {
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
      say(() => real.flushHeaders())
    },
    write: (...args: readonly unknown[]) => say(() => real.write(...args)) === true,
    end(...args: readonly unknown[]) {
      say(() => real.end(...args), 'last')
      return response
    },
  }
  Object.assign(response, held)

  /** Says it now or keeps it. Answers what the real method answered, undefined while it is kept. */
  function say(words: () => unknown, last?: 'last'): unknown {
    if (state.kind === 'open') begin()
    if (state.kind === 'passing') return words()
    if (state.kind === 'holding' && !state.complete) {
      state.kept.push(words)
      state.complete = last !== undefined
    }
    return undefined
  }

  /** Code that runs from now on sees what it would see without us: the head is settled. */
  function settle(): Head {
    given ??= headOf(response)
    claimHeadSent(response)
    return given
  }

  function begin(): void {
    const head = given
    if (head !== undefined) restoreHead(response, head)
    const sendHead = (): unknown => (head === undefined ? undefined : real.writeHead(head.status))
    let outgoing
    try {
      outgoing = commit(response.statusCode)
    } catch (error) {
      refuse(error)
      return
    }
    if (!(outgoing instanceof Promise)) {
      release(outgoing)
      sendHead()
      return
    }
    const settled = settle()
    const kept = [sendHead]
    state = { kind: 'holding', kept, complete: false }
    outgoing.then((value) => {
      restoreHead(response, settled)
      release(value)
      let flowing = true
      for (const words of kept) flowing = words() !== false
      if (flowing && !response.writableEnded) response.emit('drain')
    }, refuse)
  }

  function release(outgoing: Outgoing): void {
    withdrawHeadSent(response)
    state = { kind: 'passing' }
    for (const [name, values] of outgoingHeaders(outgoing, (header) => valuesOf(response.getHeader(header)))) {
      response.setHeader(name, name === 'set-cookie' ? values : values.join(', '))
    }
  }

  function refuse(error: unknown): void {
    withdrawHeadSent(response)
    state = { kind: 'refused' }
    sendError(response, error, real)
  }
}

type State =
  | { readonly kind: 'open' }
  | { readonly kind: 'holding'; readonly kept: (() => unknown)[]; complete: boolean }
  | { readonly kind: 'passing' }
  | { readonly kind: 'refused' }
