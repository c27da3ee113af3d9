"""我也看到了: what is offered, what is joined, what whoever joined learns of the others, and what remains of them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.core import signing
from tests.cases.conftest import NOW, SPOT, by, install

from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.cases.models import Follower
from shaodao.centre.intake import filing, gate
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.centre.likeness import joining
from shaodao.centre.likeness.joining import Witness
from shaodao.ground.ledger import vault
from shaodao.ground.messages.models import Outgoing

OPEN, PROTECTED = "MS-07", "XZ-09"
MINE, YOURS = "13812345678", "13912345678"


@pytest.fixture
def pack(db):
    return install()


def file(text="西门口的井盖丢了，夜里很危险", **said):
    said.setdefault("place", SPOT)
    said.setdefault("item", OPEN)
    return filing.file(Whistle(text=text, **said), Caller("test"), at=NOW).case


def join(number, phone=YOURS, key="", text="我家孩子差点掉进去", **said):
    return joining.join(number, Witness(text=text, phone=phone, **said), Caller("web:1", key), at=NOW)


def whistler(case, token):
    number, seat = gate.place_of(token)
    return By(actions.load(number).at(seat), permissions.WHISTLER)


def test_it_joins_and_is_no_second_case(pack):
    number = file(phone=MINE).number
    joined = join(number)
    assert CaseRow.objects.get().reporters == 2
    assert gate.place_of(joined.token) == (number, 1)
    (row,) = Follower.objects.all()
    assert (row.case_id, row.followed, row.seat) == (number, number, 1)


def test_the_same_request_joins_once_and_a_person_counts_once(pack):
    number = file(phone=MINE).number
    first, again = join(number, key="k1"), join(number, key="k1")
    assert first.token == again.token
    assert first.case.version == again.case.version
    other_way = join(number, key="k2")  # the same number from another telephone
    assert other_way.token != first.token
    assert other_way.case.reporters == 2
    assert join(number, phone=MINE).case.reporters == 2  # whoever reported it has also seen it


def test_who_joins_learns_nothing_of_the_others(pack):
    case = file(phone=MINE)
    actions.act(
        case.number, "comment", {"words": "我姓王，住三单元"}, By(case.whose, permissions.WHISTLER), at=NOW
    )
    joined = join(case.number)
    opened = queries.open_case(case.number, whistler(case, joined.token), pack)
    assert list(opened.words.values()) == ["我家孩子差点掉进去"]
    seen = repr((opened.case, opened.steps, opened.went))
    for secret in (case.whose, case.words, str(SPOT["lon"])[:6].replace(".", ""), "王"):
        assert secret not in seen
    assert opened.case.place.grid == case.place.grid
    allowed = {cls for cls, _ in opened.offered}
    assert c.Comment in allowed
    assert not {c.Rate, c.Reopen, c.Merge, c.ConfirmReportIn, c.AskReview} & allowed


def test_a_number_typed_by_a_stranger_opens_nothing(pack):
    """Whoever joins with the requester's number gets a seat, not the requester's place."""
    case = file(phone=MINE)
    stranger = whistler(case, join(case.number, phone=MINE).token)
    opened = queries.open_case(case.number, stranger, pack)
    assert case.words not in opened.words
    with pytest.raises(permissions.Forbidden):
        actions.act(case.number, "rate", {"solved": "yes"}, stranger, at=NOW)


def test_the_requester_hears_that_others_saw_it_and_not_what_they_said(pack):
    case = file(phone=MINE)
    joined = join(case.number)
    opened = queries.open_case(case.number, By(case.whose, permissions.WHISTLER), pack)
    (told,) = [step.event for step in opened.steps if isinstance(step.event, e.SeenToo)]
    assert (told.who, told.words, told.photos) == ("", "", ())
    assert opened.case.followers == ()
    assert joined.case.seat(1).person not in repr(opened)


def test_the_unit_reads_what_was_added(pack):
    number = file(phone=MINE).number
    join(number)
    opened = queries.open_case(number, by("liaison", "D15"), pack)
    assert "我家孩子差点掉进去" in opened.words.values()


@pytest.mark.parametrize("said", [{"item": PROTECTED}, {"nature": "denounce"}, {"against": "D05"}], ids=str)
def test_what_must_not_be_shown_cannot_be_joined(pack, said):
    number = file(phone=MINE, **said).number
    with pytest.raises(permissions.Forbidden):
        join(number)
    assert not Follower.objects.exists()


def test_staff_do_not_join(pack):
    number = file(phone=MINE).number
    for actor in (by("seat", "C00"), by("liaison", "D15"), by("liaison", "D05")):
        with pytest.raises(permissions.Forbidden):
            actions.act(number, "seen_too", {}, actor, at=NOW)


def test_only_what_was_offered_can_be_joined_and_only_for_a_day():
    assert joining.offered(joining.offer("260415000001")) == "260415000001"
    for wrong in ("", "260415000001", signing.dumps("260415000001"), "x:y:z"):
        with pytest.raises(Refusal) as refused:
            joining.offered(wrong)
        assert refused.value.code == "offer_over"


def moved_on(number):
    """Something of which those who reported are told: another unit gets the case."""
    said = {"duty": 1, "to": "D13", "reason": "wrong_area"}
    actions.act(number, "redispatch", said, by("shift_leader", "C00"), at=NOW + timedelta(minutes=5))
    rows = Outgoing.objects.filter(template="dispatched", params__unit="D13")
    return {row.recipient: {k: v for k, v in row.params.items() if k != "unit"} for row in rows}


def test_whoever_joined_is_told_under_their_own_seat(pack):
    number = file(phone=MINE).number
    joined = join(number)
    join(number, key="again")  # from another telephone: told once
    assert moved_on(number) == {
        joined.case.whose: {"number": number},
        joined.case.seat(1).person: {"number": number, "seat": 1},
    }


def test_whoever_reported_a_merged_case_is_told_under_their_own_number(pack):
    one, other = file(phone=MINE), file("西门井盖没了", phone=YOURS)
    third = join(other.number, phone="13712345678").case.seat(1).person
    actions.act(other.number, "merge", {"into": one.number}, by("seat", "C00"), at=NOW)
    assert actions.load(one.number).reporters == 3
    assert moved_on(one.number) == {
        one.whose: {"number": one.number},
        other.whose: {"number": other.number},
        third: {"number": other.number, "seat": 1},
    }


def test_nobody_is_told_who_left_no_number(pack):
    one, other = file(phone=MINE), file("西门井盖没了")
    join(one.number, phone="")
    actions.act(other.number, "merge", {"into": one.number}, by("seat", "C00"), at=NOW)
    assert actions.load(one.number).reporters == 3
    assert moved_on(one.number) == {one.whose: {"number": one.number}}


def test_the_requester_may_merge_the_own_case_into_one_that_is_open_to_all(pack):
    one, own = file(phone=MINE), file("西门井盖没了", phone=YOURS)
    me = By(own.whose, permissions.WHISTLER)
    with pytest.raises(permissions.Forbidden):
        actions.act(one.number, "merge", {"into": own.number}, me, at=NOW)  # another's case
    secret = file("有人赌博", phone="13712345678", item=PROTECTED)
    with pytest.raises(permissions.Forbidden):
        actions.act(own.number, "merge", {"into": secret.number}, me, at=NOW)
    after = actions.act(own.number, "merge", {"into": one.number}, me, at=NOW)
    assert (after.outcome, after.outcome_detail) == ("merged", one.number)


def test_what_has_ended_is_neither_joined_nor_merged_into(pack):
    one, other, third = (
        file(phone=MINE),
        file("西门井盖没了", phone=YOURS),
        file("井盖丢了", phone="13712345678"),
    )
    actions.act(one.number, "merge", {"into": third.number}, by("seat", "C00"), at=NOW)
    for give in (
        lambda: actions.act(other.number, "merge", {"into": one.number}, by("seat", "C00"), at=NOW),
        lambda: join(one.number),
    ):
        with pytest.raises(Refusal) as refused:
            give()
        assert refused.value.code == "not_now"


def test_erasing_takes_what_whoever_joined_said_and_leaves_the_count(pack):
    case = file(phone=MINE)
    joined = join(case.number, name="李四")
    person = joined.case.seat(1).person
    seat = whistler(case, joined.token)
    actions.act(case.number, "comment", {"words": "今天还是没有盖"}, seat, at=NOW)
    actions.erase_person(person, by("security_admin", "C00"), at=NOW + timedelta(hours=1))
    after = actions.load(case.number)
    assert after.reporters == 2
    said = {
        w for step in queries.open_case(case.number, by("seat", "C00"), pack).words.values() for w in [step]
    }
    assert said == {"西门口的井盖丢了，夜里很危险"}
    with pytest.raises(permissions.Forbidden):
        actions.act(case.number, "comment", {"words": "还在"}, seat, at=NOW + timedelta(hours=2))
    assert not [value for value in vault.read([after.words]).values() if value is None]


def test_who_left_no_number_erases_themself_by_their_link(pack, client):
    case = file(phone=MINE)
    joined = join(case.number, phone="")
    page = client.get(f"/t/{joined.token}/erase")
    assert page.status_code == 200
    assert client.post(f"/t/{joined.token}/erase", {"sure": "1"}).status_code == 302
    assert client.get(f"/t/{joined.token}").status_code == 410
    assert client.get(f"/t/{gate.token_of(case.number)}").status_code == 200
