import { describe, test } from 'node:test'
import { answerTests } from './adapter/answers.ts'
import type { AdapterUnderTest } from './adapter/application.ts'
import { compressionTests } from './adapter/compression.ts'
import { errorTests, failureTests } from './adapter/failures.ts'
import { rawHttp1Tests, rawHttp2Tests, rawTests } from './adapter/raw.ts'
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
        describe('Node’s response', () => rawTests(adapterTest))
        if (protocol === 'HTTP/2') describe('Node’s response in HTTP/2', () => rawHttp2Tests(adapterTest))
        else describe('Node’s response in HTTP/1.1', () => rawHttp1Tests(adapterTest))
        if (compression !== undefined) describe('compression', () => compressionTests(adapterTest, compression))
      })
    }
  })
}

/** For what would hang without end. No test waits for it to pass. */
const TIMEOUT_MS = 30_000
