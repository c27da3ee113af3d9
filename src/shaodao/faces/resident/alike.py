"""是不是这件？我也看到了: what others have reported close by is offered, and joined instead of filed again.

Of another's case nothing is shown but item, grid, when, and how far it is: no words, no picture, no person. The reference
of an offer is signed, not secret: whoever takes it apart reads the case's number, which opens nothing.
"""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.model import Place
from shaodao.centre.cases.queries import Opened
from shaodao.centre.dispatch import classifier
from shaodao.centre.intake import placing
from shaodao.centre.intake.gate import Caller
from shaodao.centre.likeness import joining, near
from shaodao.centre.likeness.joining import Witness
from shaodao.centre.likeness.near import Found
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.faces import pictures, words
from shaodao.faces.resident.forms import WhistleForm
from shaodao.faces.work import presenting as staff
from shaodao.ground.files import intake as evidence
from shaodao.ground.files.refusals import Refusal as FileRefusal

LONGEST = 500  # characters that are compared while somebody types


@require_POST
def alike(request: HttpRequest) -> HttpResponse:
    """What is open close by and like what is being written, as a part of the form."""
    pack = versions.current()
    lines: list[dict[str, Any]] = []
    if ratelimit.consume(request, action="alike"):
        form = WhistleForm(pack, request.POST)
        form.is_valid()  # what is not yet right is not yet looked at
        lines = _lines(_near(form, request, pack), pack)
    return render(request, "resident/alike.html", {"alike": lines, "now": timezone.now()})


def _near(form: WhistleForm, request: HttpRequest, pack: Pack) -> list[Found]:
    text = str(form.data.get("text") or "")[:LONGEST]
    try:
        place = placing.place_of(form.place(), "", pack)
        seen = [evidence.fingerprint(file.read()) for file in request.FILES.getlist("photos")[:1]]
    except (Refusal, FileRefusal, KeyError):
        return []
    if not place.known or not (text.strip() or seen):
        return []
    return offers(text, str(form.data.get("item") or ""), place, pack, seen)


def offers(text: str, item: str, place: Place, pack: Pack, seen: Sequence[bytes] = ()) -> list[Found]:
    """What to offer to somebody who is about to report this."""
    now = timezone.now()
    items = pack.items_on(pack.day(now))
    if item not in items:
        guess = classifier.current(pack).classify(text, items, pack.settings.dispatch) if text else None
        item = (guess.item or (guess.top[0][0] if guess.top else "")) if guess else ""
    return near.offers(near.matter(text, item, place, now, pack, seen), pack)


def after_filing(opened: Opened, pack: Pack, now: datetime) -> list[dict[str, Any]]:
    """What to ask once more when it has been filed: the case is its reporter's own, and may still be merged."""
    case = opened.case
    if case.reported_at is None or not any(cls is c.Merge for cls, _ in opened.offered):
        return []
    prints = (
        [phash for _, phash in near.pictures_of([case.number]).get(case.number, ())] if case.photos else []
    )
    asked = near.matter(
        opened.words.get(case.words, ""), case.item, case.place, case.reported_at, pack, prints
    )
    found = near.offers(replace(asked, number=case.number), pack)
    return _lines([each for each in found if each.reported_at <= case.reported_at], pack)


def _lines(found: Sequence[Found], pack: Pack) -> list[dict[str, Any]]:
    return [
        {
            "offer": joining.offer(each.number),
            "item": pack.items[each.item].name if each.item in pack.items else gettext("还没有定的事项"),
            "place": staff.place_name(each.place, pack),
            "metres": about(each.evidence.metres),
            "state": words.word("state_resident", each.state),
            "at": each.reported_at,
            "picture": each.evidence.picture,
        }
        for each in found
    ]


def about(metres: int | None) -> int | None:
    """How far, in tens of metres: nearer would tell where exactly somebody stood."""
    return None if metres is None else max(10, round(metres, -1))


def join(request: HttpRequest, form: WhistleForm, caller: Caller) -> HttpResponse | None:
    """Join the case that was taken instead of filing; None where the form must be shown again."""
    said = form.cleaned_data
    token = secrets.token_urlsafe(16)
    if not ratelimit.consume(request, action="seen_too"):
        form.add_error(None, words.refusal("too_many", source="address", limit=""))
        return None
    try:
        number = joining.offered(request.POST.get("joins", ""))
        witness = Witness(
            text=said["text"].strip(),
            phone=said["phone"],
            name=said["name"],
            photos=pictures.taken(request, token),
            upload_token=token,
        )
        joined = joining.join(number, witness, caller, request_id=getattr(request, "id", ""))
    except (Refusal, FileRefusal) as refusal:
        form.add_error(None, words.refusal(refusal.code, **refusal.params))
        return None
    except permissions.Forbidden:  # it has become a secret meanwhile
        form.add_error(None, words.refusal("offer_over"))
        return None
    response = redirect("resident:follow", joined.token)
    response["Location"] += "?new=1"
    return response
