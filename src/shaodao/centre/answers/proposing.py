"""What waits in triage, with its ways out made ready: to whom, in which words, by which command of the one door."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from shaodao.centre.answers import knowledge, ways
from shaodao.centre.answers.ways import WayOut
from shaodao.centre.cases.lifecycle.model import Case, Place
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.cases.rules import PackRules
from shaodao.centre.dispatch import classifier
from shaodao.centre.dispatch import words as reading
from shaodao.county.catalogue import Item, OffManual, Way
from shaodao.county.pack.model import Pack

READ = 500  # characters
HITS = 3


@dataclass(frozen=True, slots=True)
class Waiting:
    """What a way out depends on, of a case or of its row."""

    number: str
    nature: str
    place: Place
    against: str
    whistler_unit: str

    @classmethod
    def of(cls, case: Case | CaseRow) -> Waiting:
        if isinstance(case, Case):
            place = case.place
        else:
            place = Place(case.grid, case.community, case.township, "", case.lon, case.lat)
        return cls(case.number, case.nature, place, case.against, case.whistler_unit)


@dataclass(frozen=True, slots=True)
class Proposal:
    """A way out, ready to be given: `command` with `fields`; `words` are what whoever reported is told, "" where the
    command has none. `fault` says why it cannot be given as it is."""

    way: WayOut
    name: str
    to: str  # code of a unit, or a body outside by name; empty: whoever asked
    words: str
    command: str
    fields: Mapping[str, Any] = field(default_factory=dict)
    source: str = ""
    source_date: date | None = None
    fault: str = ""

    @property
    def key(self) -> str:
        return self.way.key

    @property
    def editable(self) -> bool:
        """Whether the words go out with the command, and may be changed before."""
        return self.command != "dispatch"

    def said(self, words: str = "") -> dict[str, Any]:
        """The fields of the command; `words` as changed by whoever sends them."""
        return {**self.fields, **({"words": words.strip() or self.words} if self.editable else {})}


def proposals(text: str, waiting: Waiting, pack: Pack, at: datetime) -> list[Proposal]:
    """The likeliest ways out of a case in triage, best first. Asks the database nothing but the knowledge base's few
    seconds."""
    if not text.strip():
        return []
    day = pack.day(at)
    items = pack.items_on(day)
    guess = classifier.current(pack).classify(text[:READ], items, pack.settings.dispatch)
    hits = [(found.article.id, found.score) for found in knowledge.find(text, day, HITS)]
    likely = ways.propose(text, waiting.nature, guess, pack.off_manual.values(), hits, items)
    made = (ready(way, text, waiting, pack, at) for way in likely)
    return [each for each in made if each is not None]


def ready(way: WayOut, text: str, waiting: Waiting, pack: Pack, at: datetime) -> Proposal | None:
    """A way out made ready for this case; None where there is no such row, article or item."""
    day = pack.day(at)
    if way.kind == "article":
        article = knowledge.published(int(way.code), day) if way.code.isdigit() else None
        return _by_article(way, article) if article else None
    if way.kind == "item":
        item = pack.items_on(day).get(way.code)
        return _by_item(way, item, text, waiting, pack, at) if item else None
    row = pack.off_manual.get(way.code)
    return _by_row(way, row, text, waiting, pack, at) if row else None


def receipt_of(number: str) -> str:
    """Under which number a transfer is registered here, until the receiving body has given one of its own."""
    return f"ZS{number}"


def _by_article(way: WayOut, article: knowledge.Published) -> Proposal:
    return Proposal(
        way,
        article.question,
        "",
        article.text,
        "answer",
        {"source": article.ref},
        article.source,
        article.source_date,
    )


def _by_item(way: WayOut, item: Item, text: str, waiting: Waiting, pack: Pack, at: datetime) -> Proposal:
    situation = reading.situation(text, item.code, pack)
    plan, why = PackRules(pack, at).route(
        item.code,
        situation,
        waiting.place,
        whistler_unit=waiting.whistler_unit,
        against=waiting.against,
        owner=reading.owner(text, pack),
    )
    lead = next((duty.unit for duty in plan.duties if duty.role == "lead"), "") if plan else ""
    return Proposal(
        way,
        item.name,
        lead,
        "",
        "dispatch",
        {"item": item.code, "situation": situation},
        fault="" if plan else why,
    )


def _by_row(way: WayOut, row: OffManual, text: str, waiting: Waiting, pack: Pack, at: datetime) -> Proposal:
    if row.way is Way.ANSWER:
        near = (waiting.place.community, waiting.place.township)
        praised = reading.unit_praised(text, pack, near) if row.nature == "praise" else ""
        source = f"praise:{praised}" if praised else f"off_manual:{row.code}"
        return Proposal(way, row.name, praised, row.words, "answer", {"source": source})
    if row.way is Way.TRANSFER:
        fields = {"to": row.to or "", "receipt": receipt_of(waiting.number)}
        return Proposal(way, row.name, row.to or "", row.words, "transfer", fields)
    rules = PackRules(pack, at)
    unit = rules.lead_off_manual(row, waiting.place, _useful_to(way, waiting, rules))
    fields = {"off_manual": row.code, "lead": unit if row.way is Way.SUGGESTION else ""}
    if row.nature:
        fields["nature"] = row.nature
    fault = "" if unit else "no_place"
    if unit and waiting.against and rules.same_unit(unit, waiting.against):
        fault = "avoid"
    return Proposal(way, row.name, unit, row.words, "dispatch", fields, fault=fault)


def _useful_to(way: WayOut, waiting: Waiting, rules: PackRules) -> str:
    """The unit that can use a suggestion: whoever leads the item it is about."""
    if not way.item or not rules.in_manual(way.item):
        return ""
    plan, _ = rules.route(way.item, "", waiting.place, against=waiting.against)
    leads = [duty.unit for duty in plan.duties if duty.role == "lead"] if plan else []
    return (
        leads[0]
        if leads
        else rules.item(way.item).lead
        if rules.item(way.item).lead in rules.pack.units
        else ""
    )
