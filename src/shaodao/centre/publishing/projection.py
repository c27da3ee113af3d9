"""Publications and the ranking as kinds of stream, and their rows."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle.codec import from_recorded
from shaodao.centre.publishing.publication import (
    EVENTS,
    RANKING_EVENTS,
    Publication,
    Ranking,
    evolve,
    evolve_ranking,
)
from shaodao.ground.ledger.kinds import Kind
from shaodao.ground.ledger.projections import Row, Rows

RANKING = "ranking"  # there is one


def _rows(number: str, one: Publication) -> Rows:
    return {"publishing_publication": {(number,): _row(one)}} if one.version else {}


def _row(one: Publication) -> Row:
    return {
        "version": one.version,
        "state": one.state,
        "token": one.token,
        "words": one.words,
        "result": one.result,
        "reason": one.reason,
        "photos": [photo.id for photo in one.photos],
        "decided_by": one.by.actor,
        "published_at": one.published_at,
        "changed_at": one.changed_at,
    }


def _ranking_rows(id: str, ranking: Ranking) -> Rows:
    if not ranking.version:
        return {}
    row = {
        "version": ranking.version,
        "shown": ranking.shown,
        "decided_by": ranking.by,
        "changed_at": ranking.changed_at,
    }
    return {"publishing_ranking": {(id,): row}}


PUBLICATIONS = Kind(
    "publication",
    {"publishing_publication": ("number",)},
    Publication(),
    from_recorded(evolve, EVENTS),
    _rows,
)
RANKINGS = Kind(
    "publicity",
    {"publishing_ranking": ("id",)},
    Ranking(),
    from_recorded(evolve_ranking, RANKING_EVENTS),
    _ranking_rows,
)
