"""All cases of the demonstration, from arrival to the last moment: the same composing, permissions, decide and evolve as
the actions use, under a simulated clock. Touches no database.

Cases that may touch each other (a repeat, a merge, an ownerless matter and its precedent) form a family and are lived
through together in the order of time; families are spread over worker processes. The same seed gives the same moves
and events; only the vault's salts, and with them the commitments, differ from run to run.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import partial
from random import Random

from shaodao.centre.cases import actions, notices, permissions
from shaodao.centre.cases.actions import Source
from shaodao.centre.cases.compose import Composer, subject_of
from shaodao.centre.cases.lifecycle import Case, Happened, Refusal, decide, evolve
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.model import By, Place, is_open
from shaodao.centre.cases.notices import Notice
from shaodao.centre.cases.rules import PackRules
from shaodao.centre.cases.search import grams
from shaodao.centre.dispatch import precedents
from shaodao.centre.dispatch.models import Precedent
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import People, Whistle
from shaodao.county.pack.model import Pack
from shaodao.ground.clocks import is_running
from shaodao.ground.ledger import vault
from shaodao.ground.ledger.events import Draft

from . import briefings
from .life import Life, Move, World
from .people import Cast, Citizen, pseudonym
from .planning import Arrival

SWEPT_AFTER = timedelta(seconds=2)  # the sweeper looks every second
TOLD = timedelta(days=7)  # older notices have been read and are not written


@dataclass(frozen=True, slots=True)
class Act:
    """What one command brought about in one case: as much of a transaction as concerns its stream."""

    at: datetime
    by: By
    source: Source
    drafts: list[Draft]


@dataclass(slots=True)
class Story:
    """One case to its last moment, and everything that has to be written for it."""

    arrival: Arrival
    case: Case
    acts: list[Act] = field(default_factory=list)
    secrets: list[tuple[datetime, vault.Secret]] = field(default_factory=list)
    notices: list[tuple[datetime, Notice]] = field(default_factory=list)
    photos: list[tuple[str, str]] = field(
        default_factory=list
    )  # (picture, whose), in the order they were named
    moves: list[Move] = field(default_factory=list)
    refused: list[str] = field(default_factory=list)
    stood: list[tuple[datetime, Case]] = field(
        default_factory=list
    )  # at the world's closings, where it had changed
    person: tuple[str, str] = ("", "")  # commitments of number and name of a citizen met for the first time


def world_of(pack: Pack, cast: Cast, until: datetime) -> World:
    """What everybody in the simulation shares."""
    points = {g.code: g.shape.representative_point() for g in pack.places.grids if g.shape is not None}
    spots = {code: (round(p.x, 6), round(p.y, 6)) for code, p in points.items()}
    return World(pack, cast, until, spots, tuple(briefings.moments(pack, until)))


def families(arrivals: Iterable[Arrival]) -> list[list[Arrival]]:
    """Arrivals that belong together, each family in the order of time."""
    found: dict[int, list[Arrival]] = {}
    for arrival in arrivals:
        found.setdefault(arrival.family, []).append(arrival)
    return list(found.values())


def family(world: World, arrivals: Sequence[Arrival], seed: int) -> list[Story]:
    """Live through one family."""
    return _Family(world, seed).live(arrivals)


@dataclass(slots=True)
class _Family:
    world: World
    seed: int
    lives: dict[int, Life] = field(default_factory=dict)
    stories: dict[int, Story] = field(default_factory=dict)
    moves: dict[int, Move | None] = field(default_factory=dict)
    known: list[Precedent] = field(default_factory=list)

    def live(self, arrivals: Sequence[Arrival]) -> list[Story]:
        coming = sorted(arrivals, key=lambda a: (a.at, a.index), reverse=True)
        while True:
            upcoming = [(when, n) for n in self.lives if (when := self._next(n))]
            at, n = min(upcoming, default=(self.world.until + SWEPT_AFTER, -1))
            if coming and coming[-1].at <= min(at, self.world.until):
                self._report(coming.pop())
            elif n < 0 or at > self.world.until:
                return list(self.stories.values())
            else:
                self._go_on(n, at)

    def _next(self, n: int) -> datetime | None:
        """When something happens next in a case: somebody acts, or a clock runs out and the sweeper comes by."""
        if n not in self.moves:
            self.moves[n] = self.lives[n].next()
        move, swept = self.moves[n], _runs_out(self.lives[n].case)
        return min((at for at in (move.at if move else None, swept) if at), default=None)

    def _go_on(self, n: int, at: datetime) -> None:
        life, move = self.lives[n], self.moves.pop(n)
        swept = _runs_out(life.case)
        if swept and swept <= at:
            self._give(n, c.Tick(by=actions.SYSTEM), actions.SYSTEM, swept, actions.DIRECT)
            return
        assert move is not None
        life.done.add(move.key)
        try:
            self._move(n, move)
        except (Refusal, permissions.Forbidden) as why:
            self.stories[n].refused.append(f"{move.command}: {why}")

    def _report(self, arrival: Arrival) -> None:
        """基层报, as `filing` does it."""
        rng = Random(f"{self.seed}/{arrival.index}")
        life = Life(
            self.world, arrival, rng, primary=self.lives.get(arrival.duplicate_of or -1), at=arrival.at
        )
        self.lives[arrival.index] = life
        story = self.stories[arrival.index] = Story(arrival, life.case)
        people = _people(arrival, rng)
        made = filing.compose(
            arrival.whistle,
            arrival.number,
            arrival.kind,
            arrival.by,
            people,
            self.world.pack,
            arrival.at,
            find_precedent=self._precedent,
            find_earlier=partial(self._earlier, at=arrival.at),
        )
        story.photos = [(photo, subject_of(people.whose)) for photo in arrival.whistle.photos]
        kinds = {secret.kind: secret.commitment for secret in people.secrets}
        story.person = kinds.get("phone", ""), kinds.get("name", "")
        story.secrets = [(arrival.at, secret) for secret in made.secrets]
        source = Source(arrival.whistle.channel, arrival.whistle.system, arrival.whistle.external_id)
        self._give(arrival.index, made.report, made.report.by, arrival.at, source)

    def _move(self, n: int, move: Move) -> None:
        """One command by name and fields, as `actions.act` gives it."""
        life, story = self.lives[n], self.stories[n]
        cls = c.COMMANDS[move.command]
        permissions.check(move.by, cls, life.case, actions.subject_in(cls, move.said), self.world.pack)
        composer = Composer(life.case, move.by, PackRules(self.world.pack, move.at))
        made = composer.command(cls, move.said)
        source = Source("qr" if cls is c.Arrive else "web")
        self._give(n, made, move.by, move.at, source)
        story.moves.append(move)
        story.photos += [(photo, subject_of(move.by.actor)) for photo in getattr(made, "photos", ())]
        story.secrets += [(move.at, secret) for secret in composer.secrets]
        if isinstance(made, c.Merge):
            other = next(i for i, one in self.lives.items() if one.case.number == made.into)
            join = c.Join(by=move.by, other=life.case.number, requester=life.case.requester)
            self._give(other, join, move.by, move.at, source)

    def _give(self, n: int, command: c.Command, by: By, at: datetime, source: Source) -> None:
        life, story = self.lives[n], self.stories[n]
        happened = decide(life.case, command, PackRules(self.world.pack, at), at)
        case = life.case
        if happened and story.acts and (closing := self.world.closing(story.acts[-1].at)) and closing < at:
            story.stood.append((closing, case))
        for event, moment in happened:
            case = evolve(case, event, moment)
        life.case = story.case = case
        life.at = at
        self.moves.pop(n, None)
        if not happened:
            return
        story.acts.append(Act(at, by, source, actions.drafts_of(happened)))
        if at > self.world.until - TOLD:
            story.notices += [(at, notice) for notice in notices.of(case, happened)]
        self._learn(life, happened)

    def _precedent(self, item: str, situation: str, place: Place, text: str) -> Precedent | None:
        return precedents.best(self.known, item, situation, place, grams(text))

    def _learn(self, life: Life, happened: Sequence[Happened]) -> None:
        for event, moment in happened:
            if isinstance(event, e.Ruled) and precedents.binds(event, life.case):
                self.known.append(precedents.made_by(event, life.case, moment, life.arrival.whistle.text))

    def _earlier(self, requester: str, item: str, place: Place, at: datetime) -> str:
        """As intake finds it: the same person's case about the same item and grid that ended a short while ago."""
        if not (requester and item and place.grid):
            return ""
        since = at - timedelta(days=self.world.pack.settings.numbers.repeat_days)
        ended = [
            case
            for case in (life.case for life in self.lives.values())
            if (case.requester, case.item, case.place.grid) == (requester, item, place.grid)
            and case.outcome == "closed"
            and case.ended_at
            and case.ended_at >= since
        ]
        return max(ended, key=lambda case: (case.ended_at, case.number)).number if ended else ""


def _runs_out(case: Case) -> datetime | None:
    """When the sweeper finds the next clock that has run out."""
    due = [k.due_at for k in case.clocks if is_open(k) and k.breached_at is None and is_running(k)]
    return min(due) + SWEPT_AFTER if due else None


def _people(arrival: Arrival, rng: Random) -> People:
    """Who is behind a whistle, as `filing` finds them; a citizen's number and name are kept when first met."""
    whistle, by, citizen = arrival.whistle, arrival.by, arrival.citizen
    secrets: list[vault.Secret] = []
    if citizen is None:
        own = by.actor if by else f"person:{pseudonym(rng)}"
        return People(own, "" if whistle.staff_found else own, secrets, known=by is not None)
    person = f"person:{citizen.id}"
    if arrival.first:
        secrets += _first_met(citizen, whistle)
    return People(
        by.actor if by else person, person, secrets, known=not arrival.first, on_behalf=by is not None
    )


def _first_met(citizen: Citizen, whistle: Whistle) -> list[vault.Secret]:
    name = (whistle.on_behalf_of or {}).get("name", "") or whistle.name
    phone = vault.commit("phone", citizen.phone, citizen.id)
    return [phone, vault.commit("name", name, citizen.id)] if name else [phone]
