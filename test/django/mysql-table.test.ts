import { test } from 'node:test'
import { djangoMysql } from '../../src/django/tables/mysql.ts'
import { NO_DJANGO } from '../support/django.ts'
import { djangosWith, startSite, TIMES } from '../support/django-site.ts'
import { NO_MYSQL, useMysql } from '../support/mysql.ts'
import { tableContract } from './table-contract.ts'

const pythons = [...new Set([...djangosWith('MySQLdb'), ...djangosWith('pymysql')])]
const mysql = pythons.length === 0 ? undefined : await useMysql()

if (mysql === undefined) {
  test('djangoMysql', { skip: NO_DJANGO === false ? NO_MYSQL : NO_DJANGO }, () => {})
} else {
  const { url, pool } = mysql
  const { hostname, port, username, pathname } = new URL(url)
  const database = {
    ENGINE: 'django.db.backends.mysql',
    NAME: pathname.slice(1),
    HOST: hostname,
    PORT: port,
    USER: username,
  }
  for (const python of pythons) {
    for (const time of TIMES) {
      const django = await startSite(python, { database, ...time })
      await django.call('migrate')
      tableContract(`djangoMysql, Django ${django.version}, USE_TZ ${time.useTz}`, {
        open: (more) => djangoMysql(pool).open({ ...time, ...more }),
        django,
      })
    }
  }
}
