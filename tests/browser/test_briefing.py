"""专报 in a browser, over a small demonstration: a leader reads the last one on a phone; every number of page one opens
as many cases as it says."""

from __future__ import annotations

from datetime import timedelta

import pytest
from playwright.sync_api import expect
from tests.browser.town import PHONE, Town
from tests.demo.conftest import FOLDER, SEED, UNTIL

from shaodao.county.pack import versions
from shaodao.county.people.models import User
from shaodao.run.demo import filling

WHISTLES = 240


@pytest.fixture
def town(site, browser, monkeypatch, tmp_path):
    """A demonstration in small, on its last morning."""
    monkeypatch.setattr("shaodao.ground.ledger.keeping.anchor_file", lambda: tmp_path / "anchors.jsonl")
    versions.forget()
    filling.fill(
        FOLDER,
        seed=SEED,
        count=WHISTLES,
        until=UNTIL,
        password="correct horse battery",
        say=lambda *_: None,
        processes=0,
    )
    monkeypatch.setattr("django.utils.timezone.now", lambda: UNTIL + timedelta(minutes=5))
    town = Town(site, browser, versions.current(UNTIL), None)
    yield town
    town.close()
    versions.forget()
    town.check()


@pytest.mark.browser
def test_it_opens_the_cases_behind_every_number_of_page_one(town: Town) -> None:
    page = town.window(PHONE)
    town.sign_in(page, User.objects.get(username="xian.lingdao"))
    page.goto("/work/briefings")
    expect(page.locator(".list > li")).to_have_count(24)
    page.locator(".list > li a").first.click()
    expect(page.locator("h1")).to_contain_text("吹哨报到工作情况")
    home = page.url
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    links = page.locator("#page-one a").all()
    behind = [(link.get_attribute("href"), int(link.get_attribute("data-count") or "")) for link in links]
    texts = [link.inner_text() for link in links]
    said = page.locator("#page-one .tiles").inner_text()
    assert len(behind) == 42
    assert sum(count for _, count in behind) > 50
    for (url, count), text in zip(behind, texts, strict=True):
        assert text in said
        if "%" not in text and text != "—":
            assert int(text.replace(",", "")) == count  # a share is over as many as its list is long
        page.goto(url)
        assert int(page.locator("[data-total]").inner_text()) == count
        lines = 0
        while True:
            lines += page.locator("[data-fact]").count()
            following = page.locator("a[href*='after=']")
            if not following.count():
                break
            following.last.click()
        assert lines == count, url
    page.goto(home)
    receipt = page.get_by_role("button", name="已阅")
    if receipt.count():
        receipt.click()
    expect(receipt).to_have_count(0)
    expect(page.locator("aside")).to_contain_text("已阅")
