"""待受理: what waits in triage with its ways out, and giving one of them to one case or to several of the same kind.

A way out is shown with the words to be sent before it goes; every case goes through the one door for itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from shaodao.centre.answers import proposing
from shaodao.centre.answers.proposing import Proposal, Waiting
from shaodao.centre.answers.ways import WayOut
from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.queries import Listed, Opened
from shaodao.county.catalogue import Way
from shaodao.county.pack.model import Pack
from shaodao.faces import words
from shaodao.faces.requests import web_source
from shaodao.faces.work import overtaken, presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.ground.ledger.store import Conflict

MOST = queries.PAGE  # cases at once


@dataclass(frozen=True, slots=True)
class Offer:
    """A way out in a clerk's words. `verb` stands on its button, `told` is what whoever reported will read."""

    key: str
    title: str
    verb: str
    why: str
    told: str
    source: str
    source_date: date | None
    editable: bool
    receipt: bool  # it needs one of the other side, or takes ours
    fault: str


def offer(proposal: Proposal, pack: Pack) -> Offer:
    to = presenting.short(proposal.to, pack)
    verb = {"answer": "照此答复", "transfer": "照此转送", "dispatch": "照此派单"}[proposal.command]
    return Offer(
        proposal.key,
        _title(proposal, to, pack),
        verb,
        proposal.way.why,
        proposal.words,
        proposal.source,
        proposal.source_date,
        proposal.editable,
        proposal.command == "transfer",
        words.word("reason", proposal.fault) if proposal.fault in words.WORDS["reason"] else proposal.fault,
    )


def _title(proposal: Proposal, to: str, pack: Pack) -> str:
    row = pack.off_manual.get(proposal.way.code) if proposal.way.kind == "row" else None
    if proposal.command == "transfer":
        return f"转送{to}"
    if proposal.command == "answer":
        if row is None:
            return f"用知识库答复：{proposal.name}"
        return f"答谢，并转达{to}" if to else f"答复：{proposal.name}"
    unit = to or "还定不了单位"
    if row is None:
        return f"派给{unit}：{proposal.name}"
    return f"收作建议，交{unit}研究答复" if row.way is Way.SUGGESTION else f"交{unit}办理：{proposal.name}"


def offers_of(opened: Opened, desk: Desk) -> list[Offer]:
    """The ways out of an opened case that waits in triage, for whoever may give one and read the words."""
    case = opened.case
    allowed = {command for command, _ in opened.offered}
    if not case.waits("triage") or not opened.sees_original or not allowed & GIVEN:
        return []
    text = opened.words.get(case.words, "")
    found = proposing.proposals(text, Waiting.of(case), desk.pack, timezone.now())
    return [offer(each, desk.pack) for each in found]


GIVEN = {actions.c.Answer, actions.c.Transfer, actions.c.Dispatch}


def offers_in(lines: Sequence[Listed], desk: Desk) -> dict[str, Offer]:
    """The first way out of each line of the triage list whose words may be read."""
    at = timezone.now()
    found = {}
    for line in lines:
        likely = proposing.proposals(line.words, Waiting.of(line.case), desk.pack, at)
        if likely:
            found[line.number] = offer(likely[0], desk.pack)
    return found


def groups(offers: dict[str, Offer]) -> list[tuple[Offer, int]]:
    """Ways out that several lines have in common, the commonest first."""
    counts = Counter(each.key for each in offers.values())
    known = {each.key: each for each in offers.values()}
    return [(known[key], count) for key, count in counts.most_common() if count > 1]


# --- giving one -------------------------------------------------------------------------------------------------


@page
def way_out(request: HttpRequest, desk: Desk) -> HttpResponse:
    """See what will be sent, to how many; then give it. `case` may come several times, `way` is a way out's key."""
    if desk.by.role not in permissions.CENTRE_DESK | {"stationed"}:
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    if request.method == "POST":
        return _give(request, desk)
    asked = request.GET
    numbers, key = asked.getlist("case")[:MOST], asked.get("way", "")
    if one := asked.get("one"):  # the button of a single line
        number, _, key = one.partition(" ")
        numbers = [number]
    if not numbers:
        messages.info(request, "先勾选要办的哨件。")
        return redirect("staff:list", "triage")
    return render(request, "work/way_out.html", _preview(numbers, key, desk))


def _preview(numbers: Sequence[str], key: str, desk: Desk) -> dict[str, Any]:
    rows = []
    for line, proposal in _ready(numbers, key, desk):
        shown = offer(proposal, desk.pack)
        waits = line.case.state == "in_triage"
        rows.append({
            "number": line.number,
            "version": line.case.version,
            "text": line.words,
            "place": presenting.place_name(line.case, desk.pack),
            "offer": shown,
            "fault": shown.fault or ("" if waits else "已经不在待受理"),
        })  # fmt: skip
    if not rows:
        raise Http404
    good = [row for row in rows if not row["fault"]]
    first = (good or rows)[0]["offer"]
    return {
        "rows": rows,
        "count": len(good),
        "offer": first,
        "way": key,
        "receipt": proposing.receipt_of(rows[0]["number"]) if first.receipt and len(rows) == 1 else "",
    }


def _ready(numbers: Sequence[str], key: str, desk: Desk) -> list[tuple[Listed, Proposal]]:
    way = WayOut.of_key(key)
    if way is None:
        raise Http404
    at = timezone.now()
    lines = queries.these(desk.by, numbers, desk.pack)
    made = ((line, proposing.ready(way, line.words, Waiting.of(line.case), desk.pack, at)) for line in lines)
    return [(line, proposal) for line, proposal in made if proposal is not None]


def _give(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Give the way out to each case for itself; whoever was faster elsewhere is told of, the others go."""
    versions = dict(pair.partition(":")[::2] for pair in request.POST.getlist("case")[:MOST])
    changed, receipt = request.POST.get("words", ""), request.POST.get("receipt", "").strip()
    done: list[tuple[str, str]] = []
    left: list[tuple[str, str]] = []
    for line, proposal in _ready(list(versions), request.POST.get("way", ""), desk):
        said = proposal.said(changed)
        if receipt and len(versions) == 1 and "receipt" in said:
            said["receipt"] = receipt
        fault = _act(request, desk, line.number, versions[line.number], proposal.command, said)
        (left if fault else done).append((line.number, fault))
    if len(versions) == 1 and left:
        return overtaken.to(request, reverse("staff:case", args=[left[0][0]]), left[0][1])
    if len(versions) == 1 and done:
        messages.success(request, f"{done[0][0]}：已办。")
    elif done:
        messages.success(request, f"{len(done)} 件已办。")
    for number, fault in left:
        messages.warning(request, f"{number}：{fault}")
    if not done and not left:
        raise Http404
    return redirect(reverse("staff:list", args=["triage"]))


def _act(
    request: HttpRequest, desk: Desk, number: str, version: str, command: str, said: dict[str, Any]
) -> str:
    """Give one command; what stood against it, in words."""
    source = web_source(request)
    try:
        actions.act(
            number, command, said, desk.by, source=source, version=int(version) if version.isdigit() else None
        )
    except (actions.Stale, Conflict):
        return words.refusal("stale")
    except permissions.Forbidden:
        return words.refusal("not_allowed")
    except Refusal as refusal:
        return words.refusal(refusal.code, **words.said(refusal.params, desk.pack))
    return ""
