"""What the first page of a resident costs a cheap phone, from the site as it is deployed: granian, compressed files."""

from __future__ import annotations

import socket
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator
from statistics import median

import pytest
from playwright.sync_api import Browser, Page
from tests import database
from tests.browser.town import PHONE, open_town

from shaodao.run.commands.serve import answers, collect_static_files

pytestmark = pytest.mark.browser

BYTES = 100 * 1024  # of a first page and all it loads, as they travel
INTERACTIVE = 2.0  # s
ROUNDS = 3
# "Slow 4G" as Lighthouse has it, on a phone a quarter as quick as this machine.
SLOW_4G = {
    "offline": False,
    "latency": 150,
    "downloadThroughput": 1_638_400 / 8,
    "uploadThroughput": 768_000 / 8,
}
SLOWER = 4

WATCH = """window.busy = 0;
new PerformanceObserver((list) => { for (const e of list.getEntries()) busy = e.startTime + e.duration; })
    .observe({ type: "longtask", buffered: true });"""
# Painted, all scripts run, and no task of more than 50 ms after that.
READY = """() => {
    const [page] = performance.getEntriesByType("navigation");
    const painted = performance.getEntriesByName("first-contentful-paint")[0]?.startTime ?? 1e9;
    return { painted, interactive: Math.max(painted, page.domContentLoadedEventEnd, busy) };
}"""
# What the service worker keeps on the phone: addresses.
KEPT = """async () => {
    await navigator.serviceWorker.ready;
    const names = await caches.keys();
    const found = await Promise.all(names.map(async (name) => (await (await caches.open(name)).keys()).map((r) => r.url)));
    return found.flat();
}"""


@pytest.fixture
def deployed(fresh_db: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The address of the site as it is deployed, over the database of the test."""
    monkeypatch.setenv("DJANGO_SETTINGS_MODULE", "shaodao.run.settings")
    monkeypatch.setenv("SHAODAO_DATA", str(database.DATA))
    collect_static_files(database.DATA / "static")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    command = (
        f"-m granian --interface wsgi --port {port} --no-ws --log-level error shaodao.run.wsgi:application"
    )
    server = subprocess.Popen([sys.executable, *command.split()])
    address = f"http://127.0.0.1:{port}"
    assert answers(address)
    yield address
    server.terminate()
    server.wait()


def travelled(page: Page, path: str) -> dict[str, int]:
    """Bytes of each answer as it travels, head included, of one page opened for the first time."""
    names: dict[str, str] = {}
    sizes: dict[str, int] = {}
    line = page.context.new_cdp_session(page)
    line.send("Network.enable")
    line.on(
        "Network.requestWillBeSent", lambda event: names.update({event["requestId"]: event["request"]["url"]})
    )
    line.on(
        "Network.loadingFinished",
        lambda event: sizes.update({names[event["requestId"]]: int(event["encodedDataLength"])}),
    )
    page.goto(path, wait_until="networkidle")
    return {name: size for name, size in sizes.items() if name.startswith("http")}


def ready(browser: Browser, site: str, path: str) -> dict[str, float]:
    """Milliseconds until it is painted and until it answers, on a phone that has never been here."""
    context = browser.new_context(
        viewport=PHONE, base_url=site, locale="zh-CN", device_scale_factor=2, is_mobile=True
    )
    page = context.new_page()
    line = context.new_cdp_session(page)
    line.send("Network.enable")
    line.send("Network.emulateNetworkConditions", SLOW_4G)
    line.send("Emulation.setCPUThrottlingRate", {"rate": SLOWER})
    page.add_init_script(WATCH)
    page.goto(path, wait_until="networkidle")
    found: dict[str, float] = page.evaluate(READY)
    context.close()
    return found


def over_the_wire(address: str) -> int:
    """Bytes of one file as it is sent to a browser."""
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    with urllib.request.urlopen(request) as reply:
        return len(reply.read())


def test_its_first_pages_are_small_and_quick(
    deployed: str, browser: Browser, monkeypatch: pytest.MonkeyPatch, figure: Callable[[str], None]
) -> None:
    with open_town(deployed, browser, monkeypatch) as town:
        for path in ("/", "/whistle"):
            page = town.window(PHONE)
            sizes = travelled(page, path)
            total = sum(sizes.values())
            kept = {address.split("?")[0] for address in page.evaluate(KEPT)}
            later = sum(over_the_wire(address) for address in kept - set(sizes))
            page.context.close()
            found = [ready(browser, deployed, path) for _ in range(ROUNDS)]
            painted = median(each["painted"] for each in found) / 1000
            interactive = median(each["interactive"] for each in found) / 1000
            figure(
                f"{path}: {total / 1024:.1f} KB in {len(sizes)} answers (bar {BYTES // 1024}), {later / 1024:.1f} KB kept"
                f" afterwards; slow 4G, processor {SLOWER}× slower, median of {ROUNDS}: painted {painted:.2f} s,"
                f" interactive {interactive:.2f} s (bar {INTERACTIVE})"
            )
            assert total <= BYTES, sizes
            if path == "/":  # the first page of all; the form is measured beside it
                assert interactive <= INTERACTIVE, found
        town.check()
