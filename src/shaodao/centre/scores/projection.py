"""Writing the rows of months, and comparing them with replay and digest. There is no other writer."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from django.db import connection

from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.scores import models
from shaodao.centre.scores.month import EVENTS, Appeal, Month, replay
from shaodao.centre.scores.scoring import Entry
from shaodao.ground.ledger import canonical
from shaodao.ground.ledger.events import Recorded, Stream
from shaodao.ground.ledger.projections import Fault, Histories, row_fault

KIND = "scores"


def fold(events: Iterable[Recorded]) -> Month:
    """The month that a stream's events make."""
    return replay((from_payload(e.type, e.payload, EVENTS), e.occurred_at) for e in events)


def digest_of(entries: Sequence[Entry], cases: Mapping[str, int]) -> str:
    """One hash of everything a month's scores are made of, in their order."""
    told = {
        "cases": dict(cases),
        "entries": [
            [e.unit, e.rule, e.number, e.part, e.points, e.counted, e.of, e.at.isoformat() if e.at else ""]
            for e in entries
        ],
    }
    return hashlib.sha256(canonical.encode(told)).hexdigest()


def stored(code: str) -> tuple[list[Entry], dict[str, int]]:
    """The entries and counts of a month, in the order of `scoring.entries`."""
    rows = models.Entry.objects.filter(month=code)
    found = [Entry(r.unit, r.rule, r.number, r.part, r.points, r.counted, r.of, r.at) for r in rows]
    found.sort(key=lambda entry: entry.order)
    return found, dict(models.Count.objects.filter(month=code).order_by("unit").values_list("unit", "cases"))


def write(code: str, month: Month) -> None:
    models.Month.objects.update_or_create(code=code, defaults=_row(month))
    models.Appeal.objects.bulk_create(
        [models.Appeal(month=code, appeal=each.id, **_appeal(each)) for each in month.appeals],
        update_conflicts=True,
        unique_fields=["month", "appeal"],
        update_fields=["ruled_by", "ruled_at", "upheld", "points", "answer"],
    )


def write_entries(code: str, entries: Iterable[Entry], cases: Mapping[str, int]) -> None:
    """Once, when they are proposed; a rejected proposal's go first."""
    models.Entry.objects.filter(month=code).delete()
    models.Count.objects.filter(month=code).delete()
    models.Entry.objects.bulk_create(
        models.Entry(
            month=code, unit=e.unit, rule=e.rule, number=e.number, part=e.part, points=e.points,
            counted=e.counted, of=e.of, at=e.at,
        )
        for e in entries
    )  # fmt: skip
    models.Count.objects.bulk_create(models.Count(month=code, unit=u, cases=n) for u, n in cases.items())


def check(histories: Histories) -> Iterable[Fault]:
    """Faults of rows that differ from the replay of their streams, and of entries that differ from the digest."""
    for code, events in histories:
        month, stream = fold(events), Stream(KIND, code)
        there = models.Month.objects.filter(code=code).values().first()
        if there != {"code": code} | _row(month):
            yield row_fault(stream, "scores_month：与记录不同")
        appeals = {row.pop("appeal"): row for row in models.Appeal.objects.filter(month=code).values()}
        if appeals != {each.id: {"month": code} | _appeal(each) for each in month.appeals}:
            yield row_fault(stream, "scores_appeal：与记录不同")
        if month.state and digest_of(*stored(code)) != month.digest:
            yield row_fault(stream, "scores_entry：与摘要不同")


def strays() -> Iterable[Fault]:
    """Months that have no stream."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code FROM scores_month WHERE NOT EXISTS "
            "(SELECT 1 FROM ledger_head WHERE kind = 'scores' AND id = scores_month.code)"
        )
        for (code,) in cursor.fetchall():
            yield row_fault(Stream(KIND, code), "scores_month 有从未记录过的月份")


def _row(month: Month) -> dict[str, Any]:
    return {
        "version": month.version,
        "state": month.state,
        "position": month.position,
        "pack": month.pack,
        "digest": month.digest,
        "proposed_by": month.proposed_by,
        "proposed_at": month.proposed_at,
        "published_by": month.published_by,
        "published_at": month.published_at,
        "appeal_until": month.appeal_until,
    }


def _appeal(appeal: Appeal) -> dict[str, Any]:
    which = appeal.against
    return {
        "unit": which.unit,
        "rule": which.rule,
        "number": which.number,
        "part": which.part,
        "words": appeal.words,
        "filed_by": appeal.by.actor,
        "filed_at": appeal.filed_at,
        "ruled_by": appeal.ruled_by,
        "ruled_at": appeal.ruled_at,
        "upheld": appeal.upheld,
        "points": appeal.points,
        "answer": appeal.answer,
    }
