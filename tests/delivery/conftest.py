"""A county, a place for `delivery.toml`, and catchers that stand for what is outside."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from tests.cases.conftest import pack, whistle  # noqa: F401

from shaodao.ports.delivery import channels, robots


@dataclass
class Caught:
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    raw: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.raw)

    @property
    def form(self) -> dict[str, str]:
        return dict(parse_qsl(self.raw.decode()))


@dataclass
class Catcher:
    """Keeps what comes, and answers as `answer` says: a body, or (status, body)."""

    answer: Callable[[Caught], Any] = lambda caught: {"errcode": 0}
    caught: list[Caught] = field(default_factory=list)
    url: str = ""


@pytest.fixture
def catcher() -> Iterator[Catcher]:
    state = Catcher()

    class Handler(BaseHTTPRequestHandler):
        def _take(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            parts = urlsplit(self.path)
            one = Caught(self.command, parts.path, dict(parse_qsl(parts.query)), dict(self.headers), raw)
            state.caught.append(one)
            answer = state.answer(one)
            status, body = answer if isinstance(answer, tuple) else (200, answer)
            data = json.dumps(body).encode()
            self.send_response(status)
            if status == 302:
                self.send_header("Location", f"{state.url}/elsewhere")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        do_GET = do_POST = _take

        def log_message(self, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    state.url = f"http://127.0.0.1:{server.server_port}"
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield state
    server.shutdown()
    server.server_close()


@pytest.fixture
def configure(settings, tmp_path, monkeypatch) -> Callable[..., None]:
    """Writes `delivery.toml`, with secrets from the environment."""
    settings.DATA = tmp_path
    monkeypatch.setattr(channels, "_read", None)
    monkeypatch.setattr(robots, "_tokens", {})

    def write(text: str, **secrets: str) -> None:
        (tmp_path / "delivery.toml").write_text(text, encoding="utf-8")
        for name, value in secrets.items():
            monkeypatch.setenv(f"SHAODAO_DELIVERY_{name}".upper(), value)

    return write
