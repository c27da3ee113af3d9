"""What the background forgets in time, and what it reckons again under a new calendar."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from django.contrib.sessions.models import Session
from django.core.cache import cache
from django.db import connection
from tests.cases.conftest import install

from shaodao.centre.cases import actions, sweeper
from shaodao.centre.cases.lifecycle import Case
from shaodao.centre.cases.models import Clock
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.centre.intake.models import Receipt
from shaodao.county.pack import Pack, versions
from shaodao.county.pack.models import PackVersion
from shaodao.county.people import persons
from shaodao.county.people.models import User
from shaodao.faces.accounts import phone_code
from shaodao.faces.models import PhoneCode
from shaodao.ground.ledger.events import Stream
from shaodao.ground.ledger.store import history
from shaodao.ground.messages import outbox
from shaodao.ground.messages.models import Outgoing
from shaodao.run import chores

STOP = threading.Event()
NOON, NIGHT = (
    datetime(2026, 4, 15, 4, tzinfo=UTC),
    datetime(2026, 4, 15, 19, tzinfo=UTC),
)  # 12:00 and 03:00 here


class Clockwork(datetime):
    """`datetime.now` of the chores."""

    moment = NOON

    @classmethod
    def now(cls, tz: Any = None) -> datetime:  # type: ignore[override]
        return cls.moment


@pytest.fixture
def at(monkeypatch: pytest.MonkeyPatch, settings: Any, tmp_path: Path) -> Callable[[datetime], None]:
    """Set the clock of the chores."""
    settings.DATA, settings.FILES_STORE = tmp_path, ""
    monkeypatch.setattr(chores, "datetime", Clockwork)

    def set_to(moment: datetime) -> None:
        monkeypatch.setattr(Clockwork, "moment", moment)

    return set_to


@pytest.fixture
def pack(db: None) -> Pack:
    return install()


def file(when: datetime, **said: Any) -> Case:
    whistle = Whistle(text="想问一下归谁管", phone="13812345678", **said)
    return filing.file(whistle, Caller("test", trusted=True), at=when).case


def test_it_forgets_what_was_kept_for_a_time_only(pack: Pack, at: Callable[[datetime], None]) -> None:
    old = file(NOON - timedelta(days=31)).number
    young = file(NOON - timedelta(days=29)).number
    for key, days in (("old", 181), ("young", 179)):
        outbox.post(outbox.Message("notice", "unit:D15", "x", dedupe_key=key), NOON - timedelta(days=days))
    phone_code.issue("13812345678", NOON - timedelta(minutes=6))
    Session.objects.create(
        session_key="over", session_data="", expire_date=datetime.now(UTC) - timedelta(hours=1)
    )
    Session.objects.create(
        session_key="good", session_data="", expire_date=datetime.now(UTC) + timedelta(hours=1)
    )
    cache.set("count", 1, timeout=None)
    with connection.cursor() as cursor:
        cursor.execute("INSERT INTO faces_cache VALUES ('over', 'x', %s)", [NOON - timedelta(seconds=1)])
    at(NOON)
    chores.tidy(STOP)
    assert [r.number for r in Receipt.objects.filter(number__in=[old, young])] == [young]
    assert set(
        Outgoing.objects.filter(dedupe_key__in=["old", "young"]).values_list("dedupe_key", flat=True)
    ) == {"young"}
    assert not PhoneCode.objects.exists()
    assert set(Session.objects.values_list("session_key", flat=True)) == {"good"}
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM faces_cache WHERE cache_key = 'over'")
        assert cursor.fetchone() == (0,)
    assert cache.get("count") == 1


def test_it_forgets_identities_at_night(pack: Pack, at: Callable[[datetime], None]) -> None:
    long_ago = NOON - timedelta(days=800)
    case = file(long_ago)
    actions.act(case.number, "answer", {"words": "这样办"}, actions.By("user:1", "seat", "C00"), at=long_ago)
    at(NOON)
    chores.tidy(STOP)
    assert not actions.load(case.number).erased
    at(NIGHT)
    chores.tidy(STOP)
    assert actions.load(case.number).erased
    assert persons.find("13812345678") is None


def test_it_tidies_an_installation_without_a_pack(db: None, at: Callable[[datetime], None]) -> None:
    versions.forget()
    at(NIGHT)
    chores.tidy(STOP)
    chores.recompute(STOP)


def test_it_reckons_provisional_deadlines_again_when_a_new_calendar_is_in_force(
    pack: Pack, at: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last days of a year run into one whose holidays are not published yet."""
    monkeypatch.setattr(chores, "_reckoned_with", "")
    december = datetime(2026, 12, 30, 2, tzinfo=UTC)
    case = filing.file(
        Whistle(text="私搭乱建", item="XZ-01", place={"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}),
        Caller("test", trusted=True),
        at=december,
    ).case
    assert Clock.objects.filter(case_id=case.number, provisional=True, kind="finish").exists()
    before = case.clock("finish", "duty:1").due_at  # type: ignore[union-attr]
    monkeypatch.setattr(actions, "now", lambda: december + timedelta(minutes=1))
    tried: list[int] = []
    again = sweeper.recompute
    monkeypatch.setattr(sweeper, "recompute", lambda: tried.append(again()))
    chores.recompute(STOP)
    chores.recompute(STOP)
    assert tried == [1]  # once for each version
    assert actions.load(case.number).version == case.version  # and nothing to say under the same calendar

    publish(NOON)
    chores.recompute(STOP)
    assert tried == [1, 1]
    after = actions.load(case.number)
    assert history(Stream("case", case.number))[-1].type == "Recomputed"
    assert after.clock("finish", "duty:1").due_at > before  # type: ignore[union-attr]
    assert not Clock.objects.filter(case_id=case.number, provisional=True, kind="finish").exists()


def publish(now: datetime) -> None:
    """A version of the pack in which the holidays of the next year are known: the first two weeks are free."""
    first = PackVersion.objects.get()
    files = versions.files_of(first)
    name = "holidays.csv"
    days = [f"2027-01-{day:02},off,演示假日,演示" for day in range(1, 15)]
    files[name] = files[name].rstrip() + ("\n" + "\n".join(days) + "\n").encode()
    files["calendar.toml"] = files["calendar.toml"].replace(b"2026]", b"2026, 2027]")
    made = versions.draft(files, by=User.objects.create_user("maker", "演示"), now=now)
    PackVersion.objects.filter(pk=made.pk).update(
        state=PackVersion.State.APPROVED, effective_from=now, approved_at=now
    )
    versions.forget()
