"""What is simulated and written in bulk is what the actions would have written."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.demo.conftest import SEED, UNTIL, County

from shaodao.centre.cases import actions, permissions
from shaodao.centre.cases.lifecycle import state_of
from shaodao.centre.cases.projection import CASES
from shaodao.centre.cases.rows import KEYS, rows
from shaodao.centre.dispatch import precedents
from shaodao.centre.intake import filing
from shaodao.centre.intake.gate import Caller
from shaodao.ground.ledger import sealer, store, subscriptions, verify
from shaodao.ground.ledger.events import Stream
from shaodao.run.demo import replay, writing
from shaodao.run.demo.planning import Arrival
from shaodao.run.demo.replay import Story

COMMITMENT = re.compile(r"\b[0-9a-f]{64}\b")
PERSON = re.compile(r"person:[0-9a-f-]{36}")


def live(county: County, arrivals: Sequence[Arrival], seed: int = SEED) -> list[Story]:
    families = replay.families(arrivals)
    return [story for family in families for story in replay.family(county.world, family, seed)]


def plain(value: Any, numbers: dict[str, str] | None = None) -> str:
    """As text, without what is random: salts, hence commitments, and the ids of persons."""
    text = COMMITMENT.sub("commitment", json.dumps(value, ensure_ascii=False, default=str, sort_keys=True))
    for real, simulated in (numbers or {}).items():
        text = text.replace(real, simulated)
    persons: dict[str, str] = {}
    return PERSON.sub(lambda found: persons.setdefault(found[0], f"person {len(persons)}"), text)


def recorded(story: Story) -> list[Any]:
    return [
        (d.type, d.payload, d.occurred_at, act.at, act.by.actor) for act in story.acts for d in act.drafts
    ]


def in_ledger(number: str) -> list[Any]:
    events = store.history(Stream("case", number))
    return [(e.type, e.payload, e.occurred_at, e.recorded_at, e.context.actor) for e in events]


def by_key(part: dict[Any, Any]) -> dict[str, Any]:
    return {str(key[1:]): row for key, row in part.items()}


def act_out(family: Sequence[Story]) -> dict[str, str]:
    """Give the same whistles, commands and ticks through the actions; return real number → simulated number."""
    numbers: dict[str, str] = {}
    real: dict[str, str] = {}
    steps: list[tuple[datetime, int, Story, Any]] = []
    for story in family:
        steps.append((story.arrival.at, 0, story, None))
        steps += [(move.at, 2, story, move) for move in story.moves]
        steps += [(act.at, 1, story, "tick") for act in story.acts if act.by == actions.SYSTEM]
    for at, _, story, move in sorted(steps, key=lambda step: step[:2]):
        simulated = story.arrival.number
        if move is None:
            arrival = story.arrival
            filed = filing.file(arrival.whistle, Caller("test", trusted=True), by=arrival.by, at=at)
            assert not filed.again
            numbers[filed.case.number], real[simulated] = simulated, filed.case.number
        elif move == "tick":
            actions.let_time_pass(real[simulated], at)
        else:
            said = move.said | ({"into": real[move.said["into"]]} if "into" in move.said else {})
            by = move.by
            if by.role == permissions.WHISTLER:  # persons have other ids here
                case = actions.load(real[simulated])
                by = replace(by, actor=case.requester or case.whistler)
            actions.act(real[simulated], move.command, said, by, at=at)
        if any(one.arrival.matter for one in family):
            sealer.seal_all(at)
            subscriptions.run("precedents", datetime.now(UTC), limit=100_000)
            precedents.forget()
    return numbers


def test_it_equals_what_the_actions_write(county):
    arrivals = county.plan(400)
    lived = [replay.family(county.world, family, SEED) for family in replay.families(arrivals)]
    shown = {
        "Merged",
        "Ruled",
        "Shelved",
        "Extended",
        "Reopened",
        "CouncilConcluded",
        "Declined",
        "DutyEnded",
    }
    sample = [f for f in lived if len(f) > 1][:12] + lived[:8]
    for kind in sorted(shown):
        sample += [f for f in lived if any(d.type == kind for s in f for a in s.acts for d in a.drafts)][:1]
    sample = list({family[0].arrival.family: family for family in sample}.values())
    assert any(d.type == "Ruled" for f in sample for s in f for a in s.acts for d in a.drafts)
    for family in sample:
        numbers = act_out(family)
        for number, simulated in numbers.items():
            story = next(s for s in family if s.arrival.number == simulated)
            assert plain(in_ledger(number), numbers) == plain(recorded(story))
            stored, wanted = CASES.stored([number]), rows(story.case)
            for table in KEYS:
                assert plain(by_key(stored[table]), numbers) == plain(by_key(wanted[table])), table


def test_it_writes_in_bulk_what_was_lived(county):
    lived = live(county, county.plan(120))
    written = writing.write(lived, UNTIL)
    assert written == sum(len(act.drafts) for story in lived for act in story.acts)
    for story in lived:
        number = story.arrival.number
        assert [e[:4] for e in in_ledger(number)] == [e[:4] for e in recorded(story)]
        assert CASES.stored([number]) == rows(story.case)
    sealer.seal_all(UNTIL)
    report = verify.run()
    assert report.clean, report.faults
    filed = filing.file(
        filing.Whistle(text="井盖丢了", item="MS-07", place={"grid": lived[0].arrival.grid}), Caller("x")
    )
    assert filed.case.number not in {story.arrival.number for story in lived}


def test_it_lives_the_same_life_with_the_same_seed(county):
    once, again, other = (live(county, county.plan(60, seed), seed) for seed in (SEED, SEED, SEED + 1))
    assert [plain(recorded(s)) for s in once] == [plain(recorded(s)) for s in again]
    assert [plain(recorded(s)) for s in once] != [plain(recorded(s)) for s in other]


def test_it_gives_every_case_an_owner_and_an_end(county):
    lived = live(county, county.plan(400))
    states = Counter(state_of(story.case) for story in lived)
    old = [story for story in lived if story.arrival.at < UNTIL - timedelta(days=60)]
    assert sum(bool(story.case.outcome) for story in old) > 0.97 * len(old)
    assert {"dispatched", "waiting_verification", "waiting_rating"} <= states.keys()
    for story in lived:
        assert story.case.outcome or story.case.open_clocks
        assert all(act.at <= UNTIL for act in story.acts)
    refused = Counter(refusal for story in lived for refusal in story.refused)
    assert refused.total() < 0.01 * len(lived), refused


def test_it_plans_rising_numbers_and_independent_families(county):
    arrivals = county.plan(500)
    numbers = [arrival.number for arrival in arrivals]
    assert numbers == sorted(set(numbers), key=lambda n: int(n[6:]))
    assert [a.at for a in arrivals] == sorted(a.at for a in arrivals)
    assert all(a.at.microsecond == 0 for a in arrivals)
    first = [a.citizen.id for a in arrivals if a.citizen and a.first]
    assert len(first) == len(set(first)) == len({a.citizen.id for a in arrivals if a.citizen})
    kinds = Counter(a.kind for a in arrivals)
    assert kinds["public"] > kinds["grid"] > kinds["street"] > kinds["deputy"] > 0
