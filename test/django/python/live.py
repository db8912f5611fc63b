"""A Django site that is served over http by many threads. Its one argument is JSON, the settings. It says its port.

Every answer is what the site knows of the visitor: `{"user": ..., "data": {...}}`.
"""

import json
import os
import sys
import time
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import django
from django.conf import settings

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
settings.configure(
    ROOT_URLCONF=__name__,
    ALLOWED_HOSTS=["127.0.0.1"],
    INSTALLED_APPS=["django.contrib.auth", "django.contrib.contenttypes", "django.contrib.sessions"],
    MIDDLEWARE=[
        "django.contrib.sessions.middleware.SessionMiddleware",
        "django.contrib.auth.middleware.AuthenticationMiddleware",
    ],
    PASSWORD_HASHERS=["quick_hasher.QuickHasher"],
    DEFAULT_AUTO_FIELD="django.db.models.AutoField",
    **json.loads(sys.argv[1])
)
django.setup()

from django.contrib.auth import authenticate, get_user_model, login, logout, update_session_auth_hash  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.cache import caches  # noqa: E402
from django.core.management import call_command  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.http import JsonResponse  # noqa: E402
from django.shortcuts import redirect  # noqa: E402
from django.urls import path  # noqa: E402


def write_late(write):
    """The way to the cache is long now and then, and what a reader fills it with is old when it arrives."""

    def late(*args, **options):
        time.sleep(0.01)
        return write(*args, **options)

    return late


type(caches["default"]).set = write_late(type(caches["default"]).set)


def known(request):
    user = request.user.get_username() or None
    data = {key: value for key, value in request.session.items() if not key.startswith("_")}
    return JsonResponse({"user": user, "data": data})


def sign_in(request):
    given = json.loads(request.body)
    login(request, authenticate(request, username=given["name"], password=given["password"]))
    return known(request)


def sign_out(request):
    logout(request)
    return known(request)


def password(request):
    request.user.set_password(json.loads(request.body)["password"])
    request.user.save()
    update_session_auth_hash(request, request.user)
    return known(request)


def expire(request):
    request.session.set_expiry(json.loads(request.body)["seconds"])
    return known(request)


def count(request):
    key = json.loads(request.body)["key"]
    request.session[key] = request.session.get(key, 0) + 1
    return known(request)


def cart(request):
    """The view that moves in docs/django.md."""
    basket = request.session.get("basket", {})
    if request.method == "POST":
        slug = request.POST["slug"]
        request.session["basket"] = {**basket, slug: basket.get(slug, 0) + 1}
        return redirect("/cart/")
    return JsonResponse({"user": request.user.get_username() or None, "basket": basket})


def rows(request):
    """Every row, as Django reads it. What it cannot read is `{}` there."""
    found = {}
    for row in Session.objects.all():
        data = row.get_decoded()
        found[row.session_key] = {key: value for key, value in data.items() if not key.startswith("_")}
    return JsonResponse(found)


urlpatterns = [
    path("", known),
    path("login", sign_in),
    path("logout", sign_out),
    path("password", password),
    path("expire", expire),
    path("count", count),
    path("cart/", cart),
    path("rows", rows),
]


class Threads(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    request_queue_size = 256


class Quiet(WSGIRequestHandler):
    def log_message(self, *_):
        pass


if __name__ == "__main__":
    call_command("migrate", verbosity=0, interactive=False)
    for name in "ada", "bob":
        if not get_user_model().objects.filter(username=name).exists():
            get_user_model().objects.create_user(name, password="secret of " + name)
    server = make_server("127.0.0.1", 0, get_wsgi_application(), Threads, Quiet)
    print(server.server_port, flush=True)
    server.serve_forever()
