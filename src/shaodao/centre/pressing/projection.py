"""Writing the rows of pressing, and comparing them with replay. There is no other writer."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django.db import connection

from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.pressing import models
from shaodao.centre.pressing.pressed import EVENTS, Pressed, Step, replay
from shaodao.ground.ledger.events import Recorded, Stream
from shaodao.ground.ledger.projections import Fault, Histories, row_fault

KIND = "pressing"


def fold(events: Iterable[Recorded]) -> Pressed:
    """What the events of a stream make."""
    return replay((from_payload(e.type, e.payload, EVENTS), e.occurred_at) for e in events)


def step_row(step: Step) -> dict[str, Any]:
    told = step.told
    return {
        "rung": told.rung,
        "clock": told.clock,
        "subject": told.subject,
        "round": told.round,
        "due_at": told.due,
        "at": step.at,
        "unit": told.unit,
        "to": list(told.to),
        "how": told.how,
        "emergency": told.emergency,
        "acknowledged_at": step.acknowledged_at,
        "acknowledged_by": step.acknowledged_by,
    }


def call_rows(pressed: Pressed) -> dict[int, dict[str, Any]]:
    """By seq."""
    return {
        call.seq: {
            "step": step.seq,
            "at": call.at,
            "by": call.by.actor,
            "role": call.by.role,
            "whom": call.whom,
            "result": call.result,
            "words": call.words,
        }
        for step in pressed.steps
        for call in step.calls
    }


def write(number: str, before: Pressed, after: Pressed) -> None:
    """The difference between two states of one stream."""
    known = {step.seq: step for step in before.steps}
    new = [step for step in after.steps if step.seq not in known]
    models.Step.objects.bulk_create(models.Step(number=number, seq=s.seq, **step_row(s)) for s in new)
    for step in after.steps:
        if step.seq in known and step_row(step) != step_row(known[step.seq]):
            models.Step.objects.filter(number=number, seq=step.seq).update(**step_row(step))
    there = call_rows(before)
    calls = [(seq, row) for seq, row in call_rows(after).items() if seq not in there]
    models.Call.objects.bulk_create(models.Call(number=number, seq=seq, **row) for seq, row in calls)


def check(histories: Histories) -> Iterable[Fault]:
    """Faults of rows that differ from the replay of their streams."""
    numbers = [number for number, _ in histories]
    steps = {(row.number, row.seq): row for row in models.Step.objects.filter(number__in=numbers)}
    calls = {(row.number, row.seq): row for row in models.Call.objects.filter(number__in=numbers)}
    for number, events in histories:
        found = fold(events)
        wanted = {step.seq: step_row(step) for step in found.steps}
        yield from _compare(number, "pressing_step", wanted, steps)
        yield from _compare(number, "pressing_call", call_rows(found), calls)


def _compare(
    number: str, table: str, wanted: dict[int, dict[str, Any]], rows: dict[tuple[str, int], Any]
) -> Iterable[Fault]:
    there = {seq: row for (case, seq), row in rows.items() if case == number}
    if wanted.keys() != there.keys():
        yield row_fault(Stream(KIND, number), f"{table}：行数与记录不同")
    for seq in wanted.keys() & there.keys():
        different = [name for name, value in wanted[seq].items() if getattr(there[seq], name) != value]
        if different:
            yield row_fault(Stream(KIND, number), f"{table} {seq}：{'、'.join(different)} 与记录不同")


def strays() -> Iterable[Fault]:
    """Rows without a stream."""
    for table in ("pressing_step", "pressing_call"):
        with connection.cursor() as cursor:
            cursor.execute(
                f"SELECT DISTINCT number FROM {table} WHERE NOT EXISTS "
                f"(SELECT 1 FROM ledger_head WHERE kind = 'pressing' AND id = {table}.number)"
            )
            for (number,) in cursor.fetchall():
                yield row_fault(Stream(KIND, number), f"{table} 有从未记录过的行")
