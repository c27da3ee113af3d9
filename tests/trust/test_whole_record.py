"""A record of all that dispatch writes passes the whole verification, and a changed row of any of it is found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection, transaction
from tests.trust.conftest import OPEN, PHONE, by, file, give
from tests.trust.test_precedents import learnt, rule

from shaodao.centre.cases import actions
from shaodao.centre.dispatch import precedents
from shaodao.centre.intake.gate import Caller
from shaodao.centre.likeness.joining import Witness, join
from shaodao.centre.topics import actions as topics
from shaodao.ground.ledger import verify
from shaodao.ground.ledger.events import Context

HEAD, SEAT = by("centre_director", "C00", 9), by("seat", "C00", 8)
WHO = Context(actor="user:9", capacity="centre_director@C00")
UNIT = by("unit_head", "D15", 7)
ASKED = "想问一下这个事到底归谁管"


@pytest.fixture
def whole(pack) -> str:
    """Everything once, by those who may; returns the number of a case that was joined."""
    now = actions.now()
    number = file("路面塌了一块，很危险", item=OPEN, phone=PHONE).case.number
    other = file("路面塌了一大块", item=OPEN, phone="13912345678").case.number
    for index in range(3):
        witness = Witness(text="我也看到了", phone=f"1370000000{index}", name="王")
        joined = join(number, witness, Caller("test", f"k{index}", trusted=True))
    join(number, Witness(name="张三"), Caller("test", "k9", trusted=True))
    join(number, Witness(name="张三四"), Caller("test", "k9", trusted=True))
    actions.erase_person(joined.case.seat(1).person, by("security_admin", "D32", 6), reason="asked")
    give(other, "merge", SEAT, into=number)
    guessed = file("窨井盖丢了一个，晚上走路很危险", phone=PHONE).case
    give(guessed.number, "confirm_item", SEAT, item=guessed.guess or "MS-07")
    for index in range(3):
        rule(file(ASKED, phone=f"1380000000{index}").case.number, scope="county" if index else "township")
    first, second, third = sorted(learnt(), key=lambda p: p.pk)
    assert second.superseded_by == third.code
    precedents.limit(third.pk, WHO, now, pack, reason="x", area="S01", until=now + timedelta(days=9))
    precedents.end(first.pk, WHO, now + timedelta(seconds=1), reason="x")
    topic = topics.open_topic("路面", "查", "D15", [number], 10, HEAD)
    for command, words, who in (("sign", "", UNIT), ("report", "补了", UNIT), ("return", "不够", HEAD)):
        topics.act(topic, command, words, who)
    return number


def faults() -> set[str]:
    learnt()  # seals
    return {fault.where.partition("/")[0] for fault in verify.run().faults}


def test_it_passes_whole(whole):
    assert faults() == set()


@pytest.mark.parametrize(
    ("table", "change", "where"),
    [
        ("topics_topic", "lead = 'D31'", "topic"),
        ("topics_topic", "cases = '{}'", "topic"),
        ("topics_topic", "due_at = due_at + interval '1 day'", "topic"),
        ("dispatch_precedent", "lead = 'D31'", "precedent"),
        ("dispatch_precedent", "area = ''", "precedent"),
        ("dispatch_precedent", "ended_at = NULL", "precedent"),
        ("dispatch_precedent", "number = '990101000001' WHERE superseded_by <> ''", "precedent"),
        ("cases_follower", "person = 'person:00000000-0000-0000-0000-000000000000'", "case"),
        ("cases_case", "reporters = reporters + 1", "case"),
        ("cases_case", "confirmed = 'MS-01' WHERE confirmed <> ''", "case"),
    ],
)
def test_it_finds_a_changed_row(whole, table, change, where):
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(f"UPDATE {table} SET {change}")
        assert cursor.rowcount
    assert where in faults()
