"""The hot issues of a county's cases, as one capacity may see them: of the cases it sees, by the words it may read.

What was found is kept until the ledger has grown: whoever goes from the list to an issue finds the same one.
"""

from __future__ import annotations

import re
import threading
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime
from functools import lru_cache
from zoneinfo import ZoneInfo

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.models import Case
from shaodao.centre.hot_issues.issues import Issue, hot_issues
from shaodao.centre.hot_issues.likeness import Message
from shaodao.centre.hot_issues.names import Names
from shaodao.county.pack.model import Pack
from shaodao.county.places import Level
from shaodao.ground.ledger import sealer

PEOPLE = 3  # two neighbours are no hot issue of a county
TOP = 30
KEPT = 16  # answers kept in a process
HEADLINE = 40  # characters that a first line has at most, if it is a title
_FORWARDED = re.compile(
    r"^(?:（[^）]{1,12}）|\([^)]{1,12}\)|【[^】]{1,12}】)+"
)  # （来电记录）: by which way it came
_SECONDED = re.compile(r"\n?（(\d{1,9}) 人附议）$")  # as an import writes it
_NOBODY = "nobody"  # the groups are the same for all who see the same

_lock = threading.Lock()
_kept: OrderedDict[tuple[object, ...], list[Found]] = OrderedDict()


@dataclass(frozen=True, slots=True)
class Found:
    """An issue with the rows of its cases in the period, oldest first."""

    issue: Issue
    cases: tuple[Case, ...]

    @property
    def key(self) -> str:
        """What it is found by again, whoever has joined since: the number of its first case."""
        return self.cases[0].number


def find(by: By, since: datetime, until: datetime, pack: Pack) -> list[Found]:
    """The hottest issues of a period among the cases this capacity may see; growth against the period before, as long."""
    anyone = replace(by, actor=_NOBODY)
    state = sealer.size(), sealer.waiting()
    key = (permissions.scope(anyone, pack), since, until, pack.version, state)
    with _lock:
        if key in _kept:
            _kept.move_to_end(key)
            return _kept[key]
    found = _find(anyone, since, until, pack)
    with _lock:
        _kept[key] = found
        while len(_kept) > KEPT:
            _kept.popitem(last=False)
    return found


def forget() -> None:
    with _lock:
        _kept.clear()


def _find(by: By, since: datetime, until: datetime, pack: Pack) -> list[Found]:
    told = queries.told(by, since - (until - since), until, pack)
    rows = {row.number: row for row, _ in told}
    issues = hot_issues(
        [message_of(row, text, pack) for row, text in told],
        since=since,
        until=until,
        names=names_of(pack),
        top=TOP,
        people=PEOPLE,
        zone=ZoneInfo(pack.zone),
    )
    return [Found(issue, tuple(rows[number] for number in issue.ids)) for issue in issues]


def message_of(row: Case, text: str, pack: Pack) -> Message:
    """A case as the grouping takes it. A place that an import made up says nothing."""
    seconded = _SECONDED.search(text)
    said = _FORWARDED.sub("", text[: seconded.start()] if seconded else text)
    title, _, rest = said.partition("\n")
    headed = bool(rest.strip()) and len(title) <= HEADLINE
    placed = not row.channel.endswith("_spread")
    return Message(
        id=row.number,
        text=rest if headed else said,
        at=row.occurred_at or row.reported_at,
        title=title if headed else "",
        person=row.requester or row.whistler or row.whistler_unit,
        likes=int(seconded[1]) if seconded else 0,
        item=row.item,
        grid=row.grid if placed else "",
        area=row.community if placed else "",
        point=point_of(row, pack) if placed else None,
    )


def point_of(row: Case, pack: Pack) -> tuple[int, int] | None:
    """Where it is: the point itself, or the middle of its grid or community."""
    if row.lon is not None and row.lat is not None:
        return row.lon, row.lat
    return _middle(pack.version, row.grid or row.community, pack)


@lru_cache(maxsize=8192)
def _middle(version: str, code: str, pack: Pack) -> tuple[int, int] | None:
    place = pack.places.get(code) if code else None
    if place is None or place.shape is None:
        return None
    middle = place.shape.centroid
    return round(middle.x * 1e7), round(middle.y * 1e7)


def names_of(pack: Pack) -> Names:
    return _names(pack.version, pack)


@lru_cache(maxsize=2)
def _names(version: str, pack: Pack) -> Names:
    """Names of the county's own places; those of townships and above are too wide to tell matters apart."""
    known = [p.name for p in pack.places if p.level is Level.COMMUNITY]
    known += [line.name for line in pack.places.lines]
    wide = [p.name for p in pack.places if p.level not in (Level.COMMUNITY, Level.GRID)]
    return Names(known=tuple(known), wide=(*wide, pack.name))
