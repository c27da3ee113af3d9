"""Pictures on pages: sending those a capacity may see, and taking those a form brings."""

from __future__ import annotations

from dataclasses import dataclass

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from shaodao.centre.cases.lifecycle.events import Event, Requested
from shaodao.centre.cases.lifecycle.model import Request
from shaodao.centre.cases.queries import Opened
from shaodao.ground.files import intake
from shaodao.ground.files.refusals import Refusal as FileRefusal

# Which step of the work a picture belongs to.
STEPS = {
    "ReportedIn": "到场",
    "MadeSafe": "先期处置",
    "PartFinished": "办结",
    "Verified": "核查",
    "Reopened": "再次反映",
    "Requested": "办结",
}


@dataclass(frozen=True, slots=True)
class Picture:
    thumb: str
    full: str
    alt: str
    note: str = ""


def of_case(opened: Opened) -> list[Picture]:
    """The pictures of the report and of everything done since, each with the step it belongs to."""
    return [_for_staff(opened, id, note) for id, note in _steps(opened)]


def of_report(opened: Opened) -> list[Picture]:
    """The pictures that came with the report."""
    return [_for_staff(opened, id, "反映") for id in opened.case.photos] if opened.sees_original else []


def of_request(opened: Opened, request: Request) -> list[Picture]:
    """The pictures that a request brings along."""
    return [_for_staff(opened, id, "办结") for id in request.photos]


def by_step(opened: Opened) -> dict[int, list[Picture]]:
    """The pictures of each later step, by its place in the stream; each picture once."""
    found: dict[int, list[Picture]] = {}
    shown: set[str] = set()
    for step in opened.steps[1:]:
        new = [id for id in _photos(step.event) if id not in shown]
        if new:
            note = STEPS.get(type(step.event).__name__, "补充")
            found[step.seq] = [_for_staff(opened, id, note) for id in new]
            shown.update(new)
    return found


def for_whistler(opened: Opened, token: str) -> list[Picture]:
    """The same for whoever reported, under their token."""
    return [
        _picture(
            note, *(reverse("resident:photo", args=[token, id, variant]) for variant in ("thumb", "display"))
        )
        for id, note in _steps(opened)
    ]


def ids(opened: Opened) -> set[str]:
    """The pictures that this capacity may see."""
    return {id for id, _ in _steps(opened)}


def _steps(opened: Opened) -> list[tuple[str, str]]:
    found = [(id, "反映") for id in opened.case.photos] if opened.sees_original else []
    for step in opened.steps[1:]:
        name = STEPS.get(type(step.event).__name__, "补充")
        found += [(id, name) for id in _photos(step.event) if id not in {known for known, _ in found}]
    return found


def _photos(event: Event) -> tuple[str, ...]:
    """The pictures of an event, or of the request that it brings."""
    return event.request.photos if isinstance(event, Requested) else getattr(event, "photos", ())


def _for_staff(opened: Opened, id: str, note: str) -> Picture:
    number = opened.case.number
    return _picture(
        note, *(reverse("staff:photo", args=[number, id, variant]) for variant in ("thumb", "display"))
    )


def _picture(note: str, thumb: str, full: str) -> Picture:
    return Picture(thumb, full, f"{note}时的照片", note)


def taken(request: HttpRequest, token: str) -> list[str]:
    """The ids of the pictures a form brought, uploaded under `token`. Raises files' Refusal."""
    files = [file.read() for file in request.FILES.getlist("photos")]
    return [str(row.pk) for row in intake.accept(files, token, timezone.now())] if files else []


def send(id: str, variant: str, who: str) -> HttpResponse:
    """The bytes of a picture to somebody who may see its case."""
    try:
        shown = intake.show(id, variant, who=who)  # type: ignore[arg-type]
    except FileRefusal:
        raise Http404 from None
    return HttpResponse(
        shown.data,
        content_type=shown.media_type,
        headers={"Cache-Control": "private, max-age=86400, immutable"},
    )
