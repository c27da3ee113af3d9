"""A small ledger to work on, and the means to tamper with it as a database owner could."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from shaodao.ground.ledger import Context, Draft, Stream, projections, sealer, store, subscriptions

NOW = datetime(2026, 3, 2, 1, 30, tzinfo=UTC)


def write(number: int, *types: str, at: datetime = NOW) -> list:
    """Append events to the case of that number and commit."""
    stream = Stream("case", f"{number:03}")
    drafts = [Draft(type, {"n": place}, at) for place, type in enumerate(types)]
    with transaction.atomic():
        return store.append([(stream, drafts)], Context("user:1"), at, store.lock(stream))


@pytest.fixture
def cases(fresh_db: str) -> str:
    """Twelve cases of four events each, sealed (48 positions)."""
    for step in range(4):
        for number in range(12):
            write(number, f"step{step}", at=NOW + timedelta(minutes=step))
    assert sealer.seal_all(NOW) == 48
    return fresh_db


@pytest.fixture
def tamper(owner_connection) -> Callable[..., None]:
    """Run statements as an owner who takes the triggers off and puts them on again."""

    def run(*statements: str) -> None:
        tables = ("ledger_event", "ledger_seal", "ledger_anchor")
        for table in tables:
            owner_connection.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        for statement in statements:
            assert owner_connection.execute(statement).rowcount != 0, f"changed nothing: {statement}"
        for table in tables:
            owner_connection.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")

    return run


@pytest.fixture(autouse=True)
def _own_registries(monkeypatch):
    monkeypatch.setattr(projections, "_projections", {})
    monkeypatch.setattr(subscriptions, "_subscriptions", {})
