import { readDatabaseUrl, SettingError } from './settings.ts'
import { reasonOf } from './storage/place.ts'
import { grantTo, migrate } from './storage/postgres-tables.ts'
import { openPool } from './storage/postgres.ts'

// Makes the tables in DATABASE_URL, as their owner. The role SITE_ROLE, if one is named, may then serve with them and do
// no more. Once for each deployment, before the new version serves.
const { env } = process

try {
  const url = readDatabaseUrl(env)
  if (url === undefined) throw new SettingError('DATABASE_URL is not set')
  const pool = openPool(url, console.error)
  await migrate(pool)
  if (env['SITE_ROLE']) await grantTo(pool, env['SITE_ROLE'])
  await pool.end()
  console.log('The tables are there.')
} catch (error) {
  console.error(reasonOf(error))
  process.exit(1)
}
