"""The whole installation as processes: up, restarted when killed, down together."""

import json
import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from shaodao.run import postgres
from shaodao.run.supervisor import Budget, GaveUp, Spending


def test_it_gives_up_when_restarting_does_not_help() -> None:
    spending = Spending(Budget(restarts=3, window_s=60))
    assert [spending.spend(now) for now in (0.0, 1.0, 2.0)] == [0.2, 0.4, 0.8]
    with pytest.raises(GaveUp):
        spending.spend(59.0)


def test_it_forgets_restarts_of_long_ago() -> None:
    spending = Spending(Budget(restarts=1, window_s=60))
    assert [spending.spend(now) for now in (0.0, 61.0, 122.0)] == [0.2, 0.2, 0.2]


OF_THE_TESTS = {"DJANGO_SETTINGS_MODULE", "SHAODAO_DATABASE", "SHAODAO_DATA"}


@pytest.fixture
def port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        number: int = probe.getsockname()[1]
        return number


@pytest.fixture
def served(passable: Path, port: int) -> Iterator[subprocess.Popen[str]]:
    data = str(passable / "data")
    base = [sys.executable, "-m", "shaodao.run", "--data", data]
    environment = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
    subprocess.run([*base, "db", "start"], check=True, env=environment)
    subprocess.run([*base, "migrate", "--quiet"], check=True, env=environment)
    subprocess.run([*base, "db", "stop"], check=True, env=environment)
    command = [*base, "serve", "--port", str(port), "--workers", "1"]
    process = subprocess.Popen(command, env=environment, text=True)
    yield process
    if process.poll() is None:
        process.kill()
    postgres.Unit(passable / "data").stop()


def eventually(what: Callable[[], object], patience_s: float = 40.0) -> None:
    deadline = time.monotonic() + patience_s
    while True:
        try:
            if what():
                return
        except OSError:
            pass
        if time.monotonic() > deadline:
            pytest.fail("it did not happen in time")
        time.sleep(0.05)


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def test_it_serves_restarts_what_is_killed_and_stops_everything(
    served: subprocess.Popen[str], port: int, tmp_path: Path
) -> None:
    def get(path: str) -> int:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/{path}", timeout=5) as reply:
            return int(reply.status)

    def complete() -> bool:
        """Database and tables are there, whatever else is still missing."""
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=5) as reply:
                body = reply.read()
        except urllib.error.HTTPError as error:
            body = error.read()
        checks = json.loads(body)["checks"]
        return {checks["database"], checks["migrations"]} == {"ok"}

    unit = postgres.Unit(tmp_path / "data")
    eventually(complete)

    web = next(pid for pid in children(served.pid) if b"granian" in Path(f"/proc/{pid}/cmdline").read_bytes())
    os.kill(web, signal.SIGKILL)
    eventually(lambda: web not in children(served.pid) and get("healthz") == 200)

    os.kill(int((unit.cluster / "postmaster.pid").read_text().split("\n")[0]), signal.SIGKILL)
    eventually(complete)

    below = children(served.pid)
    served.send_signal(signal.SIGTERM)
    assert served.wait(40) == 0
    assert not unit.alive()
    assert not any(Path(f"/proc/{pid}").exists() for pid in below)
    with pytest.raises(OSError, match="refused"):
        get("healthz")
