"""What we ask of the database beside single statements: several writes in one of them."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any

from django.db import connection

NOTHING = "SELECT 1"


@dataclass(slots=True)
class _Waiting:
    steps: list[str] = field(default_factory=list)
    values: list[Any] = field(default_factory=list)


_waiting: ContextVar[_Waiting | None] = ContextVar("waiting", default=None)


@contextmanager
def together() -> Iterator[None]:
    """Send what is written inside as one statement: one answer to wait for, one plan to run.

    The writes see the database as it was before all of them. Whatever asks for an answer sends those before it with
    itself, so it comes last. A write that fails takes the rest with it and raises here, at the end at the latest; needs a
    transaction.
    """
    assert connection.in_atomic_block
    token = _waiting.set(_Waiting())
    try:
        yield
        _send(NOTHING)
    finally:
        _waiting.reset(token)


def write(steps: str, values: Sequence[Any], ask: str = NOTHING) -> tuple[Any, ...] | None:
    """Send named steps (`name AS (INSERT …), other AS (…)`) and return the row that `ask` reads from them; inside
    `together` steps that nobody asks wait for those that come after."""
    waiting = _waiting.get()
    if waiting is None:
        return _execute(steps, values, ask)
    waiting.steps.append(steps)
    waiting.values.extend(values)
    return None if ask is NOTHING else _send(ask)


def _send(ask: str) -> tuple[Any, ...] | None:
    waiting = _waiting.get()
    if waiting is None or not waiting.steps:
        return None
    steps, values = ", ".join(waiting.steps), waiting.values
    waiting.steps, waiting.values = [], []
    return _execute(steps, values, ask)


def _execute(steps: str, values: Sequence[Any], ask: str) -> tuple[Any, ...]:
    with connection.cursor() as cursor:
        cursor.execute(f"WITH {steps} {ask}", values)
        row: tuple[Any, ...] = cursor.fetchone()
        return row
