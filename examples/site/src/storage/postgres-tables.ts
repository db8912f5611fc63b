import { migratePostgres } from 'holdfast'
import type pg from 'pg'

/**
 * Makes what is missing: Holdfast's tables and the shop's own. Several processes may do it at once. Who only serves
 * needs no right to make tables, once they are there.
 */
export async function migrate(pool: pg.Pool): Promise<void> {
  await migratePostgres(pool)
  // Looked for first: CREATE TABLE IF NOT EXISTS asks for the right to make tables also where there is nothing to make.
  const { rows } = await pool.query<{ found: boolean }>(
    "SELECT to_regclass('chandlery_users') IS NOT NULL AND to_regclass('chandlery_attempts') IS NOT NULL AS found",
  )
  if (rows[0]?.found !== true) await pool.query(TABLES)
}

/** What a role needs that serves, and no more. */
export async function grantTo(pool: pg.Pool, role: string): Promise<void> {
  const { rows } = await pool.query<{ quoted: string }>('SELECT quote_ident($1) AS quoted', [role])
  await pool.query(GRANTS.replaceAll('ROLE', rows[0]?.quoted ?? ''))
}

/** Several statements in one message are one transaction, and of two that make a table at once one would fail. */
const TABLES = `
  SELECT pg_advisory_xact_lock(5126883111);
  CREATE TABLE IF NOT EXISTS chandlery_users (
    id            text NOT NULL PRIMARY KEY,
    email         text NOT NULL,
    email_folded  text NOT NULL UNIQUE,
    name          text NOT NULL,
    password_hash text NOT NULL,
    created_at    timestamptz NOT NULL DEFAULT now()
  );
  CREATE TABLE IF NOT EXISTS chandlery_attempts (
    key   text        NOT NULL PRIMARY KEY,
    count integer     NOT NULL,
    until timestamptz NOT NULL
  )`

const GRANTS = `
  GRANT SELECT ON holdfast_schema TO ROLE;
  GRANT SELECT, INSERT, UPDATE, DELETE ON holdfast_sessions TO ROLE;
  GRANT SELECT, INSERT, UPDATE ON holdfast_subjects TO ROLE;
  GRANT SELECT, INSERT, UPDATE, DELETE ON chandlery_users, chandlery_attempts TO ROLE`
