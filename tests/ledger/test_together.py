"""Several writes in one statement: all of them or none."""

from datetime import UTC, datetime

import pytest
from django.db import IntegrityError, connection, transaction
from django.test.utils import CaptureQueriesContext

from shaodao.ground.database import together, write
from shaodao.ground.ledger import Context, Draft, Stream, store, vault
from shaodao.ground.messages import outbox
from shaodao.ground.messages.outbox import Message

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)
CASE = Stream("case", "2026-000001")
CONTEXT = Context("user:4")
TOLD = Message("sms", "person:1", "dispatched", dedupe_key="a")


def append(heads=None):
    return store.append([(CASE, [Draft("a", {}, NOW)])], CONTEXT, NOW, heads or {})


def test_it_writes_the_vault_the_outbox_and_the_stream_in_one_statement(db):
    secret = vault.commit("words", "井盖丢了", "person:1")
    with CaptureQueriesContext(connection) as queries, together():
        vault.insert([secret], NOW)
        outbox.put([TOLD], NOW)
        (event,) = append()
    assert len(queries) == 1
    assert store.history(CASE) == [event]
    assert vault.read([secret.commitment]) == {secret.commitment: "井盖丢了"}
    assert not outbox.post(TOLD, NOW)  # it is there


def test_it_sends_at_the_end_what_nobody_asked(db):
    with CaptureQueriesContext(connection) as queries, together():
        outbox.put([], NOW)
        assert not queries
        outbox.put([TOLD], NOW)
        assert not queries
    assert len(queries) == 1
    assert not outbox.post(TOLD, NOW)


def test_it_writes_nothing_where_one_of_them_fails(db):
    secret = vault.commit("words", "一", "person:1")
    vault.insert([secret], NOW)
    with pytest.raises(IntegrityError), transaction.atomic(), together():  # noqa: PT012
        outbox.put([TOLD], NOW)
        vault.insert([secret], NOW)
        append()
    assert outbox.post(TOLD, NOW)
    assert store.history(CASE) == []


def test_it_writes_nothing_where_the_head_has_moved(db):
    append()
    with pytest.raises(store.Conflict), transaction.atomic(), together():  # noqa: PT012
        outbox.put([TOLD], NOW)
        append()
    assert outbox.post(TOLD, NOW)


def test_it_forgets_what_waited_when_something_else_goes_wrong(db):
    with pytest.raises(ZeroDivisionError), together():  # noqa: PT012
        outbox.put([TOLD], NOW)
        raise ZeroDivisionError
    assert write("one AS (SELECT 1 AS n)", [], "SELECT n FROM one") == (1,)
    assert outbox.post(TOLD, NOW)
