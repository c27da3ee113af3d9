"""选几件一起办: one step for several duties of one's unit, looked over before it is taken, each through the door for itself.

Only steps that ask for no judgement of each case: 签收, and handing on to a section or a colleague.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle import Case, Refusal
from shaodao.centre.cases.projection import CASES
from shaodao.county.units import Kind
from shaodao.faces import words
from shaodao.faces.requests import web_source
from shaodao.faces.work import lists
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.cases import colleagues
from shaodao.ground.ledger import store
from shaodao.ground.ledger.store import Conflict

MOST = queries.PAGE  # duties at once


@dataclass(frozen=True, slots=True)
class Chosen:
    """A duty that was chosen: its case as a list shows it, as it was looked at, and why the step is not to be taken."""

    line: dict[str, Any]
    version: int
    duty: int
    fault: str = ""
    done: bool = False

    @property
    def key(self) -> str:
        return f"{self.line['number']}:{self.version}:{self.duty}"


@page
def several(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Look over what is going to happen to each; then do it. `case` may come several times."""
    asked = request.POST if request.method == "POST" else request.GET
    step = asked.get("step", "")
    if step not in dict(lists.steps(desk)):
        raise Http404
    keys = asked.getlist("case")[:MOST]
    chosen = _done(request, keys, step, desk) if request.method == "POST" else _looked_over(keys, step, desk)
    if not chosen:
        messages.info(request, "先勾选要办的哨件。")
        return redirect("staff:list", "duties")
    context = {
        "chosen": chosen,
        "step": step,
        "name": lists.STEPS[step][0],
        "count": sum(not each.fault for each in chosen),
        "given": request.method == "POST",
        "people": colleagues(desk) if step == "assign" else (),
        "sections": _sections(desk) if step == "assign" else (),
    }
    return render(request, "work/several.html", context)


def _looked_over(numbers: Sequence[str], step: str, desk: Desk) -> list[Chosen]:
    """Each duty of one's own in these cases. A few statements however many they are."""
    lines = queries.these(desk.by, [number.partition(":")[0] for number in numbers], desk.pack)
    streams = [CASES.stream(line.number) for line in lines]
    cases = {stream.id: CASES.fold(events) for stream, events in store.histories(streams)}
    return [each for line in lines for each in _of(cases[line.number], lists.line(line, desk), step, desk)]


def _of(case: Case, line: dict[str, Any], step: str, desk: Desk) -> list[Chosen]:
    offered = [
        duty
        for command, duty in permissions.offered(desk.by, case, desk.pack)
        if command is lists.STEPS[step][1]
    ]
    if not offered:
        return [Chosen(line, case.version, 0, words.refusal("not_now"))]
    return [Chosen(line, case.version, duty) for duty in offered]


def _done(request: HttpRequest, keys: Sequence[str], step: str, desk: Desk) -> list[Chosen]:
    """Take the step for each; whoever was faster elsewhere is told of, the others go."""
    lines = {line.number: lists.line(line, desk) for line in queries.these(
        desk.by, [key.partition(":")[0] for key in keys], desk.pack
    )}  # fmt: skip
    said = {name: request.POST[name] for name in ("handler", "section") if request.POST.get(name)}
    made = []
    for key in dict.fromkeys(keys):
        number, version, duty = [*key.split(":"), "", ""][:3]
        if number not in lines or not version.isdigit() or not duty.isdigit():
            continue
        fault = _give(request, number, int(version), step, {"duty": int(duty), **said}, desk)
        made.append(Chosen(lines[number], int(version), int(duty), fault, not fault))
    return made


def _give(
    request: HttpRequest, number: str, version: int, step: str, said: dict[str, Any], desk: Desk
) -> str:
    """Give one command; what stood against it, in words."""
    try:
        actions.act(number, step, said, desk.by, source=web_source(request), version=version)
    except (actions.Stale, Conflict):
        return words.refusal("stale")
    except (actions.NoSuchCase, permissions.Forbidden):
        return words.refusal("not_allowed")
    except Refusal as refusal:
        return words.refusal(refusal.code, **words.said(refusal.params, desk.pack))
    return ""


def _sections(desk: Desk) -> list[tuple[str, str]]:
    """The parts of one's own unit that a duty may be handed on to."""
    head = desk.pack.tree.head_unit(desk.capacity.unit).code
    return [(u.code, u.name) for u in desk.pack.tree.below(head) if u.kind in (Kind.SECTION, Kind.STATION)]
