"""Looking: lists and single cases, each as one capacity may see it. A page costs the same few statements at any size."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db.models import Count, F, Q, QuerySet

from shaodao.centre.cases import permissions, search
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
from shaodao.centre.cases.models import Follower as FollowerRow
from shaodao.centre.cases.models import Request as RequestRow
from shaodao.centre.cases.projection import CASES
from shaodao.county.pack.model import Pack
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.store import Recorded

PAGE = 50
SILENCE = timedelta(days=90)


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
    open: bool = False  # not ended
    since: datetime | None = None
    until: datetime | None = None
    number_prefix: str = ""
    numbers: tuple[str, ...] | None = None  # of these alone


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
    went: Case | None = None  # where a merged case is dealt with, as far as whoever reported it may know

    @property
    def progress(self) -> Case:
        """The case whose handling is told to whoever reported this one."""
        return self.went or self.case


def open_case(number: str, by: By, pack: Pack) -> Opened:
    """A case to look at. Raises NoSuchCase also where it may not be seen: nobody learns that it exists."""
    recorded = store.history(CASES.stream(number))
    if not recorded:
        raise NoSuchCase(number)
    case = CASES.fold(recorded)
    if not permissions.may_see(by, case, pack):
        raise NoSuchCase(number)
    steps = tuple(step for r in recorded if (step := _step(r, by, case, pack)))
    return Opened(
        case=permissions.as_seen(by, case, pack),
        steps=steps,
        words=read_words({w for step in steps for w in _commitments(step.event)}),
        offered=tuple(permissions.offered(by, case, pack)),
        sees_original=permissions.reads_words(by, case, pack),
        knows_whistler=permissions.knows_whistler(by, case, pack),
        went=where_it_went(case) if by.role in permissions.FOLLOWERS else None,
    )


def where_it_went(case: Case) -> Case | None:
    """The case that a merged one is dealt with in, after all merging, without whose it is and what they said; None for
    a case that was not merged."""
    found = None
    seen = {case.number}
    while (case := found or case).outcome == "merged" and case.outcome_detail not in seen:
        recorded = store.history(CASES.stream(case.outcome_detail))
        if not recorded:
            break
        seen.add(case.outcome_detail)
        found = CASES.fold(recorded)
    return permissions.nameless(found) if found else None


def seen(by: By, filters: Filters, pack: Pack) -> QuerySet[CaseRow]:
    """The rows of the cases that may be seen and are asked for: what a list lists, and a map shows."""
    return _filtered(_visible(by, pack), filters, by, pack)


def breached() -> QuerySet[Any]:
    """The numbers of the cases that are overdue: a clock of theirs has run out and still waits."""
    late = ClockRow.objects.filter(stopped_at=None, cancelled=False, breached_at__isnull=False)
    return late.values("case_id")


def cases(by: By, filters: Filters, pack: Pack, *, after: str = "", size: int = PAGE) -> Page:
    """Cases that may be seen, newest first. `after` is the number of the last line of the page before."""
    rows = seen(by, filters, pack)
    if after:
        rows = rows.filter(number__lt=after)
    found = list(rows.order_by("-number")[: size + 1])
    return _page([Listed(row, "") for row in found], by, pack, size, key=lambda line: line.number)


def told(by: By, since: datetime, until: datetime, pack: Pack) -> list[tuple[CaseRow, str]]:
    """The cases of a period that may be seen, by when they were said, each with the words that may be read, else its
    summary; those that say nothing to this capacity are left out. Two statements."""
    at_once = Q(occurred_at=None, reported_at__gte=since, reported_at__lt=until)
    later = Q(occurred_at__gte=since, occurred_at__lt=until)
    period = _visible(by, pack).filter(at_once | later)
    rows = list(period.order_by("number"))
    summaries = [row.summary for row in rows if row.summary]
    try:
        query, params = period.filter(_readable(by, pack)).values("words").query.sql_with_params()
    except EmptyResultSet:
        words = vault.read(summaries) if summaries else {}
    else:
        words = vault.read_selected(query, params, summaries)
    texts = ((row, words.get(row.words) or words.get(row.summary)) for row in rows)
    return [(row, text) for row, text in texts if isinstance(text, str) and text]


def seen_of(numbers: Iterable[str], by: By, pack: Pack) -> set[str]:
    """Those of the numbers whose cases may be seen. One statement."""
    return set(_visible(by, pack).filter(number__in=set(numbers)).values_list("number", flat=True))


def complained_of(numbers: Iterable[str]) -> set[str]:
    """The units that these cases complain about. One statement."""
    rows = CaseRow.objects.filter(number__in=set(numbers)).exclude(against="")
    return set(rows.values_list("against", flat=True))


def these(by: By, numbers: Sequence[str], pack: Pack) -> list[Listed]:
    """The cases of these numbers that may be seen, in the order given. A few statements however many they are."""
    rows = {row.number: row for row in _visible(by, pack).filter(number__in=numbers)}
    lines = [Listed(rows[number], "") for number in dict.fromkeys(numbers) if number in rows]
    return _page(lines, by, pack, max(len(lines), 1), key=lambda line: line.number).lines


def unbroken_since(actor: str, at: datetime) -> datetime:
    """Since when a person has been with us without a long silence: an operator gives a number to somebody else only
    after months in which nobody used it, and what lies before is not for whoever holds it now."""
    theirs = Q(requester=actor) | Q(whistler=actor)
    spans = [
        *CaseRow.objects.filter(theirs).values_list("reported_at", "ended_at"),
        *FollowerRow.objects.filter(person=actor, seat__gt=0).values_list("since", "case__ended_at"),
    ]
    since = at
    for reported_at, ended_at in sorted(spans, key=lambda span: span[1] or at, reverse=True):
        if (ended_at or at) < since - SILENCE:
            break
        since = min(since, reported_at)
    return since


def some(by: By, numbers: Iterable[str], pack: Pack) -> dict[str, Listed]:
    """Those of these cases that may be seen, by number. Four statements, or none."""
    wanted = sorted(set(numbers))
    if not wanted:
        return {}
    rows = [Listed(row, "") for row in _visible(by, pack).filter(number__in=wanted)]
    return {line.number: line for line in _page(rows, by, pack, len(rows), key=lambda line: "").lines}


def joined(actor: str, since: datetime, size: int = PAGE) -> list[FollowerRow]:
    """What a person joined with a number of theirs, with its case, latest first. One statement."""
    rows = FollowerRow.objects.filter(person=actor, seat__gt=0, since__gte=since)
    return list(rows.select_related("case").order_by("-since")[:size])


def duties(by: By, pack: Pack, *, after: str = "", size: int = PAGE, mine: bool = False) -> Page:
    """The open duties of the actor's unit, least time left first."""
    units = _family(by, pack)
    rows = DutyRow.objects.filter(unit__in=units, ended="").select_related("case")
    if by.role == "handler":
        rows = rows.filter(Q(handler="", section__in=("", by.unit)) | Q(handler=by.actor))
    if by.role == "grid_chief":
        rows = rows.filter(case__grid=by.unit)
    if mine:
        rows = rows.filter(handler=by.actor)
    rows = rows.order_by(F("next_due_at").asc(nulls_last=True), "case_id", "duty_id")
    start = int(after or 0)
    found = list(rows[start : start + size + 1])
    lines = [Listed(row.case, "", duty=row) for row in found]
    return _page(lines, by, pack, size, key=lambda line: str(start + size))


def queue(
    by: By,
    kind: str | Sequence[str],
    pack: Pack,
    *,
    units: Sequence[str] = (),
    after: str = "",
    size: int = PAGE,
) -> Page:
    """Cases that wait in a queue (triage, ruling, verification, call_back …) or several, of these units, first due first."""
    owners = tuple(units) or (by.unit,)
    kinds = (kind,) if isinstance(kind, str) else kind
    waiting = ClockRow.objects.filter(kind__in=kinds, unit__in=owners, stopped_at=None, cancelled=False)
    rows = _of_visible(waiting, by, pack).order_by("due_at", "case_id", "subject", "round")
    start = int(after or 0)
    found = list(rows[start : start + size + 1])
    return _page(
        [Listed(r.case, "", clock=r) for r in found], by, pack, size, key=lambda line: str(start + size)
    )


def views_asked(numbers: Iterable[str]) -> list[tuple[str, str, bool]]:
    """The units asked for their views before a ruling: number, unit, whether it has given one. One statement."""
    asked = ClockRow.objects.filter(case_id__in=list(numbers), kind="view", cancelled=False).order_by(
        "started_at", "subject"
    )
    latest = {(row.case_id, row.unit): row.stopped_at is not None for row in asked}
    return [(number, unit, given) for (number, unit), given in latest.items()]


def approvals(by: By, pack: Pack, *, size: int = PAGE) -> Page:
    """Requests that wait for this very role and unit, oldest first."""
    waiting = RequestRow.objects.filter(unit=by.unit, role=by.role, outcome="")
    rows = _of_visible(waiting, by, pack).order_by("asked_at", "case_id", "request_id")[: size + 1]
    return _page([Listed(r.case, "", request=r) for r in rows], by, pack, size, key=lambda line: "")


def tally(by: By, pack: Pack, now: datetime, tonight: datetime) -> dict[str, int]:
    """How many requests wait for this very role, how many open duties of the actor's unit are over their next deadline, and
    how many reach it before `tonight`. Two statements."""
    rows = DutyRow.objects.filter(unit__in=_family(by, pack), ended="")
    counts = rows.aggregate(
        overdue=Count("pk", filter=Q(next_due_at__lt=now)),
        today=Count("pk", filter=Q(next_due_at__gte=now, next_due_at__lt=tonight)),
    )
    waiting = RequestRow.objects.filter(unit=by.unit, role=by.role, outcome="")
    return {**counts, "approvals": _of_visible(waiting, by, pack).count()}


def councils(by: By, pack: Pack, size: int = PAGE) -> list[CouncilRow]:
    """The convening whistles of the actor's unit, or to which it (for a section: its department) is summoned; latest
    first. None about a complaint against it."""
    family = _family(by, pack)
    theirs = Q(unit__in=family) | Q(units__overlap=list(family))
    rows = _of_visible(CouncilRow.objects.filter(theirs), by, pack)
    return list(rows.order_by("-meet_at")[:size])


def read_words(commitments: Iterable[str]) -> dict[str, str]:
    """Texts by commitment; what was erased is left out."""
    wanted = [w for w in commitments if w]
    found = vault.read(wanted) if wanted else {}
    return {key: value for key, value in found.items() if isinstance(value, str)}


# --- private ----------------------------------------------------------------------------------------------------


def _visible(by: By, pack: Pack) -> QuerySet[CaseRow]:
    """The rows that `permissions.may_see` allows."""
    scope = permissions.scope(by, pack)
    theirs = Q(requester=scope.person) | Q(whistler=scope.person)
    rows = CaseRow.objects.filter(~Q(against__in=scope.family) | theirs)
    if scope.everything:
        return rows
    allowed = theirs
    if scope.units:
        views = ClockRow.objects.filter(kind="view", unit__in=scope.units, stopped_at=None, cancelled=False)
        summoned = CouncilRow.objects.filter(units__overlap=list(scope.units))
        allowed |= Q(ended_by__in=[f"praise:{unit}" for unit in scope.units])
        for part in (DutyRow.objects.filter(unit__in=scope.units), views, summoned):
            allowed |= Q(number__in=part.values("case_id"))
    if area := scope.area:
        allowed |= Q(township=area) | Q(community=area) | Q(grid=area)
    if scope.whistlers:
        allowed |= Q(whistler_unit__in=scope.whistlers)
    if watched := scope.watched:
        handled = DutyRow.objects.filter(unit__in=watched).values("case_id")
        allowed |= Q(township__in=watched) | Q(community__in=watched) | Q(number__in=handled)
    return rows.filter(allowed)


def _of_visible(rows: QuerySet[Any], by: By, pack: Pack) -> QuerySet[Any]:
    """Rows below cases, those of visible cases, with their cases."""
    scope = permissions.scope(by, pack)
    if scope.everything:  # by the join: a subquery would read all cases there are
        theirs = Q(case__requester=scope.person) | Q(case__whistler=scope.person)
        rows = rows.filter(~Q(case__against__in=scope.family) | theirs)
    else:
        rows = rows.filter(case__in=_visible(by, pack))
    return rows.select_related("case")


def _readable(by: By, pack: Pack) -> Q:
    """Of the visible rows those whose words `permissions.reads_words` lets this capacity read."""
    scope = permissions.scope(by, pack)
    read = ~Q(identity_mode="protected") | Q(requester=scope.person) | Q(whistler=scope.person)
    if scope.reads:
        read |= ~_handled_by(scope.family)
    if scope.whistlers:
        read |= Q(whistler_unit__in=scope.whistlers)
    return read


def _handled_by(units: Sequence[str]) -> Q:
    handling = DutyRow.objects.filter(unit__in=units, ended__in=("", "done"))
    return Q(number__in=handling.values("case_id"))


def _filtered(rows: QuerySet[CaseRow], wanted: Filters, by: By, pack: Pack) -> QuerySet[CaseRow]:
    equal: dict[str, Any] = {
        "item": wanted.item,
        "nature": wanted.nature,
        "channel": wanted.channel,
        "whistler_kind": wanted.whistler_kind,
        "ended_at__isnull": wanted.open,
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
        rows = rows.filter(number__in=breached())
    if wanted.numbers is not None:
        rows = rows.filter(number__in=wanted.numbers)
    if wanted.number_prefix:
        rows = rows.filter(number__startswith=wanted.number_prefix)
    if wanted.phone_person:
        if not permissions.may_search_phone(by):
            return rows.none()
        known = Q(requester=wanted.phone_person) | Q(whistler=wanted.phone_person)
        rows = rows.filter(known, anonymous=False).exclude(_handled_by(permissions.scope(by, pack).family))
    if wanted.q:
        rows = rows.filter(_found_by(wanted.q, by, pack))
    return rows


def _found_by(text: str, by: By, pack: Pack) -> Q:
    """A number, or words, but only of cases whose words may be read: a find would tell what they say."""
    if number := search.as_number(text):
        return Q(number__startswith=number)
    return Q(number__in=search.matching(text)) & _readable(by, pack)


def _family(by: By, pack: Pack) -> tuple[str, ...]:
    """The units whose duties this capacity works on: its own, and for a department its sections and stations."""
    return permissions.scope(by, pack).units or (by.unit,)


def _words_of(lines: Sequence[Listed], by: By, pack: Pack) -> Mapping[str, str | bytes | None]:
    """The words of these lines that may be read, and their summaries, by commitment. One statement."""
    summaries = [line.case.summary for line in lines if line.case.summary]
    readable = CaseRow.objects.filter(_readable(by, pack), number__in=[line.number for line in lines])
    try:
        query, params = readable.values("words").query.sql_with_params()
    except EmptyResultSet:  # nothing may be read, or there is nothing
        return vault.read(summaries) if summaries else {}
    return vault.read_selected(query, params, summaries)


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
    words = _words_of(shown, by, pack)
    made = [
        Listed(
            line.case,
            str(words.get(line.case.words) or ""),
            tuple(duties.get(line.number, ())),
            tuple(clocks.get(line.number, ())),
            line.duty,
            line.request,
            line.clock,
            str(words.get(line.case.summary) or "") if line.case.words not in words else "",
        )
        for line in shown
    ]
    return Page(made, key(lines[size - 1]) if len(lines) > size else None)


def _step(recorded: Recorded, by: By, case: Case, pack: Pack) -> Step | None:
    """One event as this capacity sees it; who did it is told as far as the event tells."""
    event = permissions.event_as_seen(by, case, from_payload(recorded.type, recorded.payload), pack)
    if event is None:
        return None
    context = recorded.context
    if event.by == permissions.NOBODY:
        return Step(recorded.seq, event, recorded.occurred_at, "", permissions.WHISTLER)
    return Step(recorded.seq, event, recorded.occurred_at, context.actor, context.capacity)


def _commitments(event: Event) -> Iterable[str]:
    """Every commitment an event names: its words, and those of a request or an arrival inside it."""
    for name in ("words", "basis", "minutes", "person", "reasons"):
        if value := getattr(event, name, ""):
            yield value
    if isinstance(event, Requested) and event.request.words:
        yield event.request.words
