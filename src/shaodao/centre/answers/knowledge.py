"""知识库: keeping articles and finding them. Every change is one event on the article's own stream, in one transaction.

Each process keeps the published ones in memory, ready to be searched, and looks every few seconds whether any has changed.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from django.db import transaction
from django.db.models import Count, Max

from shaodao.centre.answers import article as core
from shaodao.centre.answers.article import Facts, Wording
from shaodao.centre.answers.finding import LEAST, Entry, Index
from shaodao.centre.answers.models import Article
from shaodao.centre.cases import actions
from shaodao.centre.cases.compose import subject_of
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Context, Draft, Stream

LOOK_AGAIN = 3.0  # seconds
KIND = "article"


@dataclass(frozen=True, slots=True)
class Published:
    """An article as everybody may read it."""

    id: int
    version: int
    question: str
    text: str
    source: str
    also: tuple[str, ...]
    source_date: date
    unit: str
    item: str
    demonstration: bool
    valid_until: date | None
    review_on: date

    @property
    def ref(self) -> str:
        """How a case names it: the source of its answer."""
        return f"{KIND}:{self.id}/{self.version}"

    def holds(self, day: date) -> bool:
        return self.valid_until is None or day < self.valid_until


@dataclass(frozen=True, slots=True)
class Found:
    article: Published
    score: float


# --- finding ----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Known:
    stamp: Any = None
    articles: Mapping[int, Published] = field(default_factory=dict)
    index: Index = field(default_factory=Index)


_lock = threading.Lock()
_held: tuple[float, _Known] | None = None


def find(text: str, day: date, most: int = 5, least: float = LEAST) -> list[Found]:
    """Published articles in force that answer these words, best first. One statement every few seconds, else none."""
    known = _known()
    hits = known.index.find(text, most * 2, least)
    found = [Found(known.articles[hit.id], hit.score) for hit in hits]
    return [each for each in found if each.article.holds(day)][:most]


def published(id: int, day: date) -> Published | None:
    """The article as it is published and in force; None where it is not."""
    known = _known().articles.get(id)
    return known if known and known.holds(day) else None


def every(day: date) -> list[Published]:
    """All that are published and in force, as they were made."""
    return [each for each in _known().articles.values() if each.holds(day)]


def id_of(ref: str) -> int:
    """The article that the source of an answer names; 0 where it names none."""
    kind, _, rest = ref.partition(":")
    number = rest.partition("/")[0]
    return int(number) if kind == KIND and number.isascii() and number.isdigit() else 0


def forget() -> None:
    """Ask the database at the next question."""
    global _held  # noqa: PLW0603
    with _lock:
        _held = None


def _known() -> _Known:
    global _held  # noqa: PLW0603
    held = _held
    if held is not None and time.monotonic() - held[0] < LOOK_AGAIN:
        return held[1]
    stamp = Article.objects.aggregate(Max("changed_at"), Count("id"))
    known = held[1] if held is not None and held[1].stamp == stamp else _read(stamp)
    with _lock:
        _held = (time.monotonic(), known)
    return known


def _read(stamp: Any) -> _Known:
    rows = list(Article.objects.exclude(live_words="").order_by("id"))
    words = vault.read(row.live_words for row in rows)
    articles = {
        row.pk: _as_published(row, Wording.unpacked(text))
        for row in rows
        if isinstance(text := words.get(row.live_words), str)
    }
    index = Index.of(Entry(a.id, (a.question, *a.also), a.text) for a in articles.values())
    return _Known(stamp, articles, index)


def _as_published(row: Article, said: Wording) -> Published:
    return Published(
        row.pk, row.live_version, said.question, said.text, said.source, said.also, row.source_date, row.unit,
        row.item, row.demonstration, row.valid_until, row.review_on,
    )  # fmt: skip


# --- keeping ----------------------------------------------------------------------------------------------------


def write(
    wording: Wording,
    facts: Facts,
    by: Context,
    at: datetime,
    *,
    id: int | None = None,
    code: str = "",
    case: str = "",
) -> Article:
    """A new version of an article, or a new article. `case`: the answer to that case became this draft, which is erased
    with the person whose problem it was, until it is published. Raises Refusal, NoSuchCase, Article.DoesNotExist."""
    wording.check()
    with transaction.atomic():
        row = _locked(id) if id else Article(code=code, version=0, changed_at=at)
        if not id:
            row.source_date, row.review_on = facts.source_date, facts.review_on
            row.save(force_insert=True)
        stream = _stream(row.pk)
        heads = store.lock(stream)
        state = core.fold(store.history(stream, heads[stream]))
        if state.latest and not state.live:
            case = case or state.latest.case
        whose = actions.load(case) if case else None
        secret = vault.commit(
            KIND, wording.packed(), subject_of(whose.whose) if whose and not whose.erased else str(stream)
        )
        happened = core.write(state, secret.commitment, facts, case)
        vault.insert([secret], at)
        _append(row, stream, heads, state, happened, by, at)
    return row


def publish(id: int, version: int, by: Context, at: datetime) -> Article:
    """Publish the version that waits. Raises Refusal (`second_person_needed`, `stale` …), Article.DoesNotExist.

    The words are kept anew as the article's own: they are the centre's now and nobody's private matter."""
    with transaction.atomic():
        row = _locked(id)
        stream = _stream(id)
        heads = store.lock(stream)
        state = core.fold(store.history(stream, heads[stream]))
        text = vault.read([row.words]).get(row.words)
        if not isinstance(text, str):
            raise Refusal("words_needed")
        secret = vault.commit(KIND, text, str(stream))
        happened = core.publish(state, version, by.actor, secret.commitment)
        vault.insert([secret], at)
        _append(row, stream, heads, state, happened, by, at)
    return row


def review(id: int, review_on: date, by: Context, at: datetime, today: date) -> Article:
    """It still holds: the next look is on another day."""
    return _simple(id, by, at, lambda state: core.review(state, review_on, today))


def withdraw(id: int, by: Context, at: datetime) -> Article:
    return _simple(id, by, at, core.withdraw)


def load(id: int) -> core.Article:
    """The article as it stands, by its events; nothing of it where there is none."""
    return core.fold(store.history(_stream(id)))


def wording_of(row: Article) -> Wording | None:
    """The words of the latest version; None where they were erased."""
    text = vault.read([row.words]).get(row.words)
    return Wording.unpacked(text) if isinstance(text, str) else None


def _simple(id: int, by: Context, at: datetime, decide: Any) -> Article:
    with transaction.atomic():
        row = _locked(id)
        stream = _stream(id)
        heads = store.lock(stream)
        state = core.fold(store.history(stream, heads[stream]))
        _append(row, stream, heads, state, decide(state), by, at)
    return row


def _locked(id: int) -> Article:
    return Article.objects.select_for_update().get(pk=id)


def _stream(id: int) -> Stream:
    return Stream(KIND, str(id))


def _append(
    row: Article,
    stream: Stream,
    heads: Any,
    state: core.Article,
    happened: core.Happened,
    by: Context,
    at: datetime,
) -> None:
    """Write the event, and the row as the events fold."""
    recorded = store.append([(stream, [Draft(happened[0], happened[1], at)])], by, at, heads)
    for each in recorded:
        state = core.evolve(state, each)
    for name, value in columns(state).items():
        setattr(row, name, value)
    row.changed_at = at
    row.save()
    transaction.on_commit(forget)


def columns(state: core.Article) -> dict[str, Any]:
    """The columns of an article's row, as its events fold. Residents read the facts of the live version."""
    latest, live = state.latest, state.live
    assert latest is not None
    shown = (live or latest).facts
    return {
        "state": state.state,
        "waits": state.waits,
        "version": latest.number,
        "words": latest.words,
        "live_version": live.number if live else 0,
        "live_words": live.words if live else "",
        "unit": shown.unit,
        "item": shown.item,
        "demonstration": shown.demonstration,
        "source_date": shown.source_date,
        "valid_until": shown.valid_until,
        "review_on": shown.review_on,
        "author": latest.author,
        "approver": state.approver,
        "case": latest.case,
    }
