"""值班, 工作量 and 剔除, as people see them."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.cases.conftest import SPOT
from tests.faces.conftest import county, staff  # noqa: F401

from shaodao.centre.assessment.exclusions import exclusions
from shaodao.centre.cases import actions as cases
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.centre.shifts import work
from shaodao.centre.shifts.models import Note, Stint
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Stream

REASON = "现场看过，没有这回事"


def filed(n: int = 0, **said) -> str:
    return filing.file(
        Whistle(text=f"西门口的井盖丢了 {n}", item="MS-07", place=SPOT, **said), Caller("test")
    ).case.number


def text(answer) -> str:
    return answer.content.decode()


def test_it_signs_on_hands_over_and_is_relieved(desk):
    client, seat = desk("seat", "C00")
    number = filed()
    assert "上岗" in text(client.get(reverse("staff:duty")))
    assert "已上岗" in text(client.post(reverse("staff:duty_sign", args=["on"]), {"seat": ""}, follow=True))
    assert Stint.objects.get().actor == seat.actor
    wrong = client.post(reverse("staff:duty_note"), {"words": "盯着井盖", "cases": "20200000000"})
    assert wrong.status_code == 422
    assert "没有找到这个哨件" in text(wrong)
    assert "盯着井盖" in text(wrong)  # what was typed is still there
    client.post(reverse("staff:duty_note"), {"words": "盯着井盖", "cases": number})
    client.post(reverse("staff:duty_sign", args=["off"]))
    note = Note.objects.get()
    take = reverse("staff:duty_take", args=[note.turn, note.note])
    assert take not in text(client.get(reverse("staff:duty")))  # not one's own
    client, _ = desk("shift_leader", "C00")
    shown = text(client.get(reverse("staff:duty")))
    assert "盯着井盖" in shown
    assert number in shown
    assert "已接班" in text(client.post(take, follow=True))


def test_it_shows_a_stationed_officer_no_notes_of_others(desk):
    client, _ = desk("seat", "C00")
    client.post(reverse("staff:duty_sign", args=["on"]))
    client.post(reverse("staff:duty_note"), {"words": "只给中心看的话"})
    note = Note.objects.get()
    client, _ = desk("stationed", "D13")
    assert "只给中心看的话" not in text(client.get(reverse("staff:duty")))
    assert client.post(reverse("staff:duty_take", args=[note.turn, note.note])).status_code == 404
    client, _ = desk("county_leader", "L00")
    page = client.get(reverse("staff:duty"))
    assert page.status_code == 200
    assert "只给中心看的话" not in text(page)


@pytest.mark.parametrize("who", [("handler", "D15"), ("street_clerk", "S01"), ("system_admin", "C00")])
def test_its_pages_are_not_for_others(desk, who):
    client, _ = desk(*who)
    for name in ("duty", "desk_work", "exclusions"):
        assert client.get(reverse(f"staff:{name}")).status_code == 403
    assert client.post(reverse("staff:duty_sign", args=["on"])).status_code == 403
    assert not Stint.objects.exists()


def test_each_reads_the_own_line_and_the_heads_all(desk):
    client, seat = desk("seat", "C00")
    number = filing.file(Whistle(text="不知道归谁管的事"), Caller("test")).case.number
    at = timezone.now().replace(microsecond=0)
    cases.act(number, "dispatch", {"item": "MS-07", "place": SPOT}, seat, at=at)
    work.watch(store.history(Stream("case", number)))
    name = "演示seat-c00"
    pages = {}
    for role in ("seat", "caller", "shift_leader", "county_leader"):
        client, _ = desk(role, "L00" if role == "county_leader" else "C00")
        pages[role] = text(client.get(reverse("staff:desk_work"))).partition("<main")[2]
    assert "1 件" in pages["county_leader"]
    assert [role for role, page in pages.items() if name in page] == ["seat", "shift_leader"]


@pytest.fixture
def excluded(desk):
    """Two cases: one left out of the rates, one that waits for the second person."""
    _, seat = desk("seat", "C00")
    _, deputy = desk("centre_deputy", "C00")
    numbers = [filed(n) for n in range(2)]
    said = {"reason": "untrue", "words": REASON}
    for number in numbers:
        cases.act(number, "propose_exclusion", said, seat)
    cases.act(numbers[0], "decide", {"request": 1, "approve": True, "words": ""}, deputy)
    return numbers


def test_an_exclusion_names_who_proposed_and_who_else_approved(desk, excluded):
    waits, granted = exclusions()
    assert (granted.number, waits.number) == tuple(excluded)
    assert granted.outcome == "granted"
    assert granted.by.actor not in granted.approvers
    assert len(granted.approvers) == 1
    assert (waits.outcome, waits.approvers) == ("", ())
    assert exclusions(waits.key) == [granted]
    assert exclusions(size=1) == [waits]


def test_the_auditor_reads_reasons_and_persons_but_neither_case_nor_words(desk, excluded):
    client, _ = desk("audit_admin", "J00")
    shown = text(client.get(reverse("staff:exclusions")))
    assert all(number in shown for number in excluded)
    assert "演示seat-c00" in shown
    assert "演示centre_deputy-c00" in shown
    assert "不属实" in shown
    assert REASON not in shown
    assert reverse("staff:case", args=[excluded[0]]) not in shown
    assert reverse("staff:exclusions") in shown  # in the navigation
    client, _ = desk("inspector", "J00")
    shown = text(client.get(reverse("staff:exclusions")))
    assert REASON in shown
    assert reverse("staff:case", args=[excluded[0]]) in shown


def test_a_longer_list_asks_no_more(desk, excluded):
    client, _ = desk("inspector", "J00")
    client.get(reverse("staff:exclusions"))
    counts = []
    _, seat = desk("seat", "C00")
    for extra in (0, 5):
        for n in range(extra):
            cases.act(filed(10 + n), "propose_exclusion", {"reason": "untrue", "words": REASON}, seat)
        client, _ = desk("inspector", "J00")
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("staff:exclusions"))
        counts.append(len(asked))
    assert counts[0] == counts[1]


def test_the_desk_page_asks_no_more_for_more_people_and_notes(desk):
    counts = []
    for roles in (["seat"], ["caller", "shift_leader", "centre_deputy"]):
        for role in roles:
            client, _ = desk(role, "C00")
            client.post(reverse("staff:duty_sign", args=["on"]))
            client.post(reverse("staff:duty_note"), {"words": f"{role} 的话"})
        client, _ = desk("centre_director", "C00")
        client.get(reverse("staff:duty"))
        with CaptureQueriesContext(connection) as asked:
            client.get(reverse("staff:duty"))
        counts.append(len(asked))
    assert counts[0] == counts[1]
    assert Note.objects.filter(left_at__gte=timezone.now() - timedelta(hours=1)).count() == 4
