# ruff: noqa: F811 (fixtures of others)
"""Members of the discipline side with their keys, made through the real door."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import pytest
from tests.cases.conftest import NOW, pack, whistle  # noqa: F401

from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.discipline import keyring
from shaodao.centre.discipline.keyring import Holder
from shaodao.centre.discipline.models import Key
from shaodao.county.people import grants
from shaodao.county.people.models import User
from shaodao.ground.ledger.events import Context
from shaodao.ground.secrecy import boxes, passphrase
from shaodao.ground.secrecy.passphrase import Cost

WORDS = "correct horse battery staple"
INIT = Context(actor="system:init")
BEFORE = NOW - timedelta(days=1)


@dataclass(frozen=True)
class Someone:
    user: User
    by: By

    @property
    def context(self) -> Context:
        return Context(actor=self.by.actor)

    @property
    def fingerprint(self) -> str:
        key = Key.objects.filter(whom=self.by.actor).first()
        return boxes.fingerprint(bytes(key.public)) if key else ""

    def admit(self, other: Someone, pack, at=NOW) -> int:
        """As somebody does who compared the fingerprint that the page shows."""
        whom = other.by.actor
        return keyring.admit(whom, other.fingerprint, self.unlocked(at=at), self.context, pack, at)

    def unlocked(self, session: str = "s", words: str = WORDS, at=NOW) -> Holder:
        half = keyring.unlock(self.by.actor, words, session, at)
        held = keyring.holder(self.by.actor, session, half, at)
        assert held is not None
        return held


@pytest.fixture(autouse=True)
def quick_passphrases(monkeypatch):
    """Argon2id as it is, with the least costs: a hundred members would take half a minute."""
    cheap = Cost(1, 8)
    lock = passphrase.lock
    monkeypatch.setattr(
        passphrase, "lock", lambda data, words, about, cost=cheap: lock(data, words, about, cheap)
    )


@pytest.fixture
def member(pack):
    """Makes somebody with a post, and a key unless told otherwise."""

    def make(role: str, unit: str, key: bool = True) -> Someone:
        name = f"{role}-{unit}-{User.objects.count()}"
        user = User.objects.create_user(name, name[:40], "a long enough passphrase")
        grants.grant(user, role, unit, pack=pack, by=INIT, now=BEFORE)
        found = Someone(user, By(f"user:{user.pk}", role, unit))
        if key:
            keyring.make(found.by.actor, WORDS, found.context, BEFORE)
        return found

    return make


@dataclass
class Town:
    """The county's head, who set it all up; an inspector of the county; a group, a committee and a village."""

    head: Someone
    county: Someone
    group: Someone
    street: Someone
    village: Someone
    shares: list


@pytest.fixture
def town(member, pack) -> Town:
    head = member("discipline_head", "J00")
    shares = keyring.set_up(head.unlocked(), head.context, pack, BEFORE)
    others = [
        member(*post)
        for post in (
            ("inspector", "J00"),
            ("inspector", "J04"),
            ("inspector", "J-T06"),
            ("village_supervisor", "T06-02"),
        )
    ]
    for one in others:
        head.admit(one, pack, BEFORE)
    return Town(head, *others, shares)
