"""The wall by its address, the same for somebody signed in, and the page on which walls are put up and taken down."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions
from shaodao.county.pack import versions
from shaodao.county.people import holders
from shaodao.faces import words
from shaodao.faces.forms import whole
from shaodao.faces.requests import web_source
from shaodao.faces.wall import board, links, shown
from shaodao.faces.work.capacity import Desk, page

EVERY = 15  # seconds between two rounds of a wall


@never_cache
def wall(request: HttpRequest, secret: str) -> HttpResponse:
    if links.find(secret, timezone.now()) is None:
        raise Http404
    return _wall(request, reverse("wall_board", args=[secret]))


@never_cache
def refreshed(request: HttpRequest, secret: str) -> HttpResponse:
    """What a wall asks for every few seconds. 410 once it is taken down: it then says so instead of trying for ever."""
    if links.find(secret, timezone.now()) is None:
        return HttpResponse(status=410)
    return _board(request)


@page
def staff_wall(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The wall on the screen of somebody who reads the county's figures."""
    return _wall(request, reverse("staff:wall_board")) if _reads(desk) else _forbidden(request)


@page
def staff_refreshed(request: HttpRequest, desk: Desk) -> HttpResponse:
    return _board(request) if _reads(desk) else _forbidden(request)


@page
def walls(request: HttpRequest, desk: Desk) -> HttpResponse:
    return _walls(request, desk) if _reads(desk) else _forbidden(request)


@require_POST
@page
def put_up(request: HttpRequest, desk: Desk) -> HttpResponse:
    """A new wall; its address is shown on this page and never again."""
    name = request.POST.get("name", "").strip()
    if not name:
        messages.error(request, "请写明这块大屏挂在哪里。")
        return redirect("staff:walls")
    try:
        secret = links.put_up(name, desk.by, timezone.now(), web_source(request))
    except permissions.Forbidden:
        return _forbidden(request)
    return _walls(request, desk, request.build_absolute_uri(reverse("wall", args=[secret])))


@require_POST
@page
def take_down(request: HttpRequest, desk: Desk) -> HttpResponse:
    try:
        done = links.take_down(whole(request.POST.get("wall")), desk.by, timezone.now(), web_source(request))
    except permissions.Forbidden:
        return _forbidden(request)
    if done:
        messages.success(request, "已停用，这块大屏不再显示数据。")
    return redirect("staff:walls")


def _walls(request: HttpRequest, desk: Desk, address: str = "") -> HttpResponse:
    may = permissions.may_put_up_walls(desk.by)
    found = links.listed() if may else []
    names = holders.called(each.put_up_by for each in found)
    context = {
        "walls": [{"wall": each, "by": names.get(each.put_up_by, "")} for each in found],
        "may_put_up": may,
        "address": address,
        "now": timezone.now(),
    }
    return render(request, "wall/walls.html", context)


def _wall(request: HttpRequest, refresh: str) -> HttpResponse:
    pack = versions.current()
    centre = next((unit.name for unit in pack.units.values() if unit.kind == "centre"), pack.name)
    context = _shown() | {"refresh": refresh, "every": EVERY, "centre": centre}
    return render(request, "wall/wall.html", context)


def _board(request: HttpRequest) -> HttpResponse:
    return render(request, "wall/board.html", _shown())


def _shown() -> dict[str, object]:
    pack = versions.current()
    return {"board": shown.board_of(board.live.get(), board.monthly.get(), pack), "now": timezone.now()}


def _reads(desk: Desk) -> bool:
    return permissions.figures_under(desk.by, desk.pack) == {}


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
