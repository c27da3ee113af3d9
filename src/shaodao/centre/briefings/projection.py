"""Writing the rows of briefings, and comparing them with replay. There is no other writer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from shaodao.centre.briefings import models
from shaodao.centre.briefings.briefing import EVENTS, Briefing, replay
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.ground.ledger.events import Recorded, Stream
from shaodao.ground.ledger.projections import Fault, Histories, row_fault

KIND = "briefing"


def fold(events: Iterable[Recorded]) -> Briefing:
    """The briefing that a stream's events make."""
    return replay((from_payload(e.type, e.payload, EVENTS), e.occurred_at) for e in events)


def row(briefing: Briefing) -> dict[str, Any]:
    """The columns of a briefing besides its month: a function of the state."""
    names = (
        "version", "state", "position", "root", "digest", "frozen_at", "opinions", "steps", "drafted_by", "checked_by",
        "signed_by", "issue", "total", "published_at",
    )  # fmt: skip
    return {name: getattr(briefing, name) for name in names}


def problems(briefing: Briefing) -> dict[tuple[str, str, str], dict[str, Any]]:
    """The rows of named problems, once it is published."""
    if briefing.published_at is None:
        return {}
    return {
        each.named.key: {
            "due_at": each.named.due_at,
            "late": each.named.late,
            "named_at": briefing.published_at,
            "put_right_at": each.put_right_at,
        }
        for each in briefing.named
    }


def readings(briefing: Briefing) -> dict[str, dict[str, Any]]:
    return {each.actor: {"unit": each.unit, "at": each.at} for each in briefing.readings}


def write(before: Briefing, after: Briefing) -> None:
    """Write what differs between the rows before and after."""
    month = after.month
    models.Briefing.objects.update_or_create(month=month, defaults=row(after))
    was = problems(before)
    changed = {key: columns for key, columns in problems(after).items() if was.get(key) != columns}
    models.Problem.objects.bulk_create(
        [
            models.Problem(briefing_id=month, case_number=case, kind=kind, unit=unit, **columns)
            for (case, kind, unit), columns in changed.items()
        ],
        update_conflicts=True,
        update_fields=["due_at", "late", "named_at", "put_right_at"],
        unique_fields=["briefing_id", "case_number", "kind", "unit"],
    )
    new = readings(after).keys() - readings(before).keys()
    models.Reading.objects.bulk_create(
        [models.Reading(briefing_id=month, actor=actor, **readings(after)[actor]) for actor in sorted(new)]
    )


def check(histories: Histories) -> Iterable[Fault]:
    """Faults of rows that differ from the replay of their streams."""
    months = [month for month, _ in histories]
    stored = models.Briefing.objects.in_bulk(months)
    named: dict[str, dict[Any, Any]] = {month: {} for month in months}
    for each in models.Problem.objects.filter(briefing_id__in=months):
        columns = {name: getattr(each, name) for name in ("due_at", "late", "named_at", "put_right_at")}
        named[each.briefing_id][each.case_number, each.kind, each.unit] = columns
    read: dict[str, dict[str, Any]] = {month: {} for month in months}
    for one in models.Reading.objects.filter(briefing_id__in=months):
        read[one.briefing_id][one.actor] = {"unit": one.unit, "at": one.at}
    for month, events in histories:
        briefing = fold(events)
        wanted, there = row(briefing), stored.get(month)
        stream = Stream(KIND, month)
        if there is None:
            yield row_fault(stream, "briefings_briefing：行不存在")
            continue
        different = [name for name, value in wanted.items() if getattr(there, name) != value]
        if different:
            yield row_fault(stream, f"briefings_briefing：{'、'.join(different)} 与记录不同")
        if named[month] != problems(briefing):
            yield row_fault(stream, "briefings_problem 与记录不同")
        if read[month] != readings(briefing):
            yield row_fault(stream, "briefings_reading 与记录不同")


def strays() -> Iterable[Fault]:
    """Rows of briefings that have no stream."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT month FROM briefings_briefing WHERE NOT EXISTS "
            "(SELECT 1 FROM ledger_head WHERE kind = 'briefing' AND id = briefings_briefing.month)"
        )
        for (month,) in cursor.fetchall():
            yield row_fault(Stream(KIND, month), "briefings_briefing 有从未记录过的专报的行")
