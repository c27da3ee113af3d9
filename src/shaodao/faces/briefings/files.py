"""A briefing as files: a page that needs nothing else, the document, and its tables for a spreadsheet. No names of persons
stand in any of them.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import mark_safe

from shaodao.centre.assessment.figures import FIGURES
from shaodao.centre.briefings import actions
from shaodao.centre.briefings.briefing import Briefing
from shaodao.centre.briefings.content import PAGE_ONE, SPANS, Content
from shaodao.centre.briefings.months import Month
from shaodao.centre.briefings.projection import BRIEFINGS
from shaodao.centre.cases import queries
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind
from shaodao.faces.briefings import shown
from shaodao.faces.briefings.shown import Shown
from shaodao.faces.moments import LOCAL
from shaodao.ground.documents import docx, forms, pdf
from shaodao.ground.documents.model import Document, Issue, Table

NAME = "吹哨报到工作专报"
BOM = "\ufeff"  # without it spreadsheets guess another encoding


@dataclass(frozen=True, slots=True)
class Issued:
    """Everything that a briefing's files are made of. `number` and `total`: as published, or as they would be today."""

    briefing: Briefing
    content: Content
    shown: Shown
    number: int
    total: int
    dated: date
    pack: Pack

    @property
    def month(self) -> Month:
        return Month.parse(self.briefing.month)

    @property
    def draft(self) -> bool:
        return self.briefing.published_at is None


def issued(month: Month) -> Issued:
    """The briefing of a month, whoever asks: who may is the caller's to say. One that was never begun is computed as it
    stands, and recorded nowhere."""
    found = BRIEFINGS.read(str(month))
    if found.version:
        content = actions.content_of(found.digest)
    else:
        found, content = actions.preview(month)
    at = found.published_at or found.frozen_at or timezone.now()
    pack = versions.current(at)
    words = queries.read_words([text for text in (found.opinions, found.steps) if text])
    said = shown.show(content, found.named, words.get(found.opinions, ""), words.get(found.steps, ""), pack)
    number, total = (found.issue, found.total) if found.issue else actions.next_numbers(str(month))
    return Issued(found, content, said, number, total, at.astimezone(LOCAL).date(), pack)


def document(one: Issued) -> Document:
    """In the form of a 简报: red name, issue, issuer and date, the six parts, annexes, 版记."""
    centre = _first(one.pack, Kind.CENTRE)
    copied = [_first(one.pack, kind) for kind in (Kind.DISCIPLINE, Kind.SUPERVISION)]
    return forms.briefing(
        forms.BriefingFacts(
            name=NAME,
            issue=Issue(one.number, one.total),
            issuer=centre,
            dated=one.dated,
            title=f"{one.shown.title}（送审稿）" if one.draft else one.shown.title,
            blocks=one.shown.blocks,
            annexes=one.shown.annexes,
            report_to=("县委、县人大常委会、县政府、县政协领导",),
            send_to=tuple(copied),
            hand_to=("各乡镇、街道", "县直各部门"),
        )
    )


def page(one: Issued) -> str:
    """One file of HTML. Its numbers lead to the lists of cases below."""
    css = Path(finders.find("shaodao/app.css") or "").read_text()
    context = {
        "one": one,
        "css": mark_safe(css),  # our own stylesheet
        "lists": list(_lists(one)),
        "name": NAME,
        "issuer": _first(one.pack, Kind.CENTRE),
    }
    return render_to_string("work/briefing_file.html", context)


def tables(one: Issued) -> dict[str, bytes]:
    """The annexes and the cases behind the numbers of page one, as CSV, by file name."""
    found = {}
    for place, annex in enumerate(one.shown.annexes, 1):
        sheets = [block for block in annex.blocks if isinstance(block, Table)]
        rows: list[tuple[str, ...]] = []
        for sheet in sheets:
            head = (sheet.caption, *[""] * (len(sheet.head) - 1)) if sheet.caption else ()
            rows += [*([head] if head else []), sheet.head, *sheet.rows]
        if rows:
            found[f"附件{place}-{annex.title}.csv"] = _csv(rows)
    lines: list[tuple[str, ...]] = [("指标", "月份", "哨件编号", "单位", "算进分子")]
    for each in _lists(one):
        for fact in each["facts"]:
            lines.append(
                (each["name"], each["month"], fact["number"], fact["unit"], "是" if fact["counts"] else "否")
            )
    found["首页数字背后的哨件.csv"] = _csv(lines)
    return found


def _lists(one: Issued) -> Iterator[dict[str, Any]]:
    names = shown.names_of(one.pack)
    for span in SPANS:
        month = Month.parse(one.content.span(span).month).name
        for id in PAGE_ONE:
            facts = [
                {
                    "number": fact.number,
                    "unit": names.unit(fact.unit) if fact.unit else "",
                    "counts": fact.counts,
                }
                for fact in one.content.behind(id, span)
            ]
            yield {
                "id": id,
                "span": span,
                "month": month,
                "name": FIGURES[id].name,
                "note": FIGURES[id].note,
                "facts": facts,
                "counted": [fact for fact in facts if fact["counts"]],
            }


def _csv(rows: list[tuple[str, ...]]) -> bytes:
    written = io.StringIO()
    csv.writer(written, lineterminator="\r\n").writerows([[_plain(cell) for cell in row] for row in rows])
    return (BOM + written.getvalue()).encode()


def _plain(cell: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    said = cell.replace("\n", " ")
    return f"'{said}" if said[:1] in ("=", "+", "-", "@") else said


def _first(pack: Pack, kind: Kind) -> str:
    """The name of the unit of a kind that stands above the others of it."""
    return min((unit for unit in pack.units.values() if unit.kind is kind), key=lambda unit: unit.level).name


def _docx(one: Issued) -> tuple[bytes, str]:
    made = docx.render(document(one))
    return made.data, made.media_type


def _pdf(one: Issued) -> tuple[bytes, str]:
    made = pdf.render(document(one))
    return made.data, made.media_type


def _html(one: Issued) -> tuple[bytes, str]:
    return page(one).encode(), "text/html; charset=utf-8"


KINDS: dict[str, Callable[[Issued], tuple[bytes, str]]] = {"docx": _docx, "pdf": _pdf, "html": _html}
