import { randomUUID } from 'node:crypto'
import { closeSync, openSync } from 'node:fs'
import { DatabaseSync, type SQLOutputValue } from 'node:sqlite'

export interface User {
  readonly id: string
  readonly email: string
  readonly name: string
  readonly createdAt: Date
}

export interface Users {
  /** Undefined when the address is taken. */
  add(user: { email: string; name: string; passwordHash: string }): User | undefined
  find(id: string): User | undefined
  idOf(email: string): string | undefined
  passwordHashOf(id: string): string | undefined
  /** Only over the hash that was verified: of two changes at once one wins, and the other learns it. */
  changePassword(id: string, from: string, to: string): boolean
  remove(id: string): void
  close(): void
}

/** The shop's customers, in a SQLite file that only its owner may read. */
export function openUsers(path: string): Users {
  closeSync(openSync(path, 'a', 0o600))
  const database = new DatabaseSync(path)
  database.exec(`
    PRAGMA journal_mode = WAL;
    PRAGMA busy_timeout = 5000;
    CREATE TABLE IF NOT EXISTS users (
      id TEXT PRIMARY KEY,
      email TEXT NOT NULL,
      email_folded TEXT NOT NULL UNIQUE,
      name TEXT NOT NULL,
      password_hash TEXT NOT NULL,
      created_at INTEGER NOT NULL
    ) STRICT`)

  const sql = {
    add: database.prepare(`INSERT INTO users (id, email, email_folded, name, password_hash, created_at)
      VALUES (?, ?, ?, ?, ?, ?) ON CONFLICT (email_folded) DO NOTHING RETURNING *`),
    find: database.prepare('SELECT * FROM users WHERE id = ?'),
    idOf: database.prepare('SELECT id FROM users WHERE email_folded = ?'),
    changePassword: database.prepare('UPDATE users SET password_hash = ? WHERE id = ? AND password_hash = ?'),
    remove: database.prepare('DELETE FROM users WHERE id = ?'),
  }

  return {
    add({ email, name, passwordHash }) {
      return readUser(sql.add.get(randomUUID(), email, foldEmail(email), name, passwordHash, Date.now()))
    },
    find: (id) => readUser(sql.find.get(id)),
    idOf: (email) => text(sql.idOf.get(foldEmail(email))?.['id']),
    passwordHashOf: (id) => text(sql.find.get(id)?.['password_hash']),
    changePassword: (id, from, to) => sql.changePassword.run(to, id, from).changes === 1,
    remove: (id) => void sql.remove.run(id),
    close: () => database.close(),
  }
}

/** Ann@Example.org and ann@example.org are one person. */
export function foldEmail(email: string): string {
  return email.normalize('NFKC').trim().toLowerCase()
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
