"""Pictures and voice notes on pages: sending those a capacity may see, and taking those a form brings."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext

from shaodao.centre.cases.lifecycle.events import Event, Requested
from shaodao.centre.cases.lifecycle.model import Request
from shaodao.centre.cases.queries import Opened
from shaodao.ground.files import intake
from shaodao.ground.files.boxes import Box, parse, text
from shaodao.ground.files.refusals import Refusal as FileRefusal

PART = re.compile(r"bytes=([0-9]{1,9})-([0-9]{0,9})")

# Which step of the work a picture belongs to.
STEPS = {
    "ReportedIn": "到场",
    "MadeSafe": "先期处置",
    "MilestoneReached": "节点",
    "PartFinished": "办结",
    "Verified": "核查",
    "SeenToo": "也看到",
    "Reopened": "再次反映",
    "Requested": "办结",
}


BEFORE, AFTER = ("反映", "也看到"), ("办结", "核查")  # how it was, and how it is

VARIANTS = ("thumb", "display", "sound")  # a voice note is only heard, a picture only seen


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture by the addresses of its copies, or a voice note by that of its `sound`."""

    thumb: str
    full: str
    alt: str
    note: str = ""
    sound: str = ""


Address = Callable[[str, str], str]  # of a file in a variant
Noted = list[tuple[str, str]]  # ids, each with the step it belongs to


def of_case(opened: Opened) -> list[Picture]:
    """The pictures of the report and of everything done since, each with the step it belongs to."""
    return _made(_steps(opened), _for_staff(opened))


def of_report(opened: Opened) -> list[Picture]:
    """The pictures that came with the report."""
    return _made(_reported(opened), _for_staff(opened))


def of_request(opened: Opened, request: Request) -> list[Picture]:
    """The pictures that a request brings along."""
    return _made([(id, "办结") for id in request.photos], _for_staff(opened))


def by_step(opened: Opened) -> dict[int, list[Picture]]:
    """The pictures of each later step, by its place in the stream; each picture once."""
    noted: dict[int, Noted] = {}
    shown: set[str] = set()
    for step in opened.steps[1:]:
        new = [id for id in _photos(step.event) if id not in shown]
        if new:
            noted[step.seq] = [(id, STEPS.get(type(step.event).__name__, "补充")) for id in new]
            shown.update(new)
    made = iter(_made([each for pairs in noted.values() for each in pairs], _for_staff(opened)))
    return {seq: [next(made) for _ in pairs] for seq, pairs in noted.items()}


def for_whistler(opened: Opened, token: str) -> list[Picture]:
    """The same for whoever reported, under their token."""
    return _made(_steps(opened), lambda id, variant: reverse("resident:photo", args=[token, id, variant]))


def of_whistler(token: str, id: str) -> Picture:
    """A picture of a case, for whoever reported it."""
    thumb, full = (reverse("resident:photo", args=[token, id, variant]) for variant in ("thumb", "display"))
    return Picture(thumb, full, gettext("您的照片"), "反映")


def before_and_after(shown: Iterable[Picture]) -> tuple[list[Picture], list[Picture]]:
    """Of the pictures of a case: those of the report, and those of the finish, the latest first."""
    seen = [each for each in shown if not each.sound]
    return [p for p in seen if p.note in BEFORE], [p for p in seen if p.note in AFTER][::-1]


def ids(opened: Opened) -> set[str]:
    """The pictures that this capacity may see."""
    return {id for id, _ in _steps(opened)}


def _reported(opened: Opened) -> Noted:
    return [(id, "反映") for id in opened.case.photos] if opened.sees_original else []


def _steps(opened: Opened) -> Noted:
    found = _reported(opened)
    for step in opened.steps[1:]:
        name = STEPS.get(type(step.event).__name__, "补充")
        found += [(id, name) for id in _photos(step.event) if id not in {known for known, _ in found}]
    return found


def _photos(event: Event) -> tuple[str, ...]:
    """The pictures of an event, or of the request that it brings."""
    return event.request.photos if isinstance(event, Requested) else getattr(event, "photos", ())


def _for_staff(opened: Opened) -> Address:
    return lambda id, variant: reverse("staff:photo", args=[opened.case.number, id, variant])


def of_id(number: str, id: str, note: str) -> Picture:
    """A picture of a case, for staff who may see it."""
    thumb, full = (reverse("staff:photo", args=[number, id, variant]) for variant in ("thumb", "display"))
    return Picture(thumb, full, note, note)


def _made(noted: Noted, address: Address) -> list[Picture]:
    """One statement, none without files."""
    heard = intake.voices(id for id, _ in noted)
    return [
        Picture("", "", gettext("{note}时的录音").format(note=gettext(note)), note, address(id, "sound"))
        if id in heard
        else Picture(
            address(id, "thumb"),
            address(id, "display"),
            gettext("{note}时的照片").format(note=gettext(note)),
            note,
        )
        for id, note in noted
    ]


@dataclass(frozen=True, slots=True)
class Brought:
    """A file that a form has brought: it is here, and need not be chosen again."""

    id: str
    name: str


def brought(request: HttpRequest, token: str) -> list[Brought]:
    """The files that a form brings, as `taken`."""
    names = [file.name or "" for file in request.FILES.getlist("photos")]
    return [Brought(id, name) for id, name in zip(taken(request, token), names, strict=True)]


def kept(request: HttpRequest) -> list[Brought]:
    """Those it brought before, when it had to be sent again; whose they are is checked where they are attached."""
    pairs = [each.partition("/") for each in request.POST.getlist("kept")]
    return [Brought(id, name) for id, _, name in pairs]


def taken(request: HttpRequest, token: str) -> list[str]:
    """The ids of the pictures a form brought, uploaded under `token`. Raises files' Refusal."""
    files = [file.read() for file in request.FILES.getlist("photos")]
    return [str(row.pk) for row in intake.accept(files, token, timezone.now())] if files else []


def send(request: HttpRequest, id: str, variant: str, who: str) -> HttpResponse:
    """The bytes of a picture, or of a voice note, to somebody who may see it with its case."""
    sound = variant == "sound"
    if variant not in VARIANTS or (sound and not intake.voices([id])):
        raise Http404
    try:
        shown = (
            intake.show(UUID(id), "original", who=who, allowed=True)
            if sound
            else intake.show(UUID(id), variant, who=who)  # type: ignore[arg-type]
        )
    except FileRefusal:
        raise Http404 from None
    response = HttpResponse(
        shown.data,
        content_type=shown.media_type,
        headers={"Cache-Control": "private, max-age=86400, immutable"},
    )
    return _part(request, response) if sound else response


def _part(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The part of a sound that a player asks for: some play nothing else."""
    response["Accept-Ranges"] = "bytes"
    asked = PART.fullmatch(request.headers.get("Range", ""))
    size = len(response.content)
    first, last = (int(asked[1]), min(int(asked[2] or size - 1), size - 1)) if asked else (size, 0)
    if first > last:
        return response
    response.content = response.content[first : last + 1]
    response.status_code = 206
    response["Content-Range"] = f"bytes {first}-{last}/{size}"
    return response


def to_cover(
    ids: Iterable[str], picture: Callable[[str], Picture], request: HttpRequest
) -> list[dict[str, Any]]:
    """Pictures with the boxes to be painted over: as the form sent them, else as they were drawn or found. One statement."""
    made = []
    for id, cover in sorted(intake.covers(ids).items()):
        boxes = cover.boxes
        with suppress(ValueError):
            if f"boxes-{id}" in request.POST:
                sent = boxes_sent(request, id)
                boxes = tuple(dict.fromkeys((*sent, *boxes))) if outdated(request, id, cover) else sent
        made.append(
            {
                "id": id, "picture": picture(id), "found": cover.found, "drawn": cover.drawn is not None, "boxes": boxes,
                "written": text(boxes), "proposed": text(cover.boxes),
            }
        )  # fmt: skip
    return made


def outdated(request: HttpRequest, id: str, cover: intake.Cover) -> bool:
    """Whether a form was filled in over other boxes than are proposed now: somebody drew, or faces were found, meanwhile."""
    return request.POST.get(f"seen-{id}") != text(cover.boxes)


def boxes_sent(request: HttpRequest, id: str) -> tuple[Box, ...]:
    """The boxes that a form brings for a picture. Raises ValueError, also where it brings none: only an empty field says
    that nothing is to be painted over."""
    written = request.POST.get(f"boxes-{id}")
    if written is None:
        raise ValueError(f"nothing said about {id}")
    return parse(written)
