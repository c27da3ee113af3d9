"""What a ruling teaches, and what it must not; routing over units, items and places that are not there."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from tests.trust.conftest import OPEN, PHONE, SPOT, by, file, give

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle import Refusal, state_of
from shaodao.centre.cases.lifecycle.model import Place
from shaodao.centre.cases.rules import PackRules
from shaodao.centre.cases.search import grams
from shaodao.centre.dispatch import precedents
from shaodao.centre.dispatch.models import Precedent
from shaodao.county.catalogue import FirstTier, TownshipRole
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack

HERE = Place("S01-01-01", "S01-01", "S01", "urban")
ASKED = "想问一下这个事到底归谁管"


def precedent(**said: Any) -> Precedent:
    now = actions.now()
    plain = {"number": "260101000001", "seq": 5, "item": OPEN, "grams": [], "lead": "D13", "assists": []}
    made = Precedent.objects.create(**(plain | {"ruled_at": now} | said))
    precedents.forget()
    return made


def leads(case: Any) -> str:
    return case.lead.unit if case.lead else ""


def changed(monkeypatch: pytest.MonkeyPatch, pack: Pack, **units: Any) -> Pack:
    """The pack with some units changed; in force for everybody."""
    made = dict(pack.units)
    for code, changes in units.items():
        made[code] = replace(made[code], **changes)
    other = replace(pack, units=made)
    monkeypatch.setattr(versions, "current", lambda at=None: other)
    return other


def test_a_precedent_dispatches_the_next_case_like_it(pack):
    precedent()
    case = file(item=OPEN, phone=PHONE).case
    assert leads(case) == "D13"


@pytest.mark.parametrize("lead", ["D99", "", "L00-9"])
def test_a_precedent_of_a_unit_that_is_not_there_falls_back_to_the_manual(pack, lead):
    precedent(lead=lead, assists=["D98"])
    assert leads(file(item=OPEN, phone=PHONE).case) == "D15"


def test_a_precedent_of_a_unit_that_has_ended_goes_to_its_successor_or_to_the_manual(pack, monkeypatch):
    precedent(lead="D13", assists=["D22"])
    over = {"valid_until": date(2022, 1, 1)}
    changed(monkeypatch, pack, D13=over | {"successor": "D14"}, D22=over)
    case = file(item=OPEN, phone=PHONE).case
    assert [d.unit for d in case.duties] == ["D14"]
    changed(monkeypatch, pack, D13=over)
    assert leads(file(item=OPEN, phone=PHONE).case) == "D15"


def test_what_was_taken_back_never_goes_to_a_street_by_precedent(pack):
    withdrawn = next(i for i in pack.items.values() if i.township_role is TownshipRole.WITHDRAWN)
    precedent(item=withdrawn.code, lead="S01")
    case = file("违建", item=withdrawn.code, phone=PHONE).case
    assert leads(case) not in ("S01", "")


def test_a_precedent_never_gives_a_complaint_to_the_unit_it_is_about(pack):
    precedent(lead="D13", assists=["D15"])
    for against in ("D13", "D15"):
        case = file(item=OPEN, phone=PHONE, against=against).case
        assert against not in [d.unit for d in case.duties]
        assert case.open_clocks


def test_an_ended_precedent_decides_nothing(pack):
    precedent(ended_at=actions.now())
    assert leads(file(item=OPEN, phone=PHONE).case) == "D15"


def test_common_phrases_are_no_likeness():
    """Words about another matter share the way of asking, not the matter."""
    known = Precedent(
        item="", situation="", place_kind="", area="", lead="D13", ruled_at=actions.now(),
        grams=grams("想问一下小区门口的旧报刊亭到底归谁管"),
    )  # fmt: skip

    def found(text: str) -> bool:
        return precedents.best([known], "", "", HERE, grams(text)) is not None

    assert found("小区门口的旧报刊亭到底归谁管")
    assert found("想问一下小区门口的旧报刊亭到底归谁管啊")
    assert not found("想问一下小区门口的公交站牌到底归谁管")
    assert not found("想问一下低保到底归谁管")
    long = (
        "我家住在三楼，冬天暖气不热，找物业说管道老化，找热力公司说是楼里的事。小区门口的旧报刊亭也没人拆。"
        * 3
    )
    assert not found(long + "想问一下到底归谁管")


def test_the_narrower_precedent_wins_over_the_later():
    now = actions.now()
    plain = {"item": OPEN, "situation": "", "place_kind": "", "grams": [], "ruled_at": now}
    community = Precedent(**plain, area="S01-01", lead="D13")
    later = {"ruled_at": now.replace(year=now.year + 1)}
    street = Precedent(**(plain | later), area="S01", lead="D14")
    county = Precedent(**(plain | later), area="", lead="D22")
    assert precedents.best([street, community, county], OPEN, "", HERE, []).lead == "D13"
    assert precedents.best([street, county], OPEN, "", HERE, []).lead == "D14"


def rule(number: str, **said: Any) -> Any:
    desk = by("shift_leader", "C00", 9)
    give(number, "send_to_ruling", by("seat", "C00", 8), units=["D15", "D13"])
    return give(
        number, "rule", desk, lead="D13", basis="三定方案第三条", item="MS-13", precedent="yes", **said
    )


def learnt() -> list[Precedent]:
    from shaodao.ground.ledger import sealer, subscriptions

    sealer.seal_all(actions.now())
    while subscriptions.run("precedents", actions.now()):
        pass
    return list(Precedent.objects.all())


@pytest.mark.parametrize("scope", ["township", "community", "kind"])
def test_a_ruling_about_no_place_does_not_bind_the_county(pack, scope):
    """A scope that the case has no place for would hold everywhere."""
    case = file(ASKED, place={"unknown": True}, phone=PHONE).case
    with pytest.raises(Refusal, match="field_wrong"):
        rule(case.number, scope=scope)


@pytest.mark.parametrize("scope", ["", "everywhere", "grid"])
def test_a_precedent_says_how_far_it_holds(pack, scope):
    case = file(ASKED, phone=PHONE).case
    with pytest.raises(Refusal, match=r"field_(needed|wrong)"):
        rule(case.number, scope=scope)


def test_it_learns_with_the_scope_that_was_said(pack):
    case = file(ASKED, phone=PHONE).case
    rule(case.number, scope="township")
    (made,) = learnt()
    assert (made.area, made.lead, made.item) == (case.place.township, "D13", "MS-13")


def test_a_ruling_on_a_complaint_teaches_nothing_about_others(pack):
    """Who gets it was a matter of avoidance, not of the item."""
    case = file(ASKED, phone=PHONE, against="D15").case
    desk = by("shift_leader", "C00", 9)
    give(case.number, "send_to_ruling", by("seat", "C00", 8), units=["D13"])
    give(case.number, "rule", desk, lead="D13", basis="回避", item=OPEN, precedent="yes", scope="county")
    assert learnt() == []


def test_only_what_overlaps_is_in_conflict(pack):
    base = precedent(item=OPEN, lead="D13", area="S01")
    precedent(number="2", item=OPEN, lead="D14", area="S01-01")
    precedent(number="3", item=OPEN, lead="D14", area="S02")
    precedent(number="4", item=OPEN, lead="D22", area="S01", place_kind="rural")
    precedent(number="5", item=OPEN, lead="D05", area="S01", place_kind="urban")
    pairs = {frozenset((one.number, other.number)) for one, other in precedents.conflicts(pack)}
    assert frozenset((base.number, "2")) in pairs
    assert frozenset((base.number, "3")) not in pairs
    assert frozenset(("4", "5")) not in pairs


# --- routing ----------------------------------------------------------------------------------------------------

PLACES = [
    Place(),
    Place(township="S01"),
    Place(township="nowhere"),
    Place(grid="nowhere", community="", township="S01"),
    Place(community="S01-01", township="S01"),
    Place(lon=1260428000, lat=426835000),
    Place(township="S01", lon=0, lat=0),
]


@pytest.mark.parametrize("place", PLACES, ids=range(len(PLACES)))
def test_routing_answers_for_every_item_in_every_place(pack, place):
    rules = PackRules(pack, actions.now())
    for item in pack.items_on(pack.day(actions.now())):
        for against in ("", "D15", "S01", "C00"):
            plan, why = rules.route(item, "", place, whistler_unit="S01-01-01", against=against)
            assert why
            if plan:
                assert sum(d.role == "lead" for d in plan.duties) == 1
                assert not against or all(not rules.same_unit(d.unit, against) for d in plan.duties)


def test_routing_survives_the_end_of_a_unit(pack, monkeypatch):
    other = changed(monkeypatch, pack, D15={"valid_until": date(2022, 1, 1)})
    plan, why = PackRules(other, actions.now()).route(OPEN, "", HERE)
    assert (plan, why) == (None, "ownerless")
    case = file(item=OPEN, phone=PHONE).case
    assert state_of(case) == "in_ruling"


def test_a_community_that_has_ended_is_no_first_tier(pack, monkeypatch):
    own = next(
        i for i in pack.items.values()
        if i.first_tier is FirstTier.COMMUNITY and i.township_role is not TownshipRole.WITHDRAWN and i.lead.startswith("D")
    )  # fmt: skip
    place = file("楼道灯不亮", item=own.code, phone=PHONE).case.place
    changed(monkeypatch, pack, **{place.community: {"valid_until": date(2022, 1, 1)}})
    case = file("楼道灯不亮", item=own.code, phone=PHONE).case
    assert leads(case) not in ("", place.community)


def test_an_old_case_can_go_on_after_its_item_has_left_the_manual(pack, monkeypatch):
    case = file(item=OPEN, phone=PHONE).case
    gone = {code: i for code, i in pack.items_on(pack.day(actions.now())).items() if code != OPEN}
    monkeypatch.setattr(Pack, "items_on", lambda self, day: gone)
    give(case.number, "redispatch", by("shift_leader", "C00"), duty=1, to="D13", reason="wrong_unit")
    with pytest.raises(Refusal, match="unknown_item"):
        file(item=OPEN, phone=PHONE)
    asked = file(ASKED, place=SPOT, phone=PHONE).case
    with pytest.raises(Refusal, match="unknown_item"):
        give(asked.number, "dispatch", by("seat", "C00"), item=OPEN, lead="D15")


def test_it_dispatches_by_the_manual_to_a_place_named_on_the_way(pack):
    case = file(ASKED, place={"unknown": True}, phone=PHONE).case
    done = give(case.number, "dispatch", by("seat", "C00"), item=OPEN, place=SPOT)
    assert leads(done) == "D15"
    assert done.place.known


def test_the_day_begins_at_midnight_in_the_county(pack):
    from datetime import UTC, datetime

    ends = replace(pack.units["D15"], valid_until=date(2026, 4, 16))
    other = replace(pack, units={**pack.units, "D15": ends})
    before, after = (
        datetime(2026, 4, 15, hour, tzinfo=UTC) for hour in (15, 17)
    )  # 23:00 and 1:00 in the county
    assert PackRules(other, before).may_own("D15", "")
    assert not PackRules(other, after).may_own("D15", "")
