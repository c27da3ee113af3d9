"""What waits for a post that nobody holds goes on to who may decide, and says so."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.cases.conftest import NOW, by

from shaodao.centre.cases import actions, permissions, queries, sweeper
from shaodao.county.people.models import Post, User
from shaodao.faces.work import presenting
from shaodao.ground.messages import outbox

OWNER = by("liaison", "D15", 1)
LATER = NOW + timedelta(minutes=9)


@pytest.fixture
def holds(db):
    """Gives a new person a post; returns whom."""

    def give(role, unit, user=None):
        user = user or User.objects.create_user(f"{role}-{unit}-{User.objects.count()}", "审批人", None)
        Post.objects.create(user=user, role=role, unit=unit, since=NOW - timedelta(days=1))
        return user

    return give


@pytest.fixture
def asked(whistle):
    """A return that waits for the head of the section, then for the centre's shift leader."""
    number = whistle(item="MS-08", text="路面有个大坑").case.number
    said = {"duty": 1, "reason": "not_ours", "words": "不归我们"}
    return actions.act(number, "ask_return", said, OWNER, at=NOW + timedelta(minutes=5)).number


def waits_for(number):
    step = actions.load(number).request(1).current
    return step.role, step.unit


def test_it_waits_for_whoever_holds_the_post(asked, holds):
    holds(*waits_for(asked))
    before = actions.load(asked)
    assert sweeper.pass_up(LATER) == 0
    assert actions.load(asked) == before


def test_it_goes_on_to_the_next_of_the_chain_and_tells_them(asked, holds, pack):
    vacant = waits_for(asked)
    leader = holds("shift_leader", "C00")
    assert sweeper.pass_up(LATER) == 1
    assert waits_for(asked) == ("shift_leader", "C00")
    assert sweeper.pass_up(LATER) == 0  # once
    clock = actions.load(asked).clock("approval", "request:1")
    assert (clock.unit, clock.started_at, clock.stopped_at) == ("C00", LATER, None)
    (told,) = outbox.notices(["role:shift_leader@C00"], LATER + timedelta(days=1))
    assert told.template == "to_approve"
    opened = queries.open_case(asked, by("shift_leader", "C00", leader.pk), pack)
    said = [entry.title for entry in presenting.history(opened, pack)]
    assert any("无人可批，转" in title and pack.capacity_name(*vacant) in title for title in said)
    who = by("shift_leader", "C00", leader.pk)
    decided = actions.act(
        asked, "decide", {"request": 1, "approve": False, "words": "是你们的"}, who, at=LATER
    )
    assert decided.request(1).outcome == "refused"


def test_after_the_last_step_the_centre_decides_and_then_the_county(asked, holds):
    holds("county_leader", "L00")
    sweeper.pass_up(LATER)
    assert waits_for(asked) == ("county_leader", "L00")


def test_the_centre_comes_before_the_county(asked, holds):
    holds("county_leader", "L00")
    holds("centre_deputy", "C00")
    sweeper.pass_up(LATER)
    assert waits_for(asked) == ("centre_deputy", "C00")


def test_whoever_asked_is_nobody_who_may_decide(whistle, holds):
    """The only one who holds the post asked for it in another capacity."""
    number = whistle(item="MS-08", text="路面有个大坑").case.number
    said = {"duty": 1, "reason": "not_ours", "words": "不归我们"}
    person = holds("liaison", "D15")
    actions.act(number, "ask_return", said, by("liaison", "D15", person.pk), at=NOW)
    role, unit = waits_for(number)
    holds(role, unit, person)
    holds("shift_leader", "C00")
    sweeper.pass_up(LATER)
    assert waits_for(number) == ("shift_leader", "C00")


def test_one_who_leaves_the_post_leaves_nothing_waiting(asked, holds):
    post = Post.objects.get(user=holds(*waits_for(asked)))
    holds("shift_leader", "C00")
    post.until = LATER
    post.save()
    assert sweeper.pass_up(LATER - timedelta(minutes=1)) == 0
    assert sweeper.pass_up(LATER + timedelta(minutes=1)) == 1


def test_where_nobody_at_all_may_decide_it_stays_and_stops_nothing_else(asked, whistle, holds):
    assert sweeper.pass_up(LATER) == 0
    assert actions.load(asked).request(1).open
    holds("centre_director", "C00")
    assert sweeper.pass_up(LATER + timedelta(minutes=2)) == 1


def test_a_request_is_passed_up_by_nobody_by_hand(asked):
    for who in (OWNER, by("centre_director", "C00", 9), by("system_admin", "C00", 8)):
        with pytest.raises(permissions.Forbidden):
            actions.act(asked, "pass_up", {"request": 1, "vacant": []}, who, at=LATER)
