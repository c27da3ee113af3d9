"""专题: a lead unit gets what many have in common, with a limit; every step is an event, and the rows follow from them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.cases.conftest import NOW, by

from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.codec import from_payload, to_payload
from shaodao.centre.cases.lifecycle.model import Kept
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.topics import actions, topic
from shaodao.centre.topics.models import Topic as Row
from shaodao.centre.topics.projection import TOPICS
from shaodao.ground.clocks import Limit
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Stream
from shaodao.ground.messages import outbox

HEAD, LEADER = by("shift_leader", "C00", 1), by("county_leader", "L00", 2)
OWNER, COLLEAGUE, OUTSIDER = by("liaison", "D15", 3), by("handler", "D15", 4), by("liaison", "D31", 5)


@pytest.fixture
def numbers(whistle):
    return [whistle(text=f"小区门口第 {n} 个井盖丢了", item="MS-07").case.number for n in range(3)]


@pytest.fixture
def given(numbers):
    return actions.open_topic(
        "向阳社区井盖接连丢失", "查清去向，换成防盗井盖", "D15", numbers, 10, HEAD, at=NOW
    )


def told(number: str) -> list[tuple[str, str]]:
    recipients = ["unit:D15", "role:shift_leader@C00"]
    posted = outbox.notices(recipients, NOW + timedelta(days=99))
    return [(n.recipient, n.template) for n in posted[::-1] if n.params.get("topic") == number]


def test_it_walks_from_given_to_closed(given, pack):
    assert given == "2026-0001"
    assert Row.objects.get().state == "given"
    actions.act(given, "sign", "", OWNER, at=NOW + timedelta(hours=1))
    actions.act(given, "report", "全部换成防盗井盖", COLLEAGUE, at=NOW + timedelta(days=1))
    actions.act(given, "return", "还有两处没有换", HEAD, at=NOW + timedelta(days=2))
    assert Row.objects.get().reported_at is None
    actions.act(given, "report", "两处也换了", OWNER, at=NOW + timedelta(days=3))
    done = actions.act(given, "close", "不再丢失", LEADER, at=NOW + timedelta(days=4))
    assert done.state == Row.objects.get().state == "closed"
    opened = actions.look(given, HEAD, pack)
    said = [opened.words[event.words] for event, _ in opened.history if getattr(event, "words", "")]
    assert said == ["查清去向，换成防盗井盖", "全部换成防盗井盖", "还有两处没有换", "两处也换了", "不再丢失"]
    assert told(given) == [
        ("unit:D15", "topic_given"),
        ("role:shift_leader@C00", "topic_signed"),
        ("role:shift_leader@C00", "topic_reported"),
        ("unit:D15", "topic_returned"),
        ("role:shift_leader@C00", "topic_reported"),
        ("unit:D15", "topic_closed"),
    ]


def test_it_lets_each_do_only_their_part(given, numbers, pack):
    assert (
        actions.look(given, OWNER, pack).offered == actions.look(given, COLLEAGUE, pack).offered == ("sign",)
    )
    assert actions.look(given, HEAD, pack).offered == ("close",)
    for outsider in (OUTSIDER, by("grid_chief", "S01-01", 6), by("system_admin", "C00", 7)):
        with pytest.raises(actions.NoSuchTopic):
            actions.look(given, outsider, pack)
        with pytest.raises(actions.NoSuchTopic):
            actions.act(given, "sign", "", outsider, at=NOW)
    for command, who in (("sign", HEAD), ("close", OWNER), ("report", LEADER)):
        with pytest.raises(permissions.Forbidden):
            actions.act(given, command, "说明", who, at=NOW)
    for who in (OWNER, OUTSIDER, by("seat", "C00", 8)):
        with pytest.raises(permissions.Forbidden):
            actions.open_topic("井盖", "查", "D13", numbers, 10, who, at=NOW)
    assert [row.number for row in actions.visible(OWNER, pack)] == [given]
    assert actions.visible(OUTSIDER, pack) == []


def test_it_takes_only_cases_that_one_may_see(numbers, whistle, pack):
    with pytest.raises(Refusal) as refused:
        actions.open_topic("井盖", "查", "D15", [*numbers, "99999999"], 10, HEAD, at=NOW)
    assert refused.value.code == "no_such_case"
    against = whistle(text="中心的人态度不好", against="C00").case.number
    with pytest.raises(Refusal):
        actions.open_topic("井盖", "查", "D15", [*numbers, against], 10, HEAD, at=NOW)
    assert not Row.objects.exists()


@pytest.mark.parametrize("lead", ["D15", "D13"])
def test_it_is_not_given_to_whom_one_of_its_cases_complains_about(numbers, whistle, lead):
    against = whistle(text="住建局的人收了钱不办事", against="D15").case.number
    if lead == "D13":
        assert actions.open_topic("井盖", "查", lead, [*numbers, against], 10, HEAD, at=NOW)
        return
    with pytest.raises(Refusal) as refused:
        actions.open_topic("井盖", "查", lead, [*numbers, against], 10, HEAD, at=NOW)
    assert (refused.value.code, refused.value.params) == ("no_plan", {"why": "avoid"})
    assert not Row.objects.exists()


@pytest.mark.parametrize(
    ("title", "words", "lead", "workdays", "code"),
    [
        ("", "查", "D15", 10, "words_needed"),
        ("井盖", " ", "D15", 10, "words_needed"),
        ("井" * 61, "查", "D15", 10, "too_long"),
        ("井盖", "查", "X99", 10, "unknown_unit"),
        ("井盖", "查", "S01-01", 10, "unknown_unit"),
        ("井盖", "查", "D15", 11, "field_wrong"),
    ],
)
def test_it_refuses_what_is_missing_or_wrong(numbers, title, words, lead, workdays, code):
    with pytest.raises(Refusal) as refused:
        actions.open_topic(title, words, lead, numbers, workdays, HEAD, at=NOW)
    assert refused.value.code == code


def test_it_refuses_what_its_state_does_not_allow(given):
    for command, who in (("report", OWNER), ("return", HEAD)):
        with pytest.raises(Refusal) as refused:
            actions.act(given, command, "说明", who, at=NOW)
        assert refused.value.code == "not_now"
    with pytest.raises(Refusal) as refused:
        actions.act(given, "close", "", HEAD, at=NOW)  # nothing was reported: why, then?
    assert refused.value.code == "reason_needed"


def test_it_records_a_breach_at_its_deadline_whoever_comes_first(given):
    due = Row.objects.get().due_at
    late = due + timedelta(days=2)
    assert actions.sweep(late) == 1
    row = Row.objects.get()
    assert row.breached_at == due
    assert ("unit:D15", "topic_overdue") in told(given)
    assert actions.sweep(late) == 0  # once
    version = row.version
    after = actions.act(given, "sign", "", OWNER, at=late)
    assert after.version == version + 1


def test_it_records_the_breach_before_what_came_late(given):
    due = Row.objects.get().due_at
    actions.act(given, "sign", "", OWNER, at=NOW + timedelta(minutes=20))
    actions.act(given, "report", "换了", OWNER, at=due + timedelta(hours=3))
    history = [type(event).__name__ for event, _ in actions.look(given, HEAD, _pack()).history]
    assert history[-2:] == ["TopicBreached", "MeasuresReported"]
    actions.act(given, "return", "没换", HEAD, at=due + timedelta(hours=4))
    assert Row.objects.get().breached_at == due
    assert actions.sweep(due + timedelta(days=5)) == 0


def _pack():
    from shaodao.county.pack import versions

    return versions.current(NOW)


def test_it_numbers_topics_by_year(given, numbers):
    assert actions.open_topic("井盖二", "查", "D15", numbers, 5, HEAD, at=NOW) == "2026-0002"


def test_it_shows_topics_of_a_case(given, numbers, pack):
    assert [row.number for row in actions.of_cases(numbers[:1], OWNER, pack)] == [given]
    assert actions.of_cases(numbers[:1], OUTSIDER, pack) == []
    assert actions.of_cases(["1"], HEAD, pack) == []


def test_it_keeps_words_out_of_events_and_rows(given):
    events = store.history(Stream("topic", given))
    assert "井盖" not in str([event.payload for event in events])
    assert "井盖" not in str(Row.objects.values())


def test_it_is_compared_with_replay(given):
    histories = [(given, store.history(Stream("topic", given)))]
    assert list(TOPICS.check(histories)) == []
    Row.objects.update(lead="D31")
    (fault,) = TOPICS.check(histories)
    assert fault.code == "row-differs"
    assert "lead" in fault.detail
    Row.objects.all().delete()
    assert [fault.code for fault in TOPICS.check(histories)] == ["row-differs"]
    TOPICS.write([("2026-0009", topic.Topic(), TOPICS.fold(histories[0][1]))])
    assert [fault.where for fault in TOPICS.strays()] == ["topic/2026-0009"]


def test_it_is_found_by_the_whole_verification(given):
    from shaodao.ground.ledger import projections

    assert "topic" in projections.registered()


@pytest.mark.parametrize("name", sorted(topic.EVENTS))
def test_it_reads_its_events_back(name, given, pack):
    someone = by("liaison", "D15")
    clock = TOPICS.fold(store.history(Stream("topic", given))).clocks[0]
    made = {
        "TopicOpened": topic.TopicOpened(someone, Kept("a"), Kept("b"), "D15", ("1",), (clock,)),
        "TopicSigned": topic.TopicSigned(someone),
        "MeasuresReported": topic.MeasuresReported(someone, Kept("c")),
        "TopicReturned": topic.TopicReturned(someone, Kept("d")),
        "TopicClosed": topic.TopicClosed(someone),
        "TopicBreached": topic.TopicBreached("sign", "D15"),
        "TopicRecomputed": topic.TopicRecomputed(clock),
    }[name]
    assert from_payload(name, to_payload(made), topic.EVENTS) == made


def test_it_reckons_a_provisional_deadline_again(pack):
    """A limit that reaches beyond the published calendar is reckoned on it once it is there."""
    from dataclasses import replace

    opened = topic.decide(
        topic.Topic(),
        topic.Open(HEAD, Kept("a"), Kept("b"), "D15", ("1",), Limit(1, "hour"), Limit(5, "workday")),
        pack.calendar_of("D15"),
        NOW,
    )
    found = topic.replay_on(topic.Topic(), opened)
    finish = found.clock("finish")
    moved = replace(finish, due_at=finish.due_at - timedelta(days=1), provisional=True)
    found = replace(found, clocks=(found.clock("sign"), moved))
    (event, _), *_ = topic.decide(found, topic.Tick(), pack.calendar_of("D15"), NOW)
    assert event == topic.TopicRecomputed(finish)
