"""Every page of every role on a phone: nothing scrolls sideways, every field has a name, nothing goes wrong behind it."""

import pytest
from playwright.sync_api import Page
from tests.browser.scenes import Scenes, hot, play, rehearse, supervise
from tests.browser.town import PHONE, Town

pytestmark = pytest.mark.browser

NAMELESS = """() => [...document.querySelectorAll("input, select, textarea, button, a")]
    .filter((e) => e.type !== "hidden" && e.checkVisibility())
    .filter((e) => !(e.labels?.length || e.getAttribute("aria-label") || e.getAttribute("aria-labelledby")
        || e.textContent.trim() || e.querySelector("[aria-label], img[alt]:not([alt=''])")))
    .map((e) => e.outerHTML.slice(0, 120))"""


def look(page: Page, path: str) -> None:
    page.goto(path)
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], path
    assert page.evaluate(NAMELESS) == [], path
    assert page.locator("h1").count() == 1, path


def test_it_shows_every_page_on_a_phone(town: Town) -> None:
    s = play(town)
    anybody = town.window(PHONE)
    for path in resident_pages(s):
        look(anybody, path)
    given, hottest = hot(s)
    more = {
        ("shift_leader", "C00"): [
            "/work/hot-issues",
            f"/work/hot-issues/{hottest}",
            f"/work/topics/new?case={hottest}",
            "/work/topics",
            "/work/publications",
            f"/work/publications/{s.number('closed')}",
        ],
        ("liaison", "D13"): ["/work/inbox", f"/work/topics/{given}"],
        ("county_leader", "L00"): ["/work/hot-issues?period=quarter", "/work/publications"],
    }
    to_sign, reviewed, meeting = supervise(s)
    more |= {
        ("supervisor", "V00"): [
            "/work/orders",
            "/work/orders/register",
            f"/work/orders/{reviewed}",
            "/work/instructions",
        ],
        ("unit_head", "D15"): ["/work/head", f"/work/orders/{to_sign}", f"/work/meetings/{meeting}"],
        ("centre_director", "C00"): [
            f"/work/meetings/{meeting}",
            "/work/meetings",
            "/work/orders/new?unit=D15",
        ],
    }
    more[("county_leader", "L00")] += [f"/work/cases/{s.number('late')}", "/work/instructions"]
    pages = staff_pages(s)
    for who, paths in more.items():
        pages.setdefault(who, []).extend(paths)
    for (role, unit), paths in pages.items():
        page = town.staff(role, unit, PHONE)
        for path in paths:
            look(page, path)
        page.context.close()


def resident_pages(s: Scenes) -> list[str]:
    followed = [f"/t/{s.token(name)}" for name in ("new", "joint", "rating", "closed", "triage", "long")]
    public = ["/public/", "/public/?lang=en", "/public/cases", "/public/cases?lang=en"]
    return [
        "/",
        "/waiting",
        "/offline/waiting",
        "/offline/whistle",
        "/offline/grid",
        "/whistle",
        "/track",
        "/guide",
        "/mine/sign-in",
        "/accounts/login/",
        *followed,
        *public,
    ]


def staff_pages(s: Scenes) -> dict[tuple[str, str], list[str]]:
    def case(name: str, command: str = "") -> str:
        return f"/work/cases/{s.number(name)}{command}"

    return {
        ("handler", "D15"): ["/work/inbox", case("new"), case("long"), case("new", "/report_in?subject=1")],
        ("handler", "D13"): [case("protected"), "/work/notices"],
        ("liaison", "U02"): [case("joint"), case("joint", "/call_assist")],
        ("section_head", "D15"): ["/work/list/approvals", case("approving", "/decide?subject=1")],
        ("community_secretary", "S01-01"): [
            "/work/inbox",
            "/work/round",
            case("verifying", "/verify"),
            "/work/whistle",
        ],
        ("street_clerk", "S01"): [
            "/work/councils",
            case("council", "/councils/1"),
            case("joint", "/convene"),
        ],
        ("seat", "C00"): ["/work/inbox", case("triage"), case("triage", "/dispatch"), "/work/whistle"],
        ("shift_leader", "C00"): [
            "/work/cases",
            case("ruling"),
            case("ruling", "/rule"),
            "/work/precedents",
            "/work/rulings",
            "/work/dispatch",
            "/work/figures",
            "/work/figures/at_once?among=1",
            "/work/dispatch/confirm",
            "/work/map",
            "/work/walls",
            "/work/wall",
        ],
        ("caller", "C00"): ["/work/inbox", case("elder", "/call_back"), case("elder", "/contact")],
        ("county_leader", "L00"): ["/work/leader", "/work/inbox", case("late")],
        ("centre_director", "C00"): ["/administration/packs", *rehearse(s)],
    }
