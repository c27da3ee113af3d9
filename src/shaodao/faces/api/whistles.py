"""`POST /whistles` and `POST /photos`: open to everybody, limited by source."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any

from allauth.core import ratelimit
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import File, Header, Router
from ninja.files import UploadedFile

from shaodao.centre.cases import actions
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.county.pack import versions
from shaodao.faces import words
from shaodao.faces.accounts import rates
from shaodao.faces.api import answers, callers, shapes
from shaodao.faces.api.exchange import UPLOADER, answer
from shaodao.faces.api.problems import Problem
from shaodao.ground.files import intake as evidence

router = Router(tags=["吹哨"])

PUBLIC_CHANNELS = ("api", "app", "h5")
FOREIGN = ("12345", "110", "city", "rural")  # channels that are systems of their own
KEY = re.compile(r"[\x21-\x7e]{1,128}")
MOST_BYTES = evidence.PICTURES_AT_ONCE * evidence.PICTURE_BYTES + evidence.VOICE_BYTES


@router.post(
    "/whistles",
    summary="吹哨",
    response={201: shapes.Filed, 200: shapes.Filed, **shapes.REFUSED},
    operation_id="file_whistle",
)
def file_whistle(
    request: HttpRequest,
    whistle: shapes.WhistleIn,
    idempotency_key: str | None = Header(
        None,
        alias="Idempotency-Key",
        description="同一编号同样内容只立一件：第一次 201，再发 200；内容不同 422",
    ),
    x_device: str | None = Header(None, alias="X-Device", description="设备标识，只用于限次"),
) -> HttpResponse:
    """反映一个问题。有把握的当场派单，并告诉由谁、何时前到场；拿不准的转中心受理。"""
    if idempotency_key is not None and not KEY.fullmatch(idempotency_key):
        raise Problem(422, "field_wrong", field="Idempotency-Key")
    who = callers.known(request)
    channel, system = _source(whistle, who)
    now = actions.now()
    done = filing.file(
        _whistle(whistle, channel, system),
        callers.gate_caller(request, who, idempotency_key or ""),
        by=who.by if who else None,
        request_id=getattr(request, "id", ""),
        at=now,
    )
    if who and not who.system and done.case.whose != who.by.actor:
        done = replace(done, token="")  # it is the requester's: whoever holds it can rate
    url = request.build_absolute_uri(reverse("resident:follow", args=[done.token])) if done.token else ""
    body = answers.filed(done, versions.current(now), now, url)
    return answer(body, 200 if done.again else 201)


@router.post(
    "/photos",
    summary="上传照片或录音",
    response={201: shapes.Photos, **shapes.REFUSED},
    operation_id="upload_photos",
)
def upload_photos(
    request: HttpRequest,
    photos: list[UploadedFile] = File(description="一次最多 9 张照片和 1 段录音；24 小时内不用即删除"),  # noqa: B008
) -> HttpResponse:
    """先上传，再在吹哨、评价等请求里写上编号。看内容不看文件名；给别人看的是去掉位置等信息的副本。"""
    if callers.known(request) is None and not ratelimit.consume(request, action="photos"):
        raise Problem(429, "too_many", limit=rates.UPLOADS)
    if len(photos) > evidence.PICTURES_AT_ONCE + evidence.VOICES_AT_ONCE:
        raise Problem(422, "too_many_photos", most=evidence.PICTURES_AT_ONCE, field="photos")
    if sum(file.size or 0 for file in photos) > MOST_BYTES:
        raise Problem(413, "too_big", field="photos")
    taken = evidence.accept([file.read() for file in photos], UPLOADER, actions.now())
    return answer({"photos": [_photo(row) for row in taken]}, 201)


def _source(whistle: shapes.WhistleIn, who: callers.Known | None) -> tuple[str, str]:
    """Channel, and the system that a foreign number belongs to."""
    channel = whistle.channel or "api"
    allowed = words.WORDS["channel"] if who else PUBLIC_CHANNELS
    if channel not in allowed:
        raise Problem(422, "field_wrong", field="channel")
    if who and who.system:
        return channel, who.system
    return channel, channel if channel in FOREIGN else "api"


def _whistle(said: shapes.WhistleIn, channel: str, system: str) -> Whistle:
    if said.occurred_at and said.occurred_at.tzinfo is None:
        raise Problem(422, "field_wrong", field="occurred_at")
    return Whistle(
        text=said.text,
        place=said.place.model_dump() if said.place else None,
        mark=said.mark or "",
        item=said.item or "",
        nature=said.nature,
        phone=said.phone or "",
        name=said.name or "",
        anonymous=said.anonymous,
        on_behalf_of=said.on_behalf_of.model_dump() if said.on_behalf_of else None,
        channel=channel,
        system=system if said.external_id else "",
        external_id=said.external_id or "",
        occurred_at=said.occurred_at.replace(microsecond=0) if said.occurred_at else None,
        photos=tuple(str(photo) for photo in said.photos),
        upload_token=UPLOADER,
    )


def _photo(row: Any) -> dict[str, Any]:
    return {
        "id": str(row.pk),
        "kind": row.kind,
        "width": row.width,
        "height": row.height,
        "lon": None if row.lon is None else row.lon / 1e7,
        "lat": None if row.lat is None else row.lat / 1e7,
        "taken_at": answers.local(row.taken_at),
    }
