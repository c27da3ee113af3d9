"""剔除: what was left out of the rates, for whoever audits them."""

from __future__ import annotations

import re
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from shaodao.centre.assessment.exclusions import PAGE, Exclusion, exclusions
from shaodao.centre.cases import permissions, queries
from shaodao.county.people import holders
from shaodao.faces import words
from shaodao.faces.work import presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.wording import REASONS

WHY = dict(REASONS["propose_exclusion"])


@page
def listed(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Reason, proposer and approver are shown to all who may look; the words, and the case, only to those who may see the
    case."""
    if not permissions.may_read_exclusions(desk.by):
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    after = request.GET.get("after", "")
    found = exclusions(after if re.fullmatch(r"[0-9-]{1,16}\.[0-9]{1,4}", after) else "", PAGE + 1)
    shown = found[:PAGE]
    seen = queries.seen_of((one.number for one in shown), desk.by, desk.pack)
    names = holders.called(actor for one in shown for actor in (one.by.actor, *one.approvers))
    texts = queries.read_words(one.words for one in shown if one.number in seen)
    context = {
        "lines": [_line(one, desk, seen, names, texts) for one in shown],
        "after": shown[-1].key if len(found) > len(shown) else None,
        "first": not after,
        "now": timezone.now(),
    }
    return render(request, "work/exclusions.html", context)


def _line(
    one: Exclusion, desk: Desk, seen: set[str], names: dict[str, str], texts: dict[str, str]
) -> dict[str, Any]:
    return {
        "number": one.number,
        "seen": one.number in seen,
        "reason": WHY.get(one.reason, one.reason),
        "text": texts.get(one.words, ""),
        "unit": presenting.short(one.unit, desk.pack) if one.unit else "",
        "by": names.get(one.by.actor, ""),
        "role": desk.pack.capacity_name(one.by.role, one.by.unit),
        "asked_at": one.asked_at,
        "approvers": [names.get(actor, "（账号已停用）") for actor in one.approvers],
        "decided_at": one.decided_at,
        "outcome": one.outcome,
    }
