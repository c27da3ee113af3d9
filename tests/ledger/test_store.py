"""Streams in the database: one statement, one winner, the same bytes by every way in."""

import threading
from datetime import UTC, datetime, timedelta

import psycopg
import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from shaodao.ground.ledger import Context, Draft, Head, Stream, canonical, store
from shaodao.ground.ledger.store import Entry

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
CASE, ORDER = Stream("case", "2026-000001"), Stream("order", "7")
CONTEXT = Context("user:4", "d01/head", channel="desk", system="12345", external_id="GD-1", request_id="r1")


def drafts(*types):
    return [Draft(type, {"unit": "d01", "n": at, "哨": ["件"]}, NOW) for at, type in enumerate(types)]


def everything(table):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT * FROM {table} ORDER BY kind, id, seq")
        return cursor.fetchall()


def test_it_has_empty_heads_for_streams_that_do_not_exist(db):
    assert store.lock(ORDER, CASE) == {CASE: Head(), ORDER: Head()}
    assert store.history(CASE) == []
    assert store.history(CASE, Head()) == []
    assert list(store.histories([CASE])) == list(store.histories([])) == []
    assert store.lock() == {}


def test_it_writes_several_streams_in_one_statement_and_reads_them_back(db):
    with CaptureQueriesContext(connection) as queries:
        recorded = store.append([(CASE, drafts("a", "b")), (ORDER, drafts("c"))], CONTEXT, NOW, {})
    assert len(queries) == 1
    heads = store.lock(CASE, ORDER)
    assert store.history(CASE) == store.history(CASE, heads[CASE]) == recorded[:2]
    assert dict(store.histories([ORDER, CASE])) == {CASE: recorded[:2], ORDER: recorded[2:]}
    assert heads[CASE] == Head(2, recorded[1].hash, NOW, NOW)
    assert heads[ORDER] == Head(1, recorded[2].hash, NOW, NOW)
    assert recorded[0].context == CONTEXT
    assert recorded[0].payload == {"unit": "d01", "n": 0, "哨": ["件"]}


def test_it_goes_on_where_the_stream_ended_even_into_another_year(db):
    store.append([(CASE, drafts("a"))], CONTEXT, NOW, {})
    later = NOW + timedelta(days=400)
    store.append([(CASE, drafts("b", "c"))], CONTEXT, later, store.lock(CASE))
    heads = store.lock(CASE)
    assert heads[CASE].first_at == NOW
    assert heads[CASE].last_at == later
    history = store.history(CASE)
    assert [(event.seq, event.type) for event in history] == [(1, "a"), (2, "b"), (3, "c")]
    assert store.history(CASE, heads[CASE]) == history
    assert dict(store.histories([CASE])) == {CASE: history}


def test_it_stores_exactly_the_bytes_that_were_hashed(db):
    (event,) = store.append([(CASE, drafts("a"))], CONTEXT, NOW, {})
    with connection.cursor() as cursor:
        cursor.execute("SELECT bytes, hash FROM ledger_event")
        ((data, hash),) = cursor.fetchall()
    assert canonical.encode(canonical.decode(data)) == data
    assert canonical.hash_named("sha256")(bytes(32) + data) == bytes(hash) == event.hash


def test_it_writes_nothing_outside_a_transaction(fresh_db):
    with pytest.raises(transaction.TransactionManagementError):
        store.append([(CASE, drafts("a"))], CONTEXT, NOW, {})
    assert everything("ledger_event") == []


def test_it_refuses_a_head_that_has_moved_and_keeps_nothing(db):
    store.append([(CASE, drafts("a"))], CONTEXT, NOW, {})
    old = store.lock(CASE)
    store.append([(CASE, drafts("b"))], CONTEXT, NOW, old)
    before = everything("ledger_event"), everything("ledger_pending"), everything("ledger_head")
    for heads in (old, {}):
        with pytest.raises(store.Conflict) as caught, transaction.atomic():
            store.append([(ORDER, drafts("x")), (CASE, drafts("c"))], CONTEXT, NOW, heads)
        assert CASE in caught.value.streams
        assert (everything("ledger_event"), everything("ledger_pending"), everything("ledger_head")) == before


def test_it_rolls_back_even_when_the_conflict_is_swallowed(fresh_db):
    with transaction.atomic():
        store.append([(CASE, drafts("a"))], CONTEXT, NOW, {})
    with transaction.atomic(), pytest.raises(store.Conflict):
        store.append([(CASE, drafts("b")), (ORDER, drafts("c"))], CONTEXT, NOW, {})
    assert len(everything("ledger_event")) == 1
    assert len(everything("ledger_head")) == 1


def in_thread(work):
    """Start `work` on a connection of its own; the list returned gets its outcome."""
    outcome = []

    def run():
        try:
            outcome.append(work())
        except store.Conflict as conflict:
            outcome.append(conflict)
        finally:
            connections.close_all()

    thread = threading.Thread(target=run)
    thread.start()
    return thread, outcome


def test_it_lets_one_of_two_writers_of_a_new_stream_win(fresh_db):
    def other():
        with transaction.atomic():
            return store.append([(CASE, drafts("theirs"))], CONTEXT, NOW, {})

    with transaction.atomic():
        store.append([(CASE, drafts("mine"))], CONTEXT, NOW, {})
        thread, outcome = in_thread(other)
        thread.join(0.2)
        assert thread.is_alive(), "the second writer waits for the first"
    thread.join()
    assert isinstance(outcome[0], store.Conflict)
    assert [event.type for event in store.history(CASE)] == ["mine"]


def test_it_makes_a_second_writer_wait_for_the_lock_and_then_see_the_new_head(fresh_db):
    with transaction.atomic():
        store.append([(CASE, drafts("first"))], CONTEXT, NOW, {})

    def other():
        with transaction.atomic():
            return store.append([(CASE, drafts("third"))], CONTEXT, NOW, store.lock(CASE))

    with transaction.atomic():
        heads = store.lock(CASE)
        thread, outcome = in_thread(other)
        thread.join(0.2)
        assert thread.is_alive()
        store.append([(CASE, drafts("second"))], CONTEXT, NOW, heads)
    thread.join()
    assert outcome[0][0].seq == 3
    assert [event.type for event in store.history(CASE)] == ["first", "second", "third"]


def test_it_writes_in_bulk_exactly_what_append_writes(fresh_db, monkeypatch):
    monkeypatch.setattr(store, "_BULK", 7)
    plan = [
        Entry(Stream("case", str(at % 5)), Draft("t", {"n": at}, NOW), CONTEXT, NOW + timedelta(seconds=at))
        for at in range(40)
    ]
    tables = ("ledger_event", "ledger_head", "ledger_pending")
    with transaction.atomic():
        for entry in plan:
            store.append(
                [(entry.stream, [entry.draft])], CONTEXT, entry.recorded_at, store.lock(entry.stream)
            )
        one_by_one = [everything(table) for table in tables]
        order = pending_order()
        transaction.set_rollback(True)
    with transaction.atomic():
        assert store.append_many(iter(plan)) == 40
    bulk = [everything(table) for table in tables]
    assert bulk[:2] == one_by_one[:2]
    assert [row[1:] for row in bulk[2]] == [row[1:] for row in one_by_one[2]]
    assert pending_order() == order


def pending_order():
    with connection.cursor() as cursor:
        cursor.execute("SELECT kind, id, seq FROM ledger_pending ORDER BY number")
        return cursor.fetchall()


PARTITIONS = ["ledger_event", "ledger_event_2026", "ledger_event_other"]


@pytest.mark.parametrize("table", [*PARTITIONS, "ledger_seal", "ledger_anchor"])
@pytest.mark.parametrize("statement", ["UPDATE {} SET {} = {}", "DELETE FROM {}", "TRUNCATE {}"])
def test_it_refuses_the_application_to_change_or_remove(db, table, statement):
    store.append([(CASE, drafts("a"))], CONTEXT, NOW, {})
    column = "size" if table == "ledger_anchor" else "seq"
    with pytest.raises(Exception, match="permission denied") as caught, transaction.atomic():
        connection.cursor().execute(statement.format(table, column, column))
    assert isinstance(caught.value.__cause__, psycopg.errors.InsufficientPrivilege)


def test_it_refuses_the_application_every_partition_there_is(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'ledger_event'::regclass"
        )
        partitions = [name for (name,) in cursor.fetchall()]
        assert len(partitions) == 22
        for right in ("UPDATE", "DELETE", "TRUNCATE", "INSERT"):
            cursor.execute(
                "SELECT name FROM unnest(%s::text[]) name WHERE has_table_privilege(name, %s)",
                [partitions, right],
            )
            assert cursor.fetchall() == []


@pytest.mark.parametrize("table", PARTITIONS)
@pytest.mark.parametrize("statement", ["UPDATE {} SET seq = 9", "DELETE FROM {}", "TRUNCATE {}"])
def test_it_refuses_even_the_owner_unless_a_lock_is_taken_off(fresh_db, owner_connection, table, statement):
    with transaction.atomic():
        store.append([(CASE, drafts("a"))], CONTEXT, NOW, {})
        old = NOW.replace(year=2019)
        store.append([(ORDER, drafts("a"))], CONTEXT, old, {})  # in the partition for other years
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="append-only"):
        owner_connection.execute(statement.format(table))
    assert len(everything("ledger_event")) == 2
