"""Briefings as a kind of stream, and their rows: of the month, of the problems it names, of who has read it."""

from __future__ import annotations

from shaodao.centre.briefings.briefing import EVENTS, Briefing, evolve
from shaodao.centre.cases.lifecycle.codec import from_recorded
from shaodao.ground.ledger.kinds import Kind
from shaodao.ground.ledger.projections import Row, Rows


def _rows(month: str, briefing: Briefing) -> Rows:
    if not briefing.version:
        return {}
    return {
        "briefings_briefing": {(month,): _row(briefing)},
        "briefings_problem": {(month, *key): row for key, row in _problems(briefing).items()},
        "briefings_reading": {
            (month, each.actor): {"unit": each.unit, "at": each.at} for each in briefing.readings
        },
    }


def _row(briefing: Briefing) -> Row:
    names = (
        "version", "state", "position", "root", "digest", "frozen_at", "opinions", "steps", "drafted_by", "checked_by",
        "signed_by", "issue", "total", "published_at",
    )  # fmt: skip
    return {name: getattr(briefing, name) for name in names}


def _problems(briefing: Briefing) -> dict[tuple[str, str, str], Row]:
    """The rows of named problems, once it is published."""
    if briefing.published_at is None:
        return {}
    return {
        each.named.key: {
            "due_at": each.named.due_at,
            "late": each.named.late,
            "named_at": briefing.published_at,
            "put_right_at": each.put_right_at,
        }
        for each in briefing.named
    }


BRIEFINGS = Kind(
    "briefing",
    {
        "briefings_briefing": ("month",),
        "briefings_problem": ("briefing_id", "case_number", "kind", "unit"),
        "briefings_reading": ("briefing_id", "actor"),
    },
    Briefing(),
    from_recorded(evolve, EVENTS),
    _rows,
)
