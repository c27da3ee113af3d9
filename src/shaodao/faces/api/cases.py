"""`/cases`: for staff, by session or token. A case that may not be seen is not found."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Query, Router
from pydantic import BaseModel, ConfigDict, Field

from shaodao.centre.cases import actions, compose, permissions, queries
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.queries import Filters
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.people import persons
from shaodao.faces.api import answers, callers, shapes
from shaodao.faces.api.exchange import UPLOADER, answer
from shaodao.faces.api.problems import Problem

router = Router(tags=["工作人员"], auth=callers.Staff())

LARGEST = 200
NOBODY = "person:-"


class Wanted(BaseModel):
    """What a list is narrowed to."""

    model_config = ConfigDict(extra="ignore")
    q: str = Field("", max_length=200, description="编号，或原话中的字")
    phone: str = Field("", max_length=32, description="反映人电话（按密文查找）")
    state: list[str] = Field([], max_length=20)
    item: str = Field("", max_length=32)
    unit: str = Field("", max_length=32, description="有办件的单位")
    place: str = Field("", max_length=32, description="街道乡镇、社区或网格编码")
    nature: str = Field("", max_length=16)
    channel: str = Field("", max_length=32)
    whistler_kind: str = Field("", max_length=16)
    emergency: bool | None = None
    overdue: bool = False
    since: datetime | None = None
    until: datetime | None = None
    after: str = Field("", max_length=16, description="上一页答复里的 after")
    size: int = Field(queries.PAGE, ge=1, le=LARGEST)


@router.get(
    "/cases", summary="哨件列表", response={200: shapes.Page, **shapes.REFUSED}, operation_id="list_cases"
)
def list_cases(request: HttpRequest, wanted: Query[Wanted]) -> HttpResponse:
    """能看到的哨件，新的在前。"""
    who: callers.Known = request.auth
    pack = versions.current()
    page = queries.cases(who.by, _filters(wanted), pack, after=wanted.after, size=wanted.size)
    return answer({"cases": [answers.line(each, pack) for each in page.lines], "after": page.after})


@router.get(
    "/cases/{number}",
    summary="一件哨件",
    response={200: shapes.CaseOut, **shapes.REFUSED},
    operation_id="case",
)
def case(request: HttpRequest, number: str) -> HttpResponse:
    """全部情况，和现在可以做的每一步（`commands`）。不含反映人的姓名和电话。"""
    return _shown(request, number)


@router.post(
    "/cases/{number}/commands/{command}",
    summary="办理一步",
    response={200: shapes.Done, **shapes.REFUSED},
    operation_id="give_command",
)
def give_command(request: HttpRequest, number: str, command: str, said: shapes.CommandIn) -> HttpResponse:
    """签收、报到、派单……字段见该件的 `commands`。带上 `version` 时，若已有人先办则答 409。"""
    who: callers.Known = request.auth
    source = actions.Source(channel="api", system=who.system, request_id=getattr(request, "id", ""))
    fields: dict[str, Any] = said.model_extra or {}
    pack = versions.current()
    _must_know(number, command, fields, who.by, pack)
    case = actions.act(
        number, command, fields, who.by, source=source, version=said.version, upload_token=UPLOADER
    )
    return answer(answers.done(case, permissions.offered(who.by, case, pack)))


def _must_know(number: str, command: str, fields: dict[str, Any], by: By, pack: Pack) -> None:
    """Nobody learns from a refusal that a case exists which they may neither see nor act on. Raises NoSuchCase."""
    case = actions.load(number)
    if permissions.may_see(by, case, pack):
        return
    cls = c.COMMANDS.get(command)
    if cls is None or not permissions.may(by, cls, case, compose.subject_in(cls, fields), pack):
        raise actions.NoSuchCase(number)


def _shown(request: HttpRequest, number: str) -> HttpResponse:
    pack = versions.current()
    opened = queries.open_case(number, request.auth.by, pack)
    return answer(answers.case(opened, pack))


def _filters(wanted: Wanted) -> Filters:
    for name in ("since", "until"):
        moment = getattr(wanted, name)
        if moment and moment.tzinfo is None:
            raise Problem(422, "field_wrong", field=name)
    person = persons.find(wanted.phone) if wanted.phone else None
    return Filters(
        q=wanted.q.strip(),
        phone_person=f"person:{person}" if person else NOBODY if wanted.phone else "",
        states=tuple(wanted.state),
        **{
            name: getattr(wanted, name)
            for name in (
                "item",
                "unit",
                "place",
                "nature",
                "channel",
                "whistler_kind",
                "emergency",
                "overdue",
                "since",
                "until",
            )
        },
    )
