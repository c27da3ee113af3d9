"""Keeps the processes of one installation running: restarts what dies, and stops everything together."""

import ctypes
import logging
import os
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field

log = logging.getLogger(__name__)

PR_SET_PDEATHSIG = 1


@dataclass(frozen=True, slots=True)
class Budget:
    """At most `restarts` within `window_s` seconds; more means that restarting does not help."""

    restarts: int = 5
    window_s: float = 60.0


class GaveUp(RuntimeError):
    """A unit died more often than its budget allows."""


@dataclass(slots=True)
class Spending:
    """How much of a budget one unit has used."""

    budget: Budget
    moments: deque[float] = field(default_factory=deque)

    def spend(self, now: float) -> float:
        """Record a restart at `now`; returns the seconds to wait before it. Raises `GaveUp`."""
        while self.moments and self.moments[0] <= now - self.budget.window_s:
            self.moments.popleft()
        if len(self.moments) >= self.budget.restarts:
            raise GaveUp(f"{len(self.moments)} restarts within {self.budget.window_s:g} s")
        self.moments.append(now)
        return min(0.2 * 2 ** (len(self.moments) - 1), 5.0)


def _die_with_parent() -> None:
    """In the child, before it becomes another program: end with the supervisor even when that is killed."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class Process:
    """A child process with children of its own, in a process group that is ended as a whole."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str]) -> None:
        self.name = name
        self._command = list(command)
        self._environment = {**os.environ, **environment}
        self._child: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        self._child = subprocess.Popen(
            self._command,
            env=self._environment,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 (the supervisor has one thread)
        )

    def alive(self) -> bool:
        return self._child is not None and self._child.poll() is None

    def ask_to_stop(self) -> None:
        if self._child is not None and self._child.poll() is None:
            self._child.terminate()

    def stop(self, patience_s: float) -> None:
        """Wait for a child that was asked to stop, then end whatever is left of its group."""
        if self._child is None:
            return
        try:
            self._child.wait(patience_s)
        except subprocess.TimeoutExpired:
            log.warning("%s did not stop within %g s and is killed", self.name, patience_s)
        with suppress(ProcessLookupError):
            os.killpg(self._child.pid, signal.SIGKILL)
        self._child.wait()


@dataclass(slots=True)
class Service:
    """A unit that outlives its starter, such as the database. Stopped at the end only if started by us.

    `bring_up` returns whether it was down; `look` whether it is up; `shut` stops it and waits.
    """

    name: str
    bring_up: Callable[[], bool]
    look: Callable[[], bool]
    shut: Callable[[], object]
    ours: bool = False

    def start(self) -> None:
        self.ours = self.bring_up() or self.ours

    def alive(self) -> bool:
        return self.look()

    def ask_to_stop(self) -> None:
        """It goes last, when nobody needs it: see `stop`."""

    def stop(self, patience_s: float) -> None:
        if self.ours:
            self.shut()


Unit = Process | Service


def supervise(
    units: Sequence[Unit],
    started: Callable[[], None] = lambda: None,
    budget: Budget = Budget(),
    patience_s: float = 20.0,
) -> None:
    """Start `units` in order, keep them alive until SIGTERM or SIGINT, stop them in reverse order.

    `started` is called once when all have been started. Raises `GaveUp` after stopping everything.
    """
    ending: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda received, _: ending.append(received))
    spent = {unit.name: Spending(budget) for unit in units}

    def start(unit: Unit) -> None:
        while not ending:
            try:
                unit.start()
            except Exception:
                log.exception("%s could not be started", unit.name)
                time.sleep(spent[unit.name].spend(time.monotonic()))
            else:
                return

    try:
        for unit in units:
            start(unit)
        started()
        while not ending:
            for unit in units:
                if not unit.alive() and not ending:
                    log.error("%s died and is started again", unit.name)
                    unit.stop(0)
                    time.sleep(spent[unit.name].spend(time.monotonic()))
                    start(unit)
            time.sleep(0.2)
    finally:
        for unit in units:
            unit.ask_to_stop()
        for unit in reversed(units):
            unit.stop(patience_s)
