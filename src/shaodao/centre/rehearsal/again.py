"""One whistle once more: composed as intake composes it, decided as the lifecycle decides it, under whichever pack. Pure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any

from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle import Case, Refusal, decide
from shaodao.centre.cases.lifecycle.model import Place
from shaodao.centre.cases.rules import PackRules
from shaodao.centre.cases.search import grams
from shaodao.centre.dispatch import precedents
from shaodao.centre.dispatch import words as reading
from shaodao.centre.dispatch.classifier import Classifier
from shaodao.centre.dispatch.guess import Guess
from shaodao.centre.dispatch.model import fingerprint
from shaodao.centre.dispatch.models import Precedent
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import People, Whistle
from shaodao.centre.rehearsal.facts import Heard, Outcome, outcome
from shaodao.county.catalogue import Item
from shaodao.county.pack.model import Dispatch, Pack

A_NUMBER = "-"  # whoever is not anonymous has left one; which does not matter here
UNKNOWN = {"unknown": True}

PackAt = Callable[[datetime], Pack]


@dataclass(slots=True)
class Side:
    """One of the two packs under comparison, with the classifier that serves it. Texts are read once for all their twins."""

    pack_at: PackAt
    classifier: Classifier
    _read: dict[tuple[str, Dispatch, str], Guess] = field(default_factory=dict)
    _prints: dict[int, tuple[Mapping[str, Item], str]] = field(default_factory=dict)

    def guess(self, whistle: Whistle, pack: Pack, at: datetime) -> Guess:
        """As `filing` does: the item that was named, else what the words say."""
        items = pack.items_on(pack.day(at))
        if whistle.item:
            return Guess.named(whistle.item)
        bars = pack.settings.dispatch
        key = (self._print(items), bars, whistle.text)
        if key not in self._read:
            self._read[key] = self.classifier.classify(whistle.text, items, bars)
        return self._read[key]

    def _print(self, items: Mapping[str, Item]) -> str:
        """Of the catalogue: each day has its own, and most are the same."""
        known = self._prints.get(id(items))
        if known is None or known[0] is not items:
            names = {code: item.name for code, item in items.items()}
            known = self._prints[id(items)] = (items, fingerprint(names))
        return known[1]


@dataclass(frozen=True, slots=True)
class Compared:
    """One whistle under both packs; no outcomes where its words are erased: nobody can read them again."""

    heard: Heard
    before: Outcome | None = None
    after: Outcome | None = None
    place_lost: bool = False  # the changed map does not know the place any more
    item_lost: bool = False  # nor the changed manual the item that the whistler named


def compare(heard: Heard, then: Side, changed: Side, known: Sequence[Precedent]) -> Compared:
    """Compose a whistle again under both packs. `known` are all precedents; those of its moment bind."""
    if heard.text is None:
        return Compared(heard)
    binding = [p for p in known if _bound(p, heard.at)]
    before, after = then.pack_at(heard.at), changed.pack_at(heard.at)
    said = heard.said
    return Compared(
        heard,
        _again(heard, then, before, before, binding),
        _again(heard, changed, after, before, binding),
        said.place.known and not _place(said.place, after),
        said.why == "named" and said.item not in after.items_on(after.day(heard.at)),
    )


def _bound(precedent: Precedent, at: datetime) -> bool:
    """Whether it decided what came in at a moment, whatever became of it since."""
    ends = (end for end in (precedent.ended_at, precedent.until) if end is not None)
    return precedent.ruled_at < at < min(ends, default=datetime.max.replace(tzinfo=UTC))


def _again(heard: Heard, side: Side, pack: Pack, then: Pack, known: Sequence[Precedent]) -> Outcome:
    said, desk = heard.said, heard.desk
    named = said.item if said.why == "named" else ""
    made = _compose(heard, named, _situation_said(heard, then), said.place, side, pack, known)
    if made.door != "triage" or desk is None:
        return made
    by_hand = _compose(heard, desk.item, desk.situation, desk.place, side, pack, known)
    return replace(made, item=by_hand.item, lead=by_hand.lead, helpers=by_hand.helpers)


def _compose(
    heard: Heard, item: str, situation: str, place: Place, side: Side, pack: Pack, known: Sequence[Precedent]
) -> Outcome:
    """`item` and `situation` as somebody named them, if the pack has them; else the words say."""
    said, text = heard.said, heard.text or ""
    by = None if said.by.role == permissions.WHISTLER else said.by
    whistle = Whistle(
        text=text,
        place=_place(place, pack) or UNKNOWN,
        item=item if item in pack.items_on(pack.day(heard.at)) else "",
        situation=situation if situation in pack.situations else "",
        nature=said.nature,
        phone="" if said.anonymous else A_NUMBER,
        anonymous=said.anonymous,
        external_due=said.external_due,
        occurred_at=said.occurred_at,
        against=said.against if said.against in pack.units else "",
        staff_found=said.staff_found,
        own=by is not None and heard.became.why == "first_tier",
    )

    def precedent(item: str, situation: str, place: Place, text: str) -> Precedent | None:
        return precedents.best(known, item, situation, place, grams(text))

    def earlier(requester: str, item: str, place: Place) -> str:
        return said.repeat_of if item == said.item else ""

    try:
        made = filing.compose(
            whistle,
            heard.number,
            said.whistler_kind,
            by,
            People(said.whistler, said.requester, [], known=True, on_behalf=said.on_behalf),
            pack,
            heard.at,
            find_item=side.guess,
            find_precedent=precedent,
            find_earlier=earlier,
        )
        happened = decide(Case(), made.report, PackRules(pack, heard.at), heard.at)
    except Refusal as why:  # intake would ask again
        return Outcome("triage", why.code, item)
    return outcome((event for event, _ in happened), made.report.item)


def _place(place: Place, pack: Pack) -> Mapping[str, Any] | None:
    """What a place was said as: its point, else the lowest code that the pack knows; None where it knows none."""
    if place.lon is not None and place.lat is not None:
        lon, lat = place.lon / 1e7, place.lat / 1e7
        if pack.places.locate(lon, lat) is not None:
            return {"lon": lon, "lat": lat, "crs": "WGS-84"}
    for code in (place.grid, place.community, place.township):
        if code and pack.places.get(code) is not None:
            return {"grid": code}
    return None


def _situation_said(heard: Heard, then: Pack) -> str:
    """The situation the whistler named: the one on record, where the words alone would not have told it."""
    said = heard.said
    if not said.situation or reading.situation(heard.text or "", said.item, then) == said.situation:
        return ""
    return said.situation
