"""A whole installation from nothing: filled once, marked, sealed, verifying; the workers live the same lives."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from tests.demo.conftest import FOLDER, SEED, UNTIL, County

from shaodao.centre.cases import queries
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.intake.models import Receipt
from shaodao.centre.scores import actions as scores
from shaodao.centre.shifts.models import Note, Stint
from shaodao.county.pack import versions
from shaodao.county.people import persons
from shaodao.county.people.models import Person
from shaodao.ground.files import intake as evidence
from shaodao.ground.files.models import Evidence
from shaodao.ground.ledger import sealer, subscriptions, verify
from shaodao.ground.messages.models import Outgoing
from shaodao.run.demo import briefings, command, filling, pictures, replay, workers


@pytest.fixture
def anchored(tmp_path, monkeypatch):
    monkeypatch.setattr("shaodao.ground.ledger.keeping.anchor_file", lambda: tmp_path / "anchors.jsonl")
    return tmp_path / "anchors.jsonl"


def fill(count: int = 90) -> None:
    filling.fill(
        FOLDER,
        seed=SEED,
        count=count,
        until=UNTIL,
        password="correct horse battery",
        say=lambda *_: None,
        processes=0,
    )


def test_it_fills_a_fresh_installation_once(db, anchored):
    versions.forget()
    assert not filling.is_demonstration()
    fill()
    assert filling.is_demonstration()
    assert filling.ended_at() == UNTIL
    assert sealer.waiting() == 0
    assert anchored.read_text().count("\n") == 1
    report = verify.run()
    assert report.clean, report.faults
    assert all(line.behind == 0 for line in subscriptions.status())
    pack = versions.current(UNTIL)
    found = queries.cases(By("user:1", "seat", "C00"), queries.Filters(q="井盖"), pack)
    assert all("井盖" in line.words for line in found.lines)
    person = Person.objects.exclude(phone="").first()
    number, _ = persons.contact(person.id)
    assert persons.find(number) == person.id
    shown = Evidence.objects.exclude(attached_to="").first()
    assert evidence.show(shown.pk, "display", who="test").data.startswith(b"\xff\xd8")
    fresh = CaseRow.objects.order_by("-number").first()
    assert Receipt.objects.filter(number=fresh.number).exists()
    assert Outgoing.objects.filter(params__number=fresh.number).exists()
    today = UNTIL.astimezone(ZoneInfo(pack.zone)).date()
    turns = {f"{today - timedelta(days=1)}-night", f"{today}-office", f"{today}-day_long"}
    assert set(Stint.objects.values_list("turn", flat=True)) == turns
    assert Note.objects.get().taken_at is not None
    months = list(scores.recompute())
    assert len(months) == briefings.MONTHS
    assert not any(difference for _, difference in months)
    with pytest.raises(versions.VersionRefused):
        fill()


def test_its_workers_live_the_same_lives(county: County):
    arrivals = county.plan(60)
    families = replay.families(arrivals)[:20]
    here = [story for family in families for story in replay.family(county.world, family, SEED)]
    there = list(workers.stories(families, FOLDER, county.cast, UNTIL, SEED, 1))
    assert {s.arrival.number: [a.at for a in s.acts] for s in here} == {
        s.arrival.number: [a.at for a in s.acts] for s in there
    }


@pytest.mark.parametrize("item", pictures.SCENES)
def test_it_draws_three_stages_of_a_scene(item):
    from random import Random

    drawn = {pictures.draw(item, stage, Random(1)) for stage in ("before", "during", "after")}
    assert len(drawn) == 3


def test_it_ends_in_the_morning():
    local = ZoneInfo("Asia/Shanghai")
    asked = command._end(datetime(2026, 5, 4))  # noqa: DTZ001 (as the command line gives it)
    assert asked == datetime(2026, 5, 4, 8, 30, tzinfo=local)
    passed = command._end(None)
    assert (passed.hour, passed.minute) == (8, 30)
    assert passed <= datetime.now(local)


def test_it_keeps_its_note_to_its_owner(tmp_path):
    note = command.Note("secret words", "state", 5)
    assert command._read(tmp_path) is None
    command._write(tmp_path, note)
    assert command._read(tmp_path) == note
    assert (tmp_path / "demo.json").stat().st_mode & 0o777 == 0o600
