"""Messages are rows of the transaction they tell about."""

from datetime import UTC, datetime, timedelta

from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext

from shaodao.ground.messages import outbox, relay
from shaodao.ground.messages.models import Outgoing
from shaodao.ground.messages.outbox import NOTICE, Message

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def notice(key, recipient="unit:D15", **more):
    return Message(NOTICE, recipient, "duty_given", {"number": "2026-000001", "duty": 1}, key, **more)


def test_it_writes_many_messages_in_one_statement(db):
    with CaptureQueriesContext(connection) as queries:
        assert (
            outbox.post_many([notice("a"), Message("sms", "person:1", "dispatched"), notice("b")], NOW) == 3
        )
    assert len(queries) == 1
    row = Outgoing.objects.get(dedupe_key="a")
    assert (row.channel, row.recipient, row.template) == (NOTICE, "unit:D15", "duty_given")
    assert row.params == {"number": "2026-000001", "duty": 1}
    assert row.created_at == row.not_before == NOW
    assert outbox.post_many([], NOW) == 0


def test_it_writes_the_same_message_once(db):
    assert outbox.post(notice("a"), NOW) is True
    assert outbox.post(notice("a"), NOW) is False
    assert outbox.post_many([notice("a"), notice("b"), notice("b")], NOW) == 1
    assert outbox.post_many([Message("sms", "person:1", "x"), Message("sms", "person:1", "x")], NOW) == 2


def test_it_says_nothing_about_what_was_rolled_back(fresh_db):
    with transaction.atomic():
        assert outbox.post(notice("a"), NOW)
        transaction.set_rollback(True)
    assert not Outgoing.objects.exists()


def test_it_shows_notices_to_their_recipients_newest_first(db):
    outbox.post_many([notice("a"), notice("b", "unit:D16"), notice("c"), notice("d", "person:1")], NOW)
    outbox.post(Message("sms", "unit:D15", "x"), NOW)
    mine = outbox.notices(["unit:D15", "person:1"], NOW)
    assert [posted.recipient for posted in mine] == ["person:1", "unit:D15", "unit:D15"]
    assert mine[0].params == {"number": "2026-000001", "duty": 1}
    first = outbox.notices(["unit:D15", "person:1"], NOW, limit=2)
    assert [*first, *outbox.notices(["unit:D15", "person:1"], NOW, before=first[-1].id)] == mine


def test_it_shows_a_notice_not_before_its_moment_and_without_a_relay(db):
    outbox.post(notice("a", not_before=NOW + timedelta(hours=1)), NOW)
    assert outbox.notices(["unit:D15"], NOW) == []
    assert len(outbox.notices(["unit:D15"], NOW + timedelta(hours=1))) == 1
    assert relay.deliver_batch(NOW + timedelta(hours=1)).total == 0


def test_it_marks_read_only_what_is_the_readers_own(db):
    outbox.post_many([notice("a"), notice("b"), notice("c", "unit:D16")], NOW)
    ids = list(Outgoing.objects.values_list("id", flat=True))
    assert outbox.unread(["unit:D15"], NOW) == 2
    assert outbox.unread(["unit:D15"], NOW, most=1) == 1
    assert outbox.mark_read(["unit:D15"], ids, NOW) == 2
    assert outbox.mark_read(["unit:D15"], ids, NOW) == 0
    assert outbox.unread(["unit:D15"], NOW) == 0
    assert outbox.unread(["unit:D16"], NOW) == 1
    assert outbox.notices(["unit:D15"], NOW, only_unread=True) == []
    assert len(outbox.notices(["unit:D15"], NOW)) == 2


def test_it_forgets_old_messages_that_were_sent_and_no_others(db):
    outbox.post_many([notice("old"), Message("nowhere", "x", "x", dedupe_key="waiting")], NOW)
    outbox.post(notice("new"), NOW + timedelta(days=2))
    assert outbox.forget(NOW + timedelta(days=1)) == 1
    assert set(Outgoing.objects.values_list("dedupe_key", flat=True)) == {"waiting", "new"}
