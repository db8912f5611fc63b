"""One visit to a Django site: what its view does to the session, and what the response and the tables are like then."""

import datetime
import importlib
import json
import os
import time

from django.conf import settings
from django.contrib import auth
from django.contrib.auth import get_user_model
from django.contrib.auth.models import AnonymousUser
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.backends.db import SessionStore
from django.contrib.sessions.middleware import SessionMiddleware
from django.contrib.sessions.models import Session
from django.core.handlers.exception import convert_exception_to_response
from django.http import HttpResponse
from django.test import RequestFactory
from django.utils import timezone

# As Django does for a settings module: with USE_TZ = False its time is the clock of the process.
os.environ["TZ"] = settings.TIME_ZONE
time.tzset()


def _load(request):
    request.session.keys()


def _user(request):
    return str(request.user.pk) if request.user.is_authenticated else None


def _login(request, pk):
    auth.login(request, get_user_model().objects.get(pk=pk), backend=settings.AUTHENTICATION_BACKENDS[0])


def _login_under_new_key(request, pk):
    before = request.session.session_key
    _login(request, pk)
    if before is not None and request.session.session_key == before:
        request.session.cycle_key()


def _change_password(request, password):
    user = request.user
    if not user.is_authenticated:
        return None
    user.set_password(password)
    user.save()
    auth.update_session_auth_hash(request, user)
    return user.password


def _append(request, key, value):
    if isinstance(request.session.get(key), list):
        request.session[key].append(value)
        request.session.modified = True


def _flush_and_forget(request):
    request.session.flush()
    request.user = AnonymousUser()


def _set_expiry(request, value):
    if isinstance(value, dict):
        value = timezone.now() + datetime.timedelta(milliseconds=value["ms"])
    request.session.set_expiry(value)


def _delete_test_cookie(request):
    if request.session.test_cookie_worked():
        request.session.delete_test_cookie()


def _setdefault(request, key, value):
    return request.session.setdefault(key, value)


_STEPS = {
    "user": _user,
    "login": _login,
    "loginUnderNewKey": _login_under_new_key,
    "logout": lambda request: auth.logout(request),
    "password": _change_password,
    "get": lambda request, key: request.session.get(key),
    "set": lambda request, key, value: request.session.__setitem__(key, value),
    "pop": lambda request, key: request.session.pop(key, None),
    "setdefault": _setdefault,
    "append": _append,
    "modified": lambda request: _load(request) or setattr(request.session, "modified", True),
    "cycleKey": lambda request: request.session.cycle_key(),
    "flush": lambda request: request.session.flush(),
    "flushAndForget": _flush_and_forget,
    "setExpiry": _set_expiry,
    "age": lambda request: request.session.get_expiry_age(),
    "date": lambda request: request.session.get_expiry_date().isoformat(),
    "browserClose": lambda request: request.session.get_expire_at_browser_close(),
    "setTestCookie": lambda request: request.session.set_test_cookie(),
    "testCookieWorked": lambda request: request.session.test_cookie_worked(),
    "deleteTestCookie": _delete_test_cookie,
    "isEmpty": lambda request: not _load(request) and bool(request.session.is_empty()),
    "isModified": lambda request: bool(request.session.modified),
}


def visit(cookie, steps, status):
    seen = []

    def view(request):
        for name, *args in steps:
            seen.append(_STEPS[name](request, *args))
        return HttpResponse(status=status)

    inner = convert_exception_to_response(AuthenticationMiddleware(view))
    handler = convert_exception_to_response(SessionMiddleware(inner))
    factory = RequestFactory()
    if cookie is not None:
        factory.cookies[settings.SESSION_COOKIE_NAME] = cookie
    response = handler(factory.get("/"))
    morsel = response.cookies.get(settings.SESSION_COOKIE_NAME)
    return {
        "status": response.status_code,
        "cookie": morsel
        and {"value": morsel.value, "maxAge": None if morsel["max-age"] == "" else morsel["max-age"]},
        "line": morsel and morsel.OutputString(),
        "vary": response.get("Vary", ""),
        "seen": seen,
    }


def rows():
    """What all sessions hold, whatever their keys."""
    return [
        {"key": one.session_key, "data": one.get_decoded(), "expires": one.expire_date.isoformat()}
        for one in Session.objects.order_by("session_key")
    ]


def decode(text):
    return SessionStore().decode(text)


def forget_sessions():
    Session.objects.all().delete()


def set_password(pk, password="another"):
    """As a view of the other side changes it: nothing here knows of a session."""
    user = get_user_model().objects.get(pk=pk)
    user.set_password(password)
    user.save()
    return user.password


def set_active(pk, active):
    get_user_model().objects.filter(pk=pk).update(is_active=active)


def read_row(key):
    """What a reader of `cached_db` does that finds nothing in the cache: it has read the row, and will fill the cache."""
    from django.contrib.sessions.backends.cached_db import SessionStore as Cached

    store = Cached(key)
    row = store._get_session_from_db()
    _read[key] = (store, store.decode(row.session_data))


def fill_cache(key):
    """And then it does."""
    store, data = _read.pop(key)
    store._cache.set(store.cache_key, data, 600)


_read = {}


def cached(key):
    from django.contrib.sessions.backends.cached_db import SessionStore as Cached

    store = Cached(key)
    return store._cache.get(store.cache_key)


def passwords():
    return [[user.pk, user.password] for user in get_user_model().objects.all()]


def make(text):
    """A session with this JSON, as Python reads it. Answers its key."""
    store = _engine()()
    store.update(json.loads(text))
    store.save()
    return store.session_key


def _engine():
    return importlib.import_module(settings.SESSION_ENGINE).SessionStore


def same(key, text):
    """Whether a session holds just that, to the type of each number."""
    held = _engine()(key).load()
    return json.dumps(held, sort_keys=True) == json.dumps(json.loads(text), sort_keys=True)
