"""Requests that were never meant: every answer is in words, keeps to itself, and changes nothing by looking."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client
from django.urls import get_resolver
from tests.api.scenes import Scenes
from tests.trust.conftest import OPEN, PHONE, by, file

from shaodao.centre.cases import actions, queries
from shaodao.centre.intake import gate
from shaodao.ground.ledger.store import Conflict, Stream


@pytest.fixture
def number(pack) -> str:
    return file(item=OPEN, phone=PHONE).case.number


HALF = b"\xed\xa0\x80".decode("latin-1")  # half of a pair of surrogates
JUNK = ["²", "٣", "-1", "9" * 30, "9" * 5000, "1e9", "x", "%00", HALF, "'", "1.5"]


@pytest.mark.parametrize("junk", JUNK, ids=range(len(JUNK)))
def test_no_number_in_an_address_breaks_a_page(pack, number, sign_in, junk):
    desk = sign_in("shift_leader", "C00")
    hand = sign_in("handler", "D15")
    for browser, path in (
        (hand, f"/work/cases/{number}/sign?subject={junk}"),
        (hand, f"/work/list/duties?after={junk}"),
        (desk, f"/work/list/triage?after={junk}"),
        (desk, f"/work/cases?after={junk}"),
        (desk, f"/work/cases?q={junk}"),
        *((desk, f"/work/cases?{name}={junk}") for name in ("phone", "state", "item", "unit", "place", "since", "until")),
        (desk, f"/work/whistle?phone={junk}"),
        (desk, f"/work/cases/{number}/councils/{junk}"),
        (desk, f"/work/precedents/{junk}/end"),
        (Client(), f"/guide?q={junk}"),
        (Client(), f"/mine?after={junk}"),
        (Client(), f"/arrive/{junk}"),
        (Client(), f"/t/{junk}"),
    ):  # fmt: skip
        assert browser.get(path).status_code < 500, path
    point = {"lon": junk, "lat": junk, "crs": junk}
    for browser, path, said in (
        (hand, f"/work/cases/{number}/sign", {"subject": junk, "version": junk}),
        (hand, f"/work/cases/{number}/report_in", {"subject": 1, "mode": "site", "persons": junk} | point),
        (Client(), "/track", {"number": junk, "last_four": junk}),
        (Client(), f"/t/{gate.token_of(number)}/rate", {"solved": "yes", "level-1": junk, f"level-{junk}": "5"}),
        (Client(), f"/t/{gate.token_of(number)}/came", {"duty": junk, "came": junk}),
        (Client(), f"/t/{gate.token_of(number)}/reopen", {"words": junk, "reason": junk}),
        (Client(), "/whistle", dict.fromkeys(("text", "item", "village", "phone", "key"), junk) | point),
        (Client(), "/whistle/suggest", {"text": junk}),
    ):  # fmt: skip
        assert browser.post(path, said).status_code < 500, (path, said)
    assert actions.load(number).version <= 3


@pytest.mark.parametrize(
    "day", ["9999-12-31", "0001-01-01", "2026-02-30", "10000-01-01", "-1", "2026-04-15T25:00"]
)
def test_no_date_breaks_the_search(pack, number, sign_in, day):
    assert sign_in("seat", "C00").get(f"/work/cases?since={day}&until={day}").status_code == 200


def test_ratings_of_junk_are_refused_on_staff_forms(pack, sign_in):
    number = Scenes(actions.now()).concluded()
    case = actions.load(number)
    street = sign_in("street_head", case.councils[0].by.unit)
    for said in ({"level-x": "5"}, {"level-1": "²"}, {"level-²": "5"}, {f"level-{'9' * 5000}": "5"}):
        assert street.post(f"/work/cases/{number}/rate_units", said).status_code < 500
    assert not actions.load(number).ratings


ELSEWHERE = [
    "https://evil.example/",
    "//evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "http:evil.example",
    "\thttps://evil.example",
]


@pytest.mark.parametrize("target", ELSEWHERE)
def test_no_answer_leads_to_another_site(pack, number, sign_in, target):
    hand = sign_in("handler", "D15")
    answers = [
        hand.post(f"/work/cases/{number}/sign", {"subject": 1, "onward": target}),
        hand.post("/view/size", {"next": target}),
        hand.post("/work/capacity", {"next": target, "post": "1"}),
        hand.get("/work/capacity", {"next": target}),
        Client().get("/accounts/login/", {"next": target}),
    ]
    for answer in answers:
        assert "evil" not in answer.get("Location", "")
        assert not answer.get("Location", "").startswith("javascript")
    assert actions.load(number).duty(1).signed_at


def test_looking_changes_nothing(pack, number, sign_in):
    """No command is given by an address that somebody was lured to."""
    hand = sign_in("handler", "D15")
    before = actions.load(number)
    for name, _ in queries.open_case(number, by("handler", "D15"), pack).offered:
        hand.get(f"/work/cases/{number}/{name.__name__.lower()}?subject=1&confirm=1")
    hand.get(f"/work/cases/{number}/sign?subject=1")
    anybody = Client()
    for what in ("rate", "reopen", "comment", "review", "came"):
        assert anybody.get(f"/t/{gate.token_of(number)}/{what}?solved=yes").status_code == 405
    assert actions.load(number) == before


def test_a_forged_form_is_refused(pack, number, sign_in):
    browser = Client(enforce_csrf_checks=True)
    browser.cookies = sign_in("handler", "D15").cookies
    before = actions.load(number)
    assert browser.post(f"/work/cases/{number}/sign", {"subject": 1}).status_code == 403
    assert Client(enforce_csrf_checks=True).post("/whistle", {"text": "x"}).status_code == 403
    assert (
        Client(enforce_csrf_checks=True)
        .post(f"/t/{gate.token_of(number)}/comment", {"words": "x"})
        .status_code
        == 403
    )
    assert actions.load(number) == before


ALWAYS = {
    "Content-Security-Policy": "default-src 'self'",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Resource-Policy": "same-origin",
}
PUBLIC = ("/map/county.json", "/static/")


def addresses(number: str) -> list[str]:
    token = gate.token_of(number)
    return [
        "/", "/whistle", "/track", "/mine", "/guide", f"/t/{token}", "/t/none", "/nothing/here", "/work", "/work/inbox",
        "/work/cases", f"/work/cases/{number}", f"/work/cases/{number}/comment", "/work/whistle", "/work/notices",
        "/work/councils", "/work/precedents", "/work/cases/none", "/accounts/login/", "/work/capacity",
        "/administration/packs", "/administration/people", "/administration/watch", "/arrive/none", "/design", "/healthz",
        "/api/v1/docs", "/api/v1/openapi.json", "/api/v1/cases", f"/api/v1/cases/{number}", f"/api/v1/track/{token}",
        "/api/v1/nothing", "/map/county.json", "/%00", "/t/%ff",
    ]  # fmt: skip


def test_every_answer_keeps_to_itself(pack, number, sign_in):
    for browser in (
        Client(raise_request_exception=False),
        sign_in("seat", "C00"),
        sign_in("security_admin", "C00"),
    ):
        for address in addresses(number):
            answer: Any = browser.get(address)
            assert answer.status_code < 500, address
            for name, value in ALWAYS.items():
                assert answer.headers.get(name, "").startswith(value), (address, name)
            assert "unsafe" not in answer["Content-Security-Policy"], address
            if not address.startswith(PUBLIC) and answer.status_code == 200:
                assert "no-store" in answer["Cache-Control"], address


def test_a_wrong_host_and_a_fault_of_ours_have_the_headers_too(pack, number, monkeypatch):
    browser = Client(raise_request_exception=False)
    assert browser.get("/", headers={"host": "evil.example"})["Content-Security-Policy"]

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError(f"secret of {PHONE}")

    monkeypatch.setattr(queries, "open_case", broken)
    for address in (f"/t/{gate.token_of(number)}", f"/api/v1/track/{gate.token_of(number)}"):
        answer = browser.get(address)
        assert answer.status_code == 500
        assert answer["Content-Security-Policy"]
        assert "no-store" in answer["Cache-Control"]
        assert PHONE not in answer.content.decode()
        assert "Traceback" not in answer.content.decode()


def test_who_was_faster_is_told_as_such(pack, number, sign_in, monkeypatch):
    def slower(*_: Any, **__: Any) -> None:
        raise Conflict([Stream("case", number)])

    hand = sign_in("handler", "D15")
    monkeypatch.setattr(actions, "act", slower)
    answer = hand.post(f"/work/cases/{number}/contact", {"reason": "contact"})
    assert answer.status_code in (403, 409)
    desk = sign_in("caller", "C00")
    answer = desk.post(f"/work/cases/{number}/contact", {"reason": "contact"})
    assert answer.status_code == 409


def test_every_page_of_staff_asks_who_one_is(pack, number):
    """Found by walking through all addresses: a page that somebody forgot to guard would show."""
    shown = []
    for pattern in _patterns(get_resolver().url_patterns):
        if pattern.startswith(("work/", "administration/")):
            address = "/" + _filled(pattern, number)
            answer = Client(raise_request_exception=False).get(address)
            if answer.status_code not in (302, 405) or "login" not in answer.get("Location", "login"):
                shown.append((address, answer.status_code))
    assert shown == []


def _patterns(patterns: Any, before: str = "") -> list[str]:
    found = []
    for each in patterns:
        route = before + str(each.pattern)
        found += _patterns(each.url_patterns, route) if hasattr(each, "url_patterns") else [route]
    return found


def _filled(route: str, number: str) -> str:
    import re

    kinds = {
        "int": "1",
        "uuid": "00000000-0000-0000-0000-000000000000",
        "slug": number,
        "str": "x",
        "day": "2026-10-09",
    }
    return re.sub(r"<(\w+):\w+>", lambda match: kinds[match[1]], route)
