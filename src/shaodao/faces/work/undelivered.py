"""未送达: messages that could not be delivered, with the reason, to be tried again; and how every way out does."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions
from shaodao.county.people.models import User
from shaodao.faces import words
from shaodao.faces.forms import whole
from shaodao.faces.work import presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.ground.messages import relay
from shaodao.ground.messages.models import Outgoing, State
from shaodao.ports.delivery import channels

SHOWN = 100


@page
def undelivered(request: HttpRequest, desk: Desk) -> HttpResponse:
    if not permissions.may_look_after_messages(desk.by, "read"):
        return _forbidden(request)
    now = timezone.now()
    rows = list(Outgoing.objects.filter(state=State.DEAD).order_by("-id")[:SHOWN])
    names = _names(rows)
    return render(
        request,
        "work/undelivered.html",
        {
            "rows": [_line(row, names, desk) for row in rows],
            "health": [(words.channel_name(one.channel), one) for one in relay.health(now)],
            "faults": channels.faults(),
            "may_retry": permissions.may_look_after_messages(desk.by, "retry"),
            "now": now,
        },
    )


@require_POST
@page
def retry(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Try the chosen ones again, with all their attempts before them."""
    if not permissions.may_look_after_messages(desk.by, "retry"):
        return _forbidden(request)
    ids = [whole(id, digits=18) for id in request.POST.getlist("id")]
    messages.success(request, f"{relay.retry(ids, timezone.now())} 条重新发送。")
    return redirect("staff:undelivered")


def _line(row: Outgoing, names: dict[str, str], desk: Desk) -> dict[str, Any]:
    """A message in words: to whom by which way, never an address."""
    return {
        "id": row.pk,
        "to": _recipient(row.recipient, names, desk),
        "channel": words.channel_name(row.channel),
        "what": words.word("notice_kind", row.template),
        "number": row.params.get("number", "") if desk.by.role in permissions.ALL_SEEING else "",
        "urgent": bool(row.params.get("urgent")),
        "error": row.last_error.partition(": ")[2] or row.last_error,
        "attempts": row.attempts,
        "at": row.created_at,
    }


def _recipient(reference: str, names: dict[str, str], desk: Desk) -> str:
    kind, _, name = reference.partition(":")
    if kind == "person":
        return "反映人"
    if kind == "user":
        return names.get(reference, "已注销的账号")
    if kind == "port":
        return f"外部系统 {name}"
    if kind == "role":
        role, _, unit = name.partition("@")
        return desk.pack.capacity_name(role, unit) if unit else desk.pack.roles[role].name
    return presenting.short(name, desk.pack)


def _names(rows: list[Outgoing]) -> dict[str, str]:
    ids = [int(row.recipient.partition(":")[2]) for row in rows if row.recipient.startswith("user:")]
    return {f"user:{pk}": name for pk, name in User.objects.filter(pk__in=ids).values_list("pk", "name")}


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
