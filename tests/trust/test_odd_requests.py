"""Whatever is typed into an address or a form, the pages of dispatch answer."""

from __future__ import annotations

import pytest
from django.test import Client
from tests.trust.conftest import OPEN, PHONE, file
from tests.trust.test_precedents import learnt, rule

from shaodao.faces.work.urls import urlpatterns

ODD = (
    "",
    "x",
    "\0",
    "-1",
    "9" * 30,
    "1.2.3",
    "9" * 30 + ".x.y",
    "1.\0.\0",
    "%",
    "\ud800",
    "２",
    "2026-13-40",
)
NAMES = (
    "after", "q", "state", "skip", "since", "until", "period", "case", "item", "to", "other", "yields", "reason", "words",
    "area", "place_kind", "back", "title", "lead", "workdays", "cases", "joins", "text", "lon", "lat",
    "crs", "grid", "community", "township", "version", "number", "code",
)  # fmt: skip
PARTS = ("dispatch", "precedents", "duplicates", "hot-issues", "topics", "ways", "rulings")


def addresses(numbers: list[str], ids: list[int]) -> list[str]:
    found = []
    for pattern in urlpatterns:
        route = str(pattern.pattern)
        if not route.startswith(PARTS):
            continue
        for number in (*numbers, "x", "at_once", "9" * 40):
            for id in (*ids, 0, int("9" * 30)):
                made = route.replace("<int:id>", str(id)).replace("<slug:name>", "close")
                for name in ("number", "earlier", "later", "id"):
                    made = made.replace(f"<slug:{name}>", number)
                found.append(f"/work/{made}")
    return list(dict.fromkeys(found))


@pytest.fixture
def known(pack):
    numbers = [file("路灯不亮了，走路很黑", item=OPEN, phone=PHONE).case.number]
    rule(file("想问一下这个事到底归谁管", phone=PHONE).case.number, scope="county")
    return addresses(numbers, [p.pk for p in learnt()])


def safe(text: str) -> str:
    return text.encode("utf-8", "replace").decode()


def test_it_answers_odd_requests(known, sign_in):
    browser = sign_in("centre_director", "C00")
    wrong = []
    for address in known:
        for odd in ODD:
            said = dict.fromkeys(NAMES, safe(odd))
            for ask in (browser.get, browser.post):
                try:
                    status = ask(address, said).status_code
                except Exception as error:
                    status = type(error).__name__ + str(error)[:90]
                if status not in (200, 302, 400, 403, 404, 405, 409, 410, 422):
                    wrong.append((ask.__name__, address, odd, status))
    assert wrong == []


def test_residents_may_type_anything(pack):
    browser = Client()
    wrong = []
    for odd in ODD:
        said = dict.fromkeys(NAMES, safe(odd))
        for address in ("/whistle/alike", "/whistle", "/whistle/suggest", "/track"):
            try:
                status = browser.post(address, said).status_code
            except Exception as error:
                status = type(error).__name__ + str(error)[:90]
            if status not in (200, 302, 400, 403, 404, 422):
                wrong.append((address, odd, status))
    assert wrong == []
