"""What a Django site does with its sessions and users. Settings: `site` of test/support/django-site.ts."""

import datetime
import importlib
import zoneinfo

from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.sessions.backends.base import UpdateError
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.core.management import call_command
from django.utils import timezone

_real_now = timezone.now


def _store(engine="db", key=None):
    return importlib.import_module("django.contrib.sessions.backends." + engine).SessionStore(key)


def migrate():
    call_command("migrate", verbosity=0, interactive=False)


def now(ms=None):
    """Sets the clock of sessions; null lets it run."""
    if ms is None:
        timezone.now = _real_now
        return
    instant = datetime.datetime(1970, 1, 1, tzinfo=datetime.timezone.utc) + datetime.timedelta(milliseconds=ms)
    if not settings.USE_TZ:
        instant = instant.astimezone(zoneinfo.ZoneInfo(settings.TIME_ZONE)).replace(tzinfo=None)
    timezone.now = lambda: instant


def create(data, age=None, engine="db"):
    session = _store(engine)
    session.update(data)
    if age is not None:
        session.set_expiry(age)
    session.save()
    return session.session_key


def load(key, engine="db"):
    session = _store(engine, key)
    data = session.load()
    return {"key": session.session_key, "data": data}


def save(key, data, engine="db"):
    session = _store(engine, key)
    session.update(data)
    try:
        session.save()
    except UpdateError:
        return "UpdateError"
    return session.session_key


def cycle(key, engine="db"):
    session = _store(engine, key)
    session.load()
    session.cycle_key()
    return session.session_key


def delete(key, engine="db"):
    _store(engine).delete(key)


def exists(key, engine="db"):
    return _store(engine).exists(key)


def clear(engine="db"):
    _store(engine).clear_expired()


def encode(data, engine="db"):
    return _store(engine).encode(data)


def row(key):
    """As Django's own model reads it: the instant in microseconds, or null when there is no row."""
    found = Session.objects.filter(pk=key).first()
    if found is None:
        return None
    return {"text": found.session_data, "data": found.get_decoded(), "expireDate": found.expire_date.isoformat(" ")}


def add_user(name, password, active=True):
    user = get_user_model().objects.create_user(name, name + "@example.com", password, is_active=active)
    return {"pk": str(user.pk), "password": user.password}


def repr(key, engine="db"):
    """With the types that JSON does not tell apart."""
    return str(_store(engine, key).load())


def cached(key):
    return cache.get(key)
