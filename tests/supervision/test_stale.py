"""Two people at the same page: who comes second is told so, loses nothing that was typed, and changes nothing."""

from __future__ import annotations

import re
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections
from django.urls import reverse
from django.utils import timezone
from tests.cases.conftest import SPOT, by, install
from tests.faces.conftest import code, county, signed_in, staff  # noqa: F401
from tests.supervision.test_pages import case, desk, drafted, raised  # noqa: F401

from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.models import Case
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.centre.supervision.meetings import actions as meetings
from shaodao.centre.supervision.models import Meeting, Note
from shaodao.centre.supervision.models import Order as Row
from shaodao.centre.supervision.notes import actions as notes
from shaodao.centre.supervision.orders import actions as orders

FASTER = "别人刚刚办理了这一件"


def hidden(page, name):
    """What the first form of a page carries under a name."""
    return re.search(rf'name="{name}" value="([^"]*)"', page.content.decode()).group(1)


@pytest.fixture
def order(desk):  # noqa: F811
    """One that waits for the unit's reply."""
    _, director = desk("centre_director", "C00")
    number = orders.draft(drafted(), director)
    orders.act(number, "issue", "", director)
    _, liaison = desk("liaison", "D15")
    orders.act(number, "sign", "", liaison)
    return number


def test_a_reply_from_an_old_page_changes_nothing_and_keeps_what_was_typed(desk, order):  # noqa: F811
    client, liaison = desk("liaison", "D15")
    page = client.get(reverse("staff:order", args=[order]))
    orders.act(order, "reply", "同事写的回复", liaison)
    before = Row.objects.get().version
    said = {"words": "我写的回复", "version": hidden(page, "version")}
    answer = client.post(reverse("staff:order_command", args=[order, "reply"]), said)
    assert answer.status_code == 422
    assert FASTER in answer.content.decode()
    assert "我写的回复" in answer.content.decode()
    assert Row.objects.get().version == before
    said["version"] = hidden(answer, "version")
    assert client.post(reverse("staff:order_command", args=[order, "reply"]), said).status_code == 302
    assert Row.objects.get().version == before + 1


def test_the_head_signs_only_the_reply_that_was_read(desk, order):  # noqa: F811
    _, liaison = desk("liaison", "D15")
    orders.act(order, "reply", "读过的", liaison)
    client, _ = desk("unit_head", "D15")
    page = client.get(reverse("staff:order", args=[order]))
    orders.act(order, "reply", "换过的", liaison)
    said, there = (
        {"code": code(), "version": hidden(page, "version")},
        reverse("staff:order_command", args=[order, "sign_reply"]),
    )
    answer = client.post(there, said)
    assert FASTER in answer.content.decode()
    assert Row.objects.get().state == "signed"
    said["version"] = hidden(answer, "version")
    client.post(there, said)  # the code was not used up
    assert Row.objects.get().state == "replied"


def test_who_strikes_off_second_is_told(desk, order):  # noqa: F811
    _, liaison = desk("liaison", "D15")
    orders.act(order, "reply", "好了", liaison)
    _, head = desk("unit_head", "D15")
    orders.act(order, "sign_reply", "", head, factor=True)
    client, _ = desk("supervisor", "V00")
    page = client.get(reverse("staff:order", args=[order]))
    _, leader = desk("county_leader", "L00")
    orders.act(order, "strike", "看过了", leader)
    client, _ = desk("supervisor", "V00")
    said = {"words": "我也看过", "version": hidden(page, "version")}
    answer = client.post(reverse("staff:order_command", args=[order, "strike"]), said, follow=True)
    assert FASTER in answer.content.decode()
    assert Row.objects.get().state == "struck"


def test_minutes_written_beside_a_meeting_that_was_moved_are_kept_on_the_page(desk, raised):  # noqa: F811
    client, leader = desk("county_leader", "L00")
    called = meetings.Called(leader.actor, ["D15", "D13"], timezone.now() + timedelta(hours=1), "三楼")
    number = meetings.call(raised, called, leader)
    page = client.get(reverse("staff:meeting", args=[number]))
    meetings.move(number, timezone.now() + timedelta(days=1), "四楼", leader)
    there = reverse("staff:meeting_command", args=[number, "hold"])
    said = {
        "minutes": "由住建局牵头。", "unit-1": "D13", "role-1": "assist", "days-1": "3",
        "version": re.findall(r'name="version" value="(\d+)"', page.content.decode())[0],
    }  # fmt: skip
    answer = client.post(there, said)
    shown = answer.content.decode()
    assert answer.status_code == 422
    assert FASTER in shown
    assert "由住建局牵头。" in shown
    assert '<option value="assist" selected>' in shown
    assert Meeting.objects.get().state == "called"
    said["version"] = hidden(answer, "version")
    client.post(there, said)
    assert Meeting.objects.get().state == "held"


def test_attendance_is_taken_by_several_at_once(desk, raised):  # noqa: F811
    client, leader = desk("county_leader", "L00")
    called = meetings.Called(leader.actor, ["D15", "D13"], timezone.now() + timedelta(hours=1), "三楼")
    number = meetings.call(raised, called, leader)
    meetings.came(number, "D13", "一个人", leader)
    there = reverse("staff:meeting_command", args=[number, "came"])
    client.post(there, {"unit": "D15", "person": "另一个人"})
    assert Meeting.objects.get().came == ["D13", "D15"]


def test_a_note_sent_twice_opens_one_case(desk, case):  # noqa: F811
    client, _ = desk("county_leader", "L00")
    page = client.get(reverse("staff:case", args=[case]))
    said = {
        "about": "case", "subject": case, "kind": "instructed", "words": "三日内补好", "unit": "D15",
        "workdays": "3", "key": hidden(page, "key"), "version": hidden(page, "version"),
    }  # fmt: skip
    version = re.search(r'name="about".*?name="version" value="(\d+)"', page.content.decode(), re.S)
    said["version"] = version.group(1)
    answers = [client.post(reverse("staff:note"), said, follow=True) for _ in range(2)]
    number = Note.objects.get().case
    assert all(f"立为领导交办件 {number}" in each.content.decode() for each in answers)
    assert Case.objects.filter(whistler_kind="leader").count() == 1
    changed = client.post(reverse("staff:note"), {**said, "words": "五日内补好"})
    assert changed.status_code == 422
    assert "五日内补好" in changed.content.decode()


def test_two_leaders_do_not_assign_the_same_without_knowing(desk, case):  # noqa: F811
    client, first = desk("county_leader", "L00")
    page = client.get(reverse("staff:case", args=[case])).content.decode()
    notes.write(notes.Said("case", case, "instructed", "城管局去办", "D13"), first)
    seen = re.search(r'name="about".*?name="version" value="(\d+)"', page, re.S).group(1)
    said = {
        "about": "case",
        "subject": case,
        "kind": "instructed",
        "words": "住建局去办",
        "unit": "D15",
        "version": seen,
    }
    answer = client.post(reverse("staff:note"), said)
    assert answer.status_code == 422
    assert "别的领导刚刚在这里批示过" in answer.content.decode()
    assert "住建局去办" in answer.content.decode()
    assert Note.objects.count() == 1
    said["version"] = hidden(answer, "version")
    assert client.post(reverse("staff:note"), said).status_code == 302
    assert Note.objects.count() == 2


def test_a_note_sent_four_times_at_the_same_moment_is_one(fresh_db):
    install()
    number = filing.file(
        Whistle(text="西门口的井盖丢了", item="MS-07", place=SPOT), Caller("test")
    ).case.number
    said = notes.Said("case", number, "instructed", "三日内补好", "D15", 3, key="k" * 32)

    def send(_):
        try:
            return notes.write(said, by("county_leader", "L00"), version=0).case
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        numbers = set(pool.map(send, range(4)))
    assert numbers == {Note.objects.get().case}
    assert Case.objects.filter(whistler_kind="leader").count() == 1


def test_a_door_without_a_page_asks_for_no_version(desk, order):  # noqa: F811
    _, liaison = desk("liaison", "D15")
    with pytest.raises(Refusal, match="stale"):
        orders.act(order, "reply", "好了", liaison, version=1)
    assert orders.act(order, "reply", "好了", liaison).reply
