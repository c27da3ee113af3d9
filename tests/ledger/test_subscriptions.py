"""Durable subscriptions: in order, once in this database, never past an event that fails."""

import threading
from datetime import timedelta

import pytest
from django.db import connection, connections, transaction
from tests.ledger.conftest import NOW, write

from shaodao.ground.ledger import sealer, subscriptions, vault


def effects():
    """What handlers in these tests write: values of the vault, as rows any transaction can undo."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT convert_from(value, 'UTF8') FROM ledger_vault ORDER BY 1")
        return [value for (value,) in cursor.fetchall()]


def note(event, position):
    vault.keep([("note", f"{position}:{event.stream.id}:{event.type}", "test")], NOW)


def test_it_hands_over_every_sealed_event_once_and_in_order(fresh_db):
    seen = []
    subscriptions.subscriber("all")(lambda event, position: seen.append((position, event.type)))
    write(1, "a", "b")
    assert subscriptions.run("all", NOW) == 0, "not sealed yet"
    sealer.seal_all(NOW)
    write(2, "c")
    assert subscriptions.run("all", NOW) == 2
    assert subscriptions.run("all", NOW) == 0
    sealer.seal_all(NOW)
    assert subscriptions.run("all", NOW) == 1
    assert seen == [(0, "a"), (1, "b"), (2, "c")]


def test_it_hands_over_only_the_types_asked_for_and_passes_the_others(cases):
    seen = []
    subscriptions.subscriber("some", types={"step2"})(lambda event, position: seen.append(event.type))
    assert [subscriptions.run("some", NOW, limit=20) for _ in range(4)] == [20, 20, 8, 0]
    assert seen == ["step2"] * 12


def test_it_refuses_two_subscribers_of_one_name():
    subscriptions.subscriber("one")(note)
    with pytest.raises(ValueError, match="one"):
        subscriptions.subscriber("one")(note)


def test_it_stops_before_an_event_that_fails_says_so_and_tries_again_later(fresh_db):
    broken = [True]

    @subscriptions.subscriber("poisoned")
    def handle(event, position):
        note(event, position)
        if event.type == "bad" and broken:
            raise RuntimeError("no such unit d99\nDETAIL: a value nobody should see")

    write(1, "good", "bad", "after")
    sealer.seal_all(NOW)
    assert subscriptions.run("poisoned", NOW) == 1
    assert effects() == ["0:001:good"], "what the failing handler wrote is gone"
    (status,) = subscriptions.status()
    assert (status.position, status.behind, status.attempts) == (1, 2, 1)
    assert status.last_error == "RuntimeError: no such unit d99"
    assert status.retry_at == NOW + timedelta(seconds=5)

    assert subscriptions.run("poisoned", NOW + timedelta(seconds=4)) == 0
    assert subscriptions.status()[0].attempts == 1, "not time yet"
    assert subscriptions.run("poisoned", NOW + timedelta(seconds=5)) == 0
    (status,) = subscriptions.status()
    assert (status.attempts, status.retry_at) == (2, NOW + timedelta(seconds=15))

    broken.clear()
    assert subscriptions.run("poisoned", NOW + timedelta(minutes=1)) == 2
    assert effects() == ["0:001:good", "1:001:bad", "2:001:after"]
    (status,) = subscriptions.status()
    assert (status.position, status.behind, status.attempts, status.last_error, status.retry_at) == (
        3,
        0,
        0,
        "",
        None,
    )


def test_it_never_waits_longer_than_the_longest_retry(fresh_db):
    @subscriptions.subscriber("hopeless")
    def handle(event, position):
        raise RuntimeError

    write(1, "a")
    sealer.seal_all(NOW)
    moment = NOW
    for _ in range(40):
        assert subscriptions.run("hopeless", moment) == 0
        moment = subscriptions.status()[0].retry_at
    assert subscriptions.status()[0].attempts == 40
    assert subscriptions.run("hopeless", moment) == 0
    assert subscriptions.status()[0].retry_at - moment == subscriptions.LONGEST_RETRY


class Killed(BaseException):
    """The process ends here: no handler of Exception sees it."""


def test_it_loses_and_repeats_nothing_when_killed_between_effect_and_cursor(fresh_db):
    alive = []

    @subscriptions.subscriber("killed")
    def handle(event, position):
        note(event, position)
        if position == 2 and not alive:
            raise Killed

    write(1, "a", "b", "c", "d")
    sealer.seal_all(NOW)
    with pytest.raises(Killed):
        subscriptions.run("killed", NOW)
    connection.close()
    assert effects() == []
    alive.append(True)
    assert subscriptions.run("killed", NOW) == 4
    assert effects() == ["0:001:a", "1:001:b", "2:001:c", "3:001:d"]


def test_it_runs_in_one_process_at_a_time(fresh_db):
    subscriptions.subscriber("once")(note)
    write(1, "a")
    sealer.seal_all(NOW)
    others = []

    def other():
        try:
            others.append(subscriptions.run("once", NOW))
        finally:
            connections.close_all()

    assert subscriptions.run("once", NOW) == 1
    write(1, "b")
    sealer.seal_all(NOW)
    with transaction.atomic():
        assert subscriptions.run("once", NOW) == 1
        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
    assert others == [0]
    assert effects() == ["0:001:a", "1:001:b"]


def test_it_does_not_step_over_a_sealed_event_that_somebody_removed(cases, tamper):
    subscriptions.subscriber("careful", types={"step0"})(note)
    tamper("DELETE FROM ledger_event WHERE id = '003' AND seq = 1")
    assert subscriptions.run("careful", NOW) == 3
    (status,) = subscriptions.status()
    assert status.position == 3
    assert "ledger verify" in status.last_error


def test_it_counts_how_far_behind_a_subscriber_is_that_never_ran(cases):
    subscriptions.subscriber("new")(note)
    (status,) = subscriptions.status()
    assert (status.name, status.position, status.behind) == ("new", 0, 48)
    assert subscriptions.run_all(NOW) == 48
