"""Finds cases in which a clock has run out, and lets time pass in each. Any number of sweepers may run at once: the
lock on the stream orders them, and a breach already recorded is not recorded again.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime

from shaodao.centre.cases import actions
from shaodao.centre.cases.models import Clock

BATCH = 200
log = logging.getLogger(__name__)


def due(at: datetime, size: int = BATCH) -> list[str]:
    """Numbers of cases with a clock whose moment has passed, longest ago first."""
    rows = (
        Clock.objects.filter(waiting=True, due_at__lt=at).order_by("due_at").values_list("case_id", flat=True)
    )
    return list(dict.fromkeys(rows[:size]))


def sweep(at: datetime | None = None) -> int:
    """Let time pass in one batch of cases; return how many there were. One case that fails does not stop the others."""
    moment = at or actions.now()
    numbers = due(moment)
    failed = 0
    for number in numbers:
        try:
            actions.let_time_pass(number, moment)
        except Exception:
            failed += 1
            log.exception("time could not pass in case %s", number)
    if failed and failed == len(numbers):
        raise RuntimeError(f"time could not pass in any of {failed} cases")
    return len(numbers)


def tick(stop: threading.Event) -> bool:
    """The loop of the background process: whether more is waiting."""
    return sweep() == BATCH
