"""A Django site that does what it is told: one JSON object a line, and one for each answer.

The first line configures it: {"database": {...}, "useTz": bool, "timeZone": str, "caches": {...}, "secret": str}.
"""

import datetime
import importlib
import json
import sys

import django
from django.conf import settings

given = json.loads(sys.stdin.readline())
settings.configure(
    SECRET_KEY=given["secret"],
    DATABASES={"default": given["database"]},
    CACHES=given.get("caches") or {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}},
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    USE_TZ=given["useTz"],
    TIME_ZONE=given["timeZone"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
)
django.setup()

from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.base import CreateError, UpdateError
from django.contrib.sessions.models import Session
from django.core.management import call_command
from django.db import connection
from django.utils import timezone

real_now = timezone.now


def store(engine="db", key=None, **_):
    return importlib.import_module("django.contrib.sessions.backends." + engine).SessionStore(key)


def migrate(**_):
    call_command("migrate", verbosity=0, interactive=False)


def now(ms=None, **_):
    """Sets the clock of sessions; null lets it run."""
    if ms is None:
        timezone.now = real_now
        return
    instant = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(milliseconds=ms)
    if not settings.USE_TZ:
        import zoneinfo

        instant = instant.astimezone(zoneinfo.ZoneInfo(settings.TIME_ZONE)).replace(tzinfo=None)
    timezone.now = lambda: instant


def create(data, age=None, **where):
    session = store(**where)
    session.update(data)
    if age is not None:
        session.set_expiry(age)
    session.save()
    return session.session_key


def load(key, **where):
    session = store(key=key, **where)
    data = session.load()
    return {"key": session.session_key, "data": data}


def save(key, data, **where):
    session = store(key=key, **where)
    session.update(data)
    try:
        session.save()
    except UpdateError:
        return "UpdateError"
    return session.session_key


def cycle(key, **where):
    session = store(key=key, **where)
    session.load()
    session.cycle_key()
    return session.session_key


def delete(key, **where):
    store(**where).delete(key)


def exists(key, **where):
    return store(**where).exists(key)


def clear(**where):
    store(**where).clear_expired()


def encode(data, **where):
    return store(**where).encode(data)


def row(key, **_):
    """As Django's own model reads it: the instant in microseconds, or null when there is no row."""
    found = Session.objects.filter(pk=key).first()
    if found is None:
        return None
    return {"text": found.session_data, "data": found.get_decoded(), "expireDate": found.expire_date.isoformat(" ")}


def add_user(name, password, active=True, **_):
    user = get_user_model().objects.create_user(name, name + "@example.com", password, is_active=active)
    return {"pk": str(user.pk), "password": user.password}


def version(**_):
    return django.VERSION[0]


for line in sys.stdin:
    asked = json.loads(line)
    try:
        answer = {"answer": globals()[asked.pop("do")](**asked)}
    except Exception as error:
        answer = {"error": f"{type(error).__name__}: {error}"}
    print(json.dumps(answer), flush=True)
