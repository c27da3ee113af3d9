"""From messages to hot issues, hottest first. Pure."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shaodao.centre.hot_issues import heat as index
from shaodao.centre.hot_issues import titles
from shaodao.centre.hot_issues.grouping import grouped
from shaodao.centre.hot_issues.heat import Counts
from shaodao.centre.hot_issues.likeness import Edge, Message, Read, edges, read
from shaodao.centre.hot_issues.names import Names

PEOPLE = 2  # fewer make no issue
LOCAL = ZoneInfo("Asia/Shanghai")


@dataclass(frozen=True, slots=True)
class Issue:
    """A group of messages about one matter. `ids` are those of the period, oldest first; `earlier` those of the period
    before; `name` the place or body most of them name ("" = none), `area` and `item` what most of them have."""

    heat: float
    why: str
    title: str
    ids: tuple[str, ...]
    counts: Counts
    name: str = ""
    area: str = ""
    item: str = ""
    earlier: tuple[str, ...] = ()
    words: tuple[str, ...] = ()
    days: tuple[tuple[date, int], ...] = ()

    @property
    def first(self) -> date:
        return self.counts.dates[0]

    @property
    def last(self) -> date:
        return self.counts.dates[-1]


def hot_issues(
    messages: Iterable[Message],
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    names: Names | None = None,
    top: int = 10,
    people: int = PEOPLE,
    zone: ZoneInfo = LOCAL,
) -> list[Issue]:
    """The `top` hottest issues from `since` to before `until` (default: all there is).

    Messages from before `since` are the period before, with which growth is compared; where `since` is not given, the first
    half of them is compared with the second. An issue has messages of so many `people` at least."""
    held = sorted(messages, key=lambda m: (m.at, m.id))
    if until is not None:
        held = [message for message in held if message.at < until]
    if not held:
        return []
    period = _Period.of(held, since, until, zone)
    known = [read(message, names or Names()) for message in held]
    found = list(edges(held, known))
    issues = []
    for group, central in _with_centres(grouped(len(held), found), found):
        counts = period.counted([held[i] for i in group])
        if counts is None or counts.people < people:
            continue
        issues.append((index.heat(counts), counts, group, central))
    issues.sort(key=lambda issue: (-issue[0], -issue[1].people, held[issue[2][0]].id))
    everywhere = Counter(word for each in known for word in each.words if len(word) == 2)
    return [_issue(*issue, held, known, everywhere, period) for issue in issues[:top]]


def _with_centres(
    groups: Sequence[list[int]], found: Iterable[Edge]
) -> list[tuple[list[int], dict[int, float]]]:
    """Each group with how alike each member is to the others, all in all."""
    group_of = {index: number for number, group in enumerate(groups) for index in group}
    central: dict[int, dict[int, float]] = defaultdict(lambda: defaultdict(float))
    for one, other, likeness in found:
        number = group_of.get(one)
        if number is not None and number == group_of.get(other):
            central[number][one] += likeness
            central[number][other] += likeness
    return [(group, central[number]) for number, group in enumerate(groups)]


def _issue(
    hot: float,
    counts: Counts,
    group: list[int],
    central: dict[int, float],
    held: Sequence[Message],
    known: Sequence[Read],
    everywhere: Counter[str],
    period: _Period,
) -> Issue:
    inside = [i for i in group if period.holds(held[i])]
    areas = Counter(held[i].area for i in inside if held[i].area)
    items = Counter(held[i].item for i in inside if held[i].item)
    return Issue(
        heat=hot,
        why=index.why(counts),
        title=titles.title(held, known, inside, central),
        ids=tuple(held[i].id for i in inside),
        counts=counts,
        name=titles.main_name(known, group),
        area=_commonest(areas),
        item=_commonest(items),
        earlier=tuple(held[i].id for i in group if not period.holds(held[i])),
        words=titles.common_words(held, known, group, everywhere),
        days=tuple(sorted(Counter(period.day(held[i].at) for i in group).items())),
    )


def _commonest(counts: Counter[str]) -> str:
    return max(counts.items(), key=lambda pair: (pair[1], pair[0]))[0] if counts else ""


@dataclass(frozen=True, slots=True)
class _Period:
    since: datetime | None
    end: date  # its last day
    days: int
    middle: datetime  # half of the messages come before it: growth inside the period
    zone: ZoneInfo

    @classmethod
    def of(
        cls, held: Sequence[Message], since: datetime | None, until: datetime | None, zone: ZoneInfo
    ) -> _Period:
        start = since or held[len(held) // 100].at  # a file may have a few that are years older
        end = (until - timedelta(microseconds=1) if until else held[-1].at).astimezone(zone).date()
        days = max(1, (end - start.astimezone(zone).date()).days + 1)
        return cls(since, end, days, held[len(held) // 2].at, zone)

    def holds(self, message: Message) -> bool:
        return self.since is None or message.at >= self.since

    def day(self, at: datetime) -> date:
        return at.astimezone(self.zone).date()

    def counted(self, group: Sequence[Message]) -> Counts | None:
        """What is counted of a group; None where nothing of it lies in the period."""
        inside = [message for message in group if self.holds(message)]
        if not inside:
            return None
        if self.since is not None:
            before, late = [message for message in group if not self.holds(message)], inside
        else:
            before = [message for message in inside if message.at < self.middle]
            late = [message for message in inside if message.at >= self.middle]
        return Counts(
            people=_people(inside),
            cases=len(inside),
            dates=tuple(sorted({self.day(message.at) for message in inside})),
            end=self.end,
            days=self.days,
            before=_people(before),
            people_late=_people(late),
            likes=sum(max(0, message.likes) for message in inside),
            halves=self.since is None,
        )


def _people(messages: Iterable[Message]) -> int:
    """Distinct persons; whoever is not known counts as one of their own."""
    return len({message.person or f"message {message.id}" for message in messages})
