"""The residents' pages as an app: installed by its manifest, opened without a network by its service worker.

The worker keeps a few files and the pages of `KEPT`, drawn for nobody in particular; it never keeps a page that somebody
was shown. Its version is the hash of all that it keeps: any of it changes, and phones fetch it anew.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date
from functools import lru_cache
from typing import Any

from django.conf import settings
from django.contrib.staticfiles import finders
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import render
from django.template.loader import render_to_string
from django.templatetags.static import static
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import condition

from shaodao.centre.cases.models import Case
from shaodao.centre.intake import gate
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.faces import county, sending, words
from shaodao.faces.navigation import KEPT as ENTRIES
from shaodao.faces.navigation import Entry, placed
from shaodao.faces.resident.forms import WhistleForm
from shaodao.faces.resident.views import known_again
from shaodao.faces.work.whistle import StaffWhistleForm

NAME = "哨到"
THEME, PAPER = "#ffffff", "#f4f6f5"  # --surface, --paper of app.css
FILES = (
    "shaodao/app.css",
    "shaodao/dark.css",
    "shaodao/icons/sprite.svg",
    "shaodao/icons/mark.svg",
    "vendor/htmx/htmx.min.js",
    *(
        f"shaodao/js/{name}.js"
        for name in (
            "app",
            "words",
            "queue",
            "whistle",
            "exif",
            "steps",
            "suggest",
            "alike",
            "forms",
            "waiting",
            "clock",
            "confirm",
        )
    ),
)
WORKER = "shaodao/js/worker.js"
# The address somebody asks for, and the page that stands in for it without a network.
STANDS_IN = {"/": "waiting", "/waiting": "waiting", "/whistle": "whistle", "/work/whistle": "grid"}
MOST_ASKED = 30  # whistles whose state a phone asks for at once
COMING = ("reported", "dispatched")  # the promise still tells what comes next
OF_STAFF = "grid"  # kept only where somebody has whistled as staff


class Nobody:
    """What the shell shows on a kept page: no capacity, no moment, no size. Scripts set what is the phone's own."""

    now = 0
    large = desk = False
    capacity = None
    unit = person = ""
    alarms = ()

    @property
    def county(self) -> str:
        pack = county.pack()
        return f"{county.name()} · {gettext('演示数据')}" if pack and pack.demonstration else county.name()

    @property
    def telephone(self) -> str:
        pack = county.pack()
        return pack.telephone if pack else ""

    @property
    def nav(self) -> tuple[Entry, ...]:
        return placed(ENTRIES, "")

    bar = nav


def _whistle(pack: Pack) -> dict[str, Any]:
    return {"form": WhistleForm(pack)}


def _grid(pack: Pack) -> dict[str, Any]:
    form = StaffWhistleForm(pack, "grid_chief", "")
    return {"form": form, "at_desk": False, "earlier": None, "outer": "shaodao/resident.html"}


Made = Callable[[Pack], dict[str, Any]]
KEPT: dict[str, tuple[str, Made]] = {
    "waiting": ("resident/waiting.html", lambda pack: {}),
    "whistle": ("resident/whistle.html", _whistle),
    "grid": ("work/whistle.html", _grid),
}


def manifest(request: HttpRequest) -> HttpResponse:
    """The web app manifest."""
    icons = [
        {"src": static(f"shaodao/icons/{name}.png"), "sizes": size, "type": "image/png", "purpose": purpose}
        for name, size, purpose in (
            ("app-192", "192x192", "any"),
            ("app-512", "512x512", "any"),
            ("app-maskable-512", "512x512", "maskable"),
        )
    ]
    icons.append({"src": static("shaodao/icons/mark.svg"), "sizes": "any", "type": "image/svg+xml"})
    body = {
        "id": "/",
        "name": f"{NAME} · {county.name()}" if county.name() else NAME,
        "short_name": NAME,
        "description": "有事吹哨，部门来办。没有信号也能吹哨，有信号时自动发送。",
        "lang": "zh-CN",
        "start_url": reverse("resident:home"),
        "scope": "/",
        "display": "standalone",
        "theme_color": THEME,
        "background_color": PAPER,
        "icons": icons,
        "shortcuts": [
            {"name": "我要吹哨", "url": reverse("resident:whistle")},
            {"name": "等待发送", "url": reverse("resident:waiting")},
        ],
    }
    response = JsonResponse(body, json_dumps_params={"ensure_ascii": False})
    response["Content-Type"] = "application/manifest+json"
    response["Cache-Control"] = "public, max-age=3600"
    return response


def _body() -> bytes:
    pack = county.pack()
    return _worker(pack.version, pack.day(timezone.now())) if pack else b""


@condition(etag_func=lambda request: f'"{hashlib.sha256(_body()).hexdigest()[:16]}"')
def worker(request: HttpRequest) -> HttpResponse:
    """The service worker, from the root so that its scope is the site, with what it keeps. Phones ask for it often."""
    body = _body()
    if not body:
        raise Http404
    response = HttpResponse(body, content_type="text/javascript; charset=utf-8")
    response["Cache-Control"] = "no-cache"
    return response


@lru_cache(maxsize=4)
def _worker(version: str, day: date) -> bytes:
    """The same from every process, for everybody, until the pack or the program changes. What a page offers depends on the
    day as well: the manual of items has editions."""
    pack = versions.load_version(version)
    digest = hashlib.sha256()
    for name in (*FILES, WORKER):
        digest.update(_source(name))
    for page in KEPT:
        digest.update(_drawn(page, pack).encode())
    kept = {page: reverse("resident:kept", args=[page]) for page in KEPT}
    facts = {
        "version": digest.hexdigest()[:16],
        "files": [static(name) for name in FILES],
        "pages": [kept[page] for page in KEPT if page != OF_STAFF],
        "ofStaff": kept[OF_STAFF],
        "standsIn": {path: kept[page] for path, page in STANDS_IN.items()},
        "otherwise": kept["waiting"],
    }
    return b"const KEEPS = %b;\n%b" % (json.dumps(facts).encode(), _source(WORKER))


def _source(name: str) -> bytes:
    path = finders.find(name)
    assert isinstance(path, str), name
    with open(path, "rb") as file:
        return file.read()


def _drawn(page: str, pack: Pack) -> str:
    template, made = KEPT[page]
    context = {"shell": Nobody(), "csrf_token": "", "kept": True, **made(pack)}
    with translation.override(settings.LANGUAGE_CODE):
        return render_to_string(template, context)


def kept(request: HttpRequest, page: str) -> HttpResponse:
    """A page as a phone keeps it."""
    pack = county.pack()
    if pack is None or page not in KEPT:
        raise Http404
    response = HttpResponse(_drawn(page, pack))
    response["Cache-Control"] = "no-cache"
    return response


@never_cache
def waiting(request: HttpRequest) -> HttpResponse:
    """等待发送: what waits on this phone. The phone itself fills it in; the server knows nothing of it."""
    return render(request, "resident/waiting.html")


@never_cache
def ticket(request: HttpRequest) -> HttpResponse:
    """What a phone needs to send what waits: a fresh token against forgery, in which capacity it speaks, and the moment."""
    body = {"csrf": get_token(request), "who": sending.who(request), "now": int(timezone.now().timestamp())}
    return known_again(request, JsonResponse(body))


@never_cache
def standing(request: HttpRequest) -> HttpResponse:
    """How the whistles stand that a phone sent, by their tokens: `name` in words for whoever reported; `over` = nobody is
    on the way any more. What is no token of ours is left out. One statement."""
    tokens = {
        found[0]: token for token in request.GET.getlist("t")[:MOST_ASKED] if (found := gate.place_of(token))
    }
    rows = Case.objects.filter(number__in=tokens).values_list("number", "state")
    body = {
        tokens[number]: {"name": words.word("state_resident", state), "over": state not in COMING}
        for number, state in rows
    }
    return JsonResponse(body)
