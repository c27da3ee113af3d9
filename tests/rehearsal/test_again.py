"""A whistle once more, under its own pack and under a changed one."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some
from tests.rehearsal.conftest import UNTIL, items_changed, live, rows_changed, served, side, text_changed

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.rules import PackRules
from shaodao.centre.cases.search import grams
from shaodao.centre.dispatch.classifier import Classifier
from shaodao.centre.dispatch.models import Precedent
from shaodao.centre.rehearsal import manual
from shaodao.centre.rehearsal.again import Compared, Side, compare
from shaodao.centre.rehearsal.facts import Heard
from shaodao.centre.rehearsal.tally import Tally, as_data, where
from shaodao.county.pack import Pack, load_files

NOW = datetime(2026, 4, 15, 2, 0, tzinfo=UTC)
ADS = "门头牌匾又大又歪，挡住了楼上的窗户"
DESK = By("user:7", "seat", "C00")


def again(
    heard: Heard, pack: Pack, files: Any, known: Any = (), reader: Classifier | None = None
) -> Compared:
    changed = manual.as_on(load_files(files), NOW.date())
    return compare(heard, side(pack), side(changed, reader), known)


def test_an_item_given_to_another_department_goes_there(pack, files):
    moved = items_changed(files, XZ_05={"lead": "D14", "on_call": "D13;D15"})
    found = again(live(pack, ADS, NOW, item="XZ-05").heard(), pack, moved)
    assert found.before
    assert found.after
    assert (found.before.lead, found.after.lead) == ("D13", "D14")
    assert found.heard.became == found.before
    assert found.heard.known == "whistler"


def test_a_higher_threshold_leaves_more_to_the_desk(pack, files):
    lived = live(pack, "小区路灯坏了好几天，晚上漆黑一片", NOW)
    assert lived.heard().became.door == "at_once"
    strict = text_changed(files, "settings.toml", "confident = 830", "confident = 1000")
    rules = Classifier((), served().model)  # no rule decides, only the model
    found = compare(
        lived.heard(), side(pack, rules), side(manual.as_on(load_files(strict), NOW.date()), rules), ()
    )
    assert found.before
    assert found.after
    assert (found.before.door, found.after.door, found.after.why) == ("at_once", "triage", "unsure")


def test_what_the_desk_found_out_is_taken_over(pack, files):
    """Nobody could tell from the words; the desk said which item and where it is."""
    lived = live(pack, "这事你们得管管", NOW, place={"unknown": True})
    rules = PackRules(pack, NOW)
    place = live(pack, ADS, NOW, item="XZ-05").case.place
    plan, _ = rules.route("XZ-05", "", place)
    assert plan
    lived.give(c.Dispatch(by=DESK, plan=plan, item="XZ-05", place=place), NOW + timedelta(minutes=5))
    moved = items_changed(files, XZ_05={"lead": "D14", "on_call": "D13;D15"})
    found = again(lived.heard(), pack, moved)
    assert found.heard.known == "desk"
    assert found.before
    assert found.after
    assert (found.before.door, found.after.door) == ("triage", "triage")
    assert (found.heard.became.lead, found.before.lead, found.after.lead) == ("D13", "D13", "D14")


def test_what_a_person_confirmed_is_what_the_desk_would_say(pack, files):
    """The model was sure; under a higher threshold the case waits for the desk, which finds what was confirmed since."""
    lived = live(pack, "小区路灯坏了好几天，晚上漆黑一片", NOW)
    item, lead = lived.case.item, lived.heard().became.lead
    strict = text_changed(files, "settings.toml", "confident = 830", "confident = 1000")
    rules = Classifier((), served().model)
    changed = side(manual.as_on(load_files(strict), NOW.date()), rules)
    assert compare(lived.heard(), side(pack, rules), changed, ()).after.lead == ""
    lived.give(c.ConfirmItem(by=DESK, item=item), NOW + timedelta(days=1))
    found = compare(lived.heard(), side(pack, rules), changed, ())
    assert (found.heard.known, found.after.door, found.after.lead) == ("desk", "triage", lead)
    lived.give(c.ConfirmItem(by=DESK, item="NONE"), NOW + timedelta(days=2))
    assert lived.heard().desk is None


def test_an_item_that_is_gone_is_read_from_the_words_again(pack, files):
    def end(row: dict[str, str]) -> None:
        if row["code"] == "XZ-05":
            row["valid_until"] = "2026-01-01"

    found = again(live(pack, ADS, NOW, item="XZ-05").heard(), pack, rows_changed(files, "items.csv", end))
    assert found.item_lost
    assert found.after
    assert found.after.item != "XZ-05"


def test_a_model_of_another_catalogue_is_not_asked(pack, files):
    renamed = items_changed(files, XZ_05={"name": "户外广告"})
    lived = live(pack, "我家楼下那个大广告牌子晃来晃去的快掉下来砸人了", NOW, item="")
    found = again(lived.heard(), pack, renamed, reader=Classifier((), served().model))
    assert found.after
    assert (found.after.door, found.after.why) == ("triage", "unsure")


def test_erased_words_go_nowhere(pack, files):
    found = again(live(pack, ADS, NOW, item="XZ-05").heard(erased=True), pack, files)
    assert (found.before, found.after) == (None, None)


def test_a_place_the_new_map_does_not_know_is_unknown(pack, files):
    grid = next(iter(pack.places.grids))
    lived = live(pack, ADS, NOW, item="XZ-05", place={"grid": grid.code})
    elsewhere = replace(pack, places=type(pack.places)({}))
    found = compare(lived.heard(), side(pack), side(elsewhere), ())
    assert found.place_lost
    assert found.after
    assert (found.after.door, found.after.why) == ("triage", "no_place")


@pytest.mark.parametrize(
    ("ruled", "ended", "lead"),
    [(-2, None, "D22"), (-2, -1, "D13"), (-2, 1, "D22"), (1, None, "D13")],
)
@pytest.mark.parametrize("end", ["ended_at", "until"])
def test_precedents_bind_as_they_did_at_the_time(pack, files, ruled, ended, lead, end):
    one = Precedent(
        number="260101000001",
        seq=5,
        item="XZ-05",
        grams=grams("别的"),
        lead="D22",
        assists=[],
        ruled_at=NOW + timedelta(days=ruled),
        **{end: None if ended is None else NOW + timedelta(days=ended)},
    )
    found = again(live(pack, ADS, NOW, item="XZ-05").heard(), pack, files, [one])
    assert found.before
    assert found.before.lead == lead
    assert found.before == found.after


def test_a_matter_kept_at_home_stays_there(pack, files):
    """A community that keeps what is its own to do is not sent to the department when the whistle is composed again."""
    own = By("user:9", "community_secretary", "S01-01")
    for keeps in (True, False):
        lived = live(pack, "楼下小广告又贴满了", NOW, by=own, item="XZ-06", own=keeps)
        found = again(lived.heard(), pack, files)
        assert found.before == found.heard.became
        assert (found.before.why == "first_tier") == keeps


def test_a_named_situation_stays_and_one_read_from_the_words_is_read_again(pack):
    codes = [s for s in pack.situations.values() if s.item == "XZ-04"]
    lived = live(pack, "路口有人摆摊", NOW, item="XZ-04", situation=codes[-1].code)
    found = compare(lived.heard(), side(pack), side(pack), ())
    assert found.before == found.heard.became == found.after


def test_the_same_pack_changes_nothing(stories, pack):
    """Nothing goes elsewhere, and what was dispatched at once then is dispatched at once now, to the same units."""
    same, counted = side(pack), Tally()
    other = Side(lambda at: manual.as_on(pack, UNTIL.date()), served())
    whole = manual.as_on(pack, UNTIL.date())
    other = Side(lambda at: whole, served())
    for heard in stories:
        found = compare(heard, same, other, ())
        assert found.before == found.after
        assert found.before
        if heard.became.door == "at_once" and not heard.became.why.startswith("precedent"):
            assert found.before == heard.became, heard.number
        counted.add(found, ())
    data = as_data(counted)
    assert data["cases"] == len(stories) > 100
    assert data["elsewhere"] == {"count": 0, "examples": []}
    assert data["moves"] == []


@settings(max_examples=25, deadline=None)
@given(lead=some.sampled_from(["D13", "D14", "D15", "D16", "D22"]), bar=some.integers(500, 1000))
def test_whatever_changes_every_whistle_is_counted_once(stories, pack, files, lead, bar):
    """Origins and destinations of the matrix add up, and only the item that moved changes its unit at a bar not lowered."""
    changed = items_changed(files, XZ_05={"lead": lead, "on_call": ""})
    changed = text_changed(changed, "settings.toml", "confident = 830", f"confident = {bar}")
    whole = manual.as_on(load_files(changed), UNTIL.date())
    before, after, counted = side(pack), Side(lambda at: whole, served()), Tally()
    for heard in stories[:40]:
        found = compare(heard, before, after, ())
        assert found.before
        assert found.after
        counted.add(found, ())
        if bar >= 840 and where(found.before) != where(found.after):
            assert found.before.item == "XZ-05" or found.after.door == "triage"
    data = as_data(counted)
    for at in ("before", "after"):
        assert sum(fate[at] for fate in data["fates"].values()) == 40
    assert sum(move["count"] for move in data["moves"]) == data["elsewhere"]["count"]
    assert sum(data["ways"].values()) == data["elsewhere"]["count"]
    assert sum(one["whistles"] for one in data["items"]) == 40
