import { randomUUID } from 'node:crypto'
import { closeSync, mkdirSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'
import { cachedDb, memoryCache, sqliteStore, type Clock } from 'holdfast'
import type { Counters } from '../counters.ts'
import type { Storage } from '../storage.ts'
import { foldEmail, type User, type Users } from '../users.ts'

/** In two files that only their owner may read. Several processes of one machine may share them. */
export function openSqlite(dataDir: string, clock: { readonly clock?: Clock }): Storage {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const database = openDatabase(join(dataDir, 'users.sqlite'))
  return {
    engine: cachedDb(sqliteStore(join(dataDir, 'sessions.sqlite'), clock), memoryCache(clock), clock),
    users: usersIn(database),
    counters: countersIn(database),
    close: async () => database.close(),
  }
}

function openDatabase(path: string): DatabaseSync {
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path)
  database.exec(`
    PRAGMA busy_timeout = 5000;
    PRAGMA journal_mode = WAL;
    CREATE TABLE IF NOT EXISTS users (
      id TEXT PRIMARY KEY,
      email TEXT NOT NULL,
      email_folded TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      password_hash TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT;
    CREATE TABLE IF NOT EXISTS attempts (
      key TEXT PRIMARY KEY,
      count INTEGER NOT NULL,
      until INTEGER NOT NULL
    ) STRICT`)
  return database
}

function usersIn(database: DatabaseSync): Users {
  const sql = {
    add: database.prepare(`INSERT INTO users (id, email, email_folded, name, password_hash, created_at)
      VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (email_folded) DO NOTHING RETURNING *`),
    find: database.prepare('SELECT * FROM users WHERE id = ?'),
    idOf: database.prepare('SELECT id FROM users WHERE email_folded = ?'),
    changePassword: database.prepare('UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?'),
    remove: database.prepare('DELETE FROM users WHERE id = ?'),
  }
  return {
    async add({ email, name, passwordHash }) {
      return readUser(sql.add.get(randomUUID(), email, foldEmail(email), name, passwordHash, Date.now()))
    },
    find: async (id) => readUser(sql.find.get(id)),
    idOf: async (email) => text(sql.idOf.get(foldEmail(email))?.['id']),
    passwordHashOf: async (id) => text(sql.find.get(id)?.['password_hash']),
    changePassword: async (id, from, to) => sql.changePassword.run(to, id, from).changes === 1,
    remove: async (id) => void sql.remove.run(id),
  }
}

function countersIn(database: DatabaseSync): Counters {
  const sql = {
    add: database.prepare(`INSERT INTO attempts (key, count, until) VALUES (:key, 1, :now + :window)
      ON CONFLICT (key) DO UPDATE SET
        count = CASE WHEN until > :now THEN count + 1 ELSE 1 END,
        until = CASE WHEN until > :now THEN until ELSE excluded.until END
      RETURNING count, until`),
    takeBack: database.prepare('UPDATE attempts SET count = count - 1 WHERE key = ? AND count > 0'),
    clear: database.prepare('DELETE FROM attempts WHERE until <= ?'),
  }
  return {
    async add(key, window) {
      const row = sql.add.get({ key, window, now: Date.now() })
      return { count: Number(row?.['count']), until: new Date(Number(row?.['until'])) }
    },
    takeBack: async (key) => void sql.takeBack.run(key),
    clear: async () => void sql.clear.run(Date.now()),
  }
}

function readUser(row: Record<string, SQLOutputValue> | undefined): User | undefined {
  if (row === undefined) return undefined
  return {
    id: String(row['id']),
    email: String(row['email']),
    name: String(row['name']),
    createdAt: new Date(Number(row['created_at'])),
  }
}

function text(value: SQLOutputValue | undefined): string | undefined {
  return typeof value === 'string' ? value : undefined
}
