"""Writing the rows of publications and of the ranking, and comparing them with replay. There is no other writer."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.publishing import models
from shaodao.centre.publishing.publication import EVENTS, RANKING_EVENTS, Publication, replay
from shaodao.ground.ledger.events import Recorded, Stream
from shaodao.ground.ledger.projections import Fault, Histories, row_fault

KIND = "publication"
RANKING = Stream("publicity", "ranking")


def fold(events: Iterable[Recorded]) -> Publication:
    return replay((from_payload(e.type, e.payload, EVENTS), e.occurred_at) for e in events)


def row(one: Publication) -> dict[str, Any]:
    """The columns of a publication besides its case: a function of the state."""
    return {
        "version": one.version,
        "state": one.state,
        "token": one.token,
        "words": one.words,
        "result": one.result,
        "reason": one.reason,
        "photos": list(one.photos),
        "decided_by": one.by.actor,
        "published_at": one.published_at,
        "changed_at": one.changed_at,
    }


def ranking_row(events: Sequence[Recorded]) -> dict[str, Any]:
    last = events[-1]
    return {
        "version": len(events),
        "shown": last.type == "RankingShown",
        "decided_by": from_payload(last.type, last.payload, RANKING_EVENTS).by.actor,
        "changed_at": last.occurred_at,
    }


def write(number: str, one: Publication) -> None:
    models.Publication.objects.update_or_create(case_id=number, defaults=row(one))


def write_ranking(events: Sequence[Recorded]) -> None:
    models.Ranking.objects.update_or_create(id=RANKING.id, defaults=ranking_row(events))


def check(histories: Histories) -> Iterable[Fault]:
    """Faults of rows that differ from the replay of their streams."""
    stored = models.Publication.objects.in_bulk([number for number, _ in histories])
    for number, events in histories:
        yield from _compared(
            Stream(KIND, number), "publishing_publication", stored.get(number), row(fold(events))
        )


def check_ranking(histories: Histories) -> Iterable[Fault]:
    stored = models.Ranking.objects.in_bulk([id for id, _ in histories])
    for id, events in histories:
        yield from _compared(
            Stream(RANKING.kind, id), "publishing_ranking", stored.get(id), ranking_row(list(events))
        )


def strays() -> Iterable[Fault]:
    """Rows of publications that have no stream."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM publishing_publication WHERE NOT EXISTS "
            "(SELECT 1 FROM ledger_head WHERE kind = 'publication' AND id = number)"
        )
        for (number,) in cursor.fetchall():
            yield row_fault(Stream(KIND, number), "publishing_publication 有从未记录过的公开的行")


def _compared(stream: Stream, table: str, there: Any, wanted: dict[str, Any]) -> Iterable[Fault]:
    if there is None:
        yield row_fault(stream, f"{table}：行不存在")
        return
    different = [name for name, value in wanted.items() if getattr(there, name) != value]
    if different:
        yield row_fault(stream, f"{table}：{'、'.join(different)} 与记录不同")
