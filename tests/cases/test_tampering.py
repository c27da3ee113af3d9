"""Whoever changes the record of real cases, or what screens read of it, is found, and what was changed is named.

The tamperer is the owner of the tables, who can take every lock off.
"""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import psycopg
import pytest
from click.testing import CliRunner
from psycopg import sql
from tests.cases.conftest import NOW, SPOT, by, install

from shaodao.centre.cases import actions, permissions
from shaodao.centre.cases.lifecycle import Case
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.projection import CASES
from shaodao.centre.cases.rows import KEYS, rows
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.ground.ledger import canonical, keeping, merkle, sealer
from shaodao.ground.ledger.canonical import ZERO
from shaodao.ground.ledger.commands import ledger
from shaodao.ground.ledger.events import Stream
from shaodao.ground.ledger.merkle import Log
from shaodao.ground.ledger.store import history

H = canonical.hash_named("sha256")
HAND, HEAD = by("handler", "D15", 2), by("section_head", "D15", 3)
APPEND_ONLY = ("ledger_event", "ledger_seal", "ledger_anchor")
Verify = Callable[..., list[tuple[str, str]]]


@pytest.fixture
def cases(fresh_db: str, settings: Any, tmp_path: Path) -> list[str]:
    """Six cases on their way, sealed and anchored: rows in every table that screens read."""
    settings.FILES_STORE, settings.DATA = "", tmp_path
    install()
    numbers = [_file(f"第{index}处路面塌了", index).number for index in range(6)]
    rated, summoned, asked = numbers[:3]
    _handle(rated)
    me = By(actions.load(rated).requester, permissions.WHISTLER)
    _give(rated, "rate", me, solved="yes", levels=[{"duty": 1, "level": 5}], words="好")
    street = by("street_clerk", actions.load(summoned).place.township, 6)
    meet_at = (NOW + timedelta(hours=2)).isoformat()
    _give(summoned, "convene", street, units=["D15", "D13"], meet_at=meet_at, place=SPOT, words="来看")
    _give(summoned, "arrive", HAND, council=1, unit="D15", person="演示甲")
    _give(asked, "seen_too", By(f"person:{uuid.uuid4()}", permissions.WHISTLER), words="我也看到了")
    _give(asked, "ask_return", by("liaison", "D15", 4), duty=1, reason="not_ours", words="不归我们")
    actions.let_time_pass(numbers[3], NOW + timedelta(days=9))
    sealer.seal_all(NOW)
    sealer.anchor(NOW)
    return numbers


def _file(text: str, index: int) -> Case:
    whistle = Whistle(text=text, item="MS-08", place=SPOT, phone=f"1380439000{index}")
    return filing.file(whistle, Caller("test", trusted=True), at=NOW).case


def _give(number: str, command: str, who: By, **said: Any) -> Case:
    return actions.act(number, command, said, who, at=NOW + timedelta(minutes=5))


def _handle(number: str) -> None:
    _give(number, "report_in", HAND, duty=1, mode="site", persons=2, position=SPOT)
    _give(number, "make_safe", HAND, duty=1, words="围上了")
    _give(number, "claim_finished", HAND, duty=1, way="done", words="补好了")
    _give(number, "decide", HEAD, request=1, approve=True)
    verifier = actions.load(number).clock("verification")
    assert verifier
    _give(number, "verify", by("community_secretary", verifier.unit, 5), passed=True)


@pytest.fixture
def owner(cases: list[str], owner_connection: psycopg.Connection) -> psycopg.Connection:
    for table in APPEND_ONLY:
        owner_connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    return owner_connection


@pytest.fixture
def verified() -> Verify:
    """(code, where) of everything `shaodao ledger verify` names; its exit status agrees with that."""

    def run(*options: str) -> list[tuple[str, str]]:
        outcome = CliRunner().invoke(ledger, ["verify", "--json", *options])
        report = json.loads(outcome.output)
        assert outcome.exit_code == (0 if report["clean"] else 1)
        return [(fault["code"], fault["where"]) for fault in report["faults"]]

    return run


def test_it_finds_nothing_in_the_record_as_it_is(cases: list[str], verified: Verify) -> None:
    assert verified() == []


def test_it_names_the_event_of_which_one_byte_was_changed(
    cases: list[str], owner: psycopg.Connection, verified: Verify
) -> None:
    number = cases[0]
    change = (
        "UPDATE ledger_event SET bytes = replace(encode(bytes, 'escape'), 'D15', 'D16')::bytea"
        " WHERE id = %s AND seq = %s"
    )
    owner.execute(change, [number, 2])
    assert verified() == [("event-changed", f"case/{number}#2")]


def test_it_names_every_column_that_a_screen_reads(
    cases: list[str], owner: psycopg.Connection, verified: Verify
) -> None:
    unseen = []
    for table, keys in KEYS.items():
        first = owner.execute(f"SELECT * FROM {table} ORDER BY {', '.join(keys)} LIMIT 1")
        assert first.description
        columns = [column.name for column in first.description]
        row = first.fetchone()
        assert row, f"no rows in {table}"
        values = dict(zip(columns, row, strict=True))
        where = sql.SQL(" AND ").join(sql.SQL("{} = {}").format(_id(key), values[key]) for key in keys)
        for column in (c for c in columns if c not in keys):
            update = sql.SQL("UPDATE {} SET {} = {} WHERE {}")
            owner.execute(update.format(_id(table), _id(column), _other(values[column], column), where))
            faults = list(CASES.check([(values[keys[0]], history(Stream("case", values[keys[0]])))]))
            if [(f.code, f.where) for f in faults] != [("row-differs", f"case/{values[keys[0]]}")]:
                unseen.append(f"{table}.{column}")
            else:
                assert f"{column} 为 " in faults[0].detail
            owner.execute(update.format(_id(table), _id(column), values[column], where))
    assert unseen == []
    assert verified() == []


def _id(name: str) -> sql.Identifier:
    return sql.Identifier(name)


def _other(value: Any, column: str) -> Any:
    """Some other value of the same kind."""
    if value is None:
        return 7 if column in ("lon", "lat") else NOW - timedelta(days=400)
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value + 1
    if isinstance(value, str):
        return "x"
    if isinstance(value, list):
        return [[1, 1]] if column == "levels" else [*value, "X99"]
    return value + timedelta(seconds=1)


@pytest.mark.parametrize("table", KEYS)
def test_it_names_a_row_that_was_removed_and_one_that_was_put_in(
    cases: list[str], owner: psycopg.Connection, verified: Verify, table: str
) -> None:
    key = KEYS[table][0]
    (number,) = owner.execute(f"SELECT {key} FROM {table} LIMIT 1").fetchone() or ("",)
    owner.execute(f"CREATE TEMP TABLE kept AS SELECT * FROM {table} WHERE {key} = %s", [number])
    owner.execute(f"DELETE FROM {table} WHERE {key} = %s", [number])
    assert set(verified()) == {("row-differs", f"case/{number}")}
    owner.execute(f"INSERT INTO {table} SELECT * FROM kept")
    assert verified() == []
    owner.execute(f"UPDATE kept SET {key} = '990101000001'")
    owner.execute(f"INSERT INTO {table} SELECT * FROM kept")
    assert verified() == [("row-differs", "case/990101000001")]


def test_it_names_the_last_event_that_was_removed_with_its_rows(
    cases: list[str], owner: psycopg.Connection, verified: Verify
) -> None:
    number = cases[0]
    (last,) = owner.execute("SELECT max(seq) FROM ledger_event WHERE id = %s", [number]).fetchone() or (0,)
    _cut_off(owner, number, last)
    assert verified() == [("event-missing", f"case/{number}#{last}")]
    (position,) = owner.execute(
        "DELETE FROM ledger_seal WHERE id = %s AND seq = %s RETURNING position", [number, last]
    ).fetchone() or (0,)
    assert ("seal-missing", f"位置 {position}") in verified()


def _cut_off(owner: psycopg.Connection, number: str, seq: int) -> None:
    """Remove an event, and let head and rows say what they said before it."""
    kept = history(Stream("case", number))[: seq - 1]
    _replace_rows(owner, number, CASES.fold(kept))
    owner.execute("DELETE FROM ledger_event WHERE id = %s AND seq >= %s", [number, seq])
    owner.execute(
        "UPDATE ledger_head SET (seq, hash, last_at) = (SELECT seq, hash, recorded_at FROM ledger_event"
        " WHERE id = ledger_head.id AND seq = %s) WHERE id = %s",
        [seq - 1, number],
    )


def _replace_rows(owner: psycopg.Connection, number: str, case: Case) -> None:
    for table, keys in KEYS.items():
        owner.execute(f"DELETE FROM {table} WHERE {keys[0]} = %s", [number])
        for key, row in rows(case)[table].items():
            values = dict(zip(keys, key, strict=True)) | row
            insert = sql.SQL("INSERT INTO {} ({}) VALUES ({})").format(
                _id(table),
                sql.SQL(", ").join(map(_id, values)),
                sql.SQL(", ").join(map(sql.Literal, values.values())),
            )
            owner.execute(insert)


@pytest.mark.parametrize("seals", ["untouched", "removed"])
def test_it_names_a_case_that_was_removed_whole(
    cases: list[str], owner: psycopg.Connection, verified: Verify, seals: str
) -> None:
    number = cases[2]
    _remove(owner, number)
    if seals == "untouched":
        assert verified() == [("stream-missing", f"case/{number}")]
    else:
        gone = owner.execute("DELETE FROM ledger_seal WHERE id = %s RETURNING position", [number]).fetchall()
        named = verified()
        assert {code for code, _ in named} == {"seal-missing", "log-shorter"}
        first = min(position for (position,) in gone)
        assert any(
            where.split(" ")[1].split("–")[0] == str(first) for code, where in named if code == "seal-missing"
        )


def _remove(owner: psycopg.Connection, number: str) -> None:
    for table, keys in KEYS.items():
        owner.execute(f"DELETE FROM {table} WHERE {keys[0]} = %s", [number])
    for table in ("ledger_event", "ledger_head"):
        owner.execute(f"DELETE FROM {table} WHERE id = %s", [number])


def test_it_finds_a_case_that_was_rewritten_with_all_anchors_inside_by_the_anchor_outside(
    cases: list[str], owner: psycopg.Connection, verified: Verify, tmp_path: Path
) -> None:
    number = cases[0]
    kept = tmp_path / "on-another-machine.jsonl"
    keeping.anchor_file().rename(kept)
    first = _rewrite(owner, number, '"level":5', '"level":1')
    assert verified() == []  # whoever owns the database can make it agree with itself
    named = verified("--anchor", str(kept))
    assert [code for code, _ in named] == ["anchor-differs"]
    start, stop = map(int, named[0][1].removeprefix("位置 ").split("–"))
    assert start <= first <= stop
    sealer.anchor(NOW)  # the file of the data folder, written after the crime, proves nothing
    assert verified() == []
    assert verified("--anchor", str(kept), "--since", "0") == named


def test_it_finds_a_case_that_was_taken_out_without_a_seam_by_the_anchor_outside(
    cases: list[str], owner: psycopg.Connection, verified: Verify
) -> None:
    _remove(owner, cases[1])
    owner.execute("DELETE FROM ledger_seal WHERE id = %s", [cases[1]])
    owner.execute(
        "UPDATE ledger_seal SET position = fresh.position FROM"
        " (SELECT position AS old, row_number() OVER (ORDER BY position) - 1 + 1000 AS position FROM ledger_seal)"
        " AS fresh WHERE ledger_seal.position = fresh.old"
    )
    owner.execute("UPDATE ledger_seal SET position = position - 1000")
    _reckon_log(owner)
    kept = keeping.anchor_file()
    named = verified("--anchor", str(kept))
    assert {code for code, _ in named} == {"log-shorter"}
    kept.unlink()
    assert verified() == []


def _rewrite(owner: psycopg.Connection, number: str, old: str, new: str) -> int:
    """Rewrite a case with everything in the database that could tell: chain, head, rows, seals, log and anchors. Returns
    the position of the first event that was changed."""
    events = owner.execute(
        "SELECT seq, bytes FROM ledger_event WHERE id = %s ORDER BY seq", [number]
    ).fetchall()
    hash, changed = ZERO, 0
    for seq, data in events:
        rewritten = data.decode().replace(old, new).encode()
        changed = changed or (seq if rewritten != data else 0)
        hash = H(hash + rewritten)
        for table in ("ledger_event", "ledger_seal"):
            owner.execute(f"UPDATE {table} SET hash = %s WHERE id = %s AND seq = %s", [hash, number, seq])
        owner.execute(
            "UPDATE ledger_event SET bytes = %s WHERE id = %s AND seq = %s", [rewritten, number, seq]
        )
    assert changed
    owner.execute("UPDATE ledger_head SET hash = %s WHERE id = %s", [hash, number])
    _replace_rows(owner, number, CASES.fold(history(Stream("case", number))))
    _reckon_log(owner)
    found = owner.execute("SELECT position FROM ledger_seal WHERE id = %s AND seq = %s", [number, changed])
    (position,) = found.fetchone() or (-1,)
    return int(position)


def _reckon_log(owner: psycopg.Connection) -> None:
    entries = [entry for (entry,) in owner.execute("SELECT hash FROM ledger_seal ORDER BY position")]
    log = Log().extend(entries, H)
    owner.execute("UPDATE ledger_log SET size = %s, peaks = %s", [log.size, merkle.pack(log)])
    for (size,) in owner.execute("SELECT size FROM ledger_anchor").fetchall():
        short = Log().extend(entries[:size], H)
        owner.execute(
            "UPDATE ledger_anchor SET size = %s, root = %s, peaks = %s WHERE size = %s",
            [short.size, short.root(H), merkle.pack(short), size],
        )
