import { describe, test } from 'node:test'
import { answerTests } from './adapter/answers.ts'
import type { AdapterUnderTest } from './adapter/application.ts'
import { bypassTests, http2BypassTests } from './adapter/bypass.ts'
import { compressionTests } from './adapter/compression.ts'
import { errorTests, failureTests } from './adapter/failures.ts'
import { rawFailureTests } from './adapter/raw-failures.ts'
import { continueTests, rawTests } from './adapter/raw.ts'
import { withStages, type AdapterTest } from './adapter/stage.ts'
import { streamTests } from './adapter/streams.ts'

/**
 * Registers the tests that every adapter must pass, over real HTTP. What your framework cannot do you leave out of
 * the description; its tests are not registered then.
 *
 * @example
 * adapterContract('mySessions', {
 *   async serve({ sessions, handle }) {
 *     const app = myFramework().use(mySessions(sessions))
 *     app.all('*', async (context) => answerWith(context, await handle({ path: context.path, session: context.session })))
 *     const server = await app.listen(0)
 *     return { url: `http://127.0.0.1:${server.port}`, close: () => server.close() }
 *   },
 * })
 */
export function adapterContract(name: string, adapter: AdapterUnderTest): void {
  const { protocols = ['HTTP/1.1'], answersErrors = false, compression, serveRaw } = adapter
  describe(`${name} keeps the adapter contract`, () => {
    for (const protocol of protocols) {
      const adapterTest: AdapterTest = (title, body) => {
        test(title, { timeout: TIMEOUT_MS }, () => withStages(adapter, protocol, body))
      }
      describe(protocol, () => {
        describe('answers', () => answerTests(adapterTest))
        describe('streams and clients that leave', () => streamTests(adapterTest))
        describe('failures', () => failureTests(adapterTest))
        if (answersErrors) describe('errors', () => errorTests(adapterTest))
        if (serveRaw === undefined) return
        describe('Node’s response', () => {
          rawTests(adapterTest)
          rawFailureTests(adapterTest)
          if (protocol === 'HTTP/1.1') continueTests(adapterTest)
        })
        describe('ways round', () => {
          bypassTests(adapterTest)
          if (protocol === 'HTTP/2') http2BypassTests(adapterTest)
        })
        if (compression !== undefined) describe('compression', () => compressionTests(adapterTest, compression))
      })
    }
  })
}

/** For what would hang without end. No test waits for it to pass. */
const TIMEOUT_MS = 30_000
