"""The one door of pressing: climb the ladder, acknowledge an alarm, log a call.

However many processes look, a rung is told once for each deadline: case and stream are locked, the clock is looked at
again, and what the stream already says is not said again. Event, row and messages are one transaction; a process that
dies leaves all of them or none, and the next look goes on. After a longer standstill only the rungs of the last days
are told.
"""

from __future__ import annotations

import threading
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q

from shaodao.centre.cases import actions, notices, permissions
from shaodao.centre.cases.actions import DIRECT, Source, context_of, drafts_of
from shaodao.centre.cases.compose import kept, words_of
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.models import Clock, Duty
from shaodao.centre.cases.projection import CASES
from shaodao.centre.cases.rules import PackRules
from shaodao.centre.pressing import gathering, ladder, models, watch
from shaodao.centre.pressing.pressed import (
    RESULTS,
    AlarmAcknowledged,
    CallLogged,
    Event,
    Happened,
    Key,
    Pressed,
    RungReached,
    Step,
    evolve,
)
from shaodao.centre.pressing.projection import PRESSED
from shaodao.county.pack import versions
from shaodao.county.pack.model import How, Pack
from shaodao.county.people import holders
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Stream
from shaodao.ground.messages import outbox

FRESH = timedelta(days=3)  # a rung that came longer ago is no news
# How far from a deadline its rungs may lie. A working day is at most so many days of a long holiday.
BEFORE, AFTER = timedelta(days=14), timedelta(days=60)
BATCH = 100  # cases in one tick
SHOWN = timedelta(days=1)  # alarms that are over stay on the page for so long
LONGEST_WORDS = 500
CLIMBER = By("system:ladder", permissions.SYSTEM)


def due(
    at: datetime, pack: Pack, who: ladder.Watch, numbers: Sequence[str] | None = None
) -> dict[str, list[Happened]]:
    """Every rung that has come lately, told or not, by case; each dated at its moment. Two statements."""
    clocks = list(_running(at, pack, numbers))
    if not clocks:
        return {}
    rules, duties = PackRules(pack, at), _duties(clocks)
    found: dict[str, list[Happened]] = defaultdict(list)
    for clock in clocks:
        duty = duties.get((clock.case_id, _duty_in(clock.subject)))
        calendar = rules.calendar(clock.unit)
        for rung in pack.ladder:
            if rung.clock != clock.kind or rung.emergency not in (None, clock.case.emergency):
                continue
            moment = ladder.came_at(rung, clock.started_at, clock.due_at, at, calendar)
            if moment is None or moment <= at - FRESH:
                continue
            if to := ladder.recipients(rung, clock, duty, rules, moment, who):
                told = RungReached(
                    rung.code, clock.kind, clock.subject, clock.round, clock.due_at, clock.unit, to,
                    rung.how.value, clock.case.emergency,
                )  # fmt: skip
                found[clock.case_id].append((told, moment))
    return {number: sorted(rungs, key=lambda each: each[1]) for number, rungs in found.items()}


def press(at: datetime | None = None, size: int = BATCH) -> int:
    """Tell what has come and was not told, in so many cases at most; return in how many it was tried."""
    moment = at or actions.now()
    try:
        pack = versions.current(moment)
    except versions.NoPack:
        return 0
    who = watch.present(moment)
    found = due(moment, pack, who)
    known = _known(found)
    waiting = [n for n, rungs in found.items() if any((n, _key(told)) not in known for told, _ in rungs)]
    for number in waiting[:size]:
        _climb(number, moment, pack, who)
    return len(waiting[:size])


def tick(stop: threading.Event) -> bool:
    """The loop of the background process: whether more may be waiting."""
    return press() == BATCH


# --- the desk -----------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Alarm:
    """A red alarm: its step, and whether what it is about still waits."""

    step: models.Step
    running: bool

    @property
    def rings(self) -> bool:
        return self.running and self.step.acknowledged_at is None


def alarms(by: By, pack: Pack, at: datetime) -> list[Alarm]:
    """The alarms of the last day and those still waiting, newest first. One statement; nothing for other roles."""
    if not permissions.may_answer_alarms(by):
        return []
    clock = Clock.objects.filter(
        case_id=OuterRef("number"), kind=OuterRef("clock"), subject=OuterRef("subject"), round=OuterRef("round"),
        due_at=OuterRef("due_at"), stopped_at=None, paused_at=None, cancelled=False,
    )  # fmt: skip
    rows = models.Step.objects.filter(how=How.ALARM, at__gt=at - FRESH).annotate(running=Exists(clock))
    rows = rows.filter(Q(running=True) | Q(at__gt=at - SHOWN)).order_by("-at")[:100]
    return [Alarm(row, row.running) for row in rows]


def acknowledge(
    number: str, seq: int, by: By, *, source: Source = DIRECT, at: datetime | None = None
) -> Step:
    """Somebody at the desk has seen the alarm; a second time changes nothing.

    Raises actions.NoSuchCase, permissions.Forbidden."""
    moment = at or actions.now()
    with transaction.atomic():
        _may_answer(number, by, moment)
        before, heads = PRESSED.lock(number)
        step = _alarm(before, seq, number)
        if step.acknowledged_at is None:
            before = _write(number, before, [(AlarmAcknowledged(by, seq), moment)], by, source, moment, heads)
        return _alarm(before, seq, number)


def log_call(
    number: str,
    seq: int,
    whom: str,
    result: str,
    words: str,
    by: By,
    *,
    source: Source = DIRECT,
    at: datetime | None = None,
) -> Step:
    """Whom the desk called about an alarm (`user:…`, `unit:…`), and what came of it. Acknowledges it as well.

    Raises actions.NoSuchCase, permissions.Forbidden, Refusal."""
    moment = at or actions.now()
    if result not in RESULTS:
        raise Refusal("field_wrong", field="result")
    said = words_of("call", words, LONGEST_WORDS, by.actor)
    with transaction.atomic():
        pack = _may_answer(number, by, moment)
        before, heads = PRESSED.lock(number)
        step = _alarm(before, seq, number)
        if whom not in {each.who for each in callable_about(step, pack, moment)}:
            raise Refusal("field_wrong", field="whom")
        happened: list[Happened] = [(CallLogged(by, seq, whom, result, kept(said)), moment)]
        if step.acknowledged_at is None:
            happened.insert(0, (AlarmAcknowledged(by, seq), moment))
        vault.insert([said], moment)
        return _alarm(_write(number, before, happened, by, source, moment, heads), seq, number)


@dataclass(frozen=True, slots=True)
class Callee:
    """Somebody who may be called: `user:…` with the role under which, or the unit itself."""

    who: str
    role: str


def callable_about(step: Step, pack: Pack, at: datetime) -> list[Callee]:
    """Whom to call about an alarm: those on duty in the unit, its hands and heads, and its own telephone."""
    unit = pack.tree.head_unit(step.told.unit).code if step.told.unit in pack.units else step.told.unit
    on_duty = {row.role for row, _ in pack.on_duty(unit, at)}
    people = sorted(holders.at_unit(unit, at), key=lambda one: (one.role not in on_duty, one.rank))
    return [*(Callee(one.actor, one.role) for one in people), Callee(f"unit:{unit}", "")]


def of_case(number: str) -> Pressed:
    """What has been pressed in a case."""
    return PRESSED.read(number)


# --- private ------------------------------------------------------------------------------------------------------


def _may_answer(number: str, by: By, at: datetime) -> Pack:
    """The pack, if this capacity may answer the alarms of the case: the desk, which must be allowed to see it."""
    pack = versions.current(at)
    if not permissions.may_answer_alarms(by):
        raise permissions.Forbidden("answer_alarm")
    if not permissions.may_see(by, actions.load(number), pack):
        raise actions.NoSuchCase(number)
    return pack


def _alarm(pressed: Pressed, seq: int, number: str) -> Step:
    step = pressed.step(seq)
    if step is None or step.told.how != How.ALARM:
        raise actions.NoSuchCase(number)
    return step


def _climb(number: str, at: datetime, pack: Pack, who: ladder.Watch) -> None:
    """Tell what is new in one case. The clocks are read again under the lock of the case: what has just been done in time
    is not pressed."""
    try:
        with transaction.atomic():
            before, heads = PRESSED.lock(number, CASES.stream(number))
            told = {step.key for step in before.steps}
            new = [each for each in due(at, pack, who, [number]).get(number, ()) if _key(each[0]) not in told]
            if new:
                _write(number, before, new, CLIMBER, DIRECT, at, heads)
                outbox.post_many(_messages(number, new, at, pack), at)
    except store.Conflict:  # the first rung of a case, told by another at this moment
        return


def _write(
    number: str,
    before: Pressed,
    happened: Sequence[Happened],
    by: By,
    source: Source,
    at: datetime,
    heads: Mapping[Stream, store.Head],
) -> Pressed:
    after = before
    for event, moment in happened:
        after = evolve(after, event, moment)
    store.append([(PRESSED.stream(number), drafts_of(happened))], context_of(by, source), at, heads)
    PRESSED.write([(number, before, after)])
    return after


def _messages(number: str, happened: Iterable[Happened], at: datetime, pack: Pack) -> list[outbox.Message]:
    """One message to each who is told: now, in the application and on their telephones; or with the day's digest."""
    words = {rung.code: rung.words for rung in pack.ladder}
    loud = notices.after_quiet(at, pack)
    found = []
    for told, _ in happened:
        assert isinstance(told, RungReached)
        which = f"{number}:{told.clock}:{told.subject}:{told.round}:{int(told.due.timestamp())}:{told.rung}"
        params = {"number": number, "words": words[told.rung], "unit": told.unit}
        for who in told.to:
            key = f"press:{which}:{who}"
            if told.how == How.DIGEST:
                moment = gathering.next_digest(at, pack)
                dated = params | {"day": pack.day(moment).isoformat()}
                found.append(outbox.Message(gathering.DIGEST, who, "pressing", dated, key, moment))
                continue
            found.append(outbox.Message(outbox.NOTICE, who, "pressing", params, key))
            later = at if told.emergency else loud
            params_outside = params | ({"urgent": True} if told.emergency else {})
            found.append(
                outbox.Message(notices.REACH, who, "pressing", params_outside, f"{key}:reach", later)
            )
    return found


def _key(told: Event) -> Key:
    assert isinstance(told, RungReached)
    return told.clock, told.subject, told.round, told.due, told.rung


def _known(found: Iterable[str]) -> set[tuple[str, Key]]:
    """The rungs that these cases were told. One statement."""
    columns = ("number", "clock", "subject", "round", "due_at", "rung")
    rows = models.Step.objects.filter(number__in=list(found)).values_list(*columns)
    return {(number, (clock, subject, turn, at, rung)) for number, clock, subject, turn, at, rung in rows}


def _running(at: datetime, pack: Pack, numbers: Sequence[str] | None) -> Iterable[Clock]:
    """Clocks that run, or ran out and are still waited for, with deadlines near enough to have a rung."""
    kinds = sorted({rung.clock for rung in pack.ladder})
    near = Q(due_at__gt=at - AFTER - FRESH, due_at__lt=at + BEFORE)
    rows = Clock.objects.filter(near, kind__in=kinds, stopped_at=None, paused_at=None, cancelled=False)
    if numbers is not None:
        rows = rows.filter(case_id__in=list(numbers))
    return rows.select_related("case").only(
        "kind", "subject", "round", "unit", "started_at", "due_at",
        "case__emergency", "case__township", "case__against",
    )  # fmt: skip


def _duty_in(subject: str) -> str:
    """The duty that a subject belongs to: of a milestone `duty:1:受理` it is `duty:1`."""
    return ":".join(subject.split(":")[:2])


def _duties(clocks: Iterable[Clock]) -> Mapping[tuple[str, str], Duty]:
    numbers = {clock.case_id for clock in clocks if clock.subject.startswith("duty:")}
    rows = Duty.objects.filter(case_id__in=numbers, ended="") if numbers else ()
    return {(duty.case_id, f"duty:{duty.duty_id}"): duty for duty in rows}
