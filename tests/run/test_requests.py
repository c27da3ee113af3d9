"""What every request passes, and the two health addresses."""

import json
import logging
from typing import Any

import pytest
from django.db import OperationalError
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory

from shaodao.run import health, logs, middleware


def test_it_answers_that_it_is_alive_without_the_database(client: Client) -> None:
    answer = client.get("/healthz")
    assert (answer.status_code, answer.content) == (200, b"ok\n")


def test_it_says_ready_when_everything_is_there(db: None, client: Client, monkeypatch: Any) -> None:
    monkeypatch.setattr(health, "CHECKS", {"database": health.database, "migrations": health.migrations})
    answer = client.get("/readyz")
    assert answer.json() == {"ready": True, "checks": {"database": "ok", "migrations": "ok"}}
    assert answer.status_code == 200


def test_it_names_what_is_missing(client: Client, monkeypatch: Any) -> None:
    def down() -> None:
        raise OperationalError("connection refused")

    def unloaded() -> None:
        raise health.NotReady("no pack")

    monkeypatch.setattr(health, "CHECKS", {"database": down, "pack": unloaded, "other": lambda: None})
    answer = client.get("/readyz")
    assert answer.status_code == 503
    assert answer.json() == {
        "ready": False,
        "checks": {"database": "connection refused", "pack": "no pack", "other": "ok"},
    }


@pytest.mark.parametrize(
    ("given", "kept"), [("abcd-1234", True), ("short", False), ("with space 123", False), ("x" * 65, False)]
)
def test_it_keeps_only_a_well_formed_request_id(client: Client, given: str, kept: bool) -> None:
    answered = client.get("/healthz", headers={"X-Request-ID": given})["X-Request-ID"]
    assert (answered == given) is kept
    assert middleware.WELL_FORMED_ID.fullmatch(answered)


@pytest.mark.parametrize(
    ("proxies", "forwarded", "expected"),
    [
        (0, "1.1.1.1", "9.9.9.9"),  # nobody in front: the header is a lie
        (1, "1.1.1.1, 2.2.2.2", "2.2.2.2"),  # only what our own proxy appended counts
        (2, "6.6.6.6, 1.1.1.1, 2.2.2.2", "1.1.1.1"),
        (1, None, "9.9.9.9"),
        (2, "2.2.2.2", "9.9.9.9"),
    ],
)
def test_it_believes_only_its_own_proxies(
    settings: Any, proxies: int, forwarded: str | None, expected: str
) -> None:
    settings.TRUSTED_PROXIES = proxies
    seen: list[str] = []

    def view(request: HttpRequest) -> HttpResponse:
        seen.append(request.address)  # type: ignore[attr-defined]
        return HttpResponse()

    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", REMOTE_ADDR="9.9.9.9", headers=headers)
    middleware.caller_address(view)(request)
    assert seen == [expected]


def test_it_sends_a_strict_policy_with_every_answer(client: Client) -> None:
    for address in ("/healthz", "/nothing-here"):
        policy = client.get(address)["Content-Security-Policy"]
        assert "default-src 'self'" in policy
        assert "unsafe" not in policy


def test_it_lets_map_tiles_in_from_the_one_origin_that_is_set() -> None:
    policy = middleware.content_policy("https://tiles.example/{z}/{x}/{y}.png?key=1")
    assert "img-src 'self' data: blob: https://tiles.example;" in policy
    assert "connect-src 'self' https://tiles.example;" in policy


def test_it_logs_json_lines_with_request_id_and_traceback() -> None:
    token = logs.request_id.set("request-1")
    try:
        try:
            raise ValueError("坏了")
        except ValueError as error:
            record = logging.LogRecord(
                "shaodao", logging.ERROR, "", 1, "失败 %s", ("x",), (ValueError, error, None)
            )
        logs.RequestId().filter(record)
    finally:
        logs.request_id.reset(token)
    line = logs.JsonLines().format(record)
    entry = json.loads(line)
    assert "\n" not in line
    assert (entry["message"], entry["request_id"], entry["level"]) == ("失败 x", "request-1", "ERROR")
    assert "ValueError: 坏了" in entry["traceback"]
