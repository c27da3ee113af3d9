"""常用条件: the filters of the search that somebody keeps under a name, for one capacity, and for nobody else."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.faces import words
from shaodao.faces.forms import whole
from shaodao.faces.models import SavedFilter
from shaodao.faces.work import presenting
from shaodao.faces.work.capacity import Desk, page

MOST, LONGEST = 20, 16
KEPT = ("state", "nature", "item", "unit", "place", "since", "until", "overdue", "open")
NAMES = {
    "since": "反映日期从 {}",
    "until": "到 {}",
    "overdue": "只看超期的",
    "open": "只看没办结的",
    "q": "“{}”",
    "phone": "电话 {}",
}


@dataclass(frozen=True, slots=True)
class Chip:
    """A condition that is set, in words, and the address without it."""

    name: str
    url: str


def chips(asked: Mapping[str, str], desk: Desk) -> list[Chip]:
    """The conditions that are set, in the order of the form."""
    set_ = {name: value for name, value in asked.items() if value}
    return [
        Chip(_named(name, value, desk), _address({n: v for n, v in set_.items() if n != name}))
        for name, value in set_.items()
    ]


def mine(desk: Desk) -> list[SavedFilter]:
    """What is kept in this capacity, by name. One statement."""
    return list(_own(desk).order_by("name")[:MOST])


@require_POST
@page
def save(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Keep what is set now; under a name that is there already, instead of that."""
    asked = {name: request.POST.get(name, "").strip() for name in KEPT}
    query = urlencode({name: value for name, value in asked.items() if value})
    name = request.POST.get("name", "").strip()
    if not name or len(name) > LONGEST:
        messages.error(request, f"请起一个名字，最多 {LONGEST} 个字。")
    elif not query or len(query) > 400:
        messages.error(request, "先选条件，再存为常用。文字和电话不会存下来。")
    elif _own(desk).exclude(name=name).count() >= MOST:
        messages.error(request, f"最多存 {MOST} 个，请先删掉不用的。")
    else:
        SavedFilter.objects.update_or_create(
            actor=desk.by.actor, role=desk.by.role, unit=desk.by.unit, name=name,
            defaults={"query": query, "saved_at": timezone.now()},
        )  # fmt: skip
        messages.success(request, f"已存为“{name}”。")
    return redirect(_address(asked))


@require_POST
@page
def forget(request: HttpRequest, desk: Desk) -> HttpResponse:
    gone = _own(desk).filter(pk=whole(request.POST.get("saved"))).first()
    if gone is None:
        raise Http404
    gone.delete()
    messages.success(request, f"已删掉“{gone.name}”。")
    return redirect("staff:search")


def _own(desk: Desk) -> QuerySet[SavedFilter]:
    return SavedFilter.objects.filter(actor=desk.by.actor, role=desk.by.role, unit=desk.by.unit)


def _address(asked: Mapping[str, str]) -> str:
    query = urlencode({name: value for name, value in asked.items() if value})
    return f"{reverse('staff:search')}?{query}" if query else reverse("staff:search")


def _named(name: str, value: str, desk: Desk) -> str:
    match name:
        case "state" | "nature":
            return words.word(name, value)
        case "item":
            return desk.pack.items[value].name if value in desk.pack.items else value
        case "unit":
            return presenting.short(value, desk.pack)
        case "place":
            return presenting.full_name(value, desk.pack) or value
        case _:
            return NAMES[name].format(value)
