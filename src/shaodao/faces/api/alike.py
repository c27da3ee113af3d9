"""`POST /alike`: what others have reported close by, and joining it instead of filing it again."""

from __future__ import annotations

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Header, Router

from shaodao.centre.cases import actions, permissions
from shaodao.centre.cases.lifecycle import Refusal, state_of
from shaodao.centre.intake import placing
from shaodao.centre.likeness import joining, near
from shaodao.centre.likeness.joining import Witness
from shaodao.county.pack import versions
from shaodao.faces.api import answers, callers, shapes
from shaodao.faces.api.exchange import UPLOADER, answer
from shaodao.faces.api.problems import Problem
from shaodao.faces.api.whistles import KEY
from shaodao.faces.resident import alike as resident

router = Router(tags=["吹哨"])


@router.post(
    "/alike",
    summary="附近有没有人反映过",
    response={200: shapes.Alike, **shapes.REFUSED},
    operation_id="find_alike",
)
def find_alike(request: HttpRequest, said: shapes.AlikeIn) -> HttpResponse:
    """在办、就在附近、刚反映不久、又像同一件的，最多三件。只告诉事项、网格、大致距离和时间。"""
    if not ratelimit.consume(request, action="alike"):
        raise Problem(429, "too_many")
    pack = versions.current()
    place = placing.place_of(said.place.model_dump(), "", pack)
    seen = near.waiting_pictures([str(photo) for photo in said.photos], UPLOADER)
    found = resident.offers(said.text, said.item or "", place, pack, seen) if place.known else []
    return answer({"alike": [answers.alike(each, pack) for each in found]})


@router.post(
    "/alike/{offer}",
    summary="我也看到了",
    response={201: shapes.SeenToo, **shapes.REFUSED},
    operation_id="see_too",
)
def see_too(
    request: HttpRequest,
    offer: str,
    said: shapes.SeenTooIn,
    idempotency_key: str | None = Header(
        None, alias="Idempotency-Key", description="同一编号只加入一次，答复相同"
    ),
) -> HttpResponse:
    """加入别人反映的同一件，不另立一件；进展同样告诉您，彼此看不到是谁、说了什么。"""
    if idempotency_key is not None and not KEY.fullmatch(idempotency_key):
        raise Problem(422, "field_wrong", field="Idempotency-Key")
    if not ratelimit.consume(request, action="seen_too"):
        raise Problem(429, "too_many")
    now = actions.now()
    witness = Witness(
        text=said.text,
        phone=said.phone or "",
        name=said.name or "",
        photos=tuple(str(photo) for photo in said.photos),
        upload_token=UPLOADER,
    )
    caller = callers.gate_caller(request, None, idempotency_key or "")
    try:
        joined = joining.join(
            joining.offered(offer),
            witness,
            caller,
            channel="api",
            request_id=getattr(request, "id", ""),
            at=now,
        )
    except permissions.Forbidden:  # it has become a secret meanwhile
        raise Refusal("offer_over") from None
    body = {
        "number": joined.case.number,
        "token": joined.token,
        "state": state_of(joined.case),
        "promise": answers.promise(joined.case, versions.current(now), now),
        "track_url": request.build_absolute_uri(reverse("resident:follow", args=[joined.token])),
    }
    return answer(body, 201)
