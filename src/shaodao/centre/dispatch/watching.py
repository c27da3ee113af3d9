"""What dispatch confuses, and which confirmations would teach it most. Reads rows; words are read by whoever may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from shaodao.centre.assessment.figures import Period

FEW = 20  # confirmed cases of an item: below, each one teaches much
MANY = 60  # candidates asked for at once; some may not be read


@dataclass(frozen=True, slots=True)
class Confusion:
    """Cases taken for one item that a person made another one; `examples` are numbers, latest first."""

    guessed: str
    made: str
    count: int
    examples: tuple[str, ...]


def confusions(period: Period, most: int = 12) -> list[Confusion]:
    """The pairs of items that are confused most, of cases reported in a period. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_CONFUSED, {"since": period.since, "until": period.until, "most": most})
        return [Confusion(guessed, made, count, tuple(numbers)) for guessed, made, count, numbers in cursor]


@dataclass(frozen=True, slots=True)
class Doubtful:
    """A case whose item nobody has confirmed: the item proposed, and why this one would teach much."""

    number: str
    guess: str
    margin: int  # per mille
    confused: bool  # the item is often taken for another one
    few: bool  # hardly any case of the item has been confirmed


def doubtful(since: datetime, *, skip: int = 0, most: int = MANY) -> list[Doubtful]:
    """What to ask a clerk first: little ahead of the next item, of a confused item, or of one with few confirmed cases.

    Complaints about units are left out: what they teach is whom to avoid. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_DOUBTFUL, {"since": since, "few": FEW, "most": most, "skip": skip})
        return [Doubtful(*row) for row in cursor]


def unconfirmed(since: datetime) -> int:
    """How many wait to be confirmed, counted up to a thousand."""
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT count(*) FROM (SELECT 1 FROM cases_case AS c WHERE {_OPEN} LIMIT 1000) AS c",
            {"since": since},
        )
        return int(cursor.fetchone()[0])


_GUESSED = "c.guess <> '' AND c.found_by <> 'named'"
_OPEN = f"{_GUESSED} AND c.confirmed = '' AND c.against = '' AND c.reported_at >= %(since)s"
_CONFUSED = f"""
SELECT c.guess, c.confirmed, count(*), (array_agg(c.number ORDER BY c.number DESC))[1:3]
FROM cases_case AS c
WHERE c.reported_at >= %(since)s AND c.reported_at < %(until)s
    AND {_GUESSED} AND c.confirmed <> '' AND c.confirmed <> c.guess
GROUP BY 1, 2 ORDER BY 3 DESC, 1, 2 LIMIT %(most)s
"""
_DOUBTFUL = f"""
WITH known AS (
    SELECT c.guess AS item, count(*) FILTER (WHERE c.confirmed <> c.guess) AS wrong, count(*) AS all_of_it
    FROM cases_case AS c WHERE {_GUESSED} AND c.confirmed <> '' GROUP BY 1
)
SELECT c.number, c.guess, c.margin, coalesce(wrong >= 3 AND wrong * 5 >= all_of_it, false) AS confused,
    coalesce(all_of_it, 0) < %(few)s AS few
FROM cases_case AS c LEFT JOIN known ON known.item = c.guess
WHERE {_OPEN}
ORDER BY 1000 - c.margin + 400 * (coalesce(wrong >= 3 AND wrong * 5 >= all_of_it, false))::int
    + 300 * (coalesce(all_of_it, 0) < %(few)s)::int DESC, c.number DESC
LIMIT %(most)s OFFSET %(skip)s
"""
