import type { SessionStore } from '../../src/index.ts'

/** One store whose every call goes to the next of its handles: what one wrote the other must see. */
export function alternate(handles: readonly [SessionStore, ...SessionStore[]]): SessionStore {
  let turn = 0
  return new Proxy(handles[0], {
    get(first, name) {
      if (name === 'close') return () => Promise.all(handles.map(async (handle) => handle.close?.()))
      const handle = handles[turn++ % handles.length] ?? first
      return Reflect.get(handle, name) as unknown
    },
  })
}
