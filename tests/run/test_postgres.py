"""The embedded unit: made, found, restarted, and refused with clear words."""

import json
import os
import signal
import stat
import subprocess
import traceback
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest

from shaodao.run import home, postgres

PASSWORDS = {postgres.OWNER: "owner's", postgres.APP: "app's"}


@pytest.fixture
def unit(passable: Path) -> Iterator[postgres.Unit]:
    unit = postgres.Unit(passable / "data", extra={"fsync": "off", "shared_buffers": "16MB"})
    yield unit
    unit.stop()


def connect(unit: postgres.Unit, role: str, password: str) -> psycopg.Connection:
    return psycopg.connect(**unit.connection_parameters(role, password))


def test_it_starts_once_and_keeps_what_was_written(unit: postgres.Unit) -> None:
    assert unit.start(PASSWORDS) is True
    assert unit.start(PASSWORDS) is False
    with connect(unit, postgres.OWNER, "owner's") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    assert unit.stop() is True
    assert unit.stop() is False
    assert not unit.alive()
    unit.start(PASSWORDS)
    with connect(unit, postgres.APP, "app's") as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_it_takes_new_passwords_at_the_next_start(unit: postgres.Unit) -> None:
    unit.start(PASSWORDS)
    unit.stop()
    unit.start({**PASSWORDS, postgres.APP: "new"})
    with connect(unit, postgres.APP, "new") as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(unit, postgres.APP, "app's")


def test_it_refuses_a_wrong_password_and_other_people(unit: postgres.Unit) -> None:
    unit.start(PASSWORDS)
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        connect(unit, postgres.APP, "guess")
    for folder in (unit.socket, unit.cluster):
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def test_it_comes_back_after_its_server_was_killed(unit: postgres.Unit) -> None:
    unit.start(PASSWORDS)
    with connect(unit, postgres.OWNER, "owner's") as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS n")
    pid = int((unit.cluster / "postmaster.pid").read_text().split("\n")[0])
    os.kill(pid, signal.SIGKILL)
    while unit.alive():  # until the system has reaped it
        os.sched_yield()
    unit.start(PASSWORDS)
    with connect(unit, postgres.APP, "app's") as connection:
        assert connection.execute("SELECT n FROM kept").fetchone() == (7,)


def test_it_finds_a_short_place_for_its_socket(unit: postgres.Unit) -> None:
    deep = postgres.Unit(unit.folder / ("long-" * 20), extra=unit.extra)
    deep.start(PASSWORDS)
    try:
        assert not deep.socket.is_relative_to(deep.home)
        assert stat.S_IMODE(deep.socket.stat().st_mode) == 0o700
        with connect(deep, postgres.APP, "app's") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        deep.stop()
        deep.socket.rmdir()


def test_it_repeats_the_servers_own_words_when_it_cannot_start(unit: postgres.Unit) -> None:
    broken = postgres.Unit(unit.folder, extra={**unit.extra, "shared_buffers": "plenty"})
    with pytest.raises(postgres.DatabaseError, match="invalid value for parameter"):
        broken.start(PASSWORDS)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root steps down to another account")
def test_it_runs_for_root_whose_folders_nobody_may_enter(tmp_path: Path) -> None:
    tmp_path.chmod(0o700)
    unit = postgres.Unit(tmp_path / "data", extra={"fsync": "off", "shared_buffers": "16MB"})
    try:
        unit.start(PASSWORDS)
        assert (tmp_path / "data" / "postgres").is_symlink()
        assert postgres.Unit(tmp_path / "data").home == unit.home
        with connect(unit, postgres.APP, "app's") as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
    finally:
        unit.stop()
        subprocess.run(["rm", "-rf", "--one-file-system", str(unit.home)], check=True)


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become somebody else")
def test_it_runs_for_an_ordinary_user(unit: postgres.Unit, tmp_path: Path) -> None:
    account, programs = unit.account, unit.programs
    assert account is not None
    mine = tmp_path / "mine"
    mine.mkdir()
    os.chown(mine, account.uid, account.gid)

    def as_that_user() -> None:
        unit = postgres.Unit(mine / "data", extra={"fsync": "off", "shared_buffers": "16MB"})
        unit.__dict__["programs"] = programs  # the interpreter's own folder may be closed to that user
        assert unit.account is None
        unit.start(PASSWORDS)
        try:
            with connect(unit, postgres.APP, "app's") as connection:
                assert connection.execute("SELECT current_user").fetchone() == (postgres.APP,)
        finally:
            unit.stop()

    assert exit_status_as(account, as_that_user) == 0


def exit_status_as(account: postgres.Account, work: Callable[[], None]) -> int:
    """Do the work in a child that is somebody else; 0 when it raised nothing."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            os.setgroups([])
            os.setgid(account.gid)
            os.setuid(account.uid)
            work()
            status = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def test_it_makes_secrets_once_and_for_its_owner_only(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(home.NotPrepared, match="shaodao db start"):
        home.secret("secret_key", tmp_path)
    home.prepare(tmp_path)
    first = home.secret("secret_key", tmp_path)
    home.prepare(tmp_path)
    assert home.secret("secret_key", tmp_path) == first
    assert stat.S_IMODE((tmp_path / "secrets.json").stat().st_mode) == 0o600
    assert len(set(json.loads((tmp_path / "secrets.json").read_text()).values())) == len(home.SECRETS)
    monkeypatch.setenv("SHAODAO_SECRET_KEY", "from outside")
    assert home.secret("secret_key", tmp_path) == "from outside"
