"""确权台: the open rulings by the time left, with who has given a view and who is still silent."""

from __future__ import annotations

from collections import defaultdict

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from shaodao.centre.cases import permissions, queries
from shaodao.faces import words
from shaodao.faces.forms import whole
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.lists import line
from shaodao.faces.work.presenting import short


@page
def rulings(request: HttpRequest, desk: Desk) -> HttpResponse:
    if not permissions.may_watch_dispatch(desk.by):
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    after = str(whole(request.GET.get("after")) or "")
    units = [desk.centre] if desk.by.role in permissions.CENTRE_DESK else [desk.centre, desk.by.unit]
    kinds = ("ruling",) if desk.by.role in permissions.CENTRE_DESK else ("ruling", "county_ruling")
    found = queries.queue(desk.by, kinds, desk.pack, units=units, after=after)
    asked: dict[str, list[tuple[str, bool]]] = defaultdict(list)
    for number, unit, given in queries.views_asked(each.number for each in found.lines):
        asked[number].append((short(unit, desk.pack), given))
    lines = []
    for each in found.lines:
        views = asked[each.number]
        said = [unit for unit, given in views if given]
        lines.append(
            {
                **line(each, desk),
                "said": said,
                "silent": [unit for unit, given in views if not given],
                "asked": len(views),
            }
        )
    context = {"lines": lines, "after": found.after, "first": not after, "now": timezone.now()}
    return render(request, "work/rulings.html", context)
