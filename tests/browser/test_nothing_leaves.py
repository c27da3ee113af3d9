"""The watch over what leaves the machine sees what a page, a worker or the browser itself would send."""

import pytest
from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.browser

WAYS = {
    "a request": "fetch('http://outside.test/a').catch(() => 0)",
    "a beacon": "navigator.sendBeacon('http://outside.test/a')",
    "a socket": "void new WebSocket('ws://outside.test/a')",
    "a worker": """void new Worker(URL.createObjectURL(new Blob(["fetch('http://outside.test/a')"])))""",
    "fetched early": "document.head.innerHTML = '<link rel=prefetch href=https://outside.test/a>'",
}


@pytest.mark.parametrize("way", WAYS)
def test_it_sees(browser: Browser, outside: list[str], way: str) -> None:
    page: Page = browser.new_page()
    page.evaluate(WAYS[way])
    for _ in range(50):
        if outside:
            break
        page.wait_for_timeout(100)
    page.close()
    assert [line for line in outside if "outside.test" in line]
    outside.clear()
