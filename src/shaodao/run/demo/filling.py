"""Fill a fresh installation: pack, people, two years of whistles, seal and anchor. What is there already is left alone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

from django.db import transaction

from shaodao.centre.answers import starters
from shaodao.centre.dispatch import phrases
from shaodao.county.pack import load_files, read_folder, versions
from shaodao.ground.ledger import sealer, store, subscriptions
from shaodao.ground.ledger.events import Context, Draft, Stream

from . import (
    accounts,
    briefings,
    discipline,
    people,
    pictures,
    planning,
    publishing,
    replay,
    scores,
    shifts,
    supervising,
    workers,
    writing,
)

MARK = Stream("demonstration", "1")  # what marks a database as one: an event that nobody can take back
FOUNDED_BEFORE = timedelta(days=30)  # the first whistle
WORKERS = 2

Say = Callable[[str, int, int], None]  # a step's name, how much of it is done, how much there is


def is_demonstration() -> bool:
    """Whether this database has been filled as a demonstration."""
    return store.heads_of(MARK)[MARK].seq > 0


def ended_at() -> datetime:
    """Where the two years end. LookupError in a database that is no demonstration."""
    events = store.history(MARK)
    if not events:
        raise LookupError("no demonstration")
    return datetime.fromtimestamp(events[-1].payload["until"], UTC)


def fill(
    folder: Path, *, seed: int, count: int, until: datetime, password: str, say: Say, processes: int = WORKERS
) -> None:
    """Everything in one transaction: a fresh installation has all of it or nothing. `until` is where time stops.

    `processes` 0: live through all cases in this process. Raises VersionRefused where a pack is installed already.
    """
    since = until - planning.YEARS - FOUNDED_BEFORE
    files = read_folder(folder)
    pack = load_files(files)
    with transaction.atomic():
        say("单位、岗位和账号", 0, 1)
        versions.install(files, now=since)
        starters.install(starters.read(folder, pack, pack.day(until)), since)
        staff = people.staff(pack)
        actors = accounts.make(staff, pack, password, since)
        cast = people.Cast.of((one, actors[one.username]) for one in staff)
        spoken = phrases.read(folder / "examples")
        arrivals = planning.plan(pack, spoken, cast, seed=seed, count=count, until=until)
        families = replay.families(pictures.give(arrivals, seed))
        lived: list[replay.Story] = []
        if processes:
            for story in workers.stories(families, folder, cast, until, seed, processes):
                lived.append(story)
                if len(lived) % 100 == 0:
                    say("回放两年的哨件", len(lived), len(arrivals))
        else:
            world = replay.world_of(pack, cast, until)
            lived = [story for family in families for story in replay.family(world, family, seed)]
        say("写入台账和数据表", 0, 1)
        months = briefings.moments(pack, until)

        def close(at: datetime) -> None:
            done = list(months).index(at)
            say("公布各月评分、印发专报", done, len(months))
            if done:
                supervising.follow_up(months[list(months)[done - 1]], pack, cast, until, seed)
            scores.publish(str(months[at]), pack, cast, at, until, seed)
            briefings.publish(months[at], pack, cast, at, until, seed)

        writing.write(lived, until, tuple(months), close)
        say("督办、批示和县级统筹", 0, 1)
        supervising.follow_up(list(months.values())[-1], pack, cast, until, seed)
        supervising.supervise(pack, cast, until, seed)
        publishing.review(pack, cast, until, seed)
        shifts.play(pack, cast, until, seed)
        say("监督工作台", 0, 1)
        discipline.fill(pack, {(one.role, one.unit): actors[one.username] for one in staff}, until)
        _mark(seed, count, until)
    say("封存台账", 0, 1)
    settle()


def settle() -> None:
    """Seal, write the anchor outside the database, and let subscribers catch up. Harmless when repeated."""
    now = datetime.now(UTC)
    sealer.seal_all(now)
    subscriptions.begin_at("search", sealer.size())  # its rows were written in bulk
    while sealer.waiting() or subscriptions.run_all(
        now, limit=50_000
    ):  # what they record is sealed and told again
        sealer.seal_all(now)
    sealer.anchor(now)


def _mark(seed: int, count: int, until: datetime) -> None:
    payload = {"seed": seed, "whistles": count, "until": int(until.timestamp())}
    draft = Draft("DemonstrationFilled", payload, until)
    store.append([(MARK, [draft])], Context(actor="system:demo"), until, store.lock(MARK))
