"""重复诉求 and 点位复发: the same again after closing, by the same person and by others."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.cases.conftest import NOW, SPOT, by, install

from shaodao.centre.cases import actions, permissions
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.centre.likeness import recurrence

MINE, YOURS = "13812345678", "13912345678"
ELSEWHERE = SPOT | {"lat": SPOT["lat"] + 0.05}


@pytest.fixture
def pack(db):
    return install()


def file(at, phone=MINE, item="MS-08", place=SPOT):
    whistle = Whistle(text="路面塌了一块", item=item, place=place, phone=phone)
    return filing.file(whistle, Caller("test", trusted=True), at=at).case


def closed(at=NOW):
    """A case that was dealt with, verified, rated and closed within the day; and when."""
    case = file(at)
    hand, head, number = by("handler", "D15", 2), by("section_head", "D15", 3), case.number

    def give(command, who, minutes, **said):
        return actions.act(number, command, said, who, at=at + timedelta(minutes=minutes))

    give("report_in", hand, 10, duty=1, mode="site", persons=2, position=SPOT)
    give("make_safe", hand, 11, duty=1, words="围上了")
    give("claim_finished", hand, 12, duty=1, way="done", words="补好了")
    give("decide", head, 13, request=1, approve=True)
    clock = actions.load(number).clock("verification")
    verifier = by("seat" if clock.unit == "C00" else "community_secretary", clock.unit, 4)
    give("verify", verifier, 14, passed=True)
    after = give("rate", By(case.requester, permissions.WHISTLER), 15, solved="yes")
    assert after.outcome == "closed"
    return after


def days(number, after):
    return after.ended_at + timedelta(days=number)


def test_the_same_person_again_is_a_repeat_one_level_up_and_linked_never_merged(pack):
    old = closed()
    again = file(days(29, old))
    assert (again.repeat_of, again.level, again.outcome) == (old.number, 1, "")
    assert actions.load(old.number).version == old.version
    assert file(days(31, old), place=SPOT).repeat_of == ""


def test_another_person_again_is_a_recurrence(pack):
    old = closed()
    again = file(days(60, old), phone=YOURS)
    assert again.repeat_of == ""
    assert [row.number for row in recurrence.before(again, pack)] == [old.number]


@pytest.mark.parametrize("other", [{"item": "MS-07"}, {"place": ELSEWHERE}])
def test_another_item_or_grid_is_none(pack, other):
    old = closed()
    assert recurrence.before(file(days(5, old), phone=YOURS, **other), pack) == []


def test_it_recurs_within_ninety_days_of_closing(pack):
    old = closed()
    assert recurrence.before(file(days(90, old), phone=YOURS), pack)
    assert not recurrence.before(file(days(91, old), phone=YOURS), pack)
    assert not recurrence.before(old, pack)


def test_intake_asks_the_database_no_more_than_eight_times(pack):
    file(NOW, phone=YOURS)
    with CaptureQueriesContext(connection) as found:
        file(NOW)
    asked = [q["sql"] for q in found if not q["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT"))]
    assert len(asked) <= 8, asked
