"""The residents' pages in English, in a browser: scripts speak as the page does."""

import pytest
from tests.browser.town import Town

pytestmark = pytest.mark.browser

PHONE = {"width": 360, "height": 780}


def test_scripts_speak_english_too(town: Town) -> None:
    page = town.window(PHONE)
    page.goto("/")
    page.get_by_role("link", name="English").click()
    page.get_by_role("link", name="Report a problem").first.click()
    page.wait_for_load_state()
    assert page.get_attribute("html", "lang") == "en"
    told = page.evaluate("""async () => (await import(
        document.querySelector('script[src*="js/clock"]').src)).span(4800)""")
    assert told == "1 h 20 min"
    assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"]
    page.context.close()
