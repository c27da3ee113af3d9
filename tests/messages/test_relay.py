"""The relay: at least once, later and later, given up in the end, never in silence."""

import threading
from datetime import UTC, datetime, timedelta

import pytest
from click.testing import CliRunner
from django.db import connection, connections

from shaodao.ground.messages import adapters, outbox, relay
from shaodao.ground.messages.commands import messages
from shaodao.ground.messages.models import Outgoing
from shaodao.ground.messages.outbox import Message
from shaodao.ground.messages.relay import Outcome

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_adapters(monkeypatch):
    monkeypatch.setattr(adapters, "_adapters", {})


def sms(key, recipient="person:1"):
    return Message("sms", recipient, "dispatched", {"number": "2026-000001"}, key)


def state(key):
    row = Outgoing.objects.get(dedupe_key=key)
    return row.state, row.attempts


def test_it_hands_a_message_to_the_adapter_of_its_channel_once(db):
    seen = []
    adapters.register("sms", seen.append)
    outbox.post_many([sms("a"), sms("b")], NOW)
    assert relay.deliver_batch(NOW, limit=1) == Outcome(sent=1)
    assert relay.deliver_batch(NOW) == Outcome(sent=1)
    assert relay.deliver_batch(NOW + timedelta(days=9)) == Outcome()
    assert [(message.key, message.attempt) for message in seen] == [("a", 1), ("b", 1)]
    assert seen[0].params == {"number": "2026-000001"}
    assert Outgoing.objects.get(dedupe_key="a").sent_at == NOW


def test_it_waits_for_the_moment_of_a_message(db):
    adapters.register("sms", lambda message: None)
    outbox.post(Message("sms", "person:1", "x", not_before=NOW + timedelta(hours=1)), NOW)
    assert relay.deliver_batch(NOW + timedelta(minutes=59)).total == 0
    assert relay.deliver_batch(NOW + timedelta(hours=1)).sent == 1


def test_it_tries_again_later_and_later_and_gives_up_visibly(db):
    def refuse(message):
        raise ConnectionError("gateway closed\nto 13800000000")

    adapters.register("sms", refuse)
    outbox.post(sms("a"), NOW)
    moment, waits = NOW, []
    while state("a")[0] == "waiting":
        outcome = relay.deliver_batch(moment)
        assert outcome.total == 1
        following = Outgoing.objects.get().not_before
        waits.append(following - moment)
        assert relay.deliver_batch(following - timedelta(seconds=1)).total == 0
        moment = following
    assert outcome == Outcome(dead=1)
    assert state("a") == ("dead", relay.MOST_ATTEMPTS)
    assert waits[:3] == [timedelta(seconds=30), timedelta(seconds=60), timedelta(seconds=120)]
    assert max(waits) == relay.LONGEST_RETRY
    assert Outgoing.objects.get().last_error == "ConnectionError: gateway closed"
    assert relay.status(moment) == relay.Status(0, None, 1)

    adapters.register("sms", lambda message: None)
    assert relay.deliver_batch(moment + timedelta(days=1)).total == 0
    assert relay.retry([Outgoing.objects.get().id], moment) == 1
    assert relay.deliver_batch(moment) == Outcome(sent=1)


def test_it_gives_up_at_once_what_can_never_arrive_and_goes_on_with_the_rest(db):
    def deliver(message):
        if message.recipient == "person:gone":
            raise adapters.Undeliverable("no such person")

    adapters.register("sms", deliver)
    outbox.post_many([sms("a", "person:gone"), sms("b")], NOW)
    assert relay.deliver_batch(NOW) == Outcome(sent=1, dead=1)
    assert (state("a"), state("b")) == (("dead", 1), ("sent", 1))


class Killed(BaseException):
    """The process ends here."""


def test_it_does_not_die_for_ever_of_one_message(fresh_db):
    def kill(message):
        if message.key == "a":
            raise Killed

    adapters.register("sms", kill)
    outbox.post_many([sms("a"), sms("b")], NOW)
    moment = NOW
    for _ in range(relay.MOST_ATTEMPTS):
        with pytest.raises(Killed):
            relay.deliver_batch(moment, limit=1)
        connection.close()
        assert state("b") == ("sent", 1) or relay.deliver_batch(moment).sent == 1
        moment += relay.LEASE
    assert relay.deliver_batch(moment) == Outcome(dead=1)
    assert state("a")[0] == "dead"


def test_it_gives_each_message_to_one_of_several_relays(fresh_db):
    seen, lock = [], threading.Lock()

    def deliver(message):
        with lock:
            seen.append(message.key)

    adapters.register("sms", deliver)
    outbox.post_many([sms(str(number)) for number in range(60)], NOW)

    def work():
        try:
            while relay.deliver_batch(NOW, limit=7).total:
                pass
        finally:
            connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(seen, key=int) == [str(number) for number in range(60)]


def test_it_holds_no_transaction_open_while_it_delivers(fresh_db):
    held = []
    adapters.register("sms", lambda message: held.append(connection.in_atomic_block))
    outbox.post(sms("a"), NOW)
    relay.deliver_batch(NOW)
    assert held == [False]


def test_it_writes_channels_without_an_adapter_to_a_log_file(db, settings, tmp_path):
    settings.DATA = tmp_path
    outbox.post(Message("sms", "person:1", "dispatched", {"unit": "城管局"}), NOW)
    assert relay.deliver_batch(NOW) == Outcome(sent=1)
    line = (tmp_path / "messages.log").read_text()
    assert line == '2026-03-02 09:30:00 sms person:1 dispatched {"unit": "城管局"}\n'


def test_it_has_commands_for_those_who_look_after_it(db):
    def refuse(message):
        raise adapters.Undeliverable("no")

    adapters.register("sms", refuse)
    outbox.post(sms("a"), NOW)
    run = CliRunner().invoke
    assert "待发送 1" in run(messages, ["status"]).output
    assert "放弃 1" in run(messages, ["deliver"]).output
    assert "发送失败 1" in run(messages, ["status"]).output
    assert "重新排队 1" in run(messages, ["retry", str(Outgoing.objects.get().id)]).output
