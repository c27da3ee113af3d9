"""Intake over HTTP against the database alone: `script/bench intake [--seconds 20] [--clients 16]`.

The site runs as in production (granian, two workers, durable commits, classifier, place, ledger, permissions, rate limits,
background loops). Clients post whistles like those of residents, each with its own phone, device, address and key. Then
pgbench writes exactly the same rows (those one intake left, table by table, by its transaction id) with one prepared
statement in the same database. Printed: both rates, the latency of intake, and their ratio.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import os
import random
import re
import socket
import subprocess
import sys
import tempfile
import threading
import time
import urllib.request
from datetime import UTC, datetime
from pathlib import Path
from statistics import quantiles
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
PORT = 18099
PLACES = ("幸福小区三号楼", "东风街路口", "朝阳大街北侧", "西门市场门口")
TEXT = "{place}的井盖丢了，路面上一个大坑，夜里很危险，请尽快派人来处理"
SPOT = {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}


def prepare() -> None:
    """The sample county in the benchmark's own database."""
    import django

    django.setup()
    from shaodao.county.pack import read_folder, versions

    with contextlib.suppress(versions.VersionRefused):  # installed by an earlier run
        versions.install(
            read_folder(ROOT / "county" / "huinan"),
            effective_from=datetime(2021, 1, 1, tzinfo=UTC),
            now=datetime.now(UTC),
        )


def serve() -> subprocess.Popen[bytes]:
    environment = os.environ | {"SHAODAO_PROXIES": "1", "SHAODAO_LOG": "lines"}
    site = subprocess.Popen(
        [sys.executable, "-m", "shaodao.run", "serve", "--port", str(PORT)],
        env=environment,
        stdout=subprocess.DEVNULL,
    )
    for _ in range(300):
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{PORT}/readyz", timeout=1):
                return site
        except OSError:
            time.sleep(0.1)
    site.terminate()
    raise SystemExit("the site does not answer")


def whistle(rng: random.Random) -> tuple[bytes, dict[str, str]]:
    """The body and the headers of one whistle."""
    place = rng.choice(PLACES)
    spot = SPOT | {
        "lon": SPOT["lon"] + rng.uniform(-0.005, 0.005),
        "lat": SPOT["lat"] + rng.uniform(-0.003, 0.003),
    }
    body = {
        "text": TEXT.format(place=place),
        "place": spot,
        "phone": f"13{rng.randrange(10**9):09d}",
        "name": "演示",
    }
    address = ".".join(str(rng.randrange(1, 255)) for _ in range(4))
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": f"{rng.getrandbits(128):032x}",
        "X-Device": f"{rng.getrandbits(64):016x}",
        "X-Forwarded-For": address,
    }
    return json.dumps(body).encode(), headers


def load(clients: int, seconds: float) -> tuple[list[float], list[str]]:
    """Latencies in seconds and the numbers answered, of clients that keep their connection."""
    latencies: list[float] = []
    numbers: list[str] = []
    faults: list[str] = []
    end = time.monotonic() + seconds

    def client(seed: int) -> None:
        rng = random.Random(seed ^ time.time_ns())
        with socket.create_connection(("127.0.0.1", PORT), timeout=30) as line:
            while time.monotonic() < end:
                request = _request(*whistle(rng))
                begun = time.perf_counter()
                line.sendall(request)
                status, answered = _answer(line)
                latencies.append(time.perf_counter() - begun)
                if status != 201:
                    faults.append(f"{status} {answered[:200]!r}")
                    return
                numbers.append(json.loads(answered)["number"])

    threads = [threading.Thread(target=client, args=(seed,)) for seed in range(clients)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if faults:
        raise SystemExit(f"{len(faults)} requests failed: {faults[0]}")
    return latencies, numbers


def _request(body: bytes, headers: dict[str, str]) -> bytes:
    lines = (f"{name}: {value}\r\n" for name, value in headers.items())
    head = f"POST /api/v1/whistles HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n{''.join(lines)}\r\n"
    return head.encode() + body


def _answer(line: socket.socket) -> tuple[int, bytes]:
    """Status and body. The standard library’s client would take a twentieth of the two cores that are measured."""
    head, _, body = line.recv(65536).partition(b"\r\n\r\n")
    length = int(re.search(rb"content-length: *(\d+)", head, re.IGNORECASE)[1])  # type: ignore[index]
    while len(body) < length:
        body += line.recv(65536)
    return int(head[9:12]), body


def analyse() -> None:
    """Let the database know its tables, as it does by itself within a minute of running."""
    from django.db import connections

    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE")


def one_statement(number: str) -> tuple[str, dict[str, int]]:
    """A pgbench script that writes the rows one intake wrote, as another case; and how many rows of each table."""
    from django.db import connection

    parts, counts = [], {}
    with connection.cursor() as cursor:
        cursor.execute("SELECT xmin::text FROM cases_case WHERE number = %s", [number])
        (transaction,) = cursor.fetchone()
        cursor.execute(
            "SELECT c.relname FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
            "WHERE n.nspname = 'public' AND c.relkind IN ('r', 'p') AND NOT c.relispartition ORDER BY 1"
        )
        for (table,) in cursor.fetchall():
            cursor.execute(f"SELECT * FROM {table} WHERE xmin::text = %s", [transaction])
            names = [column.name for column in cursor.description]
            rows = cursor.fetchall()
            # What the sealer and the relay have moved on since is written by the intake all the same.
            if not rows:
                continue
            counts[table] = len(rows)
            cursor.execute(_GENERATED, [table])
            generated = {name for (name,) in cursor.fetchall()}
            shown = [index for index, name in enumerate(names) if name not in generated]
            values = ", ".join(
                "(" + ", ".join(_literal(row[i], names[i], number, at) for i in shown) + ")"
                for at, row in enumerate(rows)
            )
            parts.append(f"INSERT INTO {table} ({', '.join(names[i] for i in shown)}) VALUES {values}")
    ctes = ", ".join(f"t{i} AS ({part} RETURNING 1)" for i, part in enumerate(parts))
    statement = f"\\set n random(1, 1000000000000000)\nWITH {ctes} SELECT 1;\n"
    return statement, counts


_GENERATED = (
    "SELECT attname FROM pg_attribute WHERE attrelid = %s::regclass AND attnum > 0 AND attidentity <> ''"
)
FRESH = "lpad(:n::text, 16, '0')"
UNIQUE = ("commitment", "hash", "phone_key", "key", "dedupe_key")


def _literal(value: Any, name: str, number: str, at: int) -> str:
    """A value as SQL; numbers, ids and hashes fresh for every run of the statement."""
    if value is None:
        return "NULL"
    if isinstance(value, memoryview | bytes):
        if name in UNIQUE:
            return f"decode(md5('{name}{at}' || :n::text) || md5('{at}{name}' || :n::text), 'hex')"
        return f"'\\x{bytes(value).hex()}'::bytea"
    if name == "id" or name in UNIQUE:
        return (
            f"md5('{name}{at}' || :n::text){'::uuid' if '-' in str(value) and len(str(value)) == 36 else ''}"
        )
    if isinstance(value, bool | int | float):
        return str(value)
    if isinstance(value, datetime):
        return f"to_timestamp({value.timestamp()})"
    if isinstance(value, list):
        return "ARRAY[" + ", ".join(_literal(each, "", number, at) for each in value) + "]::text[]"
    text = json.dumps(value, ensure_ascii=False) if isinstance(value, dict) else str(value)
    escaped = (
        text.replace("\\", "\\\\").replace("'", "\\'").replace(":", "\\x3a")
    )  # a colon would name a variable
    if text == number:
        return FRESH
    return f"E'{escaped}'"


def pgbench(script: str, clients: int, seconds: int) -> float:
    """Transactions a second of the statement, prepared, on as many connections."""
    from django.conf import settings

    from shaodao.run import postgres

    database = settings.DATABASES["default"]
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        environment = os.environ | {"PGPASSWORD": str(database["PASSWORD"])}
        command = [
            str(postgres.Unit(settings.DATA).programs / "pgbench"),
            "-n",
            "-M",
            "prepared",
            "-j",
            "2",
            "-f",
            file.name,
        ]
        command += [
            "-c",
            str(clients),
            "-T",
            str(seconds),
            "-h",
            str(database["HOST"]),
            "-p",
            str(database["PORT"]),
        ]
        command += ["-U", str(database["USER"]), str(database["NAME"])]
        out = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    found = re.search(r"tps = ([\d.]+)", out.stdout)
    if out.returncode or not found:
        raise SystemExit(f"pgbench: {out.stderr[:2000]}")
    return float(found[1])


def statements_of_one() -> int:
    """SQL statements of one intake, transaction control not counted."""
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    _file_one()  # what is looked up once and kept in memory
    with CaptureQueriesContext(connection) as caught:
        _file_one()
    return len([q for q in caught if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=int, default=20)
    parser.add_argument("--clients", type=int, default=16)
    asked = parser.parse_args()
    prepare()
    site = serve()
    try:
        load(asked.clients, 3)  # warm up
        analyse()
        begun = time.monotonic()
        latencies, numbers = load(asked.clients, asked.seconds)
        rate = len(latencies) / (time.monotonic() - begun)
    finally:
        site.terminate()
        site.wait(30)
    subprocess.run(
        [sys.executable, "-m", "shaodao.run", "db", "start"], check=True, stdout=subprocess.DEVNULL
    )
    count = statements_of_one()
    script, rows = one_statement(_file_one())
    alone = pgbench(script, asked.clients, asked.seconds)
    p50, p95 = quantiles(latencies, n=100)[49], quantiles(latencies, n=100)[94]
    print(
        f"intake over HTTP   {rate:8.0f} /s   p50 {p50 * 1000:.0f} ms   p95 {p95 * 1000:.0f} ms   {len(numbers)} filed"
    )
    print(f"one statement      {alone:8.0f} /s   rows {sum(rows.values())} in {len(rows)} tables")
    print(f"statements per intake {count}")
    print(f"ratio {rate / alone:.2f}")


def _file_one() -> str:
    """File a whistle in this process, where nothing moves its rows on; return its number."""
    from django.test.client import Client

    body, headers = whistle(random.Random())
    client = Client(headers=headers | {"Host": "127.0.0.1"}, REMOTE_ADDR=headers["X-Forwarded-For"])
    reply = client.post("/api/v1/whistles", body, content_type="application/json")
    assert reply.status_code == 201, reply.content
    return str(reply.json()["number"])


if __name__ == "__main__":
    main()
