"""Months of scores as a kind of stream, and their rows; and the entries, which a digest on record names."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping, Sequence

from shaodao.centre.cases.lifecycle.codec import from_recorded
from shaodao.centre.scores import models
from shaodao.centre.scores.month import EVENTS, Appeal, Month, evolve
from shaodao.centre.scores.scoring import Entry
from shaodao.ground.ledger import canonical
from shaodao.ground.ledger.kinds import Kind
from shaodao.ground.ledger.projections import Fault, Histories, Row, Rows, row_fault


def _rows(code: str, month: Month) -> Rows:
    if not month.version:
        return {}
    return {
        "scores_month": {(code,): _row(month)},
        "scores_appeal": {(code, each.id): _appeal(each) for each in month.appeals},
    }


def _row(month: Month) -> Row:
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


def _appeal(appeal: Appeal) -> Row:
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


MONTHS = Kind(
    "scores",
    {"scores_month": ("code",), "scores_appeal": ("month", "appeal")},
    Month(),
    from_recorded(evolve, EVENTS),
    _rows,
)


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
    yield from MONTHS.check(histories)
    for code, events in histories:
        month = MONTHS.fold(events)
        if month.state and digest_of(*stored(code)) != month.digest:
            yield row_fault(MONTHS.stream(code), "scores_entry：与摘要不同")
