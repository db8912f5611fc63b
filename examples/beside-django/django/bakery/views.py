import json
from pathlib import Path

import django
from django.contrib.auth import login
from django.contrib.auth.decorators import login_required
from django.contrib.auth.forms import UserCreationForm
from django.http import Http404
from django.shortcuts import redirect, render
from django.views.decorators.http import require_safe

CATALOGUE = json.loads((Path(__file__).resolve().parents[2] / "catalogue.json").read_text(encoding="utf-8"))

SIGN_IN = {"title": "Sign in", "button": "Sign in", "joining": True}
PASSWORD = {"title": "Change the password", "button": "Change it"}
JOIN = {"title": "Open an account", "button": "Open it"}


def everywhere(request):
    """What the frame of every page shows."""
    return {"version": django.get_version(), "count": sum(request.session.get("basket", {}).values())}


@require_safe
def shop(request):
    return render(request, "shop.html", {"goods": CATALOGUE.items()})


def basket(request):
    if request.method == "POST":
        slug = request.POST.get("slug")
        if slug not in CATALOGUE:
            raise Http404
        kept = request.session.get("basket", {})
        request.session["basket"] = {**kept, slug: kept.get(slug, 0) + 1}
        return redirect("basket")
    kept = request.session.get("basket", {})
    lines = [(name, kept[slug]) for slug, name in CATALOGUE.items() if slug in kept]
    return render(request, "basket.html", {"lines": lines})


@login_required
@require_safe
def account(request):
    return render(request, "account.html")


def join(request):
    form = UserCreationForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        login(request, form.save())
        return redirect("account")
    return render(request, "form.html", {"form": form, **JOIN})
