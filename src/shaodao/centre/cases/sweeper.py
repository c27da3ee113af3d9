"""Finds cases in which a clock has run out, and lets time pass in each. Any number of sweepers may run at once: the
lock on the stream orders them, and a breach already recorded is not recorded again.
"""

from __future__ import annotations

import logging
import threading
from datetime import datetime, timedelta

from shaodao.centre.cases import actions, erasure
from shaodao.centre.cases.models import Clock
from shaodao.county.pack import versions

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


def forget_identities(at: datetime | None = None) -> int:
    """Erase one batch of persons whose cases all ended longer ago than the pack keeps identities; return how many."""
    moment = at or actions.now()
    kept = timedelta(seconds=versions.current(moment).settings.windows.identity_kept.seconds)
    persons = erasure.due(moment - kept, BATCH)
    for person in persons:
        actions.erase_person(person, actions.RETENTION, reason="kept_long_enough", at=moment)
    return len(persons)


def tick(stop: threading.Event) -> bool:
    """The loop of the background process: whether more is waiting."""
    return sweep() == BATCH
