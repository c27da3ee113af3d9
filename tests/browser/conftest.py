"""The real site over a database of the test's own, and people who open it in Chromium."""

from collections.abc import Iterator
from typing import Any

import pytest
from tests.browser.town import Town, open_town


@pytest.fixture(autouse=True)
def nothing_leaves(request: pytest.FixtureRequest) -> Iterator[None]:
    """No request leaves the machine, whoever makes it: pages, workers, beacons, sockets, prefetching."""
    if "browser" not in request.fixturenames:
        yield
        return
    outside = request.getfixturevalue("outside")
    outside.clear()
    yield
    assert outside == []


@pytest.fixture
def town(site: str, browser: Any, monkeypatch: pytest.MonkeyPatch) -> Iterator[Town]:
    """A county in the morning of a working day. After the test, no page may have done anything wrong."""
    with open_town(site, browser, monkeypatch) as town:
        yield town
        town.check()
