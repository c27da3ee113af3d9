"""One embedded server for all test runs in this checkout, and cheap copies of a migrated database.

A run holds a shared lock on the server; whoever is last stops it. Migrations run once per state of the
migration files and leave a template; each worker, and each test that needs real commits, gets a copy.
"""

import fcntl
import hashlib
import itertools
import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import sql

from shaodao.run import home, postgres

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "var" / "test"
UNSAFE_BUT_QUICK = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "max_connections": "300",
}
UNIT = postgres.Unit(DATA, extra=UNSAFE_BUT_QUICK)
TEMPLATES_KEPT = 4

_numbers = itertools.count()


@contextmanager
def server() -> Iterator[None]:
    """The running server; stopped at the end unless another test run uses it."""
    DATA.mkdir(parents=True, exist_ok=True)
    passwords = {role: home.secret(f"db_{role.removeprefix('shaodao_')}_password", DATA) for role in _ROLES}
    with (DATA / "users.lock").open("w") as users:
        fcntl.flock(users, fcntl.LOCK_SH)
        UNIT.start(passwords)
        _drop_leftovers()
        yield
        fcntl.flock(users, fcntl.LOCK_UN)
        try:
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
        UNIT.stop()


_ROLES = (postgres.OWNER, postgres.APP)


def template() -> str:
    """The name of the migrated template, made first if these migrations never ran."""
    name = f"template_{_state_of_migrations()}"
    with (DATA / "template.lock").open("w") as lock, UNIT.administrator() as connection:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name]).fetchone():
            return name
        scratch = f"building_{os.getpid()}"
        UNIT.make_database(connection, scratch)
        _migrate(scratch)
        connection.execute(sql.SQL("ALTER DATABASE {} RENAME TO {}").format(_id(scratch), _id(name)))
        connection.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(_id(name)))
        old = r"SELECT datname FROM pg_database WHERE datname LIKE 'template\_%%' ORDER BY oid DESC OFFSET %s"
        for (forgotten,) in connection.execute(old, [TEMPLATES_KEPT]).fetchall():
            _drop(connection, forgotten)
    return name


@contextmanager
def copy_of_template() -> Iterator[str]:
    """The name of a fresh copy of the template, dropped afterwards with whoever is still connected."""
    name = f"test_{os.getpid()}_{next(_numbers)}"
    create = sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY OWNER {}")
    source = template()
    with UNIT.administrator() as connection:
        connection.execute(create.format(_id(name), _id(source), _id(postgres.OWNER)))
        connection.execute(
            sql.SQL("GRANT CONNECT, TEMPORARY ON DATABASE {} TO {}").format(_id(name), _id(postgres.APP))
        )
    try:
        yield name
    finally:
        with UNIT.administrator() as connection:
            _drop(connection, name)


def _migrate(database: str) -> None:
    environment = os.environ | {
        "SHAODAO_DATABASE": database,
        "DJANGO_SETTINGS_MODULE": "shaodao.run.settings",
    }
    command = [sys.executable, "-m", "shaodao.run", "migrate", "--quiet"]
    outcome = subprocess.run(command, env=environment, cwd=ROOT, capture_output=True, text=True, check=False)
    if outcome.returncode != 0:
        raise RuntimeError(f"migrations failed\n{outcome.stdout}{outcome.stderr}")


def _state_of_migrations() -> str:
    package = ROOT / "src" / "shaodao"
    files = sorted([*package.glob("**/migrations/**/*.py"), *package.glob("**/*.sql")])
    files += [
        package / "run" / "settings.py",
        package / "run" / "postgres.py",
        ROOT / "requirements" / "run.txt",
    ]
    digest = hashlib.sha256()
    for file in files:
        digest.update(f"{file.relative_to(ROOT)}\0".encode())
        digest.update(hashlib.sha256(file.read_bytes()).digest())
    return digest.hexdigest()[:16]


def _drop_leftovers() -> None:
    with UNIT.administrator() as connection:
        query = r"SELECT datname FROM pg_database WHERE datname LIKE 'test\_%' OR datname LIKE 'building\_%'"
        for (name,) in connection.execute(query).fetchall():
            if not Path(f"/proc/{name.split('_')[1]}").exists():
                _drop(connection, name)


def _drop(connection: psycopg.Connection, name: str) -> None:
    connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(_id(name)))


def _id(name: str) -> sql.Identifier:
    return sql.Identifier(name)
