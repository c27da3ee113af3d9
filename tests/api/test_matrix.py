"""Who may do what, asked through HTTP: every command × role × own or other unit, against the one table."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import pytest
from django.db import transaction
from tests.api.conftest import Program, token_of
from tests.api.scenes import ASSIST, LEAD, OUTSIDE, PLAY, Scenes

from shaodao.centre.cases import actions, permissions
from shaodao.centre.cases.compose import subject_in
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import possible
from shaodao.centre.cases.lifecycle.model import By
from shaodao.county.people.models import Post

UNIT_ROLES = ("liaison", "handler", "section_head", "unit_head")
CENTRE_ROLES = ("seat", "shift_leader", "caller", "centre_deputy", "centre_director")
# What no program does: time itself, and people on the spot without an account.
NOBODYS = {"tick", "recompute", "pass_up"}


def capacities(place: tuple[str, str, str], away: tuple[str, str, str]) -> Iterator[tuple[str, str, str]]:
    """(role, unit, grid): every role of the pack, at a unit that has to do with the case and at one that has not."""
    for unit in (LEAD, ASSIST, OUTSIDE):
        yield from ((role, unit, "") for role in UNIT_ROLES)
    yield from ((role, "C00", "") for role in CENTRE_ROLES)
    for unit in (LEAD, OUTSIDE):
        yield "stationed", unit, ""
    for grid, community, township in (place, away):
        yield "grid_chief", community, grid
        yield "community_secretary", community, ""
        yield from ((role, township, "") for role in ("street_clerk", "street_head"))
    yield from (("county_leader", "L00", ""), ("deputy", "X00", ""), ("inspector", "J00", ""))
    yield from (
        ("inspector", "J01", ""),
        ("discipline_head", "J04", ""),
        ("village_supervisor", "T06-02", ""),
    )
    yield from (("supervisor", "V00", ""), ("system_admin", "D32", ""), ("security_admin", "D32", ""))
    yield "audit_admin", "D32", ""


@pytest.fixture
def scenes(pack) -> Scenes:
    made = Scenes(actions.now())
    made.numbers = {}
    for name in {scene for scene, _ in PLAY.values()}:
        made.at = made.now - 20 * made_minute(made)
        made.numbers[name] = getattr(made, name)()
        assert made.at <= made.now, name
    made.at = made.now
    made.other = made.dispatched()
    return made


def made_minute(made: Scenes):
    from datetime import timedelta

    return timedelta(minutes=1)


def test_it_lets_everybody_do_what_the_table_says_and_nothing_else(pack, scenes):
    assert set(PLAY) == {c.name_of(cls) for cls in permissions.TABLE}, "a command without a scene"
    place = scenes.place
    far = next(g for g in pack.places.grids if pack.places[pack.places[g.parent].parent].code != place[2])
    away = (far.code, far.parent, pack.places[far.parent].parent)
    programs = {
        (role, unit, grid): Program(token_of(pack, role, unit, grid=grid))
        for role, unit, grid in capacities(place, away)
    }
    posts = {(post.role, post.unit, post.grid): post.user_id for post in Post.objects.all()}
    assert {role for role, _, _ in programs} | {"resident"} == set(pack.roles), "a role without a capacity"
    seen, done, wrong = Counter(), set(), []
    for name, (scene, body) in PLAY.items():
        cls, scenes.number = c.COMMANDS[name], scenes.numbers[scene]
        said = body(scenes)
        case = actions.load(scenes.number)
        for (role, unit, grid), program in programs.items():
            by = By(f"user:{posts[role, unit, grid]}", role, grid or unit)
            subject = subject_in(cls, said)
            may = permissions.may(by, cls, case, subject, pack)
            if cls is c.Merge:  # asked of both cases
                may = may and permissions.may(by, cls, actions.load(said["into"]), 0, pack)
            sees = permissions.may_see(by, case, pack)
            with transaction.atomic():
                status = program.post(f"/cases/{scenes.number}/commands/{name}", said).status_code
                transaction.set_rollback(True)
            if not may:
                expected = (403,) if sees else (404,)
            elif subject in possible(case, cls):
                expected = (200, 422)
            else:
                expected = (409, 422)
            if status not in expected:
                wrong.append((name, role, unit, grid, status, expected))
            if status == 200:
                done.add(name)
            seen[status] += 1
    assert not wrong, f"{len(wrong)} of {seen}: {wrong[:10]}"
    assert done == set(PLAY) - NOBODYS - {
        "ask_review",
        "find_helpful",
        "rate",
        "seen_too",
        "withdraw_request",
    }, set(PLAY) - done
    assert seen.keys() <= {200, 403, 404, 409, 422}


def test_it_lets_the_whistler_rate_and_ask_for_a_review(scenes):
    from shaodao.centre.intake import gate

    public = Program()
    for scene, address, body in (
        ("verified", "rating", {"solved": "yes", "ratings": [{"duty": 1, "level": 5}], "words": "好"}),
        ("closed", "reopen", {"reason": "broken_again", "words": "又坏了"}),
        ("answered", "helpful", {}),
        ("declined", "review", {"words": "请再看一遍"}),
        ("dispatched", "comment", {"words": "就在门口"}),
    ):
        token = gate.token_of(scenes.numbers[scene])
        assert address in public.get(f"/track/{token}").json()["commands"]
        answer = public.post(f"/track/{token}/{address}", body)
        assert answer.status_code == 200, answer.json()
        refused = public.post(f"/track/{token[:-1]}x/{address}", body)
        assert (refused.status_code, refused.json()["type"]) == (404, "/problems/no-such-case")
