"""A county, people in every capacity, and pages and programs through which they try what they may not."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.core.cache import cache
from django.test import Client

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.dispatch import precedents
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Filed, Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.county.pack import Pack, read_folder, versions
from shaodao.county.people import grants
from shaodao.county.people.models import User
from shaodao.faces.accounts import capacity, second_factor
from shaodao.ground.ledger.events import Context

PACK = Path(__file__).resolve().parents[2] / "county" / "huinan"
SINCE = datetime(2021, 1, 1, tzinfo=UTC)
SPOT = {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}
PHONE = "13812345678"
SECRET_WORDS = "我是二楼老李家媳妇，隔壁饭店天天占道经营"
PROTECTED, OPEN = "XZ-02", "MS-08"  # led by D13 and D15
BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def install() -> Pack:
    for module in (versions, precedents):
        module.forget()
    versions.install(read_folder(PACK), effective_from=SINCE, now=SINCE)
    cache.clear()
    return versions.current()


@pytest.fixture
def pack(db: None, settings: Any, tmp_path: Path) -> Iterator[Pack]:
    settings.FILES_STORE = ""
    settings.DATA = tmp_path
    yield install()
    versions.forget()
    precedents.forget()


@pytest.fixture
def committed(fresh_db: str, settings: Any, tmp_path: Path) -> Iterator[Pack]:
    """As `pack`, where what is written is there for every thread."""
    settings.FILES_STORE = ""
    settings.DATA = tmp_path
    yield install()
    versions.forget()
    precedents.forget()


def file(text: str = "路面塌了一块", by: By | None = None, **said: Any) -> Filed:
    caller = said.pop("caller", Caller("trust", trusted=True))
    said = {"place": SPOT} | said
    return filing.file(Whistle(text=text, **said), caller, by=by)


def by(role: str, unit: str, user: int = 1) -> By:
    return By(f"user:{user}", role, unit)


def give(number: str, command: str, who: By, **said: Any) -> Any:
    return actions.act(number, command, said, who)


@pytest.fixture
def sign_in(pack: Pack) -> Callable[..., Client]:
    """A browser of somebody who acts in a post."""
    made = iter(range(1000))

    def client(role: str, unit: str, grid: str = "") -> Client:
        user = User.objects.create_user(f"{role}{next(made)}", "演示")
        context = Context(actor="system:init")
        post = grants.grant(user, role, unit, pack=pack, by=context, now=SINCE, grid=grid)
        browser = Client()
        session = browser.session
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = BACKEND
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session[second_factor.SESSION_KEY] = str(user.pk)
        session[capacity.SESSION_KEY] = post.pk
        session.save()
        return browser

    return client
