"""Dense positions, one sealer, anchors outside the database."""

import json
import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from tests.ledger.conftest import NOW, write

from shaodao.ground.ledger import Context, Draft, Stream, anchors, canonical, sealer, store
from shaodao.ground.ledger.merkle import Log

H = canonical.hash_named("sha256")


def seals():
    with connection.cursor() as cursor:
        cursor.execute("SELECT position, kind, id, seq, hash FROM ledger_seal ORDER BY position")
        return cursor.fetchall()


def test_it_gives_committed_events_dense_positions_in_the_order_written(fresh_db):
    first, second = write(1, "a", "b"), write(2, "a")
    assert sealer.waiting() == 3
    assert sealer.seal_batch(NOW, limit=2) == 2
    assert sealer.seal_batch(NOW, limit=2) == 1
    assert sealer.seal_batch(NOW, limit=2) == 0
    expected = [*first, *second]
    assert seals() == [(at, *key(event), event.hash) for at, event in enumerate(expected)]
    assert store.locate([*second, *first]) == [2, 0, 1]
    assert sealer.waiting() == 0
    assert sealer.size() == 3


def key(event):
    return event.stream.kind, event.stream.id, event.seq


def test_it_extends_the_same_log_whatever_the_batches(cases):
    with connection.cursor() as cursor:
        cursor.execute("SELECT size, peaks FROM ledger_log")
        size, peaks = cursor.fetchone()
    whole = Log().extend([row[-1] for row in seals()], H)
    assert (size, peaks) == (48, b"".join(whole.peaks))


def test_it_does_not_seal_what_is_not_committed(fresh_db):
    def other():
        try:
            sealed.append(sealer.seal_batch(NOW))
        finally:
            connections.close_all()

    sealed = []
    write(1, "a")
    with transaction.atomic():
        stream = Stream("case", "slow")
        store.append([(stream, [Draft("a", {}, NOW)])], Context("user:1"), NOW, {})
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert sealed == [1]
    assert sealer.seal_batch(NOW) == 1
    assert [row[2] for row in seals()] == ["001", "slow"]


def test_it_lets_one_sealer_work_at_a_time(fresh_db):
    write(1, "a")
    sealed = []

    def other():
        try:
            sealed.append(sealer.seal_batch(NOW))
        finally:
            connections.close_all()

    with transaction.atomic():
        assert sealer.seal_batch(NOW) == 1
        write(2, "a")
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        assert sealed == [0]
    assert len(seals()) == 1


def test_it_seals_nothing_by_halves(fresh_db, monkeypatch):
    write(1, "a", "b")
    with monkeypatch.context() as patch:
        patch.setattr(sealer.merkle, "pack", lambda log: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            sealer.seal_batch(NOW)
    assert sealer.waiting() == 2
    assert sealer.seal_batch(NOW) == 2


def test_it_anchors_into_the_database_every_so_often(fresh_db, monkeypatch):
    monkeypatch.setattr(sealer, "ANCHOR_EVERY", 3)
    for number in range(4):
        write(number, "a", "b")
        sealer.seal_batch(NOW)
    with connection.cursor() as cursor:
        cursor.execute("SELECT size FROM ledger_anchor ORDER BY size")
        assert cursor.fetchall() == [(4,), (6,)]


def test_it_anchors_to_a_file_that_an_outsider_can_read(cases, tmp_path):
    file = tmp_path / "anchors" / "a.jsonl"
    sealer.anchor(NOW, file)
    write(1, "later")
    sealer.seal_all(NOW)
    made = sealer.anchor(NOW + timedelta(days=1), file)
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["size"] for line in lines] == [48, 49]
    assert lines[1] == {
        "algorithm": "sha256",
        "at": int(NOW.timestamp()) + 86400,
        "peaks": [peak.hex() for peak in made.log.peaks],
        "root": Log().extend([row[-1] for row in seals()], H).root(H).hex(),
        "size": 49,
    }
    assert list(anchors.read(file))[1] == made
    assert anchors.sound(made, H)


@pytest.mark.parametrize(
    "line", ["", "{}", '{"size":1', '{"algorithm":"sha256","at":0,"peaks":[],"root":"","size":1}']
)
def test_it_names_the_line_of_an_anchor_file_that_is_none(tmp_path, line):
    file = tmp_path / "a.jsonl"
    anchors.write(file, anchors.of(Log(), "sha256", NOW))
    with file.open("a") as end:
        end.write(line + "\n")
    with pytest.raises(anchors.Unreadable, match=r"a\.jsonl:2"):
        list(anchors.read(file))


def test_it_refuses_to_go_on_with_another_hash(fresh_db, settings):
    write(1, "a")
    settings.LEDGER_HASH = "sm3"
    with pytest.raises(sealer.WrongAlgorithm, match="begun with sha256"):
        sealer.seal_batch(NOW)
    assert sealer.waiting() == 1
