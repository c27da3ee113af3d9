"""Read the whistles of a period, send them through a changed pack, count. Reads only, in transactions that cannot write."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from datetime import time as clock_time
from typing import Any
from zoneinfo import ZoneInfo

from django.db import connection, transaction

from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.dispatch import classifier
from shaodao.centre.dispatch.classifier import Classifier
from shaodao.centre.dispatch.model import fingerprint
from shaodao.centre.dispatch.models import Precedent
from shaodao.centre.rehearsal import manual
from shaodao.centre.rehearsal.again import Side, compare
from shaodao.centre.rehearsal.clocks import timed
from shaodao.centre.rehearsal.facts import Heard, heard, words_of
from shaodao.centre.rehearsal.tally import NOBODY, Tally, as_data
from shaodao.centre.scores.rehearsing import what_if
from shaodao.county.pack import Files, load_files, versions
from shaodao.county.pack.diff import diff
from shaodao.county.pack.model import Pack
from shaodao.county.pack.models import PackVersion
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Stream

AT_ONCE = 250  # cases read in one go
MOST_CHANGES = 60  # named one by one

Say = Callable[[int, int], None]  # how many cases are done, of how many


@dataclass(frozen=True, slots=True)
class Changed:
    """What is rehearsed: the files of a pack, the day whose manual is meant (None: the first on which all of it holds), and
    who reads the words (None: the model that is served, with the pack's rules)."""

    files: Files
    day: date | None = None
    classifier: Classifier | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """From one day to another, both included, in the county's time."""

    since: date
    until: date

    def moments(self, zone: str) -> tuple[datetime, datetime]:
        """The first moment, and the first one after."""

        def midnight(day: date) -> datetime:
            return datetime.combine(day, clock_time.min, ZoneInfo(zone))

        return midnight(self.since), midnight(self.until + timedelta(days=1))


def rehearse(
    changed: Changed, days: Days, *, now: datetime, say: Say = lambda done, of: None
) -> dict[str, Any]:
    """The findings, as `tally.as_data`, with what was compared and what units and items are called.

    Raises PackError, NoPack.
    """
    with read_only():
        present, base = versions.current(now), PackVersion.objects.get(pk=versions.in_force(now).id)
        changes = diff(versions.files_of(base), changed.files)
        known = tuple(Precedent.objects.all())
        numbers = _numbers(days, present.zone)
    pack = load_files(changed.files)
    day = changed.day or manual.whole_from(pack, present.day(now))
    whole = manual.as_on(pack, day)
    served = classifier.current(present)
    before = Side(versions.current, served)
    after = Side(lambda at: whole, changed.classifier or classifier.current(whole))
    counted = Tally()
    for start in range(0, len(numbers), AT_ONCE):
        some = numbers[start : start + AT_ONCE]
        with read_only():
            for one in read(some):
                counted.add(compare(one, before, after, known), timed(one, before.pack_at, whole, now))
        say(start + len(some), len(numbers))
    scores = what_if(whole, *days.moments(present.zone))
    found = as_data(counted) | {"scores": scores}
    return {
        "county": present.name,
        "since": days.since.isoformat(),
        "until": days.until.isoformat(),
        "made_at": int(now.timestamp()),
        "manual_of": day.isoformat(),
        "before": present.version,
        "after": pack.version,
        "changes": len(changes),
        "changed": [str(change) for change in changes[:MOST_CHANGES]],
        "model": {
            "before": _reader(served, present, present.day(now)),
            "after": _reader(after.classifier, whole, day),
            "same": after.classifier == served,
        },
        **found,
        "names": _names(found, (present, pack)),
    }


@contextmanager
def read_only() -> Iterator[None]:
    """A transaction in which the database refuses every write."""
    outermost = not connection.in_atomic_block
    with transaction.atomic():
        if outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION READ ONLY")
        yield


def read(numbers: Sequence[str]) -> list[Heard]:
    """The facts of these cases, in two statements."""
    streams = [
        [(from_payload(each.type, each.payload), each.occurred_at) for each in events]
        for _, events in store.histories(Stream("case", number) for number in numbers)
    ]
    texts = vault.read(key for key in map(words_of, streams) if key)
    made = (heard(events, _text(texts, words_of(events))) for events in streams)
    return [one for one in made if one is not None]


def _text(texts: Mapping[str, str | bytes | None], key: str) -> str | None:
    found = texts.get(key) if key else ""
    return found if isinstance(found, str) else None


def _numbers(days: Days, zone: str) -> list[str]:
    since, until = days.moments(zone)
    found = CaseRow.objects.filter(reported_at__gte=since, reported_at__lt=until)
    return list(found.order_by("number").values_list("number", flat=True))


def _reader(reader: Classifier, pack: Pack, day: date) -> str:
    """Whether the model guesses under a pack: ok · none · unfit (made for another catalogue)."""
    if reader.model is None:
        return "none"
    names = {code: item.name for code, item in pack.items_on(day).items()}
    return "ok" if reader.model.about["catalogue"] == fingerprint(names) else "unfit"


def _names(found: Mapping[str, Any], packs: tuple[Pack, ...]) -> dict[str, dict[str, str]]:
    """What people call the units and items that were found; the changed pack has the last word."""
    units = {code for move in found["moves"] for code in (move["from"], move["to"])} - NOBODY
    units |= {one["unit"] for one in found["units"]} | {one["unit"] for one in found["scores"]["units"]}
    items = {one["item"] for one in found["items"]}
    return {
        "units": {code: p.units[code].short for p in packs for code in sorted(units) if code in p.units},
        "items": {code: p.items[code].name for p in packs for code in sorted(items) if code in p.items},
    }
