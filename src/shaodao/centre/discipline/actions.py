"""The one door for matters: lock, load, permit, seal, append, write the row, tell; in one transaction.

Words come in and go out in memory alone: what is stored is sealed, what is told names a number.
"""

from __future__ import annotations

import json
import secrets as random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.db import transaction
from django.utils import timezone

from shaodao.centre.cases import permissions
from shaodao.centre.cases.actions import DIRECT, Source, context_of
from shaodao.centre.cases.compose import readable
from shaodao.centre.cases.lifecycle.codec import from_payload, to_payload
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.permissions import Forbidden
from shaodao.centre.discipline import keyring, matter, scope
from shaodao.centre.discipline.keyring import Holder
from shaodao.centre.discipline.matter import DESTROYS, KINDS, MatterMoved, MatterOpened
from shaodao.centre.discipline.matter import Matter as State
from shaodao.centre.discipline.models import Matter, Receipt
from shaodao.centre.discipline.projection import MATTERS
from shaodao.county.pack.model import Pack
from shaodao.ground.clocks import Limit
from shaodao.ground.ledger import store
from shaodao.ground.ledger.store import Context, Draft
from shaodao.ground.messages import outbox

LONGEST_TITLE, LONGEST = 80, 5000  # characters of a title, and of any other field
FILES, FILE_BYTES = 3, 5 << 20  # at once; each
PAGE = 50
TRIES = 5
DOOR = Context(actor="system:supervise", capacity="door")  # nobody by whom one could find who wrote
RECEIPT = "23456789ABCDEFGHJKMNPQRSTVWXYZ"


class NoSuchMatter(LookupError):
    """There is no matter of this number, or not for this person."""


@dataclass(frozen=True, slots=True)
class File:
    """A file that somebody attaches, wholly in memory."""

    name: str
    media_type: str
    data: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Step:
    """One step of a matter as a member reads it: `said` by field, empty where it was destroyed."""

    name: str  # "" = the opening
    at: datetime
    by: str
    capacity: str
    said: Mapping[str, Any]
    files: tuple[tuple[str, File | None], ...] = ()  # commitment and file


@dataclass(frozen=True, slots=True)
class Opened:
    number: str
    matter: State
    steps: tuple[Step, ...]
    offered: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Listed:
    row: Matter
    title: str  # "" where this member's key does not open it yet
    unit: str = ""


# --- writing -------------------------------------------------------------------------------------------------------


def open_matter(
    kind: str,
    said: Mapping[str, Any],
    by: By,
    pack: Pack,
    *,
    holder: str = "",
    workdays: int = 0,
    files: Sequence[File] = (),
    source: Source = DIRECT,
    at: datetime | None = None,
) -> str:
    """Open a matter of a kind that a member may open; return its number. `holder` is whom a task is given to.

    Raises Forbidden, Refusal, keyring.NotReady."""
    if not scope.is_member(by, pack) or kind not in openable(by, pack):
        raise Forbidden(kind)
    way = KINDS[kind].way
    if way == "down" and holder not in {unit.code for unit in scope.below(by.unit, pack)}:
        raise Refusal("unknown_unit", unit=holder)
    held = {"down": holder, "up": scope.above(by.unit, pack), "own": by.unit}[way]
    _check_unit(said, by, pack)
    return _open(
        kind,
        said,
        files,
        giver=by.unit,
        holder=held,
        readers=scope.readers(pack, by.unit, held),
        by=by,
        context=context_of(by, source),
        pack=pack,
        at=at or timezone.now(),
        workdays=workdays or KINDS[kind].workdays,
    )


def supervise(said: Mapping[str, Any], pack: Pack, *, at: datetime | None = None) -> str:
    """监督: somebody says something about a unit (`unit`, `words`). It is sealed for the members in whose scope the unit is;
    nothing says who wrote it. Return the receipt, which is kept nowhere.

    Raises Refusal, keyring.NotReady."""
    unit = pack.units.get(str(said.get("unit", "")))
    moment = at or timezone.now()
    if unit is None or unit.kind not in scope.COMPLAINED_OF or not unit.in_force(pack.day(moment)):
        raise Refusal("unknown_unit", unit=str(said.get("unit", "")))
    holder = scope.receiver_of(unit.code, pack)
    receipt = "".join(random.choice(RECEIPT) for _ in range(16))
    with transaction.atomic():
        number = _open(
            "tip",
            {**said, "title": f"反映{unit.short}"},
            (),
            giver="",
            holder=holder,
            readers=scope.readers(pack, holder),
            by=None,
            context=DOOR,
            pack=pack,
            at=moment.replace(minute=0, second=0, microsecond=0),  # which minute it was might tell who
            now=moment,
            workdays=KINDS["tip"].workdays,
        )
        Receipt.objects.create(hash=keyring.receipt_hash(receipt), number=number)
    return "-".join(receipt[at : at + 4] for at in range(0, 16, 4))


def state_of_receipt(receipt: str) -> str:
    """How it stands with what was handed in under a receipt; empty where there is none."""
    found = Receipt.objects.filter(hash=keyring.receipt_hash(receipt)).first()
    row = Matter.objects.filter(pk=found.number).first() if found else None
    return row.state if row else ""


def act(
    number: str,
    step: str,
    said: Mapping[str, Any],
    by: By,
    holder: Holder,
    pack: Pack,
    *,
    files: Sequence[File] = (),
    source: Source = DIRECT,
    at: datetime | None = None,
) -> State:
    """Take a step in a matter; return it as it stands then.

    Raises NoSuchMatter, Forbidden, Refusal, Shut where the member's key does not open it."""
    moment = at or timezone.now()
    with transaction.atomic():
        found, heads = MATTERS.lock(number)
        if not found.version or not _may_read(by, found.readers, pack):
            raise NoSuchMatter(number)
        body = _body(said, files)
        matter.move(found, step, said=bool(body))
        if step not in matter.offered(found, by.unit, by.actor, head=by.role in scope.HEADS):
            raise Forbidden(step)
        keyring.renew(number, holder, pack, moment)
        sealing = keyring.seal_more(number, found.words, body, holder)
        if step in DESTROYS:
            keyring.destroy(number, moment)
        words, attached = (sealing.commitments[0], sealing.commitments[1:]) if body else ("", ())
        event = MatterMoved(step, words, attached, by.actor)
        sealing.store(moment)
        return _record(number, found, event, context_of(by, source), moment, heads, pack)


# --- reading -------------------------------------------------------------------------------------------------------


def look(number: str, by: By, holder: Holder, pack: Pack, *, at: datetime | None = None) -> Opened:
    """A matter to read. Raises NoSuchMatter also where it may not be seen, Shut where the member's key does not open it."""
    recorded = store.history(MATTERS.stream(number))
    found = MATTERS.fold(recorded)
    if not recorded or not _may_read(by, found.readers, pack):
        raise NoSuchMatter(number)
    keyring.renew(number, holder, pack, at or timezone.now())
    texts = keyring.read(number, holder)
    steps = []
    for each in recorded:
        event = from_payload(each.type, each.payload, matter.EVENTS)
        said = json.loads(texts[event.words]) if event.words in texts else {}
        files = tuple((c, _file(texts[c]) if c in texts else None) for c in event.files)
        name = event.step if isinstance(event, MatterMoved) else ""
        steps.append(Step(name, each.occurred_at, each.context.actor, each.context.capacity, said, files))
    offered = matter.offered(found, by.unit, by.actor, head=by.role in scope.HEADS)
    return Opened(number, found, tuple(steps), tuple(offered))


def listed(
    by: By,
    holder: Holder,
    pack: Pack,
    *,
    kind: str = "",
    ended: bool = False,
    after: str = "",
    size: int = PAGE,
) -> tuple[list[Listed], str]:
    """The matters that this member may read, the nearest deadline first (ended ones: the latest first), and where the next
    page begins ("" = the last). A few statements however many they are."""
    rows = _visible(by, pack).filter(closed_at__isnull=not ended)
    if kind:
        rows = rows.filter(kind=kind)
    rows = rows.order_by("-closed_at", "-number") if ended else rows.order_by("due", "number")
    start = int(after) if after.isdecimal() else 0
    found = list(rows[start : start + size + 1])
    shown = found[:size]
    titles = _titles([row.number for row in shown], holder)
    lines = [
        Listed(
            row,
            str(titles.get(row.number, {}).get("title", "")),
            str(titles.get(row.number, {}).get("unit", "")),
        )
        for row in shown
    ]
    return lines, str(start + size) if len(found) > size else ""


def counts(by: By, pack: Pack, at: datetime) -> dict[str, int]:
    """How many are open of each kind, and `late`. One statement."""
    found = {kind: 0 for kind in KINDS} | {"late": 0}
    for kind, due in _visible(by, pack).filter(closed_at=None).values_list("kind", "due"):
        found[kind] += 1
        found["late"] += due < at
    return found


def openable(by: By, pack: Pack) -> list[str]:
    """The kinds of matter that this member may open."""
    level = scope.level_of(by.unit, pack)
    ways = {
        "own": level in ("county", "group", "local"),
        "up": level != "county",
        "down": bool(scope.below(by.unit, pack)),
    }
    return [name for name, kind in KINDS.items() if ways.get(kind.way)]


# --- private -------------------------------------------------------------------------------------------------------


def _open(
    kind: str,
    said: Mapping[str, Any],
    files: Sequence[File],
    *,
    giver: str,
    holder: str,
    readers: tuple[str, ...],
    by: By | None,
    context: Context,
    pack: Pack,
    at: datetime,
    workdays: int,
    now: datetime | None = None,
) -> str:
    """`now`: whose members there are; `at`: when it is said to have happened."""
    body = _body(said, files)
    if not str(said.get("title", "")).strip() or len(body) == 0:
        raise Refusal("words_needed")
    due = pack.calendar.add(at, Limit(workdays, "workday"))
    for left in reversed(range(TRIES)):
        number = _next(at, pack)
        try:
            with transaction.atomic():
                sealing = keyring.seal_new(number, body, readers, pack, now or at)
                words, *attached = sealing.commitments
                event = MatterOpened(
                    kind, giver, holder, readers, due, words, tuple(attached), by.actor if by else ""
                )
                sealing.store(at)
                _record(number, State(), event, context, at, {}, pack)
                return number
        except store.Conflict:
            if not left:
                raise
    raise AssertionError


def _record(
    number: str, before: State, event: matter.Event, context: Context, at: datetime, heads: Any, pack: Pack
) -> State:
    after = matter.evolve(before, event, at)
    draft = Draft(type(event).__name__, to_payload(event), at)
    store.append([(MATTERS.stream(number), [draft])], context, at, heads)
    MATTERS.write([(number, before, after)])
    outbox.post_many(_notices(number, after, event, pack), at)
    return after


def _notices(number: str, after: State, event: matter.Event, pack: Pack) -> list[outbox.Message]:
    """Those who are next learn that there is something, by its number alone."""
    step = event.step if isinstance(event, MatterMoved) else ""
    moves = KINDS[after.kind].moves.values()
    side = [after.holder] if not step or after.state not in matter.ENDED else [after.giver]
    if after.kind == "tip" and not step:
        side = list(after.readers)
    if step and any(move.side == "giver" and after.state in move.at and move.to for move in moves):
        side = [after.giver]
    recipients = [
        f"role:{role}@{unit}"
        for unit in side
        if unit and step != "note"
        for role in scope.roles_of(unit, pack)
    ]
    return outbox.to_each(
        "discipline", recipients, {"discipline": number}, f"discipline:{number}:{after.version}"
    )


def _body(said: Mapping[str, Any], files: Sequence[File]) -> list[bytes]:
    """What is to be sealed: the fields as one text, then each file with its name."""
    fields: dict[str, Any] = {}
    for name, value in said.items():
        text = readable(value).strip() if isinstance(value, str) else value
        longest = LONGEST_TITLE if name == "title" else LONGEST
        if isinstance(text, str) and len(text) > longest:
            raise Refusal("too_long", longest=longest)
        if text:
            fields[name] = text
    if len(files) > FILES:
        raise Refusal("too_many", limit=FILES)
    if any(len(file.data) > FILE_BYTES for file in files):
        raise Refusal("file_too_big", limit=FILE_BYTES >> 20)
    if not fields and not files:
        return []
    return [json.dumps(fields, ensure_ascii=False).encode(), *(_bytes(file) for file in files)]


def _bytes(file: File) -> bytes:
    head = json.dumps(
        {"name": readable(file.name)[:120], "type": file.media_type}, ensure_ascii=False
    ).encode()
    return len(head).to_bytes(4) + head + file.data


def _file(data: bytes) -> File:
    length = int.from_bytes(data[:4])
    head = json.loads(data[4 : 4 + length])
    return File(head["name"], head["type"], data[4 + length :])


def _titles(numbers: Sequence[str], holder: Holder) -> dict[str, Mapping[str, Any]]:
    """What the first text of each matter says. Four statements."""
    streams = [MATTERS.stream(number) for number in numbers]
    first = {
        stream.id: from_payload(events[0].type, events[0].payload, matter.EVENTS).words
        for stream, events in store.histories(streams)
    }
    texts = keyring.read_many(first, holder) if first else {}
    return {number: json.loads(text) for number, text in texts.items()}


def _visible(by: By, pack: Pack) -> Any:
    rows = Matter.objects.all()
    if scope.level_of(by.unit, pack) != "county":
        rows = rows.filter(readers__contains=[by.unit])
    return rows


def _may_read(by: By, readers: Sequence[str], pack: Pack) -> bool:
    return scope.is_member(by, pack) and scope.reads(by.unit, readers)


def _check_unit(said: Mapping[str, Any], by: By, pack: Pack) -> None:
    """A unit that is named is one of one's own scope."""
    unit = str(said.get("unit", ""))
    watched = permissions.watched_by(by, pack)
    if unit and (unit not in pack.units or (watched is not None and unit not in watched)):
        raise Refusal("unknown_unit", unit=unit)


def _next(at: datetime, pack: Pack) -> str:
    year = at.astimezone(ZoneInfo(pack.zone)).year
    last = Matter.objects.filter(number__startswith=f"{year}-").order_by("-number").first()
    return f"{year}-{int(last.number.partition('-')[2]) + 1 if last else 1:05}"
