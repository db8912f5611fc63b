"""Django's cached_db on PostgreSQL and Redis, or Django without sessions. Run as a program, it makes the table."""

import json
import os
import time
from urllib.parse import urlsplit

import django
from django.conf import settings
from django.core.wsgi import get_wsgi_application
from django.http import HttpResponse
from django.urls import re_path

HAS_SESSIONS = os.environ["DJANGO_ENGINE"] != "bare"
HAS_USERS = os.environ["DJANGO_ENGINE"] == "signed-in"
place = urlsplit(os.environ["BENCH_POSTGRES"])
options = dict(part.split("=", 1) for part in place.query.replace("+", " ").replace("%3D", "=").split("&"))

settings.configure(
    DEBUG=False,
    SECRET_KEY=os.environ["DJANGO_SECRET_KEY"],
    ALLOWED_HOSTS=["*"],
    ROOT_URLCONF=__name__,
    INSTALLED_APPS=["django.contrib.sessions"] * HAS_SESSIONS
    + ["django.contrib.contenttypes", "django.contrib.auth"] * HAS_USERS,
    MIDDLEWARE=["django.contrib.sessions.middleware.SessionMiddleware"] * HAS_SESSIONS
    + ["django.contrib.auth.middleware.AuthenticationMiddleware"] * HAS_USERS,
    SESSION_ENGINE="django.contrib.sessions.backends.cached_db",
    SESSION_COOKIE_AGE=1800,
    SESSION_SAVE_EVERY_REQUEST=bool(os.environ["DJANGO_SLIDING"]),
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": place.path[1:],
            "USER": place.username,
            "PASSWORD": place.password or "",
            "HOST": place.hostname,
            "PORT": place.port or 5432,
            "CONN_MAX_AGE": None,
            "OPTIONS": {"options": options["options"]},
        }
    },
    CACHES={
        "default": {
            "BACKEND": "django_redis.cache.RedisCache",
            "LOCATION": os.environ["BENCH_REDIS"],
            "KEY_PREFIX": os.environ["DJANGO_PREFIX"],
        }
    },
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    LOGGING_CONFIG=None,
)

SESSION = json.loads(os.environ["DJANGO_SESSION"])


def view(request):
    if not HAS_SESSIONS:
        return HttpResponse(SESSION["userId"])
    session = request.session
    if request.path == "/begin":
        session["user"] = SESSION
        session["count"] = 0
        if HAS_USERS:
            from django.contrib.auth import get_user_model, login

            login(request, get_user_model().objects.get(pk=1))
        return HttpResponse("")
    if request.path == "/count":
        session["count"] += 1
        return HttpResponse(str(session["count"]))
    if request.path in INTEGRITY:
        return INTEGRITY[request.path](request, session)
    if HAS_USERS and not request.user.is_authenticated:
        return HttpResponse("")
    return HttpResponse(session["user"]["userId"] if "user" in session else "")


def begin_anew(request, session):
    session.cycle_key()
    session["name"] = "ada"
    session["data"] = {}
    return HttpResponse("{}")


def add(request, session):
    data = dict(session["data"])
    time.sleep(int(request.GET["ms"]) / 1000)
    session["data"] = {**data, request.GET["key"]: True}
    return HttpResponse("{}")


def logout(request, session):
    session.flush()
    return HttpResponse("{}")


def state(request, session):
    return HttpResponse(json.dumps({"user": session.get("name"), "keys": len(session.get("data", {}))}))


INTEGRITY = {"/login": begin_anew, "/add": add, "/logout": logout, "/state": state}

urlpatterns = [re_path("", view)]
application = get_wsgi_application()

if __name__ == "__main__":
    from django.core.management import call_command

    call_command("migrate", verbosity=0)
    if HAS_USERS:
        from django.contrib.auth import get_user_model

        get_user_model().objects.filter(pk=1).exists() or get_user_model().objects.create_user("ada", password="p")
