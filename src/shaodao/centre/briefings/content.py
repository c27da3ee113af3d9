"""What a briefing says in figures: plain data that is written as canonical bytes and never changes once published. Pure.

It holds codes and numbers only: no words of residents, no names. Beside every figure of page one stand the cases behind it,
as they were counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from fractions import Fraction
from typing import Literal

from shaodao.centre.briefings.briefing import Named
from shaodao.centre.cases.lifecycle.codec import from_payload, to_payload
from shaodao.ground.ledger import canonical

Span = Literal["now", "before", "year"]
SPANS: tuple[Span, ...] = ("now", "before", "year")  # this month, the month before, the same month a year ago
PAGE_ONE = ("whistles", "report_in_on_time", "finish_on_time", "solved", "satisfied", "overdue")
RATES = ("report_in_on_time", "finish_on_time", "solved", "satisfied")
# In the tables: of the whole county, of units, of streets and townships.
COUNTY = (
    *PAGE_ONE, "report_in_units", "report_in_persons", "finished", "finished_without_shelved", "rated", "reworked",
    "returned", "returns_refused", "recurred", "repeated", "community", "wrongful", "excluded", "councils", "rulings",
    "extensions", "shelvings", "breaches", "waited_median", "waited_ninety",
)  # fmt: skip
OF_UNITS = (*RATES, "overdue", "reworked", "returned", "returns_refused")
OF_PLACES = ("whistles", "community", "recurred")  # by where it is, whoever handles it
FEWEST = 5  # fewer duties due in a month say nothing of a unit: 样本不足
LISTED = 10  # items, hot issues
WORST = 3


@dataclass(frozen=True, slots=True)
class Count:
    """A figure as it was counted. `of` None: a count, or minutes."""

    id: str
    version: int
    counted: int
    of: int | None = None

    @property
    def share(self) -> Fraction | None:
        return Fraction(self.counted, self.of) if self.of else None


@dataclass(frozen=True, slots=True)
class Fact:
    """One of those behind a figure: a case and the unit it stands under; `counts` in the numerator."""

    number: str
    unit: str
    counts: bool

    def __str__(self) -> str:
        return f"{self.number}/{self.unit}/{int(self.counts)}"

    @classmethod
    def parse(cls, text: str) -> Fact:
        number, unit, counts = text.split("/")
        return cls(number, unit, counts == "1")


@dataclass(frozen=True, slots=True)
class Behind:
    id: str
    lines: tuple[str, ...]  # each a `Fact`

    @property
    def facts(self) -> tuple[Fact, ...]:
        return tuple(map(Fact.parse, self.lines))


@dataclass(frozen=True, slots=True)
class Compared:
    """The figures of one of the months compared; `behind` those of page one."""

    span: Span
    month: str
    counts: tuple[Count, ...]
    behind: tuple[Behind, ...]


@dataclass(frozen=True, slots=True)
class Part:
    """A kind of whistler, a channel or an item: whistles of this month and of the month before."""

    key: str
    whistles: int
    before: int


@dataclass(frozen=True, slots=True)
class Line:
    """A unit, street or township with its figures."""

    unit: str
    counts: tuple[Count, ...]

    def count(self, id: str) -> Count | None:
        return next((each for each in self.counts if each.id == id), None)

    def of(self, id: str) -> int:
        found = self.count(id)
        return (found.of if found.of is not None else found.counted) if found else 0


@dataclass(frozen=True, slots=True)
class Group:
    """Units ranked apart from others: department, utility, street (also townships and zones)."""

    kind: str
    lines: tuple[Line, ...]  # best first; those with too few last

    @property
    def ranked(self) -> tuple[Line, ...]:
        return tuple(line for line in self.lines if enough(line))


@dataclass(frozen=True, slots=True)
class Hot:
    """A hot issue by where it is and what by the catalogue; never in somebody's words."""

    first: str  # the number of its first case
    area: str
    item: str
    people: int
    cases: int


@dataclass(frozen=True, slots=True)
class Content:
    month: str
    at: datetime
    compared: tuple[Compared, ...]
    whistlers: tuple[Part, ...]
    channels: tuple[Part, ...]
    items: tuple[Part, ...]
    groups: tuple[Group, ...]
    overdue: tuple[Named, ...]
    problems: tuple[Named, ...]
    hot: tuple[Hot, ...] = ()

    def span(self, span: Span) -> Compared:
        return next(each for each in self.compared if each.span == span)

    def count(self, id: str, span: Span = "now") -> Count:
        return next(each for each in self.span(span).counts if each.id == id)

    def behind(self, id: str, span: Span = "now") -> tuple[Fact, ...]:
        """LookupError for a figure that is not on page one."""
        found = [each for each in self.span(span).behind if each.id == id]
        if not found:
            raise LookupError(id)
        return found[0].facts

    def group(self, kind: str) -> Group:
        return next((each for each in self.groups if each.kind == kind), Group(kind, ()))


def same_figures(one: Content, other: Content) -> bool:
    """Whether they say the same but for when they were taken: how late something is grows by itself."""

    def told(content: Content) -> tuple[object, ...]:
        named = [[each.key for each in some] for some in (content.overdue, content.problems)]
        return content.compared, content.whistlers, content.channels, content.items, content.groups, named

    return told(one) == told(other)


def encode(content: Content) -> bytes:
    """The canonical bytes, whose hash the event keeps."""
    return canonical.encode(to_payload(content))


def decode(data: bytes) -> Content:
    found: Content = from_payload("Content", canonical.decode(data), {"Content": Content})
    return found


def enough(line: Line) -> bool:
    """Whether a unit has so much to do that its shares say something."""
    return line.of("finish_on_time") >= FEWEST


def ranked(lines: Iterable[Line]) -> tuple[Line, ...]:
    """Best first: by on-time finishing, then report-in, solved, satisfied; too few come last, unranked."""
    return tuple(sorted(lines, key=_rank))


def _rank(line: Line) -> tuple[object, ...]:
    if not enough(line):
        return (1, line.unit)
    order = ("finish_on_time", "report_in_on_time", "solved", "satisfied")
    shares = [(found.share if (found := line.count(id)) else None) for id in order]
    return (0, *(-share if share is not None else 1 for share in shares), line.unit)


def added(counts: Sequence[Count]) -> Count:
    """Several counts of the same figure as one."""
    first = counts[0]
    of = None if first.of is None else sum(each.of or 0 for each in counts)
    return Count(first.id, first.version, sum(each.counted for each in counts), of)
