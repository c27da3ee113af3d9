"""A county in force, a client that speaks JSON, and tokens for staff."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.cache import cache
from django.http import HttpResponse
from django.test import Client
from PIL import Image

from shaodao.centre.dispatch import precedents
from shaodao.county.pack import Pack, read_folder, versions
from shaodao.county.people import grants
from shaodao.county.people.models import User
from shaodao.faces.api import tokens
from shaodao.ground.ledger.events import Context

HUINAN = Path(__file__).resolve().parents[2] / "county" / "huinan"
SPOT = {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}


def install() -> Pack:
    for module in (versions, precedents):
        module.forget()
    since = datetime(2021, 1, 1, tzinfo=UTC)
    versions.install(read_folder(HUINAN), effective_from=since, now=since)
    cache.clear()
    return versions.current()


@pytest.fixture
def pack(db: None, settings: Any, tmp_path: Path) -> Iterator[Pack]:
    settings.FILES_STORE = ""
    settings.DATA = tmp_path
    yield install()
    versions.forget()


class Program:
    """A program that uses the API, with or without a token."""

    def __init__(self, token: str = "", **headers: str) -> None:
        self.client = Client(raise_request_exception=True)
        self.headers = headers | ({"Authorization": f"Bearer {token}"} if token else {})

    def get(self, address: str, **query: Any) -> HttpResponse:
        return self.client.get(f"/api/v1{address}", query, headers=self.headers)

    def post(self, address: str, body: Any, **headers: str) -> HttpResponse:
        text = body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()
        headers = self.headers | {name.replace("_", "-"): value for name, value in headers.items()}
        return self.client.post(f"/api/v1{address}", text, content_type="application/json", headers=headers)

    def upload(self, *files: Any) -> HttpResponse:
        return self.client.post("/api/v1/photos", {"photos": list(files)}, headers=self.headers)


@pytest.fixture
def public(pack: Pack) -> Program:
    return Program()


@pytest.fixture
def staff(pack: Pack) -> Callable[..., Program]:
    """A program that acts in a post: made with its account and token when first asked for."""
    made: dict[tuple[str, str], Program] = {}

    def program(role: str, unit: str, *, grid: str = "", system: str = "") -> Program:
        if (role, unit) not in made:
            made[role, unit] = Program(token_of(pack, role, unit, grid=grid, system=system))
        return made[role, unit]

    return program


def token_of(pack: Pack, role: str, unit: str, *, grid: str = "", system: str = "") -> str:
    now = datetime.now(UTC) - timedelta(seconds=5)
    user = User.objects.create_user(f"{role}-{unit}", f"演示{role}")
    post = grants.grant(user, role, unit, pack=pack, by=Context(actor="system:init"), now=now, grid=grid)
    return tokens.create(post, "test", now, lasts=timedelta(days=1), system=system)


@pytest.fixture
def photo() -> Callable[[str], io.BytesIO]:
    """A small picture under a name."""

    def make(name: str, form: str = "JPEG", size: tuple[int, int] = (64, 48)) -> io.BytesIO:
        out = io.BytesIO()
        Image.new("RGB", size, "grey").save(out, form)
        out.seek(0)
        out.name = name
        return out

    return make
