"""At any time: a revealed identity, a comment, an erasure."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.deciding.core import Doing, decides, is_known
from shaodao.centre.cases.lifecycle.refusal import Refusal


@decides(c.RevealIdentity, when=lambda case: is_known(case) and not case.anonymous and not case.erased)
def _reveal_identity(do: Doing, command: c.RevealIdentity) -> None:
    if do.case.identity_mode == "protected":
        raise Refusal("identity_protected")
    if not command.reason:
        raise Refusal("reason_needed")
    do.emit(e.IdentityRevealed(by=command.by, unit=command.unit, reason=command.reason, words=command.words))


@decides(c.Comment, when=is_known)
def _comment(do: Doing, command: c.Comment) -> None:
    if not (command.words or command.photos):
        raise Refusal("words_needed")
    do.emit(e.Commented(by=command.by, words=command.words, photos=command.photos))


@decides(c.Erase, when=is_known)
def _erase(do: Doing, command: c.Erase) -> None:
    do.emit(e.Erased(by=command.by, subject=command.subject))
