"""`/track/{token}`: whoever reported follows the case, rates it, adds to it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.http import HttpRequest, HttpResponse
from ninja import Router

from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import gate
from shaodao.county.pack import versions
from shaodao.faces.api import answers, shapes
from shaodao.faces.api.exchange import UPLOADER, answer

router = Router(tags=["查询与评价"])
ANSWERS: Any = {200: shapes.Tracked, **shapes.REFUSED}


@router.get("/track/{token}", summary="查询", response=ANSWERS, operation_id="track")
def track(request: HttpRequest, token: str) -> HttpResponse:
    """办到哪一步、由谁办、什么时候前办结、答复了什么。"""
    return _tracked(token, *_whose(token))


@router.post("/track/{token}/rating", summary="评价", response=ANSWERS, operation_id="rate")
def rate(request: HttpRequest, token: str, rating: shapes.RatingIn) -> HttpResponse:
    """先评解决了没有，再给每个单位评满意度。"""
    levels = [level.model_dump() for level in rating.ratings]
    return _give(request, token, "rate", {"solved": rating.solved, "levels": levels, "words": rating.words})


@router.post("/track/{token}/reopen", summary="没修好 / 又坏了", response=ANSWERS, operation_id="reopen")
def reopen(request: HttpRequest, token: str, said: shapes.ReopenIn) -> HttpResponse:
    return _give(request, token, "reopen", said.model_dump(mode="json"))


@router.post("/track/{token}/helpful", summary="答复有用", response=ANSWERS, operation_id="find_helpful")
def helpful(request: HttpRequest, token: str) -> HttpResponse:
    """中心直接答复的，说一声有用；没解决的用 reopen 继续反映。"""
    return _give(request, token, "find_helpful", {})


@router.post("/track/{token}/comment", summary="补充说明", response=ANSWERS, operation_id="comment")
def comment(request: HttpRequest, token: str, said: shapes.CommentIn) -> HttpResponse:
    return _give(request, token, "comment", said.model_dump(mode="json"))


@router.post("/track/{token}/review", summary="申请复核", response=ANSWERS, operation_id="ask_review")
def ask_review(request: HttpRequest, token: str, said: shapes.ReviewIn) -> HttpResponse:
    """不予受理的，可以申请复核一次。"""
    return _give(request, token, "ask_review", said.model_dump(mode="json"))


def _whose(token: str) -> tuple[str, By]:
    """The case of a token, and whoever reported it as the actor. A wrong token is no such case."""
    found = gate.place_of(token)
    if found is None:
        raise actions.NoSuchCase(token)
    number, seat = found
    case = actions.load(number)
    actor = case.at(seat)
    if not actor or case.behind(actor) in case.erased_persons:
        raise actions.NoSuchCase(number)
    return number, By(actor, permissions.WHISTLER)


def _give(request: HttpRequest, token: str, command: str, said: Mapping[str, Any]) -> HttpResponse:
    number, by = _whose(token)
    source = actions.Source(channel="api", request_id=getattr(request, "id", ""))
    actions.act(number, command, said, by, source=source, upload_token=UPLOADER)
    return _tracked(token, number, by)


def _tracked(token: str, number: str, by: By) -> HttpResponse:
    now = actions.now()
    pack = versions.current(now)
    return answer(answers.tracked(queries.open_case(number, by, pack), pack, now, token))
