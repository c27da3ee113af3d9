"""Every page of every role: nothing scrolls sideways, nothing goes wrong behind it, everybody can use it (WCAG 2.2 AA)."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.browser.access import COLOURS, violations
from tests.browser.pages import ANYBODY, NO_PAGE, ON_THE_WAY, RESIDENT, SEAT, every, opened, route, routes
from tests.browser.scenes import Scenes, play
from tests.browser.screens import PASSPHRASE, danger, open_matters, unseal
from tests.browser.town import DESK, PHONE, Town
from tests.faces.conftest import PASSWORD, code

from shaodao.faces.accounts import invitation
from shaodao.run.middleware import content_policy

pytestmark = pytest.mark.browser

NAMELESS = """() => [...document.querySelectorAll("input, select, textarea, button, a")]
    .filter((e) => e.type !== "hidden" && e.checkVisibility())
    .filter((e) => !(e.labels?.length || e.getAttribute("aria-label") || e.getAttribute("aria-labelledby")
        || e.textContent.trim() || e.querySelector("[aria-label], img[alt]:not([alt=''])")))
    .map((e) => e.outerHTML.slice(0, 120))"""
LARGE = {"name": "size", "value": "large"}


# Loaded only where a map or a chart is in sight. The module that waits for a folded map to be opened weighs 3 KB.
HEAVY = """() => Object.entries({ maplibre: "[data-map], [data-case-map], [data-wall-map]", echarts: "[data-chart]" })
    .filter(([file, shown]) => performance.getEntriesByType("resource").some(({ name }) => name.includes(file))
        && ![...document.querySelectorAll(shown)].some((e) => e.checkVisibility()))
    .map(([file]) => `loads ${file} and shows nothing of it`)"""


def look(page: Page, path: str) -> Iterator[str]:
    """Whatever is wrong with this page."""
    answer = page.goto(path)
    assert answer
    if answer.status != 200:
        yield f"answers {answer.status}"
    if answer.headers.get("content-security-policy") != content_policy():
        yield "another content policy"
    if page.evaluate("document.documentElement.scrollWidth") > (page.viewport_size or PHONE)["width"]:
        yield "scrolls sideways"
    if page.locator("h1").count() != 1:
        yield f"{page.locator('h1').count()} h1"
    yield from page.evaluate(NAMELESS)
    yield from both_themes(page)
    yield from page.evaluate(HEAVY)


def both_themes(page: Page) -> Iterator[str]:
    """What axe finds in the light theme, and what the colours of the dark one get wrong."""
    yield from violations(page)
    page.emulate_media(color_scheme="dark")
    yield from (f"dark: {each}" for each in violations(page, COLOURS))
    page.emulate_media(color_scheme="light")


def test_it_finds_what_is_wrong(town: Town) -> None:
    """Each of these tests would see it; and the dark theme is there to be looked at."""
    page = town.window(PHONE)
    page.goto("/")
    page.evaluate("""() => {
        document.querySelector("main").innerHTML += "<img src='data:,'><p id=pale>看不清</p>";
        document.querySelector("#pale").style.color = "#999";
    }""")
    found = "".join(violations(page))
    assert "image-alt" in found
    assert "#pale" in found
    light = page.evaluate("getComputedStyle(document.body).backgroundColor")
    page.evaluate("document.querySelector('#pale').style.color = '#555'")
    assert "#pale" not in "".join(violations(page, COLOURS))
    page.emulate_media(color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") != light
    assert "#pale" in "".join(violations(page, COLOURS))


def test_it_shows_every_page_on_a_phone(town: Town) -> None:
    pages = every(town)
    seen = {route(path) for paths in pages.values() for path in paths}
    unseen = routes() - seen - NO_PAGE - ON_THE_WAY
    assert not unseen, f"tests/browser/pages.py lists no page of {', '.join(sorted(unseen))}"
    wrong = []
    for who, paths in pages.items():
        with opened(town, who, PHONE) as page:
            wrong += [f"{who.role} {path}: {each}" for path in paths for each in look(page, path)]
    assert not wrong, "\n".join(wrong)


@pytest.mark.nightly
def test_it_shows_every_page_on_a_desk(town: Town) -> None:
    wrong = []
    for who, paths in every(town).items():
        with opened(town, who, DESK) as page:
            wrong += [f"{who.role} {path}: {each}" for path in paths for each in look(page, path)]
    assert not wrong, "\n".join(wrong)


def test_it_shows_residents_every_page_in_large_type(town: Town) -> None:
    wrong, pages = [], every(town)
    for who in (ANYBODY, RESIDENT):
        with opened(town, who, PHONE) as page:
            page.context.add_cookies([{**LARGE, "url": town.site}])
            own = [path for path in pages[who] if not path.startswith(("/public/", "/wall/", "/accounts/"))]
            wrong += [f"large {path}: {each}" for path in own for each in look(page, path)]
            assert page.locator("html[data-size=large]").count() == 1
    assert not wrong, "\n".join(wrong)


def test_it_shows_mistakes_questions_and_signing_in(town: Town) -> None:
    """What pages become while they are used."""
    wrong: list[str] = []

    def check(page: Page, what: str) -> None:
        wrong.extend(f"{what}: {each}" for each in both_themes(page))

    s = play(town)
    page = town.window(PHONE)
    page.goto("/nowhere")
    check(page, "not found")
    page.goto("/track")
    page.get_by_label("哨件编号").fill(s.number("new"))
    page.get_by_label("反映时所留手机号的后四位").fill("0000")
    page.get_by_role("button", name="查询").click()
    expect(page.get_by_text("编号和手机号后四位对不上")).to_be_visible()
    check(page, "a wrong number")
    page.goto("/whistle")
    danger(page)
    check(page, "danger")
    with opened(town, SEAT, DESK) as desk:
        desk.goto("/design")
        desk.locator("[data-confirm]").first.click()
        expect(desk.locator("dialog[open]")).to_be_visible()
        check(desk, "a dialog")
        desk.goto(f"/work/cases/{s.number('triage')}")
        desk.evaluate("document.querySelectorAll('details').forEach((fold) => { fold.open = true; })")
        check(desk, "all that is folded")
    page.goto(invitation.path(town.user("handler", "D31")))
    for field in page.locator("input[type=password]").all():
        field.fill("short")
    page.get_by_role("main").get_by_role("button").first.click()
    check(page, "a password too short")
    for field in page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    page.get_by_role("main").get_by_role("button").first.click()
    page.goto("/accounts/login/")
    page.get_by_label("账号").fill("handler-d31")
    page.get_by_label("密码").fill("not the password at all")
    page.get_by_role("button", name="登录").click()
    check(page, "a wrong password")
    page.get_by_label("账号").fill("handler-d31")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.goto("/accounts/factor/new/")
    check(page, "the first factor")
    secret = page.locator("details .number").text_content() or ""
    page.get_by_label("6 位数字").fill(code(secret.strip()))
    page.get_by_role("button", name="完成设置").click()
    expect(page.get_by_role("button", name="完成设置")).to_have_count(0)
    for path in (
        "/accounts/factor/recovery/",
        "/accounts/factor/recovery/new/",
        "/accounts/password/",
        "/accounts/again/",
    ):
        answer = page.goto(path)
        assert answer, path
        assert answer.status == 200, path
        check(page, path)
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_label("账号").fill("handler-d31")
    page.get_by_label("密码").fill(PASSWORD)
    page.get_by_role("button", name="登录").click()
    page.wait_for_url("**/accounts/factor/")
    check(page, "the second factor")
    assert not wrong, "\n".join(wrong)


def test_it_shows_the_discipline_side(town: Town) -> None:
    """Opened by a passphrase: keys, shares, matters, analysis; and how somebody outside says something."""
    wrong: list[str] = []
    s = Scenes(town)
    for number in range(3):
        s.whistle(f"hole{number}", "路边井盖丢了", item="MS-07")
    s.later(days=4)
    people = {}
    for role, unit in (("discipline_head", "J00"), ("inspector", "J04")):
        page = people[unit] = town.staff(role, unit, PHONE)
        page.goto("/discipline/keys")
        page.get_by_label("口令", exact=True).fill(PASSPHRASE)
        page.get_by_label("再输一次").fill(PASSPHRASE)
        page.get_by_role("button", name="生成密钥").click()
    page = people["J00"]
    wrong += look(page, "/discipline/unlock?next=/discipline/keys")
    unseal(page)
    page.get_by_role("button", name="生成恢复份额，启用工作台").click()
    expect(page.locator(".share")).to_have_count(3)
    wrong += both_themes(page)
    page.goto("/discipline/keys")
    page.get_by_role("button", name="指纹已核对，接纳").first.click()
    open_matters(town, people)
    page.goto("/discipline/")
    matter = page.get_by_role("link", name="核一核井盖反复超期").get_attribute("href") or ""
    for path in ("/discipline/", "/discipline/keys", "/discipline/matters/new/recommendation", matter):
        wrong += [f"{path}: {each}" for each in look(page, path)]
    wrong += look(page, "/discipline/analysis")
    behind = page.locator("a[href^='/discipline/analysis/']").first.get_attribute("href") or ""
    wrong += look(page, behind)
    assert not wrong, "\n".join(wrong)
