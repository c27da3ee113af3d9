"""What must be erasable lies apart, and erasing it destroys it."""

import hashlib
from datetime import UTC, datetime

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from shaodao.ground.ledger import vault

NOW = datetime(2026, 3, 2, tzinfo=UTC)


def test_it_keeps_words_and_bytes_in_one_statement_and_reads_them_by_commitment(db):
    with CaptureQueriesContext(connection) as queries:
        words, photo = vault.keep(
            [("words", "井盖没了", "person:1"), ("photo", b"\x00\xff", "person:1")], NOW
        )
    assert len(queries) == 1
    assert vault.read([words, photo, "00" * 32]) == {words: "井盖没了", photo: b"\x00\xff"}


def test_it_commits_to_salt_and_bytes(db):
    secret = vault.commit("words", "井盖", "person:1")
    assert secret.commitment == hashlib.sha256(secret.salt + "井盖".encode()).hexdigest()
    assert "井盖" not in repr(secret)
    assert vault.read([secret.commitment]) == {}
    vault.insert([secret], NOW)
    assert vault.read([secret.commitment]) == {secret.commitment: "井盖"}
    assert vault.matches(secret.commitment, "井盖") is True
    assert vault.matches(secret.commitment, "井圈") is False


def test_it_gives_equal_values_different_commitments():
    first, second = (vault.commit("phone", "13800000000", "person:1") for _ in range(2))
    assert first.commitment != second.commitment
    assert len(first.salt) == vault.SALT


def test_it_erases_a_subject_and_nobody_else(db):
    mine, phone = vault.keep([("words", "我的", "person:1"), ("phone", "138", "person:1")], NOW)
    (theirs,) = vault.keep([("words", "你的", "person:2")], NOW)
    assert vault.erase("person:1", NOW) == sorted([mine, phone])
    assert vault.read([mine, phone, theirs]) == {mine: None, phone: None, theirs: "你的"}
    assert vault.matches(mine, "我的") is None
    assert vault.erase("person:1", NOW) == []
    with connection.cursor() as cursor:
        cursor.execute("SELECT salt, value, erased_at FROM ledger_vault WHERE subject = 'person:1'")
        assert cursor.fetchall() == [(None, None, NOW)] * 2


def test_it_erases_some_kinds_only(db):
    words, phone = vault.keep([("words", "话", "person:1"), ("phone", "138", "person:1")], NOW)
    assert vault.erase("person:1", NOW, ["phone"]) == [phone]
    assert vault.read([words, phone]) == {words: "话", phone: None}


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE ledger_vault SET subject = 'x'",
        "UPDATE ledger_vault SET commitment = salt",
        "DELETE FROM ledger_vault",
    ],
)
def test_it_lets_the_application_erase_but_not_reassign_or_delete(db, statement):
    vault.keep([("words", "话", "person:1")], NOW)
    with pytest.raises(Exception, match="permission denied"), transaction.atomic():
        connection.cursor().execute(statement)
