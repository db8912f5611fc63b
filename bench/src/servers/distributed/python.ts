import { spawnSync } from 'node:child_process'

// Debian's own Python has Debian's Django.
export const PYTHON = '/usr/bin/python3'

/** Whether Django, gunicorn, and what they need for PostgreSQL and Redis are installed. */
export const hasDjango =
  spawnSync(PYTHON, ['-c', 'import django, gunicorn, psycopg2, django_redis'], { stdio: 'ignore' }).status === 0

export const NO_DJANGO =
  'Django is left out: apt-get install python3-django python3-psycopg2 python3-django-redis gunicorn'
