"""我的导出: asking for a list as a spreadsheet, how far it is, and the file, for whoever asked in the capacity of then."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.county.pack.model import Pack
from shaodao.faces import moments, words
from shaodao.faces.models import Export
from shaodao.faces.work import exporting, lists, orders, presenting
from shaodao.faces.work.capacity import Desk, page

SHOWN = 30
TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@require_POST
@page
def ask(request: HttpRequest, desk: Desk) -> HttpResponse:
    asked = {name: value.strip()[:200] for name, value in request.POST.items()}
    try:
        exporting.ask(asked.get("list", ""), asked, desk, timezone.now())
    except exporting.AskRefused as refused:
        if refused.code == "not_allowed":
            raise Http404 from None
        messages.info(request, f"已有 {exporting.WAITING} 份在排队，等做好再导出别的。")
    return redirect("staff:exports")


@page
def exports(request: HttpRequest, desk: Desk) -> HttpResponse:
    """What one asked for in this capacity, each with how far it is."""
    rows = [_shown(one, desk) for one in exporting.of(desk)[:SHOWN]]
    context = {
        "rows": rows,
        "going": any(row["state"] in ("waiting", "running") for row in rows),
        "capacity": desk.capacity.name,
    }
    return render(request, "work/exports.html", context)


@require_POST
@page
def again(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    one = get_object_or_404(exporting.of(desk), pk=id)
    if exporting.state_of(one, timezone.now()) == "failed":
        exporting.again(one, timezone.now())
    return redirect("staff:exports")


@page
def file(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    one = get_object_or_404(exporting.of(desk), pk=id)
    if exporting.state_of(one, timezone.now()) != "ready" or one.file is None:
        raise Http404
    made = HttpResponse(bytes(one.file), content_type=TYPE)
    made["Content-Disposition"] = f'attachment; filename="{one.table}-{exporting.number_of(one)}.xlsx"'
    return made


def _shown(one: Export, desk: Desk) -> dict[str, Any]:
    done = min(one.done, one.rows or 0)
    return {
        "id": one.pk,
        "number": exporting.number_of(one),
        "name": _name(one.table),
        "about": about(one, desk.pack),
        "state": exporting.state_of(one, timezone.now()),
        "percent": 100 * done // one.rows if one.rows else None,
        "done": one.done,
        "rows": one.rows,
        "fault": one.fault,
        "asked_at": one.asked_at,
        "expires_at": one.expires_at,
    }


def _name(table: str) -> str:
    return {exporting.SEARCH: "查询结果", exporting.ORDERS: "整改台账"}.get(table) or lists.name_of(table)


def about(one: Export, pack: Pack) -> str:
    """What the list was narrowed to, in words; "" once that is forgotten."""
    kept = one.asked
    if one.table == exporting.ORDERS:
        states = dict(orders.STATES)
        said = [
            states.get(kept.get("state", ""), ""),
            presenting.short(kept["unit"], pack) if kept.get("unit") else "",
            words.WORDS["order_grade"].get(kept.get("grade", ""), ""),
            f"{kept['year']} 年" if kept.get("year") else "",
        ]
    elif one.table != exporting.SEARCH:
        said = ["只看我的"] if kept.get("mine") else []
    else:
        said = [*_searched(one, pack)]
    return "，".join(each for each in said if each)


def _searched(one: Export, pack: Pack) -> list[str]:
    wanted = exporting.filters_of(one.asked)
    item = pack.items.get(wanted.item)
    return [
        f"含“{wanted.q}”" if wanted.q else "",
        "按电话" if wanted.phone_person else "",
        *(words.WORDS["state"].get(state, "") for state in wanted.states),
        words.WORDS["nature"].get(wanted.nature, ""),
        item.name if item else "",
        presenting.short(wanted.unit, pack) if wanted.unit in pack.units else "",
        presenting.full_name(wanted.place, pack),
        f"{wanted.since.astimezone(moments.LOCAL):%Y-%m-%d} 起" if wanted.since else "",
        f"{wanted.until.astimezone(moments.LOCAL):%Y-%m-%d} 前" if wanted.until else "",
        "超期" if wanted.overdue else "",
        "没办结的" if wanted.open else "",
    ]
