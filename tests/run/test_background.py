"""Loops that fail are logged and tried again; loops with more to do do not wait."""

import logging
import threading
import time

import pytest

from shaodao.run import background
from shaodao.run.background import Loop


def test_it_logs_a_fault_with_its_traceback_and_tries_again(
    db: None, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(background.connections, "close_all", lambda: None)
    stop = threading.Event()
    calls: list[int] = []

    def tick(stop: threading.Event) -> None:
        calls.append(1)
        if len(calls) == 1:
            raise ZeroDivisionError("first")
        stop.set()

    monkeypatch.setattr(background, "pause_after", lambda faults, every_s: 0.0)
    with caplog.at_level(logging.ERROR):
        background.run_loop(Loop("sealer", "", 0.0), tick, stop)
    assert len(calls) == 2
    assert "loop sealer failed (1 in a row)" in caplog.text
    assert "ZeroDivisionError: first" in caplog.text


def test_it_goes_on_at_once_while_more_is_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background.connections, "close_all", lambda: None)
    stop = threading.Event()
    left = [3]

    def tick(stop: threading.Event) -> bool:
        left[0] -= 1
        if left[0] == 0:
            stop.set()
        return left[0] > 0

    background.run_loop(Loop("relay", "", 3600.0), tick, stop)  # would wait an hour if it waited between
    assert left == [0]


def test_what_can_wait_takes_no_more_than_its_share(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(background.connections, "close_all", lambda: None)
    stop = threading.Event()
    begun = time.monotonic()
    calls: list[float] = []

    def tick(stop: threading.Event) -> bool:
        calls.append(time.monotonic())
        time.sleep(0.05)
        if len(calls) == 3:
            stop.set()
        return True

    background.run_loop(Loop("likeness", "", 0.0, share=0.25), tick, stop)
    assert calls[2] - begun >= 2 * (0.05 + 0.15)


def test_it_waits_longer_after_each_fault_but_never_long() -> None:
    pauses = [background.pause_after(faults, 1.0) for faults in range(10)]
    assert pauses[:4] == [1.0, 1.0, 2.0, 4.0]
    assert max(pauses) == background.LONGEST_PAUSE_S


def test_it_names_loops_that_exist() -> None:
    for loop in background.LOOPS:
        assert callable(background.load(loop.target))
