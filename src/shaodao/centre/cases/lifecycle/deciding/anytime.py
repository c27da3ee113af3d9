"""At any time: who reported is revealed or looked at, a comment, an erasure, a new calendar, an item confirmed."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import Doing, decides, is_known, need_words
from shaodao.centre.cases.lifecycle.model import Case
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground import clocks

NONE = "NONE"  # no item of the manual


@decides(c.ConfirmItem, when=is_known)
def _confirm_item(do: Doing, command: c.ConfirmItem) -> None:
    """核对事项: a fact to learn from. Whoever finds the wrong unit at work redispatches."""
    if command.item != NONE and not do.rules.in_manual(command.item):
        raise Refusal("unknown_item", item=command.item)
    do.emit(e.ItemConfirmed(by=command.by, item=command.item))


def _has_identity(case: Case) -> bool:
    return is_known(case) and not case.anonymous and not case.erased


@decides(c.RevealIdentity, when=_has_identity)
def _reveal_identity(do: Doing, command: c.RevealIdentity) -> None:
    if do.case.identity_mode == "protected":
        raise Refusal("identity_protected")
    if not command.reason:
        raise Refusal("reason_needed")
    if not _handles(do, command.unit):
        raise Refusal("unit_has_no_duty", unit=command.unit)
    do.emit(e.IdentityRevealed(by=command.by, unit=command.unit, reason=command.reason, words=command.words))


@decides(c.SeeIdentity, when=_has_identity)
def _see_identity(do: Doing, command: c.SeeIdentity) -> None:
    """A look leaves an event. A handling unit may look at what is shared with it or was revealed to it."""
    if not command.reason:
        raise Refusal("reason_needed")
    unit = command.by.unit
    revealed = any(do.rules.same_unit(unit, other) for other in do.case.revealed_to)
    if _handles(do, unit) and not (revealed or do.case.identity_mode == "shared"):
        raise Refusal("identity_not_revealed", unit=unit)
    do.emit(e.IdentitySeen(by=command.by, reason=command.reason, words=command.words))


def _handles(do: Doing, unit: str) -> bool:
    return any(do.rules.same_unit(unit, d.unit) for d in do.case.handlers)


@decides(c.Recompute, when=is_known)
def _recompute(do: Doing, command: c.Recompute) -> None:
    """Provisional deadlines on the calendar as it is now; one that it would put in the past stays."""
    again = [
        clocks.recompute(k, do.rules.calendar(k.unit))
        for k in do.case.open_clocks
        if k.provisional and clocks.is_running(k)
    ]
    changed = tuple(k for k in again if k.due_at > do.now and k not in do.case.clocks)
    if changed:
        do.emit(e.Recomputed(by=command.by, clocks=changed))


@decides(c.Comment, when=is_known)
def _comment(do: Doing, command: c.Comment) -> None:
    if not (command.words or command.photos):
        raise Refusal("words_needed")
    do.emit(e.Commented(by=command.by, words=command.words, photos=command.photos))


@decides(c.Summarise, when=lambda case: case.open and case.identity_mode == "protected" and not case.erased)
def _summarise(do: Doing, command: c.Summarise) -> None:
    """The first one, or a better one."""
    need_words(command.words)
    do.emit(e.Summarised(by=command.by, words=command.words, clocks=do.stop("summary")))


@decides(c.Erase, when=lambda case: any(person not in case.erased_persons for person in case.persons))
def _erase(do: Doing, command: c.Erase) -> None:
    """Once for each person; nothing is left then of which a summary could be made, and nobody to be called."""
    of_themselves = not command.by.actor.startswith("person:") or command.by.actor == command.subject
    known = command.subject in do.case.persons and command.subject not in do.case.erased_persons
    if not (known and of_themselves):
        raise Refusal("no_such_person")
    stopped = do.stop("summary", "call_back") if command.subject == do.case.whose else ()
    do.emit(e.Erased(by=command.by, subject=command.subject, reason=command.reason, clocks=stopped))
