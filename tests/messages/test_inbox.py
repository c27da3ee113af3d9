"""What a foreign system sends is taken once."""

import threading
from datetime import UTC, datetime, timedelta

from django.db import connections, transaction

from shaodao.ground.ledger import vault
from shaodao.ground.messages import inbox

NOW = datetime(2026, 3, 2, tzinfo=UTC)
LATER = NOW + timedelta(minutes=1)


def test_it_takes_a_message_once_and_remembers_its_body(db):
    first = inbox.receive("12345", "GD-1", "井盖没了", "person:1", NOW)
    assert (first.first, first.same) == (True, True)
    assert vault.read([first.commitment]) == {first.commitment: "井盖没了"}
    again = inbox.receive("12345", "GD-1", "井盖没了", "person:1", LATER)
    assert again == inbox.Receipt(False, True, first.commitment, NOW)


def test_it_tells_another_body_under_the_same_number(db):
    first = inbox.receive("12345", "GD-1", b"\x01", "person:1", NOW)
    again = inbox.receive("12345", "GD-1", b"\x02", "person:1", LATER)
    assert again == inbox.Receipt(False, False, first.commitment, NOW)
    assert vault.read([first.commitment]) == {first.commitment: b"\x01"}


def test_it_knows_a_message_whose_body_is_erased(db):
    first = inbox.receive("12345", "GD-1", "井盖没了", "person:1", NOW)
    vault.erase("person:1", NOW)
    again = inbox.receive("12345", "GD-1", "井盖没了", "person:1", LATER)
    assert again == inbox.Receipt(False, None, first.commitment, NOW)


def test_it_keeps_numbers_of_different_systems_apart(db):
    assert inbox.receive("12345", "1", "a", "person:1", NOW).first
    assert inbox.receive("110", "1", "a", "person:1", NOW).first


def test_it_makes_a_twin_wait_and_then_see_the_first(fresh_db):
    outcome = []

    def twin():
        try:
            with transaction.atomic():
                outcome.append(inbox.receive("12345", "GD-1", "同", "person:1", LATER))
        finally:
            connections.close_all()

    with transaction.atomic():
        inbox.receive("12345", "GD-1", "同", "person:1", NOW)
        thread = threading.Thread(target=twin)
        thread.start()
        thread.join(0.2)
        assert thread.is_alive()
    thread.join()
    assert (outcome[0].first, outcome[0].same) == (False, True)
