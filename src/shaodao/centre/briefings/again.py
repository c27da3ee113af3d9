"""Published figures reckoned again from the ledger at their positions: they must come out equal, byte by byte.

Left out of the comparison are the hot issues: they are found by the words of residents, which may have been erased since.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields, replace

from shaodao.centre.assessment import positions
from shaodao.centre.briefings import gathering
from shaodao.centre.briefings.actions import content_of
from shaodao.centre.briefings.content import Content, encode
from shaodao.centre.briefings.models import Briefing as Row
from shaodao.centre.briefings.months import Month
from shaodao.county.pack import versions


@dataclass(frozen=True, slots=True)
class Reckoned:
    """A briefing reckoned again: at which position, and in which parts it differs from what was frozen (none: equal)."""

    month: str
    position: int
    different: tuple[str, ...]


def check(months: list[str] | None = None) -> Iterator[Reckoned]:
    """Every published briefing (or those of some months), in the order of their positions. Each event is replayed once."""
    rows = Row.objects.exclude(published_at=None).order_by("position")
    wanted = [row for row in rows if months is None or row.month in months]
    published = {row.month: content_of(row.digest) for row in wanted}
    with positions.past() as then:
        for row in wanted:
            then.go(row.position)
            content = published[row.month]
            pack = versions.current(content.at)
            again = gathering.gather(Month.parse(row.month), pack, content.at, hot=False)
            yield Reckoned(row.month, row.position, differences(replace(content, hot=()), again))


def differences(one: Content, other: Content) -> tuple[str, ...]:
    """The parts in which two contents differ."""
    if encode(one) == encode(other):
        return ()
    return tuple(
        field.name for field in fields(one) if getattr(one, field.name) != getattr(other, field.name)
    )
