"""别人先办了一步: somebody else was faster. What happened meanwhile is told, and nothing that was typed is lost.

A form carries the version it was drawn from. Where its command is still possible the form comes back over the new state;
where it is not, or the thing is out of sight by now, the page of this module shows the words, to be copied. 409 either way.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.queries import Opened
from shaodao.county.pack.model import Pack
from shaodao.faces.work import presenting, wording

# Never shown again: what is secret, and what a script filled in.
UNSAID = frozenset({"csrfmiddlewaretoken", "key", "code", "password", "passphrase", "kept"})


@dataclass(frozen=True, slots=True)
class Typed:
    """One field of a form as somebody filled it in."""

    label: str
    text: str


def typed(request: HttpRequest) -> list[Typed]:
    """What somebody wrote by hand in the form just sent, and what their files are called: no choices, no codes."""
    if request.method != "POST":
        return []
    written = [
        Typed(_label(request, name), text.strip())
        for name, values in request.POST.lists()
        if name not in UNSAID
        for text in values
        if _by_hand(text)
    ]
    names = "、".join(file.name or "" for files in request.FILES.lists() for file in files[1])
    return [*written, *([Typed("您选的文件（要重新选）", names)] if names else [])]


def _label(request: HttpRequest, field: str) -> str:
    """What a field is called by the form of a command, or by any."""
    command = request.resolver_match.kwargs.get("name", "") if request.resolver_match else ""
    return wording.LABELS_OF.get((command, field)) or wording.LABELS.get(field, "您写的")


def _by_hand(text: str) -> bool:
    """A code is one word of ASCII; whoever writes uses spaces, or Chinese."""
    return " " in text.strip() or not text.isascii()


def only_time(opened: Opened, seen: int) -> bool:
    """Whether since version `seen` nothing but time has passed: a limit ran out, which changes nobody's mind."""
    since = list(_since(opened, seen))
    everything = len(since) == opened.case.version - seen  # no step that this capacity may not know of
    return everything and all(isinstance(step.event, e.Breached) for step in since)


def meanwhile(opened: Opened, seen: int, pack: Pack) -> list[presenting.Entry]:
    """What happened to a case after version `seen`, as far as this capacity may know, newest first."""
    return presenting.history(replace(opened, steps=tuple(_since(opened, seen))), pack)


def _since(opened: Opened, seen: int) -> Iterable[presenting.Step]:
    return (step for step in opened.steps if step.seq > seen)


def lost(
    request: HttpRequest,
    back: str,
    said: str = "",
    entries: Sequence[presenting.Entry] = (),
    status: int = 409,
) -> HttpResponse:
    """The page for what cannot be done any more: why (`said`), what happened meanwhile, what was typed, and where to go
    on (`back`)."""
    context = {
        "back": back,
        "said": said,
        "entries": entries,
        "typed": typed(request),
        "inbox": reverse("staff:inbox"),
        "now": timezone.now(),
    }
    return render(request, "work/overtaken.html", context, status=status)


def to(request: HttpRequest, back: str, said: str) -> HttpResponse:
    """Back to a page of something that is not as it was, saying so; over the page of what was typed, if anything was."""
    if typed(request):
        return lost(request, back, said)
    messages.warning(request, said)
    return redirect(back)
