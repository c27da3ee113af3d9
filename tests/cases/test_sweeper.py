"""Several sweepers at once: each breach once, dated at its deadline; a case that cannot be swept stops no other."""

from __future__ import annotations

import json
import logging
import os
import subprocess
import sys
import threading
import time
from collections import Counter
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.db import connection, connections
from tests.cases.conftest import NOW, SPOT, install

from shaodao.centre.cases import sweeper
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.models import Clock
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.ground.ledger import sealer, verify

ROOT = Path(__file__).resolve().parents[2]
LATE = NOW + timedelta(days=3)
CASES = 40


@pytest.fixture
def numbers(fresh_db: str, monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Forty cases whose clocks have all run out."""
    monkeypatch.setattr(sweeper, "_aside", sweeper.Aside())
    install()
    caller = Caller("test", trusted=True)
    items = ("MS-07", "MS-08", "XZ-02", "")
    return [
        filing.file(Whistle(text=f"第{n}件", item=items[n % 4], place=SPOT), caller, at=NOW).case.number
        for n in range(CASES)
    ]


def breaches() -> Counter[tuple[Any, ...]]:
    """Every breach in the ledger: (case, kind, subject, round), and how often it was recorded."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id, convert_from(bytes, 'UTF8')::jsonb->'payload' FROM ledger_event WHERE type = 'Breached'"
        )
        found = [(id, json.loads(payload)) for id, payload in cursor.fetchall()]
    return Counter((id, p["kind"], p["subject"], p["round"]) for id, p in found)


def expired() -> int:
    return Clock.objects.filter(waiting=True, due_at__lt=LATE).count()


def settled() -> None:
    assert expired() == 0
    found = breaches()
    assert len(found) > CASES
    assert set(found.values()) == {1}
    rows = Clock.objects.filter(breached_at__isnull=False)
    assert {(r.case_id, r.kind, r.subject, r.round) for r in rows} == set(found)
    assert all(row.breached_at == row.due_at for row in rows)
    sealer.seal_all(LATE)
    assert verify.run().faults == []


def test_threads_record_each_breach_once(numbers: list[str]) -> None:
    start = threading.Barrier(6)
    failures: list[Exception] = []

    def work() -> None:
        try:
            start.wait()
            while sweeper.due(LATE):
                sweeper.sweep(LATE)
        except Exception as error:
            failures.append(error)
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    settled()


PROGRAM = """
import sys, time
from datetime import datetime
import django
django.setup()
from shaodao.centre.cases import sweeper
late = datetime.fromisoformat(sys.argv[1])
while time.time() < float(sys.argv[2]): pass
while sweeper.due(late): sweeper.sweep(late)
"""


def test_processes_record_each_breach_once(numbers: list[str]) -> None:
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "tests.settings", "PYTHONPATH": str(ROOT)}
    together = str(time.time() + 5)  # when all have started
    command = [sys.executable, "-c", PROGRAM, LATE.isoformat(), together]
    processes = [subprocess.Popen(command, env=environment, cwd=ROOT) for _ in range(3)]
    assert [process.wait(120) for process in processes] == [0, 0, 0]
    settled()


def test_a_poisoned_case_stops_no_other(
    numbers: list[str], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    poisoned = numbers[0]
    good = sweeper.actions.let_time_pass

    def let_time_pass(number: str, at: datetime) -> Any:
        if number == poisoned:
            raise ArithmeticError("poison")
        return good(number, at)

    monkeypatch.setattr(sweeper.actions, "let_time_pass", let_time_pass)
    with caplog.at_level(logging.ERROR):
        for _ in range(3):
            sweeper.sweep(LATE)
    assert {row.case_id for row in Clock.objects.filter(waiting=True, due_at__lt=LATE)} == {poisoned}
    assert caplog.text.count(f"{poisoned} failed, put aside until") == 1
    monkeypatch.undo()
    sweeper.sweep(LATE + timedelta(minutes=2))
    assert not Clock.objects.filter(waiting=True, due_at__lt=LATE).exists()


def test_many_poisoned_cases_do_not_crowd_out_the_others(
    numbers: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Those that fail come first by their deadline; the batch must get past them."""
    poisoned = set(numbers[:30])
    good = sweeper.actions.let_time_pass

    def let_time_pass(number: str, at: datetime) -> Any:
        if number in poisoned:
            raise ArithmeticError("poison")
        return good(number, at)

    monkeypatch.setattr(sweeper.actions, "let_time_pass", let_time_pass)
    monkeypatch.setattr(sweeper, "BATCH", 10)
    for _ in range(9):
        sweeper.sweep(LATE)
    assert {row.case_id for row in Clock.objects.filter(waiting=True, due_at__lt=LATE)} == poisoned


def test_it_brings_nothing_about_but_what_time_does(numbers: list[str]) -> None:
    sweeper.sweep(LATE)
    with connection.cursor() as cursor:
        cursor.execute("SELECT DISTINCT type FROM ledger_event WHERE recorded_at >= %s", [LATE])
        types = {type for (type,) in cursor}
    assert types == {e.Breached.__name__}
