"""What happens without anybody asking: the loops of the background process.

A loop is a function `tick(stop)` called again and again in a thread of its own. It does one bounded piece of
work and returns whether more is waiting; `stop` is an event that says the process is ending. Ticks must be
idempotent: a crash may repeat one, and several background processes may run at once.
"""

import logging
import signal
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module

from django.db import connections

log = logging.getLogger(__name__)

Tick = Callable[[threading.Event], bool | None]
LONGEST_PAUSE_S = 60.0


@dataclass(frozen=True, slots=True)
class Loop:
    """`target` is `module:function`; `every_s` the pause in seconds between ticks that found no more to do; `share` the
    most of the time that ticks may take: what can wait leaves the machine to those who wait."""

    name: str
    target: str
    every_s: float
    share: float = 1.0


LOOPS: tuple[Loop, ...] = (
    Loop("seal", "shaodao.run.chores:seal", 1.0),
    Loop("tell", "shaodao.run.chores:tell", 1.0),
    Loop("tell the patient", "shaodao.run.chores:tell_the_patient", 1.0, share=0.1),
    Loop("sweep", "shaodao.centre.cases.sweeper:tick", 1.0),
    Loop("vacancies", "shaodao.centre.cases.sweeper:tick_vacancies", 30.0),
    Loop("press", "shaodao.centre.pressing.actions:tick", 15.0),
    Loop("topics", "shaodao.centre.topics.actions:tick", 30.0),
    Loop("discipline", "shaodao.centre.discipline.keyring:tick", 30.0),
    Loop("orders", "shaodao.centre.supervision.orders.actions:tick", 30.0),
    Loop("briefings", "shaodao.centre.briefings.actions:tick", 600.0),
    Loop("deliver", "shaodao.run.chores:deliver", 1.0),
    Loop("look at pictures", "shaodao.run.chores:look", 2.0, share=0.3),
    Loop("anchor", "shaodao.run.chores:anchor", 60.0),
    Loop("recompute", "shaodao.run.chores:recompute", 60.0),
    Loop("rehearse", "shaodao.centre.rehearsal.waiting:tick", 2.0),
    Loop("export", "shaodao.faces.work.exporting:tick", 2.0),
    Loop("tidy", "shaodao.run.chores:tidy", 3600.0),
)


def load(target: str) -> Tick:
    module, name = target.split(":")
    tick: Tick = getattr(import_module(module), name)
    return tick


def pause_after(faults: int, every_s: float) -> float:
    """Seconds to wait after the given number of faults in a row: doubling, at most a minute."""
    return every_s if faults == 0 else min(LONGEST_PAUSE_S, max(every_s, 0.5) * 2 ** (faults - 1))


def run_loop(loop: Loop, tick: Tick, stop: threading.Event) -> None:
    """Tick until `stop`. A fault is logged with its traceback and tried again after a growing pause."""
    faults = 0
    while not stop.is_set():
        more = False
        begun = time.monotonic()
        try:
            more = bool(tick(stop))
            faults = 0
        except Exception:
            faults += 1
            log.exception("loop %s failed (%d in a row)", loop.name, faults)
        finally:
            connections.close_all()  # back to the pool between ticks
        pause = 0.0 if more else pause_after(faults, loop.every_s)
        stop.wait(max(pause, (time.monotonic() - begun) * (1 / loop.share - 1)))


def run(loops: Sequence[Loop] = LOOPS) -> None:
    """Run all loops until SIGTERM or SIGINT, then wait for the ticks that are under way."""
    stop = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stop.set())
    threads = [
        threading.Thread(target=run_loop, args=(each, load(each.target), stop), name=each.name)
        for each in loops
    ]
    for thread in threads:
        thread.start()
    log.info("background loops: %s", ", ".join(each.name for each in loops) or "none")
    stop.wait()
    for thread in threads:
        thread.join()
