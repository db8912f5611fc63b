import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { after, test } from 'node:test'
import { djangoSqlite } from '../../src/django/tables/sqlite.ts'
import { NO_DJANGO } from '../support/django.ts'
import { djangosWith, startSite, TIMES } from '../support/django-site.ts'
import { tableContract } from './table-contract.ts'

const pythons = djangosWith('sqlite3')
if (pythons.length === 0) test('djangoSqlite', { skip: NO_DJANGO }, () => {})

const folder = mkdtempSync(join(tmpdir(), 'holdfast-django-'))
after(() => rmSync(folder, { recursive: true }))

for (const python of pythons) {
  for (const time of TIMES) {
    const path = join(folder, `${python.version}-${time.useTz}.sqlite3`)
    const django = await startSite(python, { database: { ENGINE: 'django.db.backends.sqlite3', NAME: path }, ...time })
    await django.call('migrate')
    const opened: { close(): Promise<void> }[] = []
    after(() => Promise.all(opened.map((table) => table.close())))
    tableContract(`djangoSqlite, Django ${django.version}, USE_TZ ${time.useTz}`, {
      open(more) {
        const table = djangoSqlite(path).open({ ...time, ...more })
        opened.push(table)
        return table
      },
      django,
    })
  }
}
