"""今日巡查: what a grid chief or a community has before it today: its ground on the map, what is due, what waits for its
eyes, nearest first where the phone says where it is."""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, JsonResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from shapely.geometry import mapping

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.queries import Listed
from shaodao.faces.work import lists, presenting
from shaodao.faces.work.capacity import Desk, page

SHOWN = 30  # of each kind: a day on foot
UNIT = 1e7  # rows hold 1e-7 degrees


def _home(desk: Desk) -> str:
    """The code of the ground one answers for: a grid, or a community."""
    if desk.by.role not in permissions.FIRST_TIER_HANDS:
        raise Http404
    return desk.by.unit


def _today(desk: Desk) -> tuple[list[Listed], list[Listed]]:
    """The duties at work, least time left first; and what waits for verification."""
    units = list(dict.fromkeys([desk.by.unit, desk.capacity.unit]))
    verify = queries.queue(desk.by, "verification", desk.pack, units=units, size=SHOWN)
    return queries.duties(desk.by, desk.pack, size=SHOWN).lines, verify.lines


@page
def round_(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    home = _home(desk)
    duties, verify = _today(desk)
    place = desk.pack.places.get(home)
    shape = place.shape if place else None
    context = {
        "home": presenting.full_name(home, desk.pack) if place else "",
        "bounds": ",".join(f"{edge:.6f}" for edge in shape.bounds) if shape is not None else "",
        "duties": [lists.line(each, desk) for each in duties],
        "verify": [lists.line(each, desk) for each in verify],
        "now": timezone.now(),
    }
    return render(request, "work/round.html", context)


@page
def points(request: HttpRequest, desk: Desk) -> HttpResponseBase:
    """The same on the map: GeoJSON of the own ground and of what lies on it, each a link."""
    home = _home(desk)
    place = desk.pack.places.get(home)
    features: list[dict[str, Any]] = []
    if place and place.shape is not None:
        features.append({"type": "Feature", "properties": {}, "geometry": mapping(place.shape)})
    duties, verify = _today(desk)
    for each, tone in [*((one, "") for one in duties), *((one, "soon") for one in verify)]:
        case = each.case
        if case.lon is None or case.lat is None:
            continue
        overdue = (lists.line(each, desk)["due"] or timezone.now()) < timezone.now()
        features.append(
            {
                "type": "Feature",
                "properties": {
                    "url": reverse("staff:case", args=[case.number]),
                    "tone": "overdue" if overdue else tone,
                },
                "geometry": {"type": "Point", "coordinates": [case.lon / UNIT, case.lat / UNIT]},
            }
        )
    return JsonResponse({"type": "FeatureCollection", "features": features})
