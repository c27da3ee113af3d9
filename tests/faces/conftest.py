"""A county with people in it, and ways to sign in as them."""

import base64
import hashlib
import hmac
import struct
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.cache import cache
from django.test import Client

from shaodao.county.pack import Pack, read_folder, versions
from shaodao.county.people import grants
from shaodao.county.people.models import User
from shaodao.faces.accounts import second_factor
from shaodao.ground.ledger.events import Context

HUINAN = Path(__file__).resolve().parents[2] / "county" / "huinan"
PASSWORD = "a long enough passphrase"
SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"
INIT = Context(actor="system:init")


@pytest.fixture
def county(db: None) -> Pack:
    """The sample county's pack, in force."""
    now = datetime.now(UTC)
    versions.install(read_folder(HUINAN), effective_from=now, now=now)
    cache.clear()
    yield versions.current()
    versions.forget()


Staff = Callable[..., User]


@pytest.fixture
def staff(county: Pack) -> Staff:
    """Makes an account with posts `(role, unit)`; with a second factor unless told otherwise."""

    def make(username: str, *posts: tuple[str, str], factor: bool = True) -> User:
        user = User.objects.create_user(username, f"演示{username}", PASSWORD)
        for role, unit in posts:
            grants.grant(user, role, unit, pack=county, by=INIT, now=datetime.now(UTC))
        if factor:
            second_factor.set_up(user, SECRET)
        return user

    return make


def code(secret: str = SECRET, step: int = 0) -> str:
    """What an authenticator shows now (RFC 6238), `step` periods away."""
    counter = struct.pack(">Q", int(time.time()) // 30 + step)
    digest = hmac.new(base64.b32decode(secret), counter, hashlib.sha1).digest()
    start = digest[-1] & 15
    return f"{(struct.unpack('>I', digest[start : start + 4])[0] & 0x7FFFFFFF) % 10**6:06}"


def password(client: Client, username: str, typed: str = PASSWORD):
    return client.post("/accounts/login/", {"login": username, "password": typed})


@pytest.fixture
def signed_in(client: Client) -> Callable[[User], Client]:
    """Signs a user in, all the way through the second factor."""

    def sign_in(user: User) -> Client:
        assert password(client, user.username)["Location"] == "/accounts/factor/"
        answer = client.post("/accounts/factor/", {"code": code()})
        assert answer.status_code == 302
        return client

    return sign_in
