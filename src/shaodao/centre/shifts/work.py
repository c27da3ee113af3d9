"""What the centre's own people did, and how: by the centre's clocks, whoever stopped each.

Follows the ledger. The clock that a person's step stopped is the one of the case that stopped at that moment. Counted are
those at the desk alone; nobody else's work is ever counted by persons.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from shaodao.centre.assessment.figures import Period
from shaodao.centre.cases import permissions
from shaodao.centre.cases.models import Clock
from shaodao.centre.shifts.models import Done
from shaodao.ground.ledger.events import Recorded
from shaodao.ground.ledger.subscriptions import subscriber_of_many

KINDS = ("triage", "ruling", "approval", "summary", "verification", "call_back", "decline_review")
STEPS = {
    "Dispatched", "Answered", "Transferred", "SentToRuling", "Merged", "Declined", "DeclineLifted", "Ruled",
    "RaisedToCounty", "StepApproved", "RequestDecided", "Verified", "Reworked", "Rated", "CalledBack", "Summarised",
}  # fmt: skip
LATE_SHOWN = 50


@dataclass(frozen=True, slots=True)
class Tally:
    """How many, how many of them in time, the middle of the minutes they waited; `moved`: of those taken in, how many
    went to another unit or item afterwards."""

    done: int
    in_time: int
    minutes: int
    moved: int


Hand = tuple[str, str, str]  # actor, role, unit


@subscriber_of_many("desk_work", types=STEPS, patient=True)
def watch(events: Sequence[Recorded]) -> None:
    """Keep whose step stopped which clock. Two statements however many events."""
    steps = {}
    for event in events:
        role, _, unit = event.context.capacity.partition("@")
        if event.stream.kind == "case" and role in permissions.DESK_HANDS:
            steps[event.stream.id, event.occurred_at] = (event.context.actor, role, unit)
    if not steps:
        return
    numbers, moments = zip(*steps, strict=True)
    clocks = Clock.objects.filter(
        case_id__in=set(numbers), stopped_at__in=set(moments), kind__in=KINDS, cancelled=False
    )
    rows = [
        Done(
            number=clock.case_id, kind=clock.kind, subject=clock.subject, round=clock.round, actor=actor, role=role,
            unit=unit, at=clock.stopped_at, late=clock.breached_at is not None,
            minutes=int((clock.stopped_at - clock.started_at).total_seconds()) // 60,
        )
        for clock in clocks
        if clock.stopped_at and (clock.case_id, clock.stopped_at) in steps
        for actor, role, unit in [steps[clock.case_id, clock.stopped_at]]
    ]  # fmt: skip
    Done.objects.bulk_create(
        rows,
        update_conflicts=True,
        unique_fields=["number", "kind", "subject", "round"],
        update_fields=["actor", "role", "unit", "at", "minutes", "late"],
    )


def by_person(period: Period, actor: str = "") -> dict[Hand, dict[str, Tally]]:
    """What each at the desk (or one of them) did in a period, by kind. One statement."""
    return {key: kinds for key, kinds in _tallied("done.actor, done.role, done.unit", period, actor).items()}  # type: ignore[misc]


def by_unit(period: Period) -> dict[str, dict[str, Tally]]:
    """The same by unit: the centre and each department with people at the desk. One statement."""
    return {unit: kinds for (unit,), kinds in _tallied("done.unit", period).items()}


def late(period: Period, actor: str = "", size: int = LATE_SHOWN) -> list[Done]:
    """What was done too late in a period, latest first. One statement."""
    rows = Done.objects.filter(late=True, at__gte=period.since, at__lt=period.until)
    return list((rows.filter(actor=actor) if actor else rows).order_by("-at", "number")[:size])


def _tallied(keys: str, period: Period, actor: str = "") -> dict[tuple[str, ...], dict[str, Tally]]:
    found: dict[tuple[str, ...], dict[str, Tally]] = {}
    with connection.cursor() as cursor:
        cursor.execute(
            f"""
            SELECT {keys}, done.kind, count(*), count(*) FILTER (WHERE NOT done.late),
                percentile_disc(0.5) WITHIN GROUP (ORDER BY done.minutes),
                count(*) FILTER (WHERE done.kind = 'triage' AND c.moved)
            FROM shifts_done AS done LEFT JOIN cases_case AS c ON c.number = done.number
            WHERE done.at >= %(since)s AND done.at < %(until)s {"AND done.actor = %(actor)s" if actor else ""}
            GROUP BY {keys}, done.kind
            """,
            {"since": period.since, "until": period.until, "actor": actor},
        )
        for *key, kind, done, in_time, minutes, moved in cursor:
            found.setdefault(tuple(key), {})[kind] = Tally(done, in_time, minutes, moved)
    return found
