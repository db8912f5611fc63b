import { fileURLToPath } from 'node:url'
import { createSessions, type Sessions } from 'holdfast'
import { sessionKey } from './session-key.ts'
import './session-data.ts'
import { openStorage, type Storage, type StorageOptions } from './storage.ts'

export interface SessionsOptions extends Omit<StorageOptions, 'dataDir'> {
  readonly dataDir?: string | undefined
  readonly sessionKey: string | undefined
}

/** The shop's sessions and what is kept beside them, for the site and for the command `holdfast`. */
export async function openSessions(options: SessionsOptions): Promise<Storage & { readonly sessions: Sessions }> {
  const { dataDir = DATA_DIR, clock, note } = options
  const keys = [sessionKey(dataDir, options.sessionKey, note)]
  const storage = await openStorage({ ...options, dataDir })
  try {
    const sessions = createSessions({ keys, engine: storage.engine, ...(clock !== undefined && { clock }) })
    return { ...storage, sessions }
  } catch (error) {
    await storage.close()
    throw error
  }
}

const DATA_DIR = fileURLToPath(new URL('../data', import.meta.url))
