"""What whoever holds a link sees: their case, never the paperwork of units; and that the link is hard to come by."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.test import Client
from tests.api.scenes import ASSIST, LEAD, Scenes
from tests.trust.conftest import OPEN, PHONE, SPOT, by, file, give

from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import filing, gate
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.county.people import persons
from shaodao.faces.accounts import resident


@pytest.fixture
def scenes(pack) -> Scenes:
    return Scenes(actions.now())


@pytest.fixture
def browser(pack) -> Client:
    return Client()


def inner(number: str) -> None:
    """Paperwork of all kinds."""
    give(number, "comment", by("liaison", LEAD, 9002), words="此人是老上访户，注意方式")
    give(number, "ask_return", by("liaison", LEAD, 9003), duty=1, reason="not_ours", words="内部退单理由")
    give(number, "decide", by("section_head", LEAD, 9004), request=1, approve=False, words="内部审批意见")


@pytest.mark.parametrize("by_api", [False, True])
def test_a_link_shows_no_paperwork_of_units(scenes, browser, by_api):
    number = scenes.dispatched()
    inner(number)
    token = gate.token_of(number)
    give(number, "comment", By(actions.load(number).requester, permissions.WHISTLER), words="就在邮局门口")
    address = f"/api/v1/track/{token}" if by_api else f"/t/{token}"
    answer = browser.get(address)
    assert answer.status_code == 200
    text = answer.content.decode()
    for hidden in ("老上访户", "内部", "审批", "退单"):
        assert hidden not in text
    assert "就在邮局门口" in text


def test_a_deputy_sees_no_paperwork_either(pack, sign_in):
    deputy = sign_in("deputy", "X00")
    answer = deputy.post("/work/whistle", {"text": "路面塌了一块", "item": OPEN, **SPOT})
    number = re.search(r"/work/cases/(\d+)", answer["Location"])[1]
    inner(number)
    page = deputy.get(f"/work/cases/{number}").content.decode()
    for hidden in ("老上访户", "内部"):
        assert hidden not in page


def test_whoever_reported_a_merged_case_follows_the_case_it_went_into(scenes, browser, pack):
    first, second, third = scenes.dispatched(), scenes.dispatched(), scenes.dispatched()
    give(second, "comment", By(actions.load(second).requester, permissions.WHISTLER), words="我家三楼看得见")
    desk = by("seat", "C00")
    give(first, "merge", desk, into=second)
    give(second, "merge", desk, into=third)
    give(third, "call_assist", by("liaison", LEAD), to={"unit": ASSIST, "role": "assist"}, reason="site")
    give(third, "report_in", by("handler", ASSIST, 3), duty=2, mode="site", persons=2)
    went = queries.where_it_went(actions.load(first))
    assert went is not None
    assert went.number == third
    for address in (f"/t/{gate.token_of(first)}", f"/api/v1/track/{gate.token_of(first)}"):
        page = browser.get(address).content.decode()
        assert pack.units[LEAD].short in page
        assert pack.units[ASSIST].short in page, address
        assert "三楼" not in page
        for token in (gate.token_of(second), gate.token_of(third)):
            assert token not in page
    # The link is still one to the own case only.
    assert browser.post(f"/t/{gate.token_of(first)}/rate", {"solved": "yes"}).status_code == 302
    assert actions.load(third).ratings == ()


def test_merging_in_a_ring_ends(pack):
    from dataclasses import replace

    case = file(item=OPEN, phone=PHONE).case
    ring = replace(case, outcome="merged", outcome_detail=case.number)
    assert queries.where_it_went(ring) is None
    lost = replace(case, outcome="merged", outcome_detail="000000000000")
    assert queries.where_it_went(lost) is None


FORGED = (
    "", "-", "x", "{number}", "{number}-", "{number}-{wrong}", "{other}-{right}", "{token}0", "{token}%00", "{token}é",
    "{token}-x",
)  # fmt: skip


@pytest.mark.parametrize("forged", FORGED)
def test_a_guessed_link_is_not_found(pack, browser, forged):
    number, other = (file(item=OPEN, phone=PHONE).case.number for _ in range(2))
    token = gate.token_of(number)
    right = token.partition("-")[2]
    wrong = right[:-1] + ("0" if right[-1] != "0" else "1")
    guess = forged.format(number=number, other=other, token=token, right=right, wrong=wrong)
    for address in (f"/t/{guess}", f"/api/v1/track/{guess}"):
        assert browser.get(address).status_code == 404
    assert browser.post(f"/t/{guess}/comment", {"words": "x"}).status_code == 404


def test_last_digits_cannot_be_tried_out(pack, browser):
    number = file(item=OPEN, phone=PHONE).case.number
    cache.clear()
    tried = 0
    for guess in range(40):
        page = browser.post("/track", {"number": number, "last_four": f"{guess:04}"})
        if "太频繁" in page.content.decode():
            break
        tried += 1
    assert tried <= 10
    right = browser.post("/track", {"number": number, "last_four": PHONE[-4:]})
    assert right.status_code == 422, "the limit holds for the right guess as well"


def test_numbers_cannot_be_walked_through_from_one_address(pack, browser):
    cache.clear()
    tried = 0
    for guess in range(100):
        page = browser.post("/track", {"number": f"2604150{guess:05}", "last_four": "5678"})
        if "太频繁" in page.content.decode():
            break
        tried += 1
    assert tried <= 30


def test_a_wrong_number_and_wrong_digits_are_told_alike(pack, browser):
    number = file(item=OPEN, phone=PHONE).case.number
    anonymous = file(item=OPEN).case.number
    pages = [
        browser.post("/track", {"number": each, "last_four": digits}).content.decode()
        for each, digits in ((number, "0000"), ("260101999999", "0000"), (anonymous, "0000"))
    ]
    said = {re.search(r"编号和手机号后四位[^<]*", page)[0] for page in pages}
    assert len(said) == 1


def test_an_erased_whistler_has_no_link_any_more(pack, browser):
    case = file(item=OPEN, phone=PHONE).case
    token = gate.token_of(case.number)
    assert browser.get(f"/t/{token}").status_code == 200
    actions.erase_person(case.requester, by("security_admin", "C00"))
    for address in (f"/t/{token}", f"/api/v1/track/{token}"):
        assert browser.get(address).status_code in (404, 410)
    assert browser.post("/track", {"number": case.number, "last_four": PHONE[-4:]}).status_code == 422


def test_a_number_that_changed_hands_does_not_show_what_lies_before_a_long_silence(pack, browser):
    """An operator gives a number to somebody else only after months in which nobody used it."""
    now = actions.now()

    def filed(days: int) -> str:
        at = now - timedelta(days=days)
        said = Whistle(text="想问一下这个事归谁管", phone=PHONE)
        number = filing.file(said, Caller("t", trusted=True), at=at).case.number
        actions.act(number, "answer", {"words": "归住建局"}, by("seat", "C00"), at=at + timedelta(minutes=5))
        return number

    before, old, new, last = (filed(days) for days in (210, 200, 80, 20))
    session = browser.session
    session[resident.SESSION_KEY] = str(persons.find(PHONE))
    session.save()
    page = browser.get("/mine").content.decode()
    assert new in page
    assert last in page
    assert old not in page
    assert before not in page


def test_a_link_does_not_leave_the_site(pack, browser):
    token = gate.token_of(file(item=OPEN, phone=PHONE).case.number)
    for address in (f"/t/{token}", f"/api/v1/track/{token}", f"/t/{token}0"):
        answer = browser.get(address)
        assert answer["Referrer-Policy"] == "same-origin", address
        assert "no-store" in answer["Cache-Control"], address


def test_patience_does_not_help_with_last_digits(pack, browser, monkeypatch):
    """Ten thousand are soon tried, five a minute: a day has its own limit."""
    number = file(item=OPEN, phone=PHONE).case.number
    clock = [time.time()]
    monkeypatch.setattr(time, "time", lambda: clock[0])
    cache.clear()
    tried = 0
    for guess in range(60):
        clock[0] += 61
        page = browser.post(
            "/track", {"number": number, "last_four": f"{guess:04}"}, REMOTE_ADDR=f"10.0.0.{guess}"
        )
        if "太频繁" in page.content.decode():
            break
        tried += 1
    assert tried <= 30
