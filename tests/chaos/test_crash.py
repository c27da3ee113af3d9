"""kill -9 in the middle of two thousand whistles: what was answered is there, exactly once; nothing is half-written.

The real site on a durable database of its own: supervisor, granian with two workers, background loops. All clients begin
at once and send again, with the same key, until they are answered; some hang up before the answer to their first try.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import psycopg
import pytest

from shaodao.run import home, postgres

WHISTLES = int(os.environ.get("CHAOS_WHISTLES", "2000"))
PACK = Path(__file__).resolve().parents[2] / "county" / "huinan"
OF_THE_TESTS = {"DJANGO_SETTINGS_MODULE", "SHAODAO_DATABASE", "SHAODAO_DATA"}
ANSWER_WITHIN = 60.0  # seconds a client waits for one answer
PATIENCE = 600.0  # seconds until the last one must be answered
TEXTS = (
    "西门口的井盖丢了，夜里很危险", "楼下饭店油烟熏人", "路灯三天不亮了", "垃圾桶满了没人清", "想问一下这个事归谁管",
    "电线耷拉到人头上了", "自来水漏了一路", "有人占道卖菜",
)  # fmt: skip


@dataclass(slots=True)
class Site:
    """The processes of one installation, in a folder of their own."""

    data: Path
    port: int
    process: subprocess.Popen[bytes]
    environment: dict[str, str]

    @property
    def unit(self) -> postgres.Unit:
        return postgres.Unit(self.data)

    def ready(self) -> bool:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/readyz", timeout=5) as reply:
                return bool(reply.status == 200)
        except (OSError, urllib.error.HTTPError):
            return False

    def web(self) -> list[int]:
        """The web server and its workers."""
        servers = [pid for pid in children(self.process.pid) if b"granian" in command_line(pid)]
        return [pid for server in servers for pid in (*children(server), server)]

    def run(self, *words: str) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "shaodao.run", "--data", str(self.data), *words]
        return subprocess.run(command, env=self.environment, capture_output=True, text=True, check=False)


def children(pid: int) -> list[int]:
    return [int(word) for word in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]


def command_line(pid: int) -> bytes:
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def eventually(what: Callable[[], object], patience_s: float = 90.0, log: Path | None = None) -> None:
    deadline = time.monotonic() + patience_s
    while not what():
        if time.monotonic() > deadline:
            pytest.fail(f"it did not happen in time\n{log.read_text()[-4000:] if log else ''}")
        time.sleep(0.1)


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    roof = Path(tempfile.gettempdir()).resolve()
    for folder in (tmp_path, *tmp_path.parents):  # the account of a root-run database must pass through
        if folder.is_relative_to(roof) and folder != roof:
            folder.chmod(0o711)
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    environment = {name: value for name, value in os.environ.items() if name not in OF_THE_TESTS}
    environment |= {"SHAODAO_PROXIES": "1"}  # each client comes from an address of its own
    data = tmp_path / "data"
    base = [sys.executable, "-m", "shaodao.run", "--data", str(data)]
    subprocess.run([*base, "init", "--pack", str(PACK)], check=True, env=environment, capture_output=True)
    subprocess.run([*base, "db", "stop"], check=True, env=environment, capture_output=True)
    command = [*base, "serve", "--port", str(port), "--workers", "2"]
    with (tmp_path / "serve.log").open("wb") as log:
        process = subprocess.Popen(command, env=environment, stdout=log, stderr=log)
        made = Site(data, port, process, environment)
        eventually(made.ready, log=tmp_path / "serve.log")
        yield made
        if process.poll() is None:
            process.send_signal(signal.SIGTERM)
            process.wait(60)
    made.unit.stop()


@dataclass(slots=True)
class Client:
    """Two thousand clients in one loop. `answers` maps key → number of the case, as answered first."""

    port: int
    answers: dict[str, str] = field(default_factory=dict)
    counts: Counter[str] = field(default_factory=Counter)
    chance: Random = field(default_factory=lambda: Random(7))

    async def whistle(self, index: int) -> None:
        """Send until it is answered; once more afterwards, now and then, as phones do."""
        key = f"chaos-{index:06}"
        body = {
            "text": f"{TEXTS[index % len(TEXTS)]}（第{index}件）",
            "place": {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"},
            "phone": f"139{index:08}",
            "channel": "app",
        }
        hangs_up = self.chance.random() < 0.1
        deadline, pause = time.monotonic() + PATIENCE, 0.05
        while time.monotonic() < deadline:
            status, answer = await self._post(index, key, body, hangs_up)
            hangs_up = False
            self.counts[str(status)] += 1
            if status in (200, 201):
                number = answer["number"]
                if self.answers.setdefault(key, number) != number:
                    self.counts["two numbers for one key"] += 1
                if self.chance.random() >= 0.1:
                    return
            await asyncio.sleep(pause * (0.5 + self.chance.random()))
            pause = min(pause * 1.6, 3.0)
        self.counts["never answered"] += key not in self.answers

    async def _post(self, index: int, key: str, body: dict[str, Any], hangs_up: bool) -> tuple[int, Any]:
        """(status, answer); status 0 where the connection broke."""
        text = json.dumps(body, ensure_ascii=False).encode()
        head = (
            f"POST /api/v1/whistles HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"Content-Length: {len(text)}\r\nIdempotency-Key: {key}\r\nX-Device: device-{index}\r\n"
            f"X-Forwarded-For: 10.{index >> 16}.{index >> 8 & 255}.{index & 255}\r\nConnection: close\r\n\r\n"
        )
        try:
            reader, writer = await asyncio.wait_for(asyncio.open_connection("127.0.0.1", self.port), 10)
        except (OSError, TimeoutError):
            return 0, None
        try:
            writer.write(head.encode() + text)
            await writer.drain()
            if hangs_up:
                self.counts["hung up"] += 1
                return 0, None
            raw = await asyncio.wait_for(reader.read(), ANSWER_WITHIN)
            status = int(raw.split(b" ", 2)[1])
            return status, json.loads(raw.split(b"\r\n\r\n", 1)[1]) if status in (200, 201) else None
        except (OSError, TimeoutError, IndexError, ValueError):
            return 0, None
        finally:
            writer.close()


async def storm(site: Site, client: Client) -> list[str]:
    """All whistles at once; the web is killed at a quarter, the database at a half. Returns what was killed when."""
    killed: list[str] = []

    async def kill() -> None:
        while len(client.answers) < WHISTLES // 4:
            await asyncio.sleep(0.01)
        for pid in site.web():
            os.kill(pid, signal.SIGKILL)
        killed.append(f"web at {len(client.answers)} answers")
        while len(client.answers) < WHISTLES // 2:
            await asyncio.sleep(0.01)
        postmaster = int((site.unit.cluster / "postmaster.pid").read_text().split("\n")[0])
        os.kill(postmaster, signal.SIGKILL)
        killed.append(f"database at {len(client.answers)} answers")

    await asyncio.gather(kill(), *(client.whistle(index) for index in range(WHISTLES)))
    return killed


@pytest.mark.nightly
def test_every_answered_whistle_exists_exactly_once(site: Site) -> None:
    client = Client(site.port)
    began = time.monotonic()
    killed = asyncio.run(storm(site, client))
    took = time.monotonic() - began
    assert len(killed) == 2
    assert client.counts["never answered"] == client.counts["two numbers for one key"] == 0
    assert len(client.answers) == WHISTLES
    assert len(set(client.answers.values())) == WHISTLES
    eventually(site.ready)
    password = home.secret("db_app_password", site.data)
    with psycopg.connect(**site.unit.connection_parameters(postgres.APP, password)) as connection:

        def column(query: str) -> list[Any]:
            return [value for (value,) in connection.execute(query)]

        def waiting() -> bool:
            connection.rollback()
            return bool(column("SELECT count(*) FROM ledger_pending")[0])

        receipts = dict(connection.execute("SELECT key, number FROM intake_receipt").fetchall())
        assert receipts == client.answers
        numbers = sorted(receipts.values())
        reported = "SELECT id FROM ledger_event WHERE kind = 'case' AND type = 'Reported' ORDER BY id"
        assert column(reported) == numbers
        assert column("SELECT id FROM ledger_head WHERE kind = 'case' ORDER BY id") == numbers
        assert column("SELECT number FROM cases_case ORDER BY number") == numbers
        assert column("SELECT count(*) FROM people_person") == [WHISTLES]
        assert column("SELECT count(*) FROM ledger_vault WHERE kind = 'words'") == [WHISTLES]
        assert column("SELECT count(*) FROM ledger_vault WHERE kind = 'phone'") == [WHISTLES]
        unowned = (
            "SELECT number FROM cases_case WHERE NOT EXISTS"
            " (SELECT 1 FROM cases_clock WHERE case_number = number AND stopped_at IS NULL)"
        )
        assert column(unowned) == []
        twice = "SELECT dedupe_key FROM messages_outbox GROUP BY dedupe_key HAVING count(*) > 1"
        assert column(twice) == []
        eventually(lambda: not waiting())  # the sealer has come back, too
    verified = site.run("ledger", "verify", "--json")
    report = json.loads(verified.stdout)
    assert report["faults"] == []
    assert report["streams"] >= WHISTLES
    print(
        f"\n{WHISTLES} whistles in {took:.1f} s; killed: {', '.join(killed)}; answers and broken connections: "
        f"{dict(client.counts)}; verify: {report['events']} events, {report['events_per_second']} a second"
    )
