"""Who may give which command: roles at the wrong unit, commands that are no one's, subjects of another case."""

from __future__ import annotations

from typing import Any

import pytest
from django.db import connection
from tests.api.scenes import HOUR, LEAD, Scenes
from tests.trust.conftest import OPEN, PHONE, PROTECTED, SPOT, by, file, give

from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.model import By


@pytest.fixture
def scenes(pack) -> Scenes:
    return Scenes(actions.now())


def rows() -> dict[str, int]:
    """How much lies in every table that a command writes."""
    tables = [
        t for t in connection.introspection.table_names() if t.startswith(("cases_", "ledger_", "messages_"))
    ]
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found


def grid_chief(case: Any, user: int = 5) -> By:
    return by("grid_chief", case.place.grid, user)


def test_nobody_gives_commands_that_are_parts_of_others_or_time_itself(pack):
    first, second = (file(item=OPEN, phone=PHONE).case for _ in range(2))
    before = rows()
    for role, unit in (
        ("seat", "C00"),
        ("centre_director", "C00"),
        ("county_leader", "L00"),
        ("handler", "D15"),
    ):
        for command in ("join", "report"):
            with pytest.raises(Refusal, match="unknown_command"):
                give(first.number, command, by(role, unit), other=second.number, requester="person:forged")
        for command in ("tick", "recompute"):
            with pytest.raises(permissions.Forbidden):
                give(first.number, command, by(role, unit))
    assert rows() == before
    offered = {cls for cls, _ in permissions.offered(by("seat", "C00"), first, pack)}
    assert not offered & {c.Join, c.Report, c.Tick, c.Recompute}


def test_a_merge_needs_the_right_to_both_cases(pack):
    mine = file("路面塌了", item=OPEN, phone=PHONE).case
    theirs = file("占道", item=PROTECTED, phone=PHONE).case
    officer = by("stationed", "D13")
    before = rows()
    with pytest.raises(permissions.Forbidden):
        give(mine.number, "merge", officer, into=theirs.number)
    assert rows() == before
    give(mine.number, "merge", by("stationed", "D05"), into=theirs.number)
    assert actions.load(theirs.number).joined == (mine.number,)


def test_a_complaint_is_not_merged_into_a_case_of_the_unit_it_is_about(pack):
    about = file("没人管", item=OPEN, phone=PHONE, against="D15").case
    road = file("路面塌了", item=OPEN, phone=PHONE).case
    assert road.lead.unit == "D15"
    before = rows()
    with pytest.raises(Refusal, match="unit_must_avoid"):
        give(about.number, "merge", by("seat", "C00"), into=road.number)
    assert rows() == before


@pytest.mark.parametrize("duty", [2, 0, -1, 10**30, "1; DROP", "²", None, [], {}, 1.5, True, "\x00"])
def test_a_wrong_subject_is_a_refusal_and_changes_nothing(pack, duty):
    number = file(item=OPEN, phone=PHONE).case.number
    before = rows()
    with pytest.raises((Refusal, permissions.Forbidden)):
        give(number, "sign", by("handler", "D15"), duty=duty)
    assert rows() == before


def test_a_handler_of_one_unit_does_not_act_on_the_duty_of_another(scenes):
    number = scenes.joint()
    for who, duty in ((by("handler", "D13"), 1), (by("handler", "D15"), 2), (by("liaison", "D13"), 1)):
        with pytest.raises(permissions.Forbidden):
            give(number, "report_in", who, duty=duty, mode="site", position=SPOT)


def test_only_the_seat_that_a_request_waits_for_decides_it(scenes, pack):
    number = scenes.asked_return()
    step = actions.load(number).request(1).current
    assert (step.role, step.unit) == ("section_head", LEAD)
    section = next(u.code for u in pack.tree.below(LEAD))
    before = rows()
    for who in (
        by("section_head", section, 61),
        by("section_head", "D13", 62),
        by("unit_head", LEAD, 63),
        by("shift_leader", "C00", 64),
        by("section_head", LEAD, 701),  # whoever asked
    ):
        with pytest.raises((permissions.Forbidden, Refusal)):
            give(number, "decide", who, request=1, approve=True)
    assert rows() == before


def test_a_grid_chief_works_on_and_verifies_what_lies_in_the_own_grid(pack, scenes):
    """Small matters of the community are done by it; what a department did is verified in the grid."""
    own = next(
        i for i in pack.items.values() if i.first_tier == "community" and i.township_role != "withdrawn"
    )
    case = file("楼道灯不亮", item=own.code, phone=PHONE).case
    assert case.tier == "community"
    chief = grid_chief(case)
    assert case.number in {line.number for line in queries.duties(chief, pack).lines}
    give(case.number, "sign", chief, duty=1)
    elsewhere = next(
        g.code for g in pack.places.grids if g.unit == case.place.community and g.code != case.place.grid
    )
    with pytest.raises(permissions.Forbidden):
        give(case.number, "report_in", by("grid_chief", elsewhere, 8), duty=1, mode="site", position=SPOT)

    road = actions.load(scenes.claimed())
    assert road.clock("verification").unit == road.place.community
    waiting = queries.queue(
        grid_chief(road), "verification", pack, units=[road.place.grid, road.place.community]
    )
    assert road.number in {line.number for line in waiting.lines}
    with pytest.raises(permissions.Forbidden):
        give(road.number, "verify", by("grid_chief", elsewhere, 8), passed=True)
    give(road.number, "verify", grid_chief(road), passed=True)


def test_a_grid_chief_does_not_verify_what_the_own_community_did(pack):
    own = next(
        i for i in pack.items.values() if i.first_tier == "community" and i.township_role != "withdrawn"
    )
    case = file("楼道灯不亮", item=own.code, phone=PHONE).case
    secretary = by("community_secretary", case.place.community, 3)
    give(case.number, "report_in", secretary, duty=1, mode="site", position=SPOT)
    done = give(case.number, "claim_finished", secretary, duty=1, way="done", words="换了灯泡")
    assert done.clock("verification").unit == "C00"
    for who in (secretary, grid_chief(case)):
        with pytest.raises(permissions.Forbidden):
            give(case.number, "verify", who, passed=True)


def test_a_grid_chief_finds_what_it_whistled_and_what_lies_in_the_grid(pack):
    grid = next(iter(pack.places.grids))
    chief = by("grid_chief", grid.code, 9)
    other = next(g for g in pack.places.grids if g.parent != grid.parent)
    own = file(by=chief, item=OPEN, place={"grid": other.code}, staff_found=True).case
    local = file(item=OPEN, phone=PHONE, place={"grid": grid.code}).case
    file(item=OPEN, phone=PHONE, place={"grid": other.code})
    found = {line.number for line in queries.cases(chief, queries.Filters(), pack).lines}
    assert found == {own.number, local.number}


def test_a_grid_chief_whistles_past_the_own_community(pack):
    """What the community could do itself does not come back to it from the one who works there."""
    own = next(
        i for i in pack.items.values() if i.first_tier == "community" and i.township_role != "withdrawn"
    )
    grid = next(iter(pack.places.grids))
    case = file("楼道灯不亮", by("grid_chief", grid.code), item=own.code, place={"grid": grid.code}).case
    assert grid.parent not in [d.unit for d in case.duties if d.role == "lead"]


def test_a_street_rates_the_units_that_it_summoned_and_no_other_street(pack, scenes):
    number = scenes.concluded()
    case = actions.load(number)
    street = case.councils[0].by.unit
    stranger = next(u.code for u in pack.units.values() if u.kind == "street" and u.code != street)
    with pytest.raises(permissions.Forbidden):
        give(number, "rate_units", by("street_head", stranger), levels=[{"duty": 1, "level": 5}])
    give(number, "rate_units", by("street_head", street), levels=[{"duty": 1, "level": 2}])


def test_staff_never_rate_for_a_requester(scenes):
    number = scenes.verified()
    case = actions.load(number)
    before = rows()
    for role, unit in (
        ("seat", "C00"), ("caller", "C00"), ("handler", "D15"), ("liaison", "D15"), ("deputy", "X00"),
        ("grid_chief", case.place.grid), ("community_secretary", case.place.community),
        ("street_head", case.place.township), ("county_leader", "L00"), ("inspector", "J00"),
    ):  # fmt: skip
        with pytest.raises(permissions.Forbidden):
            give(number, "rate", by(role, unit, 44), solved="yes", levels=[{"duty": 1, "level": 5}])
    assert rows() == before


def test_whoever_holds_the_code_of_a_council_can_only_arrive(scenes, pack):
    case = actions.load(scenes.convened())
    visitor = By("system:council-1", permissions.ON_THE_SPOT, LEAD)
    assert not permissions.may_see(visitor, case, pack)
    assert {cls for cls, _ in permissions.offered(visitor, case, pack)} <= {c.Arrive}


def test_the_three_administrators_see_no_case(scenes, pack):
    number = scenes.dispatched()
    for role, unit in (("system_admin", "C00"), ("security_admin", "C00"), ("audit_admin", "J00")):
        who = by(role, unit)
        with pytest.raises(actions.NoSuchCase):
            queries.open_case(number, who, pack)
        assert queries.cases(who, queries.Filters(), pack).lines == []


def test_an_older_version_is_refused_and_changes_nothing(pack):
    case = file(item=OPEN, phone=PHONE).case
    before = rows()
    for version in (0, case.version - 1, case.version + 1, 10**20):
        with pytest.raises(actions.Stale):
            actions.act(case.number, "sign", {"duty": 1}, by("handler", "D15"), version=version)
    assert rows() == before


NAMES = ("张三家13812345678", "see Zhang San", "A", "x" * 40, "原因\n换行", "<b>")


@pytest.mark.parametrize("said", NAMES, ids=range(len(NAMES)))
def test_no_text_and_nobodys_name_gets_into_an_event(scenes, said):
    """Reasons are words of ours, people are accounts."""
    number = scenes.on_site()
    before = rows()
    until = (scenes.now + HOUR * 24 * 60).isoformat()
    for name, who, fields in (
        ("see_identity", by("caller", "C00"), {"reason": said}),
        ("assign", by("liaison", LEAD), {"duty": 1, "handler": said}),
        ("ask_extension", by("handler", LEAD), {"duty": 1, "reason": said, "until": until, "words": "等料"}),
        ("call_assist", by("liaison", LEAD), {"to": "D13", "reason": said}),
        ("erase", by("security_admin", "C00"), {"subject": actions.load(number).requester, "reason": said}),
    ):
        with pytest.raises(Refusal):
            give(number, name, who, **fields)
    assert rows() == before


def test_the_number_of_persons_is_one_that_can_come(scenes):
    for persons in (0, -1, 201, 2**31 - 1, 2**31, 10**30):
        with pytest.raises(Refusal):
            give(scenes.dispatched(), "report_in", by("handler", LEAD), duty=1, mode="site", persons=persons)


def test_the_code_of_a_council_does_not_make_a_crowd(scenes):
    number = scenes.convened()
    visitor = By("system:council-1", permissions.ON_THE_SPOT, LEAD)
    for index in range(30):
        give(number, "arrive", visitor, council=1, unit=LEAD, person=f"演示{index}")
    with pytest.raises(Refusal, match="too_many_persons"):
        give(number, "arrive", visitor, council=1, unit=LEAD, person="再来一个")


def test_staff_who_report_for_somebody_get_no_link_to_rate_by(pack):
    from tests.api.conftest import Program, token_of

    body = {"text": "路面塌了", "item": OPEN, "place": SPOT, "on_behalf_of": {"name": "", "phone": PHONE}}
    chief = next(iter(pack.places.grids))
    staff = Program(token_of(pack, "grid_chief", chief.unit, grid=chief.code))
    answer = staff.post("/whistles", body).json()
    assert answer["number"]
    assert (answer["token"], answer["track_url"]) == ("", "")
    system = Program(token_of(pack, "seat", "C00", system="12345"))
    assert system.post("/whistles", body | {"external_id": "1"}).json()["token"]
    assert Program().post("/whistles", {"text": "路面塌了", "item": OPEN, "place": SPOT}).json()["token"]


def test_whoever_lets_another_into_an_account_leaves_an_event(pack, sign_in):
    from shaodao.county.people.models import User
    from shaodao.ground.ledger import store
    from shaodao.ground.ledger.store import Stream

    admin = sign_in("security_admin", "C00")
    other = User.objects.create_user("somebody", "演示")
    admin.post(f"/administration/people/{other.pk}/invite")
    admin.post(f"/administration/people/{other.pk}/factor")
    events = store.history(Stream("account", str(other.pk)))
    assert [event.type for event in events] == ["Invited", "FactorForgotten"]
    assert all(event.context.capacity == "security_admin@C00" for event in events)


def test_a_section_finds_the_council_that_its_department_is_summoned_to(scenes, pack):
    number = scenes.convened()
    section = next(u.code for u in pack.tree.below(LEAD))

    def found(who) -> set[str]:
        return {row.case_id for row in queries.councils(who, pack)}

    assert found(by("handler", LEAD, 81)) == {number}
    assert found(by("section_head", section, 82)) == {number}
    assert found(by("handler", "D09", 83)) == set()
