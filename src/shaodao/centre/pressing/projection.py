"""Pressing as a kind of stream, and its rows."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle.codec import from_recorded
from shaodao.centre.pressing.pressed import EVENTS, Call, Pressed, Step, evolve
from shaodao.ground.ledger.kinds import Kind
from shaodao.ground.ledger.projections import Row, Rows


def _rows(number: str, pressed: Pressed) -> Rows:
    return {
        "pressing_step": {(number, step.seq): _step(step) for step in pressed.steps},
        "pressing_call": {(number, c.seq): _call(s.seq, c) for s in pressed.steps for c in s.calls},
    }


def _step(step: Step) -> Row:
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


def _call(step: int, call: Call) -> Row:
    return {
        "step": step,
        "at": call.at,
        "by": call.by.actor,
        "role": call.by.role,
        "whom": call.whom,
        "result": call.result,
        "words": call.words,
    }


PRESSED = Kind(
    "pressing",
    {"pressing_step": ("number", "seq"), "pressing_call": ("number", "seq")},
    Pressed(),
    from_recorded(evolve, EVENTS),
    _rows,
)
