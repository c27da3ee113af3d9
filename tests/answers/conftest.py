"""The county of `tests.trust` with its knowledge base, and people who keep it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from tests.trust import conftest as trust
from tests.trust.conftest import PACK, by

from shaodao.centre.answers import knowledge, starters
from shaodao.centre.answers.article import Facts, Wording
from shaodao.centre.answers.models import Article
from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle.model import By
from shaodao.county.pack import Pack
from shaodao.ground.ledger import sealer, subscriptions
from shaodao.ground.ledger.events import Context

pack = trust.pack
sign_in = trust.sign_in

SEAT, LEADER, DEPUTY = by("seat", "C00", 1), by("shift_leader", "C00", 2), by("centre_deputy", "C00", 3)
QUESTION = "老年公交卡在哪里办"
ANSWER = "带身份证到县客运站服务窗口，当场办，不收费。"


def context(who: By) -> Context:
    return actions.context_of(who, actions.DIRECT)


def wording(**said: Any) -> Wording:
    plain = {
        "question": QUESTION,
        "text": ANSWER,
        "source": "县交通局 2026 年公告",
        "also": ("老人坐车卡怎么办",),
    }
    return Wording(**(plain | said))


def facts(**said: Any) -> Facts:
    today = actions.now().date()
    return Facts(**({"source_date": date(2026, 3, 1), "review_on": today + timedelta(days=90)} | said))


def write(who: By = SEAT, **said: Any) -> Article:
    facts_ = said.pop("facts", None) or facts()
    id, case = said.pop("id", None), said.pop("case", "")
    return knowledge.write(wording(**said), facts_, context(who), actions.now(), id=id, case=case)


def publish(row: Article, who: By = LEADER) -> Article:
    made = knowledge.publish(row.pk, row.version, context(who), actions.now())
    knowledge.forget()
    return made


@pytest.fixture(autouse=True)
def forgotten() -> Iterator[None]:
    knowledge.forget()
    yield
    knowledge.forget()


@pytest.fixture
def base(pack: Pack) -> Pack:
    """The pack, with its own articles published."""
    now = actions.now()
    starters.install(starters.read(PACK, pack, pack.day(now)), now)
    knowledge.forget()
    return pack


def tell() -> None:
    """Seal, and let the subscribers catch up."""
    now = actions.now()
    sealer.seal_all(now)
    while subscriptions.run_all(now):
        pass


SignIn = Callable[..., Client]
