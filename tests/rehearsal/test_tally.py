"""Counting: small hand-made cases with answers worked out by hand."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace
from typing import Any

from shaodao.centre.rehearsal.again import Compared
from shaodao.centre.rehearsal.clocks import Shown, Timed
from shaodao.centre.rehearsal.facts import Outcome
from shaodao.centre.rehearsal.tally import EXAMPLES, Tally, as_data
from shaodao.faces.administration import rehearsed

AT_D13 = Outcome("at_once", "item", "XZ-05", "D13", ("D15",))
AT_D14 = replace(AT_D13, lead="D14")
ALONE = replace(AT_D13, helpers=())
UNSURE = Outcome("triage", "unsure")
OFF = Outcome("triage", "off_manual")
DESK_D13 = Outcome("triage", "unsure", "XZ-05", "D13", ("D15",))
OWNERLESS = Outcome("ruling", "ownerless", "MS-05")
REFUSED = Outcome("triage", "unit_may_not_own", "XZ-05")
BY_PRECEDENT = Outcome("at_once", "precedent:260101000001", "", "D15")


def case(number: int, became: Outcome, before: Outcome | None, after: Outcome | None, **more: Any) -> Any:
    heard = SimpleNamespace(number=f"{number:012}", became=became, known=more.pop("known", "words"))
    return Compared(heard, before, after, **more)


def clock(unit: str, before: Shown, after: Shown | None, kind: str = "report_in") -> Timed:
    return Timed(kind, unit, before, after)


IN_TIME, LATE = Shown(True, False, 60), Shown(True, True, 60)
SHORT_LATE, NOT_YET = Shown(True, True, 30), Shown(False, False, 60)


def counted() -> dict[str, Any]:
    tally = Tally()
    tally.add(case(1, AT_D13, AT_D13, AT_D14, known="whistler"), [clock("D13", IN_TIME, SHORT_LATE)])
    tally.add(case(2, AT_D13, AT_D13, AT_D14), [clock("D13", LATE, SHORT_LATE)])
    tally.add(case(3, AT_D13, AT_D13, UNSURE), [clock("D13", LATE, IN_TIME)])
    tally.add(
        case(4, AT_D14, AT_D13, ALONE), [clock("D14", IN_TIME, IN_TIME)]
    )  # went otherwise than its pack said
    tally.add(case(5, DESK_D13, DESK_D13, AT_D13, known="desk"), [clock("D13", NOT_YET, NOT_YET)])
    tally.add(case(6, UNSURE, OFF, UNSURE), [])
    tally.add(case(7, OWNERLESS, OWNERLESS, REFUSED, place_lost=True), [])
    tally.add(case(8, UNSURE, UNSURE, BY_PRECEDENT), [clock("D15", IN_TIME, None, "make_safe")])
    tally.add(case(9, AT_D13, None, None), [clock("D13", IN_TIME, IN_TIME)])
    return as_data(tally)


def test_it_counts_who_would_go_where():
    data = counted()
    assert data["cases"] == 9
    assert data["erased"]["examples"] == ["000000000009"]
    assert data["known"] == {"whistler": 1, "desk": 1, "words": 6}
    assert [(m["from"], m["to"], m["count"]) for m in data["moves"]] == [
        ("D13", "D14", 2), ("D13", "triage", 1), ("ruling", "triage", 1), ("triage", "D15", 1),
    ]  # fmt: skip
    assert data["moves"][0]["items"] == {"XZ-05": 2}
    assert data["moves"][0]["examples"] == ["000000000001", "000000000002"]
    assert data["elsewhere"]["count"] == 5
    assert data["ways"] == {"to_unit": 2, "to_person": 2, "from_person": 1}
    assert data["helpers"]["examples"] == ["000000000004"]
    assert data["unlike"]["examples"] == ["000000000004"]
    assert data["place_lost"]["count"] == 1
    assert (data["precedents"]["before"], data["precedents"]["after"]) == (0, 1)


def test_it_counts_ways_through_the_door():
    fates = {fate: (one["really"], one["before"], one["after"]) for fate, one in counted()["fates"].items()}
    assert fates == {
        "at_once": (4, 4, 5),
        "unsure": (3, 2, 2),
        "no_place": (0, 0, 0),
        "off_manual": (0, 1, 0),
        "ownerless": (1, 1, 0),
        "avoid": (0, 0, 0),
        "refused": (0, 0, 1),
    }


def test_it_counts_items_and_their_part_that_moves():
    items = {one["item"]: (one["whistles"], one["elsewhere"]["count"]) for one in counted()["items"]}
    assert items == {"XZ-05": (5, 3), "": (2, 1), "MS-05": (1, 1)}


def test_it_counts_limits_kept_by_unit_with_both_numbers():
    data = counted()
    kept = {one["unit"]: one["clocks"] for one in data["units"]}
    assert kept["D13"]["report_in"] == {
        "before": {"in_time": 2, "judged": 4, "given_minutes": 60},
        "after": {"in_time": 2, "judged": 4, "given_minutes": 30},
    }
    assert kept["D15"]["make_safe"]["after"] == {"in_time": 0, "judged": 0, "given_minutes": None}
    assert data["clocks"]["report_in"]["before"] == {"in_time": 3, "judged": 5, "given_minutes": 60}
    assert data["now_late"]["report_in"]["examples"] == ["000000000001"]
    assert data["now_in_time"]["report_in"]["examples"] == ["000000000003"]


def test_it_shows_a_few_examples_and_counts_all():
    tally = Tally()
    for number in range(EXAMPLES + 3):
        tally.add(case(number, AT_D13, AT_D13, AT_D14), [])
    (move,) = as_data(tally)["moves"]
    assert (move["count"], len(move["examples"])) == (EXAMPLES + 3, EXAMPLES)


def found(**more: Any) -> dict[str, Any]:
    """What `rehearse` adds to the counts."""
    return {
        "county": "辉南县",
        "since": "2026-01-01",
        "until": "2026-06-30",
        "made_at": 1784000000,
        "manual_of": "2026-08-01",
        "before": "a" * 64,
        "after": "b" * 64,
        "changes": 2,
        "changed": ["items.csv: XZ-05 lead: D13 → D14"],
        "model": {"before": "ok", "after": "ok", "same": True},
        "names": {"units": {"D13": "城管局", "D14": "市场监管局"}, "items": {"XZ-05": "违规户外广告"}},
        **counted(),
        **more,
    }


def test_it_is_said_in_words():
    page = rehearsed.page(found())
    assert "9 件" in page.told
    assert "2026年8月1日" in page.told
    tiles = {tile.name: tile for tile in page.tiles}
    assert tiles["会派到别处"].figure == "5"
    assert "占 62.5%" in tiles["会派到别处"].note
    assert (tiles["需要人工的"].figure, tiles["需要人工的"].note) == ("3", "现行 4，少 1")
    assert tiles["按时报到"].note == "3/5；现行 60.0%，3/5"
    moves = page.tables[0].lines
    assert moves[0].cells == ("城管局", "市场监管局", "2", "违规户外广告 2")
    assert moves[1].cells[:3] == ("城管局", "转人工", "1")
    assert page.more_changes == 1
    assert any("地点" in note for note in page.notes)
    assert any("判例" in note for note in page.notes)


def test_it_says_plainly_that_the_model_does_not_fit():
    for state, same, said in (
        ("unfit", True, "原目录训练"),
        ("none", True, "没有可用"),
        ("ok", False, "另一套"),
    ):
        model = {"before": "ok", "after": state, "same": same}
        assert any(said in note for note in rehearsed.page(found(model=model)).notes)
    assert not any("模型" in note for note in rehearsed.page(found()).notes)


def test_nothing_found_is_said_too():
    page = rehearsed.page(found() | as_data(Tally()))
    assert all(not table.lines for table in page.tables)
    assert page.tiles[0].figure == "0"
