"""What time brings about, whoever is asleep: clocks that run out, identities whose time is over, calendars published anew.

Any number of sweepers may run at once: the lock on the stream orders them, and what is recorded already is not recorded
again. A case that fails is put aside for a while, longer each time, so that it stops no other.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta

from django.db import InterfaceError, OperationalError

from shaodao.centre.cases import actions, erasure
from shaodao.centre.cases.lifecycle.deciding.approvals import hands_in
from shaodao.centre.cases.models import Clock, Request
from shaodao.centre.cases.rules import PackRules
from shaodao.county.pack import versions
from shaodao.county.people import holders

BATCH = 200
FIRST_RETRY = timedelta(minutes=1)
LONGEST_RETRY = timedelta(hours=6)
log = logging.getLogger(__name__)


class Aside:
    """What failed in this process, with the moment from which it may be tried again. A new process forgets it."""

    def __init__(self) -> None:
        self._failed: dict[str, tuple[int, datetime]] = {}

    def at(self, moment: datetime) -> list[str]:
        return [key for key, (_, again) in self._failed.items() if again > moment]

    def failed(self, key: str, moment: datetime) -> datetime:
        times = self._failed.get(key, (0, moment))[0] + 1
        again = moment + min(FIRST_RETRY * 2 ** min(times - 1, 20), LONGEST_RETRY)
        self._failed[key] = times, again
        return again

    def went_well(self, key: str) -> None:
        self._failed.pop(key, None)


_aside = Aside()


def due(at: datetime, size: int = BATCH, without: Iterable[str] = ()) -> list[str]:
    """Numbers of cases with a clock whose moment has passed, longest ago first."""
    rows = Clock.objects.filter(waiting=True, due_at__lt=at).exclude(case_id__in=list(without))
    return list(dict.fromkeys(rows.order_by("due_at").values_list("case_id", flat=True)[:size]))


def sweep(at: datetime | None = None) -> int:
    """Let time pass in one batch of cases; return in how many it did."""
    moment = at or actions.now()
    return _each(
        due(moment, BATCH, _aside.at(moment)), lambda number: actions.let_time_pass(number, moment), moment
    )


def forget_identities(at: datetime | None = None) -> int:
    """Erase one batch of persons whose cases all ended longer ago than the pack keeps identities; return how many."""
    moment = at or actions.now()
    kept = timedelta(seconds=versions.current(moment).settings.windows.identity_kept.seconds)
    persons = erasure.due(moment - kept, BATCH, _aside.at(moment))
    return _each(
        persons,
        lambda one: actions.erase_person(one, actions.RETENTION, reason="kept_long_enough", at=moment),
        moment,
    )


def provisional(after: str = "", size: int = BATCH) -> list[str]:
    """Numbers of cases with a running clock whose deadline lies beyond the calendar published when it was set."""
    rows = Clock.objects.filter(provisional=True, waiting=True, case_id__gt=after)
    return list(rows.order_by("case_id").values_list("case_id", flat=True).distinct()[:size])


def recompute(at: datetime | None = None) -> int:
    """Reckon all provisional deadlines again on the calendar in force; return in how many cases it was tried."""
    moment = at or actions.now()
    tried, after = 0, ""
    while numbers := provisional(after):
        tried += _each(
            numbers, lambda number: actions.act(number, "recompute", {}, actions.SYSTEM, at=moment), moment
        )
        after = numbers[-1]
    return tried


def pass_up(at: datetime | None = None) -> int:
    """Requests that wait for a post nobody holds, or only whoever asked, go on to who may decide; return how many did."""
    moment = at or actions.now()
    held = holders.seats(moment)
    waiting = Request.objects.filter(outcome="").order_by("asked_at", "case_id")
    stuck = {
        f"{number}/{id}": (number, id)
        for number, id, role, unit, asked_by in waiting.values_list(
            "case_id", "request_id", "role", "unit", "asked_by"
        )
        if not held.get((role, unit), set()) - {asked_by}
    }
    aside = _aside.at(moment)
    keys = [key for key in stuck if key not in aside][:BATCH]
    return _each(keys, lambda key: _pass_up(*stuck[key], held, moment), moment)


def _pass_up(number: str, id: int, held: Mapping[tuple[str, str], set[str]], at: datetime) -> None:
    case, rules = actions.load(number), PackRules(versions.current(at), at)
    request = case.request(id)
    if request is None or not request.open:
        return
    hands = hands_in(case, request)
    vacant = [
        f"{step.role}@{step.unit}"
        for step in (*request.steps[request.step :], *rules.seniors(case, request.current.limit))
        if not held.get((step.role, step.unit), set()) - hands
    ]
    actions.act(number, "pass_up", {"request": id, "vacant": vacant}, actions.SYSTEM, at=at)


def _each(keys: Iterable[str], do: Callable[[str], object], moment: datetime) -> int:
    """Do it for each; one that fails does not stop the others, unless it is the database that is away."""
    done = 0
    for key in keys:
        try:
            do(key)
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.exception("%s failed, put aside until %s", key, _aside.failed(key, moment))
        else:
            _aside.went_well(key)
            done += 1
    return done


def tick(stop: threading.Event) -> bool:
    """The loop of the background process: whether more may be waiting."""
    return sweep() >= BATCH // 2  # several clocks of one case make a batch of fewer cases


def tick_vacancies(stop: threading.Event) -> bool:
    """The loop of posts that nobody holds: whether more may be waiting."""
    try:
        return pass_up() >= BATCH
    except versions.NoPack:
        return False
