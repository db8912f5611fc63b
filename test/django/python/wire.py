"""What Django writes and reads. Session data travels as JSON text, which JavaScript need not understand."""

import base64
import json
import pickle
import sys
from contextlib import ExitStack
from unittest import mock

from django.contrib.auth import hashers
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.sessions.backends.signed_cookies import SessionStore as SignedCookies
from django.contrib.messages.constants import SUCCESS
from django.contrib.messages.storage.session import SessionStorage
from django.contrib.sessions.backends.db import SessionStore
from django.core import signing
from django.http import HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware, get_token
from django.test import override_settings
from django.utils.safestring import mark_safe


def compact(text):
    """The text as Django's serializer writes it."""
    return json.dumps(json.loads(text), separators=(",", ":"))


def same(one, other):
    """Equal to Python, ints and floats apart."""
    return _canonical(json.loads(one)) == _canonical(json.loads(other))


def encode(text, keys, salt, now):
    with _site(keys, now):
        return signing.dumps(json.loads(text), salt=salt, compress=True)


def sign(value, keys, salt, now=None):
    """A signature over anything. With `now` the time goes before it."""
    with _site(keys, now):
        signer = signing.Signer if now is None else signing.TimestampSigner
        return signer(salt=salt).sign(value)


def sign_sha1(text, keys, salt, now):
    with _site(keys, now):
        return signing.TimestampSigner(salt=salt, algorithm="sha1").sign_object(json.loads(text), compress=True)


def decode(text, keys, salt, max_age, now):
    """What `decode` of a session answers {} for, apart. The data is JSON again."""
    with _site(keys, now):
        try:
            data = signing.loads(text, salt=salt, max_age=max_age)
        except signing.SignatureExpired:
            return {"kind": "expired"}
        except signing.BadSignature:
            return {"kind": "bad-signature"}
        except Exception as error:
            return {"kind": "rubbish", "error": type(error).__name__}
        if not isinstance(data, dict):
            return {"kind": "rubbish", "error": "no dict"}
        return {"kind": "data", "json": json.dumps(data, separators=(",", ":"))}


def store_decode(text, keys):
    """As the database engine reads a row."""
    with _site(keys, None):
        return json.dumps(SessionStore().decode(text))


def cookie_save(text, keys, now):
    """The cookie of the signed_cookies engine."""
    with _site(keys, now):
        session = SignedCookies()
        session.update(json.loads(text))
        session.save()
        return session.session_key


def cookie_load(cookie, keys, max_age, now):
    with _site(keys, now, SESSION_COOKIE_AGE=max_age):
        return json.dumps(SignedCookies(cookie).load())


def busy_session(keys):
    """A session with a message and a CSRF token in it, as Django's own middleware leaves it."""
    with _site(keys, None, CSRF_USE_SESSIONS=True):
        request = _request(SessionStore())
        get_token(request)
        CsrfViewMiddleware(lambda request: None).process_view(request, lambda request: None, (), {})
        CsrfViewMiddleware(lambda request: None).process_response(request, HttpResponse())
        storage = SessionStorage(request)
        storage.add(SUCCESS, mark_safe("Gespeichert: <b>\u2713</b>"), "tag")
        storage.update(HttpResponse())
        return request.session.encode(request.session._session)


def busy_words(text, keys):
    """Its message, what else was put into it, and whether its token is still one to Django."""
    with _site(keys, None, CSRF_USE_SESSIONS=True):
        session = SessionStore()
        session._session_cache = session.decode(text)
        request = _request(session)
        (message,) = SessionStorage(request)
        before = session["_csrftoken"]
        get_token(request)
        return [message.message, session["ours"], session["_csrftoken"] == before and len(before) in (32, 64)]


def to_pickle(text, protocol):
    return _base64(pickle.dumps(json.loads(text), protocol))


def pickle_of(expression, protocol):
    """Of a Python expression, for what JSON has no words for."""
    return _base64(pickle.dumps(eval(expression, {}), protocol))


def json_of(expression):
    return json.dumps(eval(expression, {}), separators=(",", ":"))


def from_pickle(encoded):
    """As Django's caches load it, but that nothing may be imported."""
    with mock.patch.dict(_forbidden, {"pickle.find_class": True}):
        return json.dumps(pickle.loads(base64.b64decode(encoded)), separators=(",", ":"))


def make_password(password):
    return hashers.make_password(password)


def check_password(password, encoded):
    return hashers.check_password(password, encoded)


def hash_password(password, algorithm, salt, iterations):
    hasher = hashers.get_hasher(algorithm)
    return hasher.encode(password, salt, iterations)


def usable(encoded):
    return hashers.is_password_usable(encoded)


def must_update(encoded):
    return hashers.get_hasher().must_update(encoded)


class _User(AbstractBaseUser):
    class Meta:
        app_label = "auth"


def auth_hash(password, keys):
    with _site(keys, None):
        return _User(password=password).get_session_auth_hash()


def expiry(value, modification, use_tz, time_zone, cookie_age):
    """Age and date of a session whose `_session_expiry` is this. The date is in milliseconds."""
    from datetime import datetime, timedelta, timezone
    import zoneinfo

    zone = zoneinfo.ZoneInfo(time_zone)
    moment = datetime.fromtimestamp(modification / 1000, timezone.utc)
    moment = moment if use_tz else moment.astimezone(zone).replace(tzinfo=None)
    with override_settings(USE_TZ=use_tz, TIME_ZONE=time_zone, SESSION_COOKIE_AGE=cookie_age):
        session = SessionStore()
        session._session_cache = {} if value is None else {"_session_expiry": value}
        age = session.get_expiry_age(modification=moment)
        date = session.get_expiry_date(modification=moment)
        at_close = session.get_expire_at_browser_close()
    aware = date if date.tzinfo else date.replace(tzinfo=zone)
    epoch = datetime(1970, 1, 1, tzinfo=timezone.utc)
    return {"ageSeconds": age, "date": (aware - epoch) / timedelta(milliseconds=1), "atBrowserClose": at_close}


def set_expiry(at, use_tz, time_zone):
    """What `set_expiry` puts into the session for a date: since 4.1 a text."""
    from datetime import datetime, timezone
    import zoneinfo

    date = datetime.fromtimestamp(at / 1000, timezone.utc)
    date = date if use_tz else date.astimezone(zoneinfo.ZoneInfo(time_zone)).replace(tzinfo=None)
    with override_settings(USE_TZ=use_tz, TIME_ZONE=time_zone):
        session = SessionStore()
        session._session_cache = {}
        session.set_expiry(date)
        return session._session_cache["_session_expiry"]


_forbidden = {}


def _audit(event, arguments):
    if event in _forbidden:
        raise pickle.UnpicklingError(event)


sys.addaudithook(_audit)


def _request(session):
    request = HttpRequest()
    request.session = session
    session._session_cache = getattr(session, "_session_cache", {})
    return request


def _site(keys, now, **settings):
    stack = ExitStack()
    stack.enter_context(override_settings(SECRET_KEY=keys[0], SECRET_KEY_FALLBACKS=keys[1:], **settings))
    if now is not None:
        stack.enter_context(mock.patch("time.time", lambda: now / 1000))
    return stack


def _canonical(value):
    return json.dumps(value, sort_keys=True)


def _base64(data):
    return base64.b64encode(data).decode()
