"""On what an answer rests, in words: an article of the knowledge base with its source and date, or what was typed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime

from django.utils.translation import gettext

from shaodao.centre.answers import knowledge
from shaodao.centre.cases.lifecycle import Case
from shaodao.county.pack.model import Pack


@dataclass(frozen=True, slots=True)
class Source:
    """`article`: the one that may still be read under its address; 0 = none."""

    text: str = ""
    date: date | None = None
    article: int = 0


def of(case: Case, pack: Pack, now: datetime) -> Source:
    """The source of the answer that ended a case; nothing where none did."""
    if case.outcome != "answered":
        return Source()
    kind, _, rest = case.outcome_detail.partition(":")
    if kind == knowledge.KIND:
        article = knowledge.published(knowledge.id_of(case.outcome_detail), pack.day(now))
        return (
            Source(article.source, article.source_date, article.id) if article else Source(gettext("知识库"))
        )
    if kind == "praise" and rest:
        return Source(
            gettext("已转达{unit}").format(unit=pack.units[rest].short if rest in pack.units else rest)
        )
    return Source() if kind == "off_manual" else Source(case.outcome_detail)
