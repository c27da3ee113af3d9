"""Writing the rows of topics, and comparing them with replay. There is no other writer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.topics import models
from shaodao.centre.topics.topic import EVENTS, Topic, replay
from shaodao.ground.clocks import is_running
from shaodao.ground.ledger.events import Recorded, Stream
from shaodao.ground.ledger.projections import Fault, Histories, row_fault

KIND = "topic"


def fold(events: Iterable[Recorded]) -> Topic:
    """The topic that a stream's events make."""
    return replay((from_payload(e.type, e.payload, EVENTS), e.occurred_at) for e in events)


def row(topic: Topic) -> dict[str, Any]:
    """The columns of a topic besides its number: a function of the state."""
    sign, finish = topic.clock("sign"), topic.clock("finish")
    assert sign
    assert finish
    waiting = [k for k in topic.clocks if is_running(k) and k.breached_at is None and not topic.closed_at]
    return {
        "version": topic.version,
        "state": topic.state,
        "title": topic.title,
        "words": topic.words,
        "lead": topic.lead,
        "cases": list(topic.cases),
        "given_by": topic.by.actor,
        "given_role": topic.by.role,
        "given_unit": topic.by.unit,
        "opened_at": topic.opened_at,
        "sign_due_at": sign.due_at,
        "signed_at": sign.stopped_at,
        "due_at": finish.due_at,
        "reported_at": finish.stopped_at,
        "breached_at": finish.breached_at,
        "closed_at": topic.closed_at,
        "next_due_at": min((k.due_at for k in waiting), default=None),
        "provisional": any(k.provisional for k in waiting),
    }


def write(number: str, topic: Topic) -> None:
    models.Topic.objects.update_or_create(number=number, defaults=row(topic))


def check(histories: Histories) -> Iterable[Fault]:
    """Faults of rows that differ from the replay of their streams."""
    stored = models.Topic.objects.in_bulk([number for number, _ in histories])
    for number, events in histories:
        wanted, there = row(fold(events)), stored.get(number)
        if there is None:
            yield row_fault(Stream(KIND, number), "topics_topic：行不存在")
            continue
        different = [name for name, value in wanted.items() if getattr(there, name) != value]
        if different:
            yield row_fault(Stream(KIND, number), f"topics_topic：{'、'.join(different)} 与记录不同")


def strays() -> Iterable[Fault]:
    """Rows of topics that have no stream."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT number FROM topics_topic WHERE NOT EXISTS "
            "(SELECT 1 FROM ledger_head WHERE kind = 'topic' AND id = topics_topic.number)"
        )
        for (number,) in cursor.fetchall():
            yield row_fault(Stream(KIND, number), "topics_topic 有从未记录过的专题的行")
