"""A county with people at work, seen through real browsers: for the browser tests and the pictures of docs/screens."""

from __future__ import annotations

import io
import math
import random
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.utils import timezone
from PIL import Image, ImageDraw, ImageFilter
from playwright.sync_api import Browser, BrowserContext, Page, expect

from shaodao.centre.cases import actions
from shaodao.centre.dispatch import precedents
from shaodao.county.pack import Pack, read_folder, versions
from shaodao.county.people import grants
from shaodao.county.people.models import Post, User
from shaodao.faces.accounts import capacity, second_factor
from shaodao.faces.work import whistle
from shaodao.ground.ledger.events import Context

HUINAN = Path(__file__).resolve().parents[2] / "county" / "huinan"
MORNING = datetime(2026, 4, 15, 1, 30, tzinfo=UTC)  # a Wednesday, 9:30 in the county
SPOT = {"longitude": 126.0428, "latitude": 42.6835}  # in 向阳社区
PHONE = {"width": 360, "height": 740}
DESK = {"width": 1440, "height": 900}
INIT = Context(actor="system:init")
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


class Moment:
    """The moment it is in the county; it stands still until a test lets it pass."""

    def __init__(self, patch: pytest.MonkeyPatch) -> None:
        self.at = MORNING
        patch.setattr(timezone, "now", lambda: self.at)
        patch.setattr(actions, "now", lambda: self.at)
        patch.setattr(whistle, "now", lambda: self.at)

    def passes(self, **span: float) -> datetime:
        self.at += timedelta(**span)
        return self.at


class Trouble(AssertionError):
    """What a page did wrong behind what one sees."""


def watched(page: Page, site: str) -> list[str]:
    """Everything the page does that no page may do, as it happens."""
    wrong: list[str] = []
    own = urlsplit(site).netloc

    def asked(request: Any) -> None:
        parts = urlsplit(request.url)
        if parts.scheme in ("http", "https", "ws", "wss") and parts.netloc != own:
            wrong.append(f"request to outside: {request.url}")

    def failed(request: Any) -> None:
        if request.failure != "net::ERR_ABORTED":  # the page was left while it was still loading
            wrong.append(f"failed: {request.url} {request.failure}")

    def answered(response: Any) -> None:
        if response.status >= 500:
            wrong.append(f"{response.status}: {response.url}")

    def said(message: Any) -> None:
        # A form with a mistake comes back as 422, which the console calls an error.
        if message.type == "error" and "status of 4" not in message.text:
            wrong.append(f"console: {message.text}")

    page.on("request", asked)
    page.on("requestfailed", failed)
    page.on("response", answered)
    page.on("console", said)
    page.on("pageerror", lambda error: wrong.append(f"script: {error}"))
    return wrong


@dataclass
class Town:
    """The site, and people who open it."""

    site: str
    browser: Browser
    pack: Pack
    moment: Moment
    wrong: list[list[str]] = field(default_factory=list)
    contexts: list[BrowserContext] = field(default_factory=list)

    # --- people ---

    def user(self, role: str, unit: str, name: str = "", grid: str = "") -> User:
        """The account in this post; made at the first call."""
        username = f"{role}-{unit}{grid}".lower()
        known = User.objects.filter(username=username).first()
        if known:
            return known
        user = User.objects.create_user(username, name or f"演示{self.pack.roles[role].name}")
        grants.grant(user, role, unit, pack=self.pack, by=INIT, now=MORNING - timedelta(days=30), grid=grid)
        return user

    def window(self, size: dict[str, int] = DESK, **options: Any) -> Page:
        """A browser of somebody who is not signed in."""
        options.setdefault("geolocation", SPOT)
        options.setdefault("permissions", ["geolocation"])
        context = self.browser.new_context(
            viewport=size, locale="zh-CN", timezone_id="Asia/Shanghai", base_url=self.site, **options
        )
        context.set_default_timeout(10_000)
        self.contexts.append(context)
        page = context.new_page()
        self.wrong.append(watched(page, self.site))
        return page

    def staff(
        self,
        role: str,
        unit: str,
        size: dict[str, int] = DESK,
        *,
        grid: str = "",
        name: str = "",
        **options: Any,
    ) -> Page:
        """A browser signed in with a second factor, acting in this capacity."""
        page = self.window(size, **options)
        self.sign_in(page, self.user(role, unit, name, grid))
        return page

    def sign_in(self, page: Page, user: User) -> None:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = BACKEND
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session[second_factor.SESSION_KEY] = str(user.pk)
        session[capacity.SESSION_KEY] = Post.objects.get(user=user).pk
        session.set_expiry(timedelta(days=60))  # a test lets days pass in seconds
        session.create()
        cookie = {"name": "sessionid", "value": session.session_key, "url": self.site}
        page.context.add_cookies([cookie])

    # --- the end ---

    def check(self) -> None:
        if found := [line for lines in self.wrong for line in lines]:
            raise Trouble("\n".join(dict.fromkeys(found)))

    def close(self) -> None:
        for context in self.contexts:
            context.close()


@contextmanager
def open_town(site: str, browser: Browser, patch: pytest.MonkeyPatch) -> Iterator[Town]:
    moment = Moment(patch)
    versions.forget()
    precedents.forget()
    versions.install(read_folder(HUINAN), effective_from=datetime(2021, 1, 1, tzinfo=UTC), now=MORNING)
    town = Town(site, browser, versions.current(MORNING), moment)
    try:
        yield town
    finally:
        town.close()
        versions.forget()
        precedents.forget()


def number_in(page: Page) -> str:
    """The number of the case whose page is open or about to open, for staff or for whoever reported it."""
    address = re.compile(r"/(?:cases|t)/(\d+)")
    page.wait_for_url(address)
    found = address.search(page.url)
    assert found, page.url
    return found[1]


def picture(seed: int = 7, size: tuple[int, int] = (1200, 900)) -> dict[str, Any]:
    """A picture as a phone would take it (drawn here, of a pavement with a dark round hole), as a file to choose."""
    chance = random.Random(seed)
    image = Image.new("RGB", size, (148, 146, 140))
    draw = ImageDraw.Draw(image)
    for row in range(0, size[1], 90):
        for column in range(-60, size[0], 180):
            shade = 128 + chance.randrange(36)
            left = column + (90 if row % 180 else 0)
            draw.rectangle((left, row, left + 174, row + 84), fill=(shade, shade - 2, shade - 8))
    x, y, r = size[0] * (0.4 + 0.2 * chance.random()), size[1] * 0.55, size[1] * 0.24
    draw.ellipse((x - r * 1.12, y - r * 0.72, x + r * 1.12, y + r * 0.72), fill=(96, 92, 86))
    draw.ellipse((x - r, y - r * 0.62, x + r, y + r * 0.62), fill=(28, 27, 30))
    for turn in range(0, 360, 30):
        end = (x + r * 1.1 * math.cos(math.radians(turn)), y + r * 0.7 * math.sin(math.radians(turn)))
        draw.line((x, y, *end), fill=(40, 38, 40), width=2)
    image = image.filter(ImageFilter.GaussianBlur(1.4))
    out = io.BytesIO()
    image.save(out, "JPEG", quality=80)
    return {"name": f"photo-{seed}.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def locate(page: Page) -> None:
    """Tap on 用我现在的位置 and wait until the phone knows."""
    page.get_by_role("button", name="用我现在的位置").click()
    expect(page.locator("[data-locate-told]")).to_contain_text("已定位")
