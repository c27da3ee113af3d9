"""Pictures on pages: sending those a capacity may see, and taking those a form brings."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse
from django.utils import timezone

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.queries import Opened
from shaodao.ground.files import intake
from shaodao.ground.files.refusals import Refusal as FileRefusal


# Which step of the work a picture belongs to.
STEPS = {"ReportedIn": "到场", "MadeSafe": "先期处置", "PartFinished": "办结", "Verified": "核查", "Reopened": "再次反映"}


@dataclass(frozen=True, slots=True)
class Picture:
    thumb: str
    full: str
    alt: str
    note: str = ""


def of_case(opened: Opened) -> list[Picture]:
    """The pictures of the report and of everything done since, each with the step it belongs to."""
    found: list[Picture] = []
    if opened.sees_original:
        found += [_picture(opened.case.number, id, "反映时的照片", "反映") for id in opened.case.photos]
    for step in opened.steps[1:]:
        name = STEPS.get(type(step.event).__name__, "补充")
        found += [
            _picture(opened.case.number, id, f"{name}时的照片", name)
            for id in getattr(step.event, "photos", ())
        ]
    return found


def _picture(number: str, id: str, alt: str, note: str) -> Picture:
    thumb, full = (reverse("staff:photo", args=[number, id, variant]) for variant in ("thumb", "display"))
    return Picture(thumb, full, alt, note)


def uploaded(request: HttpRequest, cls: type[c.Command], token: str) -> dict[str, Any]:
    """Take the pictures of a command's form; the ids as the command's field. Raises files' Refusal."""
    files = [file.read() for file in request.FILES.getlist("photos")]
    if not files or "photos" not in cls.__dataclass_fields__:
        return {}
    rows = intake.accept(files, token, timezone.now())
    return {"photos": [str(row.pk) for row in rows]}


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
