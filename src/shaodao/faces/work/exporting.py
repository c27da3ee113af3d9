"""导出 Excel: lists asked for wait in a table; a background loop writes one at a time and says how far it is. What a process
left behind when it died is begun anew by another.

A list is read as its page reads it, by whoever asked for it as they are when it is read: a capacity given up meanwhile
reads nothing. Free text and persons are in no column. The file lies in its row for a day; the ledger has that it was taken.
"""

from __future__ import annotations

import json
import logging
import tempfile
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import asdict
from datetime import datetime, timedelta
from io import BytesIO
from typing import IO, Any

from django.core.serializers.json import DjangoJSONEncoder
from django.db import transaction
from django.db.models import Q
from openpyxl import Workbook
from openpyxl.utils import get_column_letter

from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases import exports as ledger
from shaodao.centre.cases.actions import Source
from shaodao.centre.cases.queries import Filters, Listed
from shaodao.county import people
from shaodao.county.people.capacity import Capacity
from shaodao.county.people.models import User
from shaodao.faces import exports, words
from shaodao.faces.accounts.capacity import choosable
from shaodao.faces.models import Export
from shaodao.faces.moments import LOCAL
from shaodao.faces.work import lists, orders
from shaodao.faces.work.capacity import Desk

SILENT = timedelta(minutes=2)  # after which whoever worked on it is taken for dead
KEPT = timedelta(hours=24)  # a file
SHOWN = timedelta(days=7)  # that there was one
PIECE = 500  # rows read at once
AT_ONCE = 5_000  # of a list that moves while it is read
MOST = 100_000  # rows
WAITING = 5  # of one capacity
SEARCH, ORDERS = "search", "orders"
COLUMNS = (
    "编号", "状态", "事项", "性质", "应急", "重复反映", "地点", "单位", "待批", "时限", "超期", "反映时间", "办结时间",
)  # fmt: skip

log = logging.getLogger(__name__)

Row = tuple[object, ...]
Say = Callable[[int, int | None], None]  # rows done, rows there are


class AskRefused(Exception):
    """It is not taken on; `code` says why: `not_allowed` (no such list for this capacity), `waiting` (enough wait)."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class _Fault(Exception):
    """It comes to nothing, and whoever asked is told why."""


class _Stopped(Exception):
    """The process is ending, or another has taken it up; somebody begins anew."""


@transaction.atomic
def ask(table: str, asked: dict[str, str], desk: Desk, now: datetime) -> Export:
    """Ask for a list as it is filtered. Asked again while it waits, it is the same one. Raises AskRefused."""
    if not _may(table, desk):
        raise AskRefused("not_allowed")
    User.objects.select_for_update().get(pk=desk.capacity.user_id)  # two who ask at once ask once
    kept = _kept(table, asked, desk)
    going = list(of(desk).filter(ended_at=None))
    for one in going:
        if (one.table, one.asked) == (table, kept):
            return one
    if len(going) >= WAITING:
        raise AskRefused("waiting")
    return Export.objects.create(
        user_id=desk.capacity.user_id, post=desk.capacity.post_id, table=table, asked=kept, asked_at=now
    )


def again(one: Export, now: datetime) -> None:
    """Try once more what failed."""
    failed = Export.objects.filter(pk=one.pk, ended_at__isnull=False).exclude(fault="")
    failed.update(asked_at=now, seen_at=None, done=0, rows=None, ended_at=None, fault="", expires_at=None)


def of(desk: Desk) -> Any:
    """What this person asked for in this capacity, the latest first; without the files."""
    mine = Export.objects.filter(user=desk.capacity.user_id, post=desk.capacity.post_id)
    return mine.defer("file").order_by("-asked_at", "-pk")


def state_of(one: Export, now: datetime) -> str:
    """waiting · running · ready · failed · expired"""
    if one.ended_at is None:
        return "waiting" if one.seen_at is None else "running"
    if one.expires_at is None or one.expires_at <= now:
        return "expired"
    return "failed" if one.fault else "ready"


def number_of(one: Export) -> str:
    """What the file, its page and the ledger call it."""
    return f"E{one.pk}"


def forget(now: datetime) -> None:
    """Delete files and filters after a day, and all that was said of them after a week."""
    over = Export.objects.filter(expires_at__lte=now)
    over.exclude(file=None, asked={}).update(file=None, asked={})
    over.filter(expires_at__lte=now - SHOWN).delete()


def tick(stop: threading.Event) -> bool:
    """Write the one that has waited longest; whether there was one."""
    one = _take(actions.now())
    if one is None:
        return False
    mine = Export.objects.filter(pk=one.pk, tries=one.tries, ended_at=None)

    def say(done: int, rows: int | None) -> None:
        if stop.is_set() or not mine.update(done=done, rows=rows, seen_at=actions.now()):
            raise _Stopped

    try:
        _write(one, say)
    except _Stopped:
        mine.update(seen_at=None, done=0)
    except Exception as error:
        known = isinstance(error, _Fault)
        if not known:
            log.exception("export %s failed", one.pk)
        now = actions.now()
        mine.update(fault=str(error) if known else "failed", ended_at=now, expires_at=now + KEPT)
    return True


# --- private ----------------------------------------------------------------------------------------------------


@transaction.atomic
def _take(now: datetime) -> Export | None:
    free = Q(seen_at=None) | Q(seen_at__lt=now - SILENT)
    waiting = Export.objects.filter(free, ended_at=None).defer("file").order_by("asked_at", "pk")
    one = waiting.select_for_update(skip_locked=True).first()
    if one is not None:
        one.seen_at, one.tries, one.done = now, one.tries + 1, 0
        one.save(update_fields=["seen_at", "tries", "done"])
    return one


def _may(table: str, desk: Desk) -> bool:
    if table == SEARCH:
        return True
    if table == ORDERS:
        return permissions.may_read_orders(desk.by, desk.pack)
    return table not in lists.PAGES and table in {tab.code for tab in lists.tabs(desk)}


def _kept(table: str, asked: dict[str, str], desk: Desk) -> dict[str, Any]:
    """The filters as they are kept: of a telephone number, only whose it is."""
    if table == SEARCH:
        wanted = asdict(lists.filters({name: asked.get(name, "") for name in lists.SEARCHED}, desk))
        kept: dict[str, Any] = json.loads(json.dumps(wanted, cls=DjangoJSONEncoder))
        return {name: value for name, value in kept.items() if value}
    names = orders.FILTERS if table == ORDERS else ("mine",)
    return {name: asked[name] for name in names if asked.get(name)}


def filters_of(kept: dict[str, Any]) -> Filters:
    """The filters of a search, as they were kept."""
    moments: dict[str, Any] = {
        name: datetime.fromisoformat(kept[name]) for name in ("since", "until") if name in kept
    }
    wanted: dict[str, Any] = {**kept, **moments, "states": tuple(kept.get("states", ()))}
    return Filters(**wanted)


def _desk(one: Export) -> Desk:
    """Whoever asked, as they are now."""
    return Desk(_capacity(one))


def _capacity(one: Export) -> Capacity:
    user = User.objects.get(pk=one.user_id)
    held = choosable(people.capacities(user)) if user.is_active else ()
    found = next((each for each in held if each.post_id == one.post), None)
    if found is None:
        raise _Fault("not_held")
    return found


def _write(one: Export, say: Say) -> None:
    """Read the list, write the file, and in one step keep it and record that it was taken."""
    desk = _desk(one)
    if not _may(one.table, desk):
        raise _Fault("not_allowed")
    at = actions.now()
    header = orders.COLUMNS if one.table == ORDERS else COLUMNS
    with tempfile.TemporaryFile("w+", encoding="utf-8") as spool:
        count = _spool(spool, _read(one, desk, say))
        spool.seek(0)
        mark = exports.said(str(one.user), desk, at, count, number_of(one))
        file = _workbook(mark, header, _unspool(spool), lambda done: say(done, count))
    with transaction.atomic():
        held = Export.objects.select_for_update().defer("file").filter(pk=one.pk, tries=one.tries)
        if held.filter(ended_at=None).first() is None:
            raise _Stopped
        _capacity(one)  # who gave it up while it was written gets nothing
        ledger.record(one.table, count, desk.by, Source(channel="web"), at, file=one.pk)
        now = actions.now()
        Export.objects.filter(pk=one.pk).update(
            file=file, done=count, rows=count, ended_at=now, expires_at=now + KEPT
        )


def _read(one: Export, desk: Desk, say: Say) -> Iterator[Row]:
    if one.table == ORDERS:
        say(0, None)
        yield from orders.table({name: one.asked.get(name, "") for name in orders.FILTERS}, desk)
        return
    if one.table != SEARCH:  # all at once: what moves up meanwhile would be missed between two pages
        say(0, None)
        found = lists.waiting_in(one.table, desk, mine=one.asked.get("mine") == "1", size=AT_ONCE)
        if len(found.lines) >= AT_ONCE:
            raise _Fault("too_many")
        yield from (_cells(each, desk) for each in found.lines)
        return
    filters = filters_of(one.asked)
    rows = queries.seen(desk.by, filters, desk.pack).count()
    if rows > MOST:
        raise _Fault("too_many")
    say(0, rows)
    done, after = 0, ""
    while True:
        page = queries.cases(desk.by, filters, desk.pack, after=after, size=PIECE)
        yield from (_cells(each, desk) for each in page.lines)
        done += len(page.lines)
        say(done, max(rows, done))
        if page.after is None:
            return
        after = page.after


def _cells(listed: Listed, desk: Desk) -> Row:
    """What a list shows of a case, without its words."""
    shown = lists.line(listed, desk)
    due, now = shown["due"], actions.now()
    return (
        shown["number"],
        words.word("state", shown["state"]),
        shown["title"],
        words.word("nature", shown["nature"]),
        "是" if shown["emergency"] else "",
        "是" if shown["level"] else "",
        shown["place"],
        shown["unit"],
        shown["request"],
        due,
        "是" if due and due < now else "",
        shown["reported_at"],
        listed.case.ended_at,
    )


def _spool(spool: IO[str], rows: Iterable[Row]) -> int:
    """Lay rows by until it is known how many there are."""
    count = 0
    for row in rows:
        spool.write(json.dumps([_laid_by(cell) for cell in row], ensure_ascii=False) + "\n")
        count += 1
    return count


def _laid_by(cell: object) -> object:
    return [cell.astimezone(LOCAL).isoformat()] if isinstance(cell, datetime) else exports.plain(cell)


def _unspool(spool: IO[str]) -> Iterator[list[object]]:
    for line in spool:
        yield [
            datetime.fromisoformat(cell[0]).replace(tzinfo=None) if isinstance(cell, list) else cell
            for cell in json.loads(line)
        ]


def _workbook(
    mark: str, header: Iterable[str], rows: Iterable[list[object]], say: Callable[[int], None]
) -> bytes:
    """The file: the mark above the header, and among its properties. Times are local, as spreadsheets have no zones."""
    book = Workbook(write_only=True)
    book.properties.creator = "哨到"
    book.properties.title, book.properties.description = "内部资料", mark
    sheet = book.create_sheet("列表")
    sheet.freeze_panes = "A3"
    columns = list(header)
    for n in range(1, len(columns) + 1):
        sheet.column_dimensions[get_column_letter(n)].width = 18
    sheet.append([exports.plain(mark)])
    sheet.append(columns)
    done = 0
    for done, row in enumerate(rows, 1):
        sheet.append(row)
        if done % (4 * PIECE) == 0:
            say(done)
    say(done)
    made = BytesIO()
    book.save(made)
    return made.getvalue()
