"""判例: what rulings have decided for cases to come; the centre may end one."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.http import require_POST

from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.dispatch import precedents as known
from shaodao.centre.dispatch.models import Precedent
from shaodao.faces import words
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.presenting import short
from shaodao.ground.ledger.events import Context

SHOWN = 200


@page
def precedents(request: HttpRequest, desk: Desk) -> HttpResponse:
    if not permissions.may_read_precedents(desk.by):
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    rows = list(Precedent.objects.order_by("ended_at", "-ruled_at")[:SHOWN])
    texts = queries.read_words(row.basis for row in rows)
    pack = desk.pack
    clashing = {p.pk for pair in known.conflicts(pack) for p in pair}
    lines = [
        {
            "id": row.pk,
            "number": row.number,
            "item": pack.items[row.item].name if row.item in pack.items else "手册外事项",
            "situation": pack.situations[row.situation].name if row.situation in pack.situations else "",
            "area": short(row.area, pack) if row.area else "全县",
            "kind": words.word("place_kind", row.place_kind) if row.place_kind else "",
            "lead": short(row.lead, pack),
            "assists": [short(unit, pack) for unit in row.assists],
            "basis": texts.get(row.basis, ""),
            "at": row.ruled_at,
            "ended": row.ended_at,
            "clash": row.pk in clashing,
        }
        for row in rows
    ]
    return render(
        request, "work/precedents.html", {"lines": lines, "may_end": permissions.may_end_precedents(desk.by)}
    )


@require_POST
@page
def end(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    if not permissions.may_end_precedents(desk.by):
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    by = Context(
        actor=desk.by.actor, capacity=f"{desk.by.role}@{desk.by.unit}", request_id=getattr(request, "id", "")
    )
    try:
        known.end(id, by, actions.now())
    except Precedent.DoesNotExist:
        messages.error(request, "没有这条判例。")
    else:
        messages.success(request, "这条判例不再用于派单。")
    return redirect("staff:precedents")
