"""地图: the cases of a list on the map. The same filters, and the same rule of who sees which."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from shaodao.centre.cases import on_map
from shaodao.centre.cases.on_map import Box
from shaodao.faces.work import lists, presenting
from shaodao.faces.work.capacity import Desk, page


@page
def case_map(request: HttpRequest, desk: Desk) -> HttpResponse:
    asked = _asked(request)
    query = urlencode({name: value for name, value in asked.items() if value})
    context = lists.choices(asked, desk) | {
        "query": query,
        "list": f"{reverse('staff:search')}?{query}",
        "now": timezone.now(),
    }
    return render(request, "work/case_map.html", context)


@page
def cells(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What lies in a part of the map: rows of lon, lat, count, overdue, over, number, stage."""
    try:
        box, zoom = _box(request), int(float(request.GET.get("zoom", "")))
    except (ValueError, OverflowError):
        return HttpResponseBadRequest()
    found = on_map.cells(desk.by, lists.filters(_asked(request), desk), box, zoom, desk.pack)
    rows = [(round(c.lon, 6), round(c.lat, 6), c.count, c.overdue, c.over, c.number, c.stage) for c in found]
    return JsonResponse({"cells": rows})


@page
def grids(request: HttpRequest, desk: Desk) -> HttpResponse:
    """How many cases each grid has: by code its count and how many are overdue; and of all how many there are and how
    many have a point."""
    found = on_map.grids(desk.by, lists.filters(_asked(request), desk), desk.pack)
    counts = {code: (tally.count, tally.overdue) for code, tally in found.items() if code}
    total, placed = (sum(getattr(each, name) for each in found.values()) for name in ("count", "placed"))
    return JsonResponse({"grids": counts, "total": total, "placed": placed})


@page
def near(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The newest cases in a part of the map, as lines; or those of one grid."""
    asked = _asked(request)
    place = desk.pack.places.get(request.GET.get("grid", ""))
    try:
        box = Box(-180, -90, 180, 90) if place else _box(request)
    except (ValueError, OverflowError):
        return HttpResponseBadRequest()
    if place:
        asked["place"] = place.code
        found = lists.found(asked, desk, size=on_map.LISTED + 1)
    else:
        found = on_map.near(desk.by, lists.filters(asked, desk), box, desk.pack)
    shown = found[: on_map.LISTED]
    context: dict[str, Any] = {
        "lines": [lists.line(each, desk) for each in shown],
        "more": len(found) > len(shown),
        "grid": presenting.full_name(place.code, desk.pack) if place else "",
        "list": f"{reverse('staff:search')}?{urlencode({n: v for n, v in asked.items() if v})}",
        "now": timezone.now(),
    }
    return render(request, "work/case_map_near.html", context)


def _asked(request: HttpRequest) -> dict[str, str]:
    """The filters asked for; whoever comes without any sees what is not finished."""
    if not any(name in request.GET for name in lists.SEARCHED):
        return lists.asked_of(request) | {"open": "1"}
    return lists.asked_of(request)


def _box(request: HttpRequest) -> Box:
    """The part of the map asked for. Raises ValueError."""
    west, south, east, north = (
        float(request.GET.get(name, "")) for name in ("west", "south", "east", "north")
    )
    inside = -180 <= west <= east <= 180 and -90 <= south <= north <= 90
    if not inside:  # also where one of them is no number
        raise ValueError
    return Box(west, south, east, north)
