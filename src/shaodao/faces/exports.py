"""A list as a table to be taken away: it says on its last line who took it, as what and when, and the ledger says so too."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterable, Sequence
from datetime import datetime

from django.http import HttpRequest, HttpResponse

from shaodao.centre.cases import exports
from shaodao.faces import moments
from shaodao.faces.requests import web_source
from shaodao.faces.work.capacity import Desk


def table(
    request: HttpRequest, desk: Desk, name: str, header: Sequence[str], rows: Iterable[Sequence[object]]
) -> HttpResponse:
    """CSV that spreadsheets open as it is: UTF-8 with BOM, no cell a formula, `name` both file and kind of list."""
    rows = list(rows)
    taken = exports.record(name, len(rows), desk.by, web_source(request))
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    answer.write("\ufeff")
    writer = csv.writer(answer)
    writer.writerow(header)
    writer.writerows([[plain(cell) for cell in row] for row in rows])
    writer.writerow([plain(mark(request, desk, taken))])
    return answer


def mark(request: HttpRequest, desk: Desk, taken: exports.Export) -> str:
    """内部资料 …: what a copy that turns up somewhere says of where it comes from."""
    return said(str(request.user), desk, taken.at, taken.rows, taken.number)


def said(who: str, desk: Desk, at: datetime, rows: int, number: object) -> str:
    """The mark of a copy that somebody took at a moment."""
    who = f"{who}（{desk.pack.capacity_name(desk.by.role, desk.by.unit)}）"
    when = moments.to_the_minute(at)
    return f"内部资料，注意保存。{who}于 {when} 导出，共 {rows} 行，导出编号 {number}。"


CONTROL = re.compile(r"[\x00-\x1f\x7f]+")


def plain(cell: object) -> object:
    """No cell that a spreadsheet would take for a formula, none with control characters."""
    if not isinstance(cell, str):
        return cell
    text = CONTROL.sub(" ", cell)
    return f"'{text}" if text.lstrip()[:1] in tuple("=+-@＝＋－＠") else text
