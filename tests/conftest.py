"""Fixtures for every test.

`db` (pytest-django's): the test runs as the application role in a transaction that is rolled back.
`fresh_db`: a database of the test's own, with real commits; subprocesses started by the test see it too.
`owner_connection`: psycopg as the owner of the tables, in whichever of the two the test uses.
`site`: the address of the real site served from a thread over `fresh_db`.
`figure`: notes a measured figure, printed in the summary of the run.
`browser`: a real Chromium (`CHROMIUM` or the system's) driven by Playwright.
"""

import os
import re
import shutil
import socketserver
import threading
from collections.abc import Callable, Iterator
from typing import Any

import psycopg
import pytest
from django.db import connections
from hypothesis import HealthCheck, settings
from tests import database

from shaodao.run import home, postgres

# How long an example takes says how busy the machine is, and nothing of the software.
settings.register_profile(
    "any machine", settings.default, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("any machine")


@pytest.fixture
def figure(record_property: Callable[[str, object], None]) -> Callable[[str], None]:
    return lambda words: record_property("figure", words)


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    reports = [r for state in ("passed", "failed") for r in terminalreporter.stats.get(state, ())]
    figures = [f"{r.nodeid.split('::')[-1]}: {words}" for r in reports if r.when == "call"
               for name, words in r.user_properties if name == "figure"]  # fmt: skip
    if figures:
        terminalreporter.section("figures")
        for line in figures:
            terminalreporter.line(line)


def _use(name: str) -> None:
    for alias in ("default", "owner"):
        connections[alias].close()
        connections.settings[alias]["NAME"] = name
    os.environ["SHAODAO_DATABASE"] = name


@pytest.fixture(scope="session")
def database_server() -> Iterator[None]:
    with database.server():
        yield


@pytest.fixture(scope="session")
def django_db_setup(database_server: None, django_db_blocker: Any) -> Iterator[None]:
    with database.copy_of_template() as name, django_db_blocker.unblock():
        _use(name)
        yield
        connections.close_all()


@pytest.fixture
def fresh_db(django_db_setup: None, django_db_blocker: Any) -> Iterator[str]:
    before = connections.settings["default"]["NAME"]
    with database.copy_of_template() as name, django_db_blocker.unblock():
        _use(name)
        try:
            yield name
        finally:
            connections.close_all()
            _use(before)


@pytest.fixture
def owner_connection(django_db_setup: None) -> Iterator[psycopg.Connection]:
    password = home.secret("db_owner_password", database.DATA)
    name = connections.settings["default"]["NAME"]
    with psycopg.connect(
        **database.UNIT.connection_parameters(postgres.OWNER, password, name), autocommit=True
    ) as connection:
        yield connection


@pytest.fixture
def site(fresh_db: str) -> Iterator[str]:
    from django.contrib.staticfiles.handlers import StaticFilesHandler
    from django.test.testcases import LiveServerThread

    thread = LiveServerThread("127.0.0.1", StaticFilesHandler, port=0)
    thread.daemon = True
    thread.start()
    thread.is_ready.wait()
    if thread.error:
        raise thread.error
    yield f"http://127.0.0.1:{thread.port}"
    thread.terminate()


@pytest.fixture(scope="session")
def chromium() -> str:
    path = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser") or ""
    if not path or not os.access(path, os.X_OK):
        message = "no Chromium: set CHROMIUM or install the system's"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return path


# What Chromium asks for by itself, whatever page is open.
OF_CHROMIUM = (r"accounts\.google\.com", r"content-autofill\.googleapis\.com", r"update\.googleapis\.com")


@pytest.fixture(scope="session")
def outside() -> Iterator[list[str]]:
    """What the browser asks for beyond this machine, as it happens: a proxy for all but loopback, which answers nobody."""
    asked: list[str] = []

    class Refuse(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            line = self.rfile.readline(2000).decode("latin-1").strip()
            if not line:  # opened ahead, and closed without a word
                return
            if not re.match(rf"\S+ (https?://)?({'|'.join(OF_CHROMIUM)})[:/]", line):
                asked.append(line)
            self.wfile.write(b"HTTP/1.1 502 Bad Gateway\r\nContent-Length: 0\r\n\r\n")

    class Proxy(socketserver.ThreadingTCPServer):
        daemon_threads = True

    with Proxy(("127.0.0.1", 0), Refuse) as proxy:
        asked.append(f"http://127.0.0.1:{proxy.server_address[1]}")  # taken by `browser`
        threading.Thread(target=proxy.serve_forever, daemon=True).start()
        yield asked
        proxy.shutdown()


@pytest.fixture(scope="session")
def browser(chromium: str, outside: list[str]) -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    # Playwright runs an event loop in this thread, which Django would take for asynchronous code.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    with sync_playwright() as playwright:
        options = [f"--proxy-server={outside.pop()}", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
        browser = playwright.chromium.launch(executable_path=chromium, args=options)
        yield browser
        browser.close()
