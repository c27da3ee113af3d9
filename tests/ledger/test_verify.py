"""Whoever changes the record is found, and what was changed is named."""

import json
import threading
import time
from datetime import timedelta

import pytest
from click.testing import CliRunner
from django.db import connection, connections, transaction
from tests.ledger.conftest import NOW, write

from shaodao.ground.ledger import (
    Context,
    Draft,
    Stream,
    anchors,
    canonical,
    projections,
    sealer,
    store,
    vault,
    verify,
)
from shaodao.ground.ledger.commands import ledger
from shaodao.ground.ledger.merkle import Log
from shaodao.ground.ledger.projections import Fault

H = canonical.hash_named("sha256")


def found(**options):
    """What verification finds: (code, where) of each fault."""
    report = verify.run(**options)
    assert report.clean == (not report.faults)
    return [(fault.code, fault.where) for fault in report.faults]


CHANGED_BYTE = """
UPDATE ledger_event SET bytes = set_byte(bytes, octet_length(bytes) - 2, get_byte(bytes, octet_length(bytes) - 2) # 1)
WHERE id = '003' AND seq = 2
"""
CHANGED_WORD = """
UPDATE ledger_event SET bytes = replace(encode(bytes, 'escape'), 'user:1', 'user:2')::bytea
WHERE id = '003' AND seq = 2
"""
REHASHED = "UPDATE ledger_event SET hash = sha256(hash) WHERE id = '003' AND seq = 2"


def test_it_finds_nothing_in_an_honest_ledger(cases):
    write(3, "unsealed")
    report = verify.run()
    assert report.faults == []
    assert (report.events, report.streams, report.sealed) == (49, 12, 48)


def test_it_finds_nothing_in_an_empty_ledger(fresh_db):
    assert verify.run().clean


@pytest.mark.parametrize("change", [CHANGED_BYTE, CHANGED_WORD])
def test_it_names_the_one_event_whose_byte_was_changed(cases, tamper, change):
    tamper(change)
    assert found() == [("event-changed", "case/003#2")]


def test_it_names_the_event_whose_hash_was_made_to_fit(cases, tamper):
    tamper(
        CHANGED_WORD,
        "UPDATE ledger_event e SET hash = sha256(p.hash || e.bytes) FROM ledger_event p"
        " WHERE e.id = '003' AND e.seq = 2 AND p.id = '003' AND p.seq = 1",
    )
    assert found() == [("event-changed", "case/003#2")]


def test_it_names_a_hash_that_was_changed_alone(cases, tamper):
    tamper(REHASHED)
    assert found() == [("hash-changed", "case/003#2")]


@pytest.mark.parametrize(
    ("change", "name"),
    [
        ("type = 'x'", "type"),
        ("occurred_at = occurred_at - interval '1 s'", "occurred_at"),
        ("version = 2", "version"),
    ],
)
def test_it_names_the_column_that_no_longer_says_what_the_bytes_say(cases, tamper, change, name):
    tamper(f"UPDATE ledger_event SET {change} WHERE id = '003' AND seq = 2")
    (fault,) = verify.run().faults
    assert (fault.code, fault.where, fault.position) == ("column-changed", "case/003#2", 15)
    assert fault.detail.endswith(name)


def test_it_names_an_event_that_is_gone(cases, tamper):
    tamper("DELETE FROM ledger_event WHERE id = '003' AND seq = 2")
    assert found() == [("event-missing", "case/003#2")]


def test_it_names_an_event_that_is_gone_with_its_seal(cases, tamper):
    tamper(
        "DELETE FROM ledger_event WHERE id = '003' AND seq = 2", "DELETE FROM ledger_seal WHERE position = 15"
    )
    codes = found()
    assert ("event-missing", "case/003#2") in codes
    assert ("seal-missing", "位置 15") in codes


def test_it_names_the_last_event_that_was_removed_with_its_head(cases, tamper):
    tamper(
        "DELETE FROM ledger_event WHERE id = '003' AND seq = 4",
        "UPDATE ledger_head SET (seq, hash, last_at) = (SELECT seq, hash, recorded_at FROM ledger_event"
        " WHERE id = '003' AND seq = 3) WHERE id = '003'",
    )
    assert found() == [("event-missing", "case/003#4")]


def test_it_names_the_last_event_that_was_removed_with_head_and_seal(cases, tamper):
    tamper(
        "DELETE FROM ledger_event WHERE id = '011' AND seq = 4",
        "UPDATE ledger_head SET (seq, hash, last_at) = (SELECT seq, hash, recorded_at FROM ledger_event"
        " WHERE id = '011' AND seq = 3) WHERE id = '011'",
        "DELETE FROM ledger_seal WHERE position = 47",
    )
    assert [code for code, _ in found()] == ["log-differs"]


def test_it_names_a_stream_that_was_removed_whole(cases, tamper):
    tamper("DELETE FROM ledger_event WHERE id = '003'", "DELETE FROM ledger_head WHERE id = '003'")
    (fault,) = verify.run().faults
    assert (fault.code, fault.where, fault.position) == ("stream-missing", "case/003", 3)
    assert "应有 4 个事件，封存位置 3、15、27、39" in fault.detail


def test_it_names_what_is_gone_before_it_was_sealed(cases, tamper):
    write(3, "unsealed")
    tamper("DELETE FROM ledger_event WHERE id = '003' AND seq = 5")
    assert found() == [("event-missing", "case/003#5"), ("head-differs", "case/003")]


def test_it_names_an_event_that_was_put_in_beside_the_queue(cases, tamper):
    write(3, "unsealed")
    tamper("DELETE FROM ledger_pending")
    assert found() == [("event-unsealed", "case/003#5")]


def test_it_names_an_event_that_waits_again(cases, tamper):
    tamper(
        "INSERT INTO ledger_pending (kind, id, seq, recorded_at, hash)"
        " SELECT kind, id, seq, recorded_at, hash FROM ledger_seal WHERE position = 5"
    )
    assert found() == [("event-queued-again", "case/005#1")]


def test_it_names_an_event_that_is_there_twice(cases, tamper):
    tamper(
        "INSERT INTO ledger_event SELECT kind, id, seq, type, version, occurred_at, recorded_at + interval '1 s',"
        " bytes, hash FROM ledger_event WHERE id = '003' AND seq = 4"
    )
    assert ("event-twice", "case/003#4") in found()


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ("UPDATE ledger_head SET seq = 3 WHERE id = '003'", "head-differs"),
        ("UPDATE ledger_head SET hash = sha256(hash) WHERE id = '003'", "head-differs"),
        ("UPDATE ledger_head SET first_at = first_at + interval '1 s' WHERE id = '003'", "head-differs"),
        ("DELETE FROM ledger_head WHERE id = '003'", "head-missing"),
    ],
)
def test_it_names_a_head_that_is_wrong(cases, tamper, change, code):
    tamper(change)
    assert found() == [(code, "case/003")]


def test_it_names_a_stream_of_which_only_the_head_is_there(cases, tamper):
    tamper(
        "INSERT INTO ledger_head SELECT 'case', 'x', 2, hash, first_at, last_at FROM ledger_head WHERE id = '003'"
    )
    assert found() == [("stream-missing", "case/x")]


def test_it_names_what_is_wrong_with_a_seal(cases, tamper):
    tamper("UPDATE ledger_seal SET recorded_at = recorded_at + interval '1 s' WHERE position = 15")
    assert found() == [("seal-differs", "case/003#2")]


def test_it_notices_that_seals_changed_places(cases, tamper):
    tamper(
        "UPDATE ledger_seal SET position = 1000 WHERE position = 15",
        "UPDATE ledger_seal SET position = 15 WHERE position = 16",
        "UPDATE ledger_seal SET position = 16 WHERE position = 1000",
    )
    assert [code for code, _ in found()] == ["log-differs"]


def test_it_names_a_value_of_the_vault_that_was_changed(cases, tamper):
    (key,) = vault.keep([("words", "井盖没了", "person:1")], NOW)
    assert verify.run().values == 1
    tamper("UPDATE ledger_vault SET value = '井盖好的'::text::bytea")
    (fault,) = verify.run().faults
    assert (fault.code, fault.where) == ("value-changed", "person:1:words")
    assert key in fault.detail


# Anchors


@pytest.fixture
def anchored(cases, tmp_path):
    """Two anchors outside the database: at 48 and, after six more events, at 54."""
    file = tmp_path / "anchors.jsonl"
    sealer.anchor(NOW, file)
    for number in range(6):
        write(number, "more", at=NOW + timedelta(days=1))
    sealer.seal_all(NOW)
    sealer.anchor(NOW + timedelta(days=1), file)
    write(7, "latest", at=NOW + timedelta(days=2))
    sealer.seal_all(NOW)
    assert found(outside=list(anchors.read(file))) == []
    return file


def rewrite(owner, stream: Stream, seq: int, old: str, new: str) -> None:
    """What a patient owner would do: change an event and everything inside the database that depends on it."""
    owner.execute("ALTER TABLE ledger_event DISABLE TRIGGER USER")
    owner.execute("ALTER TABLE ledger_seal DISABLE TRIGGER USER")
    owner.execute("ALTER TABLE ledger_anchor DISABLE TRIGGER USER")
    before = canonical.ZERO
    rows = owner.execute(
        "SELECT seq, bytes FROM ledger_event WHERE kind = %s AND id = %s ORDER BY seq",
        [stream.kind, stream.id],
    ).fetchall()
    for at, data in rows:
        changed = data.replace(old.encode(), new.encode()) if at == seq else data
        assert at != seq or changed != data
        before = H(before + changed)
        key = [stream.kind, stream.id, at]
        owner.execute(
            "UPDATE ledger_event SET bytes = %s, hash = %s WHERE kind = %s AND id = %s AND seq = %s",
            [changed, before, *key],
        )
        owner.execute(
            "UPDATE ledger_seal SET hash = %s WHERE kind = %s AND id = %s AND seq = %s", [before, *key]
        )
    owner.execute(
        "UPDATE ledger_head SET hash = %s WHERE kind = %s AND id = %s", [before, stream.kind, stream.id]
    )
    entries = [hash for (hash,) in owner.execute("SELECT hash FROM ledger_seal ORDER BY position")]
    whole = Log().extend(entries, H)
    owner.execute("UPDATE ledger_log SET peaks = %s", [b"".join(whole.peaks)])
    for (size,) in owner.execute("SELECT size FROM ledger_anchor").fetchall():
        log = Log().extend(entries[:size], H)
        owner.execute(
            "UPDATE ledger_anchor SET root = %s, peaks = %s WHERE size = %s",
            [log.root(H), b"".join(log.peaks), size],
        )


def test_it_finds_against_the_file_what_was_rewritten_consistently_inside(anchored, owner_connection):
    rewrite(owner_connection, Stream("case", "003"), 2, "user:1", "user:9")
    assert found() == [], "inside the database everything fits together"
    report = verify.run(list(anchors.read(anchored)))
    (fault,) = report.faults
    assert (fault.code, fault.where) == (
        "anchor-differs",
        "位置 0–31",
    )  # event 15 lies under the first peak of 48
    assert "库外" in fault.detail


def test_it_says_between_which_anchors_something_was_rewritten(anchored, owner_connection):
    rewrite(owner_connection, Stream("case", "003"), 5, "user:1", "user:9")
    assert found(outside=list(anchors.read(anchored))) == [("anchor-differs", "位置 48–51")]


def test_it_finds_that_the_log_was_cut_short(anchored, owner_connection):
    cut = 50
    for table in ("ledger_event", "ledger_seal", "ledger_anchor"):
        owner_connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
    owner_connection.execute("DELETE FROM ledger_anchor WHERE size > %s", [cut])
    owner_connection.execute(
        "DELETE FROM ledger_event e USING ledger_seal s"
        " WHERE s.position >= %s AND (e.kind, e.id, e.seq) = (s.kind, s.id, s.seq)",
        [cut],
    )
    owner_connection.execute("DELETE FROM ledger_seal WHERE position >= %s", [cut])
    owner_connection.execute(
        "UPDATE ledger_head h SET (seq, hash, last_at) = (SELECT seq, hash, recorded_at FROM ledger_event e"
        " WHERE e.kind = h.kind AND e.id = h.id ORDER BY seq DESC LIMIT 1)"
    )
    entries = [hash for (hash,) in owner_connection.execute("SELECT hash FROM ledger_seal ORDER BY position")]
    owner_connection.execute(
        "UPDATE ledger_log SET size = %s, peaks = %s", [cut, b"".join(Log().extend(entries, H).peaks)]
    )
    assert found() == []
    assert found(outside=list(anchors.read(anchored))) == [("log-shorter", "位置 50–53")]


def test_it_finds_an_anchor_in_the_database_that_was_changed(anchored, tamper):
    tamper("UPDATE ledger_anchor SET root = sha256(root) WHERE size = 48")
    codes = [code for code, _ in found()]
    assert codes == ["anchor-broken", "anchor-differs"]


# Since


def test_it_reads_only_what_came_after_an_anchor(anchored):
    outside = list(anchors.read(anchored))
    report = verify.run(outside, since=54)
    assert report.faults == []
    assert (report.since, report.streams, report.events, report.sealed) == (54, 1, 5, 55)
    assert verify.run(outside, since=53).since == 48
    assert verify.run(outside, since=47).since == 0


@pytest.mark.parametrize("seq", [1, 5])
def test_it_finds_changes_after_an_anchor_in_streams_that_went_on(anchored, tamper, seq):
    tamper(f"UPDATE ledger_event SET bytes = bytes || ' ' WHERE id = '007' AND seq = {seq}")
    assert found(outside=list(anchors.read(anchored)), since=54) == [("event-changed", f"case/007#{seq}")]


def test_it_does_not_begin_at_an_anchor_whose_root_is_not_its_own(anchored):
    lines = anchored.read_text().splitlines()
    broken = json.loads(lines[1])
    broken["root"] = "00" * 32
    anchored.write_text(f"{lines[0]}\n{json.dumps(broken)}\n")
    report = verify.run(list(anchors.read(anchored)), since=54)
    assert report.since == 48
    assert {fault.code for fault in report.faults} == {"anchor-broken", "anchor-differs"}


# Rows that screens read


@pytest.fixture
def rows(monkeypatch):
    """A projection: for each case, the type of its last event; kept in a dictionary for these tests."""
    kept: dict[str, str] = {}

    def check(histories):
        for id, history in histories:
            if kept.get(id) != history[-1].type:
                yield projections.row_fault(Stream("case", id), f"{kept.get(id)} ≠ {history[-1].type}")

    def strays():
        for id in sorted(kept):
            if store.heads_of(Stream("case", id))[Stream("case", id)].seq == 0:
                yield Fault("row-without-stream", f"case/{id}", "没有台账记录")

    monkeypatch.setattr(verify, "_STREAMS_AT_ONCE", 5)
    projections.register("case", check, strays)
    return kept


def test_it_compares_rows_with_a_replay(cases, rows):
    rows.update({f"{number:03}": "step3" for number in range(12)})
    assert found() == []
    rows["007"] = "step2"
    rows["099"] = "step0"
    assert found() == [("row-differs", "case/007"), ("row-without-stream", "case/099")]


def test_it_replays_events_in_todays_version(cases, rows, monkeypatch):
    from shaodao.ground.ledger import upcasters

    monkeypatch.setattr(upcasters, "_steps", {})
    monkeypatch.setattr(upcasters, "_newest", {})
    upcasters.register("step3", 1, lambda payload: {"place": payload["n"]})
    seen = []
    projections._projections.clear()
    projections.register("case", lambda histories: seen.extend(histories) or ())
    assert found() == []
    assert dict(seen)["003"][-1].payload == {"place": 0}
    assert len(seen) == 12


def test_it_names_the_stream_that_cannot_be_replayed_and_goes_on(cases, rows):
    rows.update({f"{number:03}": "step3" for number in range(12)})
    write(3, "unheard of")
    original = projections.registered()["case"].check

    def check(histories):
        assert all(event.type != "unheard of" for _, history in histories for event in history), (
            "no such type"
        )
        return original(histories)

    projections._projections.clear()
    projections.register("case", check)
    rows["004"] = "step1"
    assert found() == [("replay-failed", "case/003"), ("row-differs", "case/004")]


def test_it_refuses_a_second_comparison_of_the_same_rows(rows):
    with pytest.raises(ValueError, match="case"):
        projections.register("case", lambda histories: ())


# Erasing


def dump(owner_connection) -> str:
    """Everything pg_dump would write: every row of every table, as text."""
    tables = owner_connection.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind = 'r'"
    ).fetchall()
    return "\n".join(
        row
        for (table,) in tables
        for (row,) in owner_connection.execute(f"SELECT t::text FROM {table} t").fetchall()
    )


def test_it_verifies_clean_after_a_person_is_erased_and_nothing_of_them_is_left(fresh_db, owner_connection):
    stream, words = Stream("case", "001"), "张三 13812345678 家门口井盖没了"
    with transaction.atomic():
        (key,) = vault.keep([("words", words, "person:7")], NOW)
        salt = salt_of(key)
        store.append([(stream, [Draft("reported", {"words": key}, NOW)])], Context("person:7"), NOW, {})
    sealer.seal_all(NOW)
    hidden = words.encode().hex()
    assert hidden in dump(owner_connection)
    before = verify.run()
    with transaction.atomic():
        assert vault.erase("person:7", NOW) == [key]
        drafts = [Draft("erased", {"commitments": [key]}, NOW)]
        store.append([(stream, drafts)], Context("user:1"), NOW, store.lock(stream))
    sealer.seal_all(NOW)
    after = verify.run()
    assert before.clean
    assert after.clean
    assert (before.values, after.values) == (1, 0)
    everything = dump(owner_connection)
    assert hidden not in everything
    assert salt.hex() not in everything
    assert "张三" not in everything
    assert store.history(stream)[0].payload == {"words": key}
    assert vault.read([key]) == {key: None}


def salt_of(key: str) -> bytes:
    with connection.cursor() as cursor:
        cursor.execute("SELECT salt FROM ledger_vault WHERE commitment = %s", [bytes.fromhex(key)])
        return cursor.fetchone()[0]


@pytest.mark.parametrize("chosen", ["sm3", "sha256"])
def test_it_works_with_the_hash_that_was_chosen_at_the_start(
    fresh_db, owner_connection, settings, tmp_path, chosen
):
    settings.LEDGER_HASH = chosen
    owner_connection.execute("UPDATE ledger_log SET algorithm = %s", [chosen])
    (first, second) = write(1, "a", "b")
    sealer.seal_all(NOW)
    made = sealer.anchor(NOW, tmp_path / "a.jsonl")
    hash_ = canonical.hash_named(chosen)
    leaves = [hash_(b"\x00" + event.hash) for event in (first, second)]
    assert made.root == hash_(b"\x01" + leaves[0] + leaves[1])
    assert made.algorithm == chosen
    vault.keep([("words", "话", "person:1")], NOW)
    assert found(outside=list(anchors.read(tmp_path / "a.jsonl"))) == []


# The command


def test_it_is_a_command_that_ends_in_1_when_something_is_wrong(anchored, tamper):
    run = CliRunner().invoke
    good = run(ledger, ["verify", "--anchor", str(anchored)])
    assert good.exit_code == 0, good.output
    assert "核验 12 条记录、55 个事件" in good.output
    assert "一致，未发现问题" in good.output
    tamper(CHANGED_BYTE)
    bad = run(ledger, ["verify", "--anchor", str(anchored)])
    assert bad.exit_code == 1
    assert "✗ case/003#2：事件（step1）内容与其哈希不符〔event-changed〕" in bad.output
    assert "发现 1 处问题" in bad.output
    told = json.loads(run(ledger, ["verify", "--anchor", str(anchored), "--json"]).output)
    assert told["clean"] is False
    assert told["faults"][0]["where"] == "case/003#2"
    assert told["counts"] == {"event-changed": 1}
    later = json.loads(
        run(ledger, ["verify", "--anchor", str(anchored), "--since", "anchor", "--json"]).output
    )
    assert (later["since"], later["clean"]) == (54, True)
    assert run(ledger, ["verify", "--since", "yesterday"]).exit_code == 2


def test_it_says_which_line_of_the_anchor_file_it_cannot_read(cases, tmp_path):
    file = tmp_path / "a.jsonl"
    file.write_text("nonsense\n")
    outcome = CliRunner().invoke(ledger, ["verify", "--anchor", str(file)])
    assert outcome.exit_code == 1
    assert "a.jsonl:1" in outcome.output


def test_it_seals_anchors_and_shows_where_it_stands_by_command(cases, tmp_path):
    run = CliRunner().invoke
    write(1, "more")
    assert run(ledger, ["status"]).output.startswith("已封存 48，待封存 1")
    assert run(ledger, ["seal"]).output == "封存 1 个事件\n"
    write(1, "more")
    assert "50 个事件" in run(ledger, ["anchor", "--file", str(tmp_path / "a.jsonl")]).output
    assert [anchor.size for anchor in anchors.read(tmp_path / "a.jsonl")] == [50]


def test_it_counts_all_faults_but_keeps_a_bounded_number(cases, tamper):
    tamper("UPDATE ledger_event SET bytes = bytes || ' '")
    report = verify.run(keep=10)
    assert len(report.faults) == 10
    assert report.counts == {"event-changed": 48}


def test_it_reads_one_state_of_the_database_while_others_write(cases, monkeypatch):
    def other():
        try:
            write(11, "meanwhile")
            write(99, "new")
            sealer.seal_all(NOW)
        finally:
            connections.close_all()

    seen = []

    def check_while_others_write(histories):
        seen.extend(histories)
        if len(seen) == len(histories):
            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
        return ()

    projections.register("case", check_while_others_write)
    monkeypatch.setattr(verify, "_STREAMS_AT_ONCE", 5)
    assert found() == []
    assert len(seen) == 12
    assert verify.run().events == 50


def test_it_verifies_twenty_thousand_events_and_says_how_fast(fresh_db, capsys):
    context = Context("person:1", "resident", channel="app", request_id="r-1")
    payload = {
        "unit": "D15",
        "grid": "G-01-02",
        "words": "ab" * 32,
        "sign_by": 1772415000,
        "why": ["rule", "r-7"],
    }
    started = time.perf_counter()
    with transaction.atomic():
        store.append_many(
            store.Entry(Stream("case", f"{at // 8:06}"), Draft("dispatched", payload, NOW), context, NOW)
            for at in range(20_000)
        )
    written = time.perf_counter()
    sealer.seal_all(NOW)
    sealed = time.perf_counter()
    report = verify.run()
    assert report.clean
    assert report.events == 20_000
    with capsys.disabled():
        print(
            f"\n20000 events: written {20_000 / (written - started):.0f}/s, sealed {20_000 / (sealed - written):.0f}/s,"
            f" verified {report.rate:.0f}/s"
        )
