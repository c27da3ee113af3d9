"""督办单: demanded of a unit, answered by its head, judged by somebody else, followed until it is put right."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.cases.conftest import NOW, by

from shaodao.centre.cases import actions as cases
from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.codec import from_payload, to_payload
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.supervision.models import Order as Row
from shaodao.centre.supervision.orders import actions, order
from shaodao.centre.supervision.orders.actions import Drafted
from shaodao.centre.supervision.orders.projection import ORDERS
from shaodao.ground.ledger import projections, store
from shaodao.ground.ledger.events import Stream
from shaodao.ground.messages import outbox

DRAFTER, DIRECTOR = by("shift_leader", "C00", 1), by("centre_director", "C00", 2)
OFFICE, LEADER = by("supervisor", "V00", 3), by("county_leader", "L00", 4)
HEAD, COLLEAGUE = by("unit_head", "D15", 5), by("liaison", "D15", 6)
OUTSIDER, OTHER_HEAD = by("liaison", "D31", 7), by("unit_head", "D31", 8)
COMMISSION, GROUP, OTHER_GROUP = (
    by("inspector", "J00", 9),
    by("inspector", "J04", 10),
    by("inspector", "J02", 11),
)
SAID = Drafted(
    lead="D15",
    title="井盖丢失长期不补",
    words="三处井盖丢失，通知后没有到场。",
    basis="专报第1期；《辉南县城市管理办法》",
    demand="三日内补齐，并排查全部井盖。",
    contact="治理中心 王主任 0435-8220000",
    workdays=5,
)


@pytest.fixture
def late(whistle):
    """Two cases that D15 has let run out for days."""
    return [whistle(text=f"小区门口第 {n} 个井盖丢了", item="MS-07").case.number for n in range(2)]


def drafted(cases=(), who=DRAFTER, at=NOW, **said):
    from dataclasses import replace

    return actions.draft(replace(SAID, cases=cases, **said), who, at=at)


def walk(number, *steps, at=NOW):
    for hour, (command, who) in enumerate(steps, 1):
        moment = at + timedelta(hours=hour / 4)
        found = actions.act(number, command, "说明", who, factor=command == "sign_reply", at=moment)
    return found


@pytest.fixture
def issued(pack):
    number = drafted()
    actions.act(number, "issue", "", DIRECTOR, at=NOW)
    return number


def told(number, *recipients):
    posted = outbox.notices(list(recipients), NOW + timedelta(days=999))
    return [n.template for n in posted[::-1] if n.params.get("order") == number]


def test_it_walks_from_draft_to_struck(late, pack):
    later = NOW + timedelta(days=9)
    for number in late:
        cases.let_time_pass(number, later)
    number = drafted(late, at=later)
    assert (number, Row.objects.get().state, Row.objects.get().serial) == ("2026-0001", "drafted", 0)
    walk(number, ("issue", DIRECTOR), ("sign", COLLEAGUE), ("reply", COLLEAGUE), at=later)
    row = Row.objects.get()
    assert (row.state, row.year, row.serial, row.replied_at) == ("signed", 2026, 1, None)
    walk(
        number,
        ("sign_reply", HEAD),
        ("return", OFFICE),
        ("reply", HEAD),
        ("sign_reply", HEAD),
        at=later + timedelta(days=1),
    )
    assert Row.objects.get().state == "replied"
    done = walk(number, ("follow", DRAFTER), ("strike", LEADER), at=later + timedelta(days=2))
    assert done.put_right
    assert (done.returns, done.replies, Row.objects.get().next_due_at) == (1, 2, None)
    assert {fact.case for fact in done.facts} == set(late)
    assert all(fact.days >= 1 and fact.kind for fact in done.facts)
    assert told(number, "unit:D15") == [
        "order_issued", "order_returned", "order_followed", "order_struck",
    ]  # fmt: skip
    assert told(number, "role:unit_head@D15")[1] == "order_to_sign"
    assert told(number, "unit:J00") == told(number, "unit:V00") == ["order_issued", "order_struck"]
    assert told(number, f"role:{DIRECTOR.role}@C00") == ["order_signed", "order_replied", "order_replied"]


def test_it_lets_each_do_only_their_part(issued, pack):
    assert (
        actions.look(issued, COLLEAGUE, pack).offered == actions.look(issued, HEAD, pack).offered == ("sign",)
    )
    assert actions.look(issued, OFFICE, pack).offered == ("remind", "withdraw")
    for outsider in (OUTSIDER, OTHER_HEAD, OTHER_GROUP, by("grid_chief", "S01-01", 12), by("seat", "C00", 13),
                     by("system_admin", "C00", 14)):  # fmt: skip
        with pytest.raises(actions.NoSuchOrder):
            actions.look(issued, outsider, pack)
        with pytest.raises(actions.NoSuchOrder):
            actions.act(issued, "sign", "", outsider, at=NOW)
        assert actions.visible(outsider, pack) == []
    for copied in (COMMISSION, GROUP):
        assert actions.look(issued, copied, pack).offered == ()
        assert [row.number for row in actions.visible(copied, pack)] == [issued]
    for command, who in (
        ("sign", DIRECTOR),
        ("strike", HEAD),
        ("sign_reply", COLLEAGUE),
        ("remind", COMMISSION),
    ):
        with pytest.raises(permissions.Forbidden):
            actions.act(issued, command, "说明", who, at=NOW)
    for who in (HEAD, OUTSIDER, COMMISSION):
        with pytest.raises(permissions.Forbidden):
            drafted(who=who)


def test_it_shows_a_draft_to_nobody_but_those_who_draft(pack):
    number = drafted()
    for who in (HEAD, COMMISSION, OUTSIDER):
        with pytest.raises(actions.NoSuchOrder):
            actions.look(number, who, pack)
        assert actions.visible(who, pack) == []
    assert actions.look(number, DRAFTER, pack).offered == ()  # a shift leader issues nothing
    assert actions.look(number, DIRECTOR, pack).offered == ("issue", "withdraw")
    actions.act(number, "withdraw", "已办好", DIRECTOR, at=NOW)
    with pytest.raises(actions.NoSuchOrder):
        actions.look(number, COMMISSION, pack)


def test_it_is_listed_only_by_a_county_leader(pack):
    number = drafted(grade="listed")
    for who in (DIRECTOR, OFFICE):
        assert "issue" not in actions.look(number, who, pack).offered
        with pytest.raises(permissions.Forbidden):
            actions.act(number, "issue", "", who, at=NOW)
    assert actions.act(number, "issue", "", LEADER, at=NOW).state == "issued"


def test_it_is_never_reviewed_by_who_issued_it(issued, pack):
    walk(issued, ("sign", COLLEAGUE), ("reply", COLLEAGUE), ("sign_reply", HEAD))
    assert actions.look(issued, DIRECTOR, pack).offered == ("withdraw",)
    for command in ("strike", "return", "follow"):
        with pytest.raises(Refusal) as refused:
            actions.act(issued, command, "好", DIRECTOR, at=NOW + timedelta(days=1))
        assert refused.value.code == "second_person_needed"


def test_it_is_replied_to_only_by_the_head(issued, pack):
    walk(issued, ("sign", COLLEAGUE))
    assert "sign_reply" not in actions.look(issued, HEAD, pack).offered  # nothing is written yet
    walk(issued, ("reply", COLLEAGUE), at=NOW + timedelta(hours=1))
    assert actions.look(issued, HEAD, pack).offered == ("sign_reply", "reply")
    signed = actions.act(issued, "sign_reply", "", HEAD, factor=True, at=NOW + timedelta(hours=2))
    assert signed.signer == HEAD
    (event, _), *_ = [
        each for each in actions.look(issued, HEAD, pack).history if type(each[0]) is order.ReplySigned
    ]
    assert event.factor


def test_it_breaches_at_the_deadline_and_runs_on_when_a_reply_is_returned(issued):
    due = Row.objects.get().due_at
    walk(issued, ("sign", COLLEAGUE), ("reply", COLLEAGUE), ("sign_reply", HEAD))
    actions.act(issued, "return", "没有做到", OFFICE, at=due + timedelta(days=2))
    assert actions.sweep(due + timedelta(days=2)) == 1
    row = Row.objects.get()
    assert row.breached_at == due
    assert "order_overdue" in told(issued, "unit:J00")
    assert actions.sweep(due + timedelta(days=3)) == 0  # once
    walk(issued, ("reply", HEAD), ("sign_reply", HEAD), at=due + timedelta(days=3))
    assert Row.objects.get().breached_at == due


def test_it_counts_working_days_of_the_countys_calendar(pack):
    """Five working days from a Wednesday reach the next Wednesday, and further where a holiday lies between."""
    number = drafted()
    assert (actions.act(number, "issue", "", DIRECTOR, at=NOW).clock("reply").due_at - NOW).days == 7
    before_may_day = NOW + timedelta(days=14)  # Wednesday 29 April 2026
    number = drafted(at=before_may_day)
    due = actions.act(number, "issue", "", DIRECTOR, at=before_may_day).clock("reply").due_at
    assert f"{due:%m-%d}" == "05-09"  # 1–5 May are off, Saturday 9 May is worked


def test_it_numbers_orders_by_year_when_they_are_issued(pack):
    first, second = drafted(), drafted()
    assert actions.act(second, "issue", "", OFFICE, at=NOW).serial == 1
    assert actions.act(first, "issue", "", DIRECTOR, at=NOW).serial == 2
    third = drafted(at=NOW + timedelta(days=300))
    issued = actions.act(third, "issue", "", DIRECTOR, at=NOW + timedelta(days=300))
    assert (issued.year, issued.serial) == (2027, 1)


@pytest.mark.parametrize(
    ("said", "code"),
    [
        ({"title": ""}, "words_needed"),
        ({"demand": " "}, "words_needed"),
        ({"title": "井" * 61}, "too_long"),
        ({"lead": "X99"}, "unknown_unit"),
        ({"lead": "J00"}, "unknown_unit"),
        ({"workdays": 4}, "field_wrong"),
        ({"grade": "worst"}, "field_wrong"),
        ({"cases": ["99999999"]}, "no_such_case"),
    ],
)
def test_it_refuses_what_is_missing_or_wrong(pack, said, code):
    with pytest.raises(Refusal) as refused:
        drafted(**said)
    assert refused.value.code == code
    assert not Row.objects.exists()


def test_it_names_no_case_that_complains_about_the_unit(whistle, pack):
    against = whistle(text="住建局的人收了钱不办事", against="D15").case.number
    with pytest.raises(Refusal) as refused:
        drafted([against])
    assert refused.value.params == {"why": "avoid"}


def test_it_keeps_words_out_of_events_and_rows(issued):
    events = store.history(Stream("order", issued))
    for word in ("井盖", "王主任", "8220000"):
        assert word not in str([event.payload for event in events])
        assert word not in str(Row.objects.values())


def test_it_is_compared_with_replay(issued):
    histories = [(issued, store.history(Stream("order", issued)))]
    assert list(ORDERS.check(histories)) == []
    Row.objects.update(serial=7)
    (fault,) = ORDERS.check(histories)
    assert "serial" in fault.detail
    Row.objects.all().delete()
    assert [fault.code for fault in ORDERS.check(histories)] == ["row-differs"]
    ORDERS.write([("2026-0009", order.Order(), ORDERS.fold(histories[0][1]))])
    assert [fault.where for fault in ORDERS.strays()] == ["order/2026-0009"]
    assert {"order", "note", "meeting"} <= set(projections.registered())


def test_it_reads_its_events_back(issued, pack):
    walk(
        issued, ("sign", HEAD), ("reply", HEAD), ("sign_reply", HEAD), ("follow", OFFICE), ("strike", OFFICE)
    )
    seen = {type(event).__name__: event for event, _ in actions.look(issued, DIRECTOR, pack).history}
    assert len(seen) == 7
    for name, event in seen.items():
        assert from_payload(name, to_payload(event), order.EVENTS) == event


def test_it_is_listed_in_few_statements(pack, django_assert_num_queries):
    for _ in range(6):
        actions.act(drafted(), "issue", "", DIRECTOR, at=NOW)
    with django_assert_num_queries(2):
        assert len(actions.visible(DIRECTOR, pack)) == 6
