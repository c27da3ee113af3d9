"""A pack as if one day's manual had always held."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from shaodao.centre.rehearsal import manual

THEN, SOON, LATER = date(2024, 3, 1), date(2026, 8, 1), date(2027, 1, 1)


def test_next_years_item_holds_for_last_years_whistles(pack):
    item = pack.items["XZ-05"]
    rows = (replace(item, valid_until=SOON), replace(item, lead="D14", valid_from=SOON))
    changed = replace(pack, item_versions={**pack.item_versions, "XZ-05": rows})
    assert manual.whole_from(changed, date(2026, 7, 1)) == SOON
    assert manual.whole_from(changed, LATER) == LATER
    assert changed.items_on(THEN)["XZ-05"].lead == "D13"
    assert manual.as_on(changed, SOON).items_on(THEN)["XZ-05"].lead == "D14"
    assert manual.as_on(changed, date(2026, 7, 31)).items_on(LATER)["XZ-05"].lead == "D13"


def test_an_item_that_has_ended_never_was(pack):
    rows = (replace(pack.items["XZ-05"], valid_until=SOON),)
    changed = replace(pack, item_versions={**pack.item_versions, "XZ-05": rows})
    assert "XZ-05" not in manual.as_on(changed, SOON).items_on(THEN)


def test_successors_act_and_newcomers_exist_from_the_first_day(pack):
    units = dict(pack.units)
    units["D13"] = replace(units["D13"], valid_until=SOON, successor="D14")
    units["D16"] = replace(units["D16"], valid_from=SOON)
    changed = manual.as_on(replace(pack, units=units), SOON)
    assert changed.tree.successor_of("D13", THEN).code == "D14"
    assert changed.tree.successor_of("D16", THEN).code == "D16"
    early = manual.as_on(replace(pack, units=units), date(2026, 7, 31))
    assert early.tree.successor_of("D13", LATER).code == "D13"
    with pytest.raises(LookupError):
        early.tree.successor_of("D16", LATER)
