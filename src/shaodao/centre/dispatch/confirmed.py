"""What a person confirmed: the words of cases whose item (or that it is none) somebody at the centre set or confirmed.

A guess that went out by itself teaches nothing, however well it ended; nor do words that were erased, cases that were
declined, merged, excluded or sensitive, and what the whistler alone chose."""

from __future__ import annotations

from collections.abc import Container, Mapping
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.db import transaction

from shaodao.centre.cases.models import Case as CaseRow
from shaodao.county.catalogue import NONE, Item
from shaodao.county.pack import versions
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Context, Draft, Stream

from .training import Confirmed, Trained

AT_ONCE = 500
STREAM = Stream("model", "dispatch")


def confirmed(items: Container[str]) -> list[Confirmed]:
    """Of every case that teaches something about one of `items`, in the order of numbers."""
    rows = CaseRow.objects.exclude(confirmed="").exclude(words="").exclude(state__in=["declined", "merged"])
    rows = rows.filter(excluded="", sensitive=False).order_by("number")
    given = [
        (words, item)
        for words, item in rows.values_list("words", "confirmed")
        if item in items or item == NONE
    ]
    found: list[Confirmed] = []
    for start in range(0, len(given), AT_ONCE):
        some = given[start : start + AT_ONCE]
        texts = vault.read(words for words, _ in some)
        said = ((texts.get(words), item) for words, item in some)
        found += [Confirmed(text, item) for text, item in said if isinstance(text, str) and text.strip()]
    return found


def catalogue() -> Mapping[str, Item]:
    """The items in force today, by code. Raises NoPack."""
    pack = versions.current()
    return pack.items_on(pack.day(datetime.now(UTC)))


def folder() -> Path:
    """Where an installation keeps a model of its own: it goes before that of the pack."""
    return Path(settings.DATA) / "dispatch"


def record(trained: Trained) -> None:
    """An event on the model's own stream: which model there is since when, and what it was made from. Anybody who finds the
    first letters of its digest in a case can tell whether it is one that was made here."""
    now = datetime.now(UTC)
    told = {"digest": trained.digest, "corpus": trained.corpus, "confirmed": trained.confirmed}
    with transaction.atomic():
        heads = store.lock(STREAM)
        store.append(
            [(STREAM, [Draft("ModelTrained", told, now)])], Context(actor="system:training"), now, heads
        )
