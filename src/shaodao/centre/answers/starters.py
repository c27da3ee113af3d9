"""Articles as plain files of the county pack: `answers/*.toml`, one `[[answer]]` each. Read when an installation is made;
later by `shaodao answers load`, as drafts that a person publishes."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from shaodao.centre.answers import knowledge
from shaodao.centre.answers.article import Facts, Wording
from shaodao.centre.answers.models import Article
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.county.pack.model import Pack
from shaodao.ground.ledger.events import Context

FOLDER = "answers"
LOOK_AGAIN = timedelta(days=180)  # where a file names no review date
KEYS = {"code", "question", "also", "text", "source", "source_date", "valid_until", "review_on", "unit", "item",
        "demonstration"}  # fmt: skip
TWO = (
    Context(actor="system:pack"),
    Context(actor="system:init"),
)  # who wrote and who published, when all begins


@dataclass(frozen=True, slots=True)
class Starter:
    code: str
    wording: Wording
    facts: Facts


class Faulty(ValueError):
    """The files cannot be used; one line for each fault: file, entry, what is wrong."""

    def __init__(self, faults: Sequence[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("\n".join(faults))


def read(folder: Path, pack: Pack, today: date) -> list[Starter]:
    """The articles of a pack's folder; none where it has no `answers`. Raises Faulty."""
    found: dict[str, Starter] = {}
    faults: list[str] = []
    for file in sorted((folder / FOLDER).glob("*.toml")):
        try:
            entries = tomllib.loads(file.read_text(encoding="utf-8-sig")).get("answer", [])
        except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
            faults.append(f"{file.name}：读不出来：{error}")
            continue
        for at, entry in enumerate(entries, 1):
            where = f"{file.name}：第 {at} 条 {entry.get('code', '')}"
            try:
                starter = _starter(entry, pack, today)
                if starter.code in found:
                    raise ValueError(f"编号 {starter.code} 重复")
                found[starter.code] = starter
            except KeyError as error:
                faults.append(f"{where}：缺少 {error.args[0]}")
            except (TypeError, ValueError, Refusal) as error:
                faults.append(f"{where}：{error}")
    if faults:
        raise Faulty(faults)
    return list(found.values())


def _starter(entry: dict[str, Any], pack: Pack, today: date) -> Starter:
    if unknown := sorted(entry.keys() - KEYS):
        raise ValueError(f"不认识的项 {unknown[0]}")
    for name, known in (("unit", pack.units), ("item", pack.items)):
        if entry.get(name) and entry[name] not in known:
            raise ValueError(f"{name} {entry[name]} 不在县域配置包里")
    for name in ("source_date", "valid_until", "review_on"):
        if name in entry and type(entry[name]) is not date:
            raise ValueError(f"{name} 要写成 2026-08-01 这样的日期")
    wording = Wording(
        entry["question"].strip(),
        entry["text"].strip(),
        entry["source"].strip(),
        tuple(entry.get("also", ())),
    )
    wording.check()
    facts = Facts(
        source_date=entry["source_date"],
        review_on=entry.get("review_on", today + LOOK_AGAIN),
        unit=entry.get("unit", ""),
        item=entry.get("item", ""),
        valid_until=entry.get("valid_until"),
        demonstration=bool(entry.get("demonstration", False)),
    )
    return Starter(str(entry["code"]), wording, facts)


def install(starters: Sequence[Starter], at: datetime) -> int:
    """Write and publish what is not there yet: a new installation begins with them. Returns how many."""
    known = set(Article.objects.exclude(code="").values_list("code", flat=True))
    new = [each for each in starters if each.code not in known]
    for each in new:
        row = knowledge.write(each.wording, each.facts, TWO[0], at, code=each.code)
        knowledge.publish(row.pk, row.version, TWO[1], at)
    return len(new)


def propose(starters: Sequence[Starter], at: datetime) -> int:
    """Write what is new or says something else as drafts, for a person of the centre to publish. Returns how many."""
    rows = {row.code: row for row in Article.objects.exclude(code="")}
    drafts = 0
    for each in starters:
        row = rows.get(each.code)
        if row and knowledge.wording_of(row) == each.wording:
            continue
        knowledge.write(each.wording, each.facts, TWO[0], at, id=row.pk if row else None, code=each.code)
        drafts += 1
    return drafts
