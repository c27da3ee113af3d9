"""Looking: lists and single cases, each as one capacity may see it. A page costs the same few statements at any size."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db.models import F, Q, QuerySet

from shaodao.centre.cases import permissions, projection, search
from shaodao.centre.cases.actions import NoSuchCase
from shaodao.centre.cases.lifecycle import Case
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.lifecycle.events import Event, Requested
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.cases.models import Clock as ClockRow
from shaodao.centre.cases.models import Council as CouncilRow
from shaodao.centre.cases.models import Duty as DutyRow
from shaodao.centre.cases.models import Request as RequestRow
from shaodao.county.pack.model import Pack
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.store import Recorded, Stream

PAGE = 50


@dataclass(frozen=True, slots=True)
class Filters:
    """What a list is narrowed to. `q` is a number, words, or a phone (found by its keyed hash)."""

    q: str = ""
    phone_person: str = ""
    states: tuple[str, ...] = ()
    item: str = ""
    unit: str = ""
    place: str = ""
    nature: str = ""
    channel: str = ""
    whistler_kind: str = ""
    emergency: bool | None = None
    overdue: bool = False
    since: datetime | None = None
    until: datetime | None = None
    number_prefix: str = ""


@dataclass(frozen=True, slots=True)
class Listed:
    """One line of a list: the case row, its duties and open clocks, and the words this capacity may read ("" = none);
    where it may not, the summary."""

    case: CaseRow
    words: str
    duties: tuple[DutyRow, ...] = ()
    clocks: tuple[ClockRow, ...] = ()
    duty: DutyRow | None = None
    request: RequestRow | None = None
    clock: ClockRow | None = None
    summary: str = ""

    @property
    def number(self) -> str:
        return self.case.number


@dataclass(frozen=True, slots=True)
class Page:
    """Lines and the key of the next page (None = the last)."""

    lines: list[Listed]
    after: str | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """One event of a case's history, with what it says in words this capacity may read."""

    seq: int
    event: Event
    at: datetime
    actor: str
    capacity: str


@dataclass(frozen=True, slots=True)
class Opened:
    """A case as one capacity sees it: state, history, readable words by commitment, and the commands it may give."""

    case: Case
    steps: tuple[Step, ...]
    words: dict[str, str]
    offered: tuple[tuple[type[c.Command], int], ...]
    sees_original: bool
    knows_whistler: bool
    joined: tuple[str, ...] = field(default=())


def open_case(number: str, by: By, pack: Pack) -> Opened:
    """A case to look at. Raises NoSuchCase also where it may not be seen: nobody learns that it exists."""
    recorded = store.history(Stream("case", number))
    if not recorded:
        raise NoSuchCase(number)
    case = projection.fold(recorded)
    if not permissions.may_see(by, case, pack):
        raise NoSuchCase(number)
    sees_original = permissions.reads_words(by, case, pack)
    steps = tuple(_step(r) for r in recorded)
    hidden = {case.words} if not sees_original else set()
    wanted = {w for step in steps for w in _commitments(step.event)} - hidden
    return Opened(
        case=case,
        steps=steps,
        words=read_words(wanted),
        offered=tuple(permissions.offered(by, case, pack)),
        sees_original=sees_original,
        knows_whistler=permissions.knows_whistler(by, case, pack),
    )


def cases(by: By, filters: Filters, pack: Pack, *, after: str = "", size: int = PAGE) -> Page:
    """Cases that may be seen, newest first. `after` is the number of the last line of the page before."""
    rows = _filtered(_visible(by, pack), filters)
    if after:
        rows = rows.filter(number__lt=after)
    found = list(rows.order_by("-number")[: size + 1])
    return _page([Listed(row, "") for row in found], by, pack, size, key=lambda line: line.number)


def duties(by: By, pack: Pack, *, after: str = "", size: int = PAGE, mine: bool = False) -> Page:
    """The open duties of the actor's unit, least time left first."""
    units = _family(by, pack)
    rows = DutyRow.objects.filter(unit__in=units, ended="").select_related("case")
    if by.role == "handler":
        rows = rows.filter(Q(handler="", section__in=("", by.unit)) | Q(handler=by.actor))
    if mine:
        rows = rows.filter(handler=by.actor)
    rows = rows.order_by(F("next_due_at").asc(nulls_last=True), "case_id", "duty_id")
    start = int(after or 0)
    found = list(rows[start : start + size + 1])
    lines = [Listed(row.case, "", duty=row) for row in found]
    return _page(lines, by, pack, size, key=lambda line: str(start + size))


def queue(
    by: By, kind: str, pack: Pack, *, units: Sequence[str] = (), after: str = "", size: int = PAGE
) -> Page:
    """Cases that wait in a queue (triage, ruling, verification, call_back …) of these units, first due first."""
    owners = tuple(units) or (by.unit,)
    rows = (
        ClockRow.objects.filter(kind=kind, unit__in=owners, stopped_at=None, cancelled=False)
        .select_related("case")
        .order_by("due_at", "case_id", "subject", "round")
    )
    start = int(after or 0)
    found = list(rows[start : start + size + 1])
    return _page(
        [Listed(r.case, "", clock=r) for r in found], by, pack, size, key=lambda line: str(start + size)
    )


def approvals(by: By, pack: Pack, *, size: int = PAGE) -> Page:
    """Requests that wait for this very role and unit, oldest first."""
    rows = (
        RequestRow.objects.filter(unit=by.unit, role=by.role, outcome="")
        .select_related("case")
        .order_by("asked_at", "case_id", "request_id")[: size + 1]
    )
    return _page([Listed(r.case, "", request=r) for r in rows], by, pack, size, key=lambda line: "")


def councils(by: By, size: int = PAGE) -> list[CouncilRow]:
    """The convening whistles of the actor's unit, or to which it is summoned; latest first."""
    rows = CouncilRow.objects.filter(Q(unit=by.unit) | Q(units__contains=[by.unit])).select_related("case")
    return list(rows.order_by("-meet_at")[:size])


def read_words(commitments: Iterable[str]) -> dict[str, str]:
    """Texts by commitment; what was erased is left out."""
    wanted = [w for w in commitments if w]
    found = vault.read(wanted) if wanted else {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


# --- private ----------------------------------------------------------------------------------------------------


def _visible(by: By, pack: Pack) -> QuerySet[CaseRow]:
    scope = permissions.visible(by, pack)
    rows = CaseRow.objects.all()
    if scope is None:
        return rows
    allowed = Q(pk__in=())
    if scope.get("person"):
        allowed |= Q(requester=scope["person"]) | Q(whistler=scope["person"])
    if scope.get("units"):
        allowed |= Q(number__in=DutyRow.objects.filter(unit__in=scope["units"]).values("case_id"))
    if area := scope.get("area"):
        allowed |= Q(township=area) | Q(community=area) | Q(grid=area)
    if scope.get("whistler_unit"):
        allowed |= Q(whistler_unit=scope["whistler_unit"])
    return rows.filter(allowed)


def _filtered(rows: QuerySet[CaseRow], wanted: Filters) -> QuerySet[CaseRow]:
    equal: dict[str, Any] = {
        "item": wanted.item,
        "nature": wanted.nature,
        "channel": wanted.channel,
        "whistler_kind": wanted.whistler_kind,
    }
    rows = rows.filter(**{name: value for name, value in equal.items() if value})
    if wanted.states:
        rows = rows.filter(state__in=wanted.states)
    if wanted.emergency is not None:
        rows = rows.filter(emergency=wanted.emergency)
    if wanted.unit:
        rows = rows.filter(number__in=DutyRow.objects.filter(unit=wanted.unit).values("case_id"))
    if wanted.place:
        rows = rows.filter(Q(township=wanted.place) | Q(community=wanted.place) | Q(grid=wanted.place))
    if wanted.since:
        rows = rows.filter(reported_at__gte=wanted.since)
    if wanted.until:
        rows = rows.filter(reported_at__lt=wanted.until)
    if wanted.overdue:
        rows = rows.filter(
            number__in=ClockRow.objects.filter(
                stopped_at=None, cancelled=False, breached_at__isnull=False
            ).values("case_id")
        )
    if wanted.number_prefix:
        rows = rows.filter(number__startswith=wanted.number_prefix)
    if wanted.phone_person:
        rows = rows.filter(Q(requester=wanted.phone_person) | Q(whistler=wanted.phone_person))
    if wanted.q:
        rows = rows.filter(number__in=search.matching(wanted.q))
    return rows


def _family(by: By, pack: Pack) -> tuple[str, ...]:
    """The units whose duties this capacity works on: its own, and for a department its sections and stations."""
    scope = permissions.visible(by, pack)
    return tuple(scope["units"]) if scope and scope.get("units") else (by.unit,)


def _page(lines: list[Listed], by: By, pack: Pack, size: int, key: Any) -> Page:
    shown = lines[:size]
    numbers = [line.number for line in shown]
    duties: dict[str, list[DutyRow]] = {}
    for duty in DutyRow.objects.filter(case_id__in=numbers).order_by("duty_id"):
        duties.setdefault(duty.case_id, []).append(duty)
    clocks: dict[str, list[ClockRow]] = {}
    for clock in ClockRow.objects.filter(case_id__in=numbers, stopped_at=None, cancelled=False).order_by(
        "due_at"
    ):
        clocks.setdefault(clock.case_id, []).append(clock)
    readable = {
        line.case.words
        for line in shown
        if permissions.row_reads_words(by, line.case, duties.get(line.number, ()), pack)
    }
    words = read_words(readable | {line.case.summary for line in shown if line.case.words not in readable})
    made = [
        Listed(
            line.case,
            words.get(line.case.words, ""),
            tuple(duties.get(line.number, ())),
            tuple(clocks.get(line.number, ())),
            line.duty,
            line.request,
            line.clock,
            words.get(line.case.summary, "") if line.case.words not in readable else "",
        )
        for line in shown
    ]
    return Page(made, key(lines[size - 1]) if len(lines) > size else None)


def _step(recorded: Recorded) -> Step:
    event = from_payload(recorded.type, recorded.payload)
    return Step(recorded.seq, event, recorded.occurred_at, recorded.context.actor, recorded.context.capacity)


def _commitments(event: Event) -> Iterable[str]:
    """Every commitment an event names: its words, and those of a request or an arrival inside it."""
    for name in ("words", "basis", "minutes", "person"):
        if value := getattr(event, name, ""):
            yield value
    if isinstance(event, Requested) and event.request.words:
        yield event.request.words
