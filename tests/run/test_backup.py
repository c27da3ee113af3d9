"""The backup and the restore that docs/operations.md describes, with privileges intact."""

import subprocess
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from shaodao.run import postgres

PASSWORDS = {postgres.OWNER: "owner's", postgres.APP: "app's"}


@pytest.fixture
def units(passable: Path) -> Iterator[tuple[postgres.Unit, postgres.Unit]]:
    pair = [postgres.Unit(passable / name, extra={"fsync": "off", "shared_buffers": "16MB"}) for name in "ab"]
    yield pair[0], pair[1]
    for unit in pair:
        unit.stop()


def test_it_restores_a_dump_with_its_privileges(
    units: tuple[postgres.Unit, postgres.Unit], tmp_path: Path
) -> None:
    old, new = units
    old.start(PASSWORDS)
    with psycopg.connect(**old.connection_parameters(postgres.OWNER, "owner's")) as owner:
        owner.execute("CREATE TABLE kept AS SELECT 7 AS n")
        owner.execute(f"REVOKE UPDATE, DELETE ON kept FROM {postgres.APP}")
    dump = tmp_path / "shaodao.dump"
    subprocess.run(
        [old.programs / "pg_dump", "-h", old.socket, "-U", "postgres", "-Fc", "-f", dump, "shaodao"],
        check=True,
    )

    new.start(PASSWORDS)
    restore = [new.programs / "pg_restore", "-h", new.socket, "-U", "postgres", "-d", "shaodao"]
    subprocess.run([*restore, "--clean", "--if-exists", "--exit-on-error", dump], check=True)

    with psycopg.connect(**new.connection_parameters(postgres.APP, "app's")) as app:
        assert app.execute("SELECT n FROM kept").fetchone() == (7,)
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            app.execute("UPDATE kept SET n = 8")
    with psycopg.connect(**new.connection_parameters(postgres.OWNER, "owner's")) as owner:
        owner.execute("CREATE TABLE later (n int)")  # default privileges came along
    with psycopg.connect(**new.connection_parameters(postgres.APP, "app's")) as app:
        app.execute("INSERT INTO later VALUES (1)")
