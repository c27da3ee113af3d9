"""Every exception as a problem document (RFC 9457): a stable type, a status, words a person can act on.

    {"type": "/problems/too-many", "title": …, "status": 429, "detail": …, "field": …, "request_id": …}

`of` is the one place where an exception gets its status; pages may use it too.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping
from typing import Any

from django.core.exceptions import RequestDataTooBig, SuspiciousOperation, TooManyFieldsSent, TooManyFilesSent
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from django.http.multipartparser import MultiPartParserError
from django.utils.translation import gettext
from ninja.errors import HttpError, ValidationError

from shaodao.centre.cases.actions import NoSuchCase, Stale
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.permissions import Forbidden
from shaodao.centre.intake.gate import KeyReused
from shaodao.county.pack import versions
from shaodao.county.people.phones import NotAPhone
from shaodao.faces import words
from shaodao.ground.documents.refusals import Refusal as DocumentRefusal
from shaodao.ground.files.refusals import Refusal as FileRefusal
from shaodao.ground.ledger.store import Conflict

log = logging.getLogger(__name__)

MEDIA_TYPE = "application/problem+json"
AGAIN_AFTER = 3600  # seconds, told with a 429 of the rate limits
BUSY_FOR = 5

TITLES = {
    400: "请求的格式不对",
    401: "没有登录",
    403: "没有权限",
    404: "没有找到",
    405: "这里不能这样用",
    409: "情况已有变化",
    413: "内容太大",
    415: "格式不支持",
    422: "内容不能接受",
    429: "太频繁",
    500: "系统出错",
    503: "系统还没有准备好",
}

# Refusals whose status is not 422.
STATUS = {
    "not_now": 409,
    "offer_over": 409,
    "too_many": 429,
    "unknown_command": 404,
}
FILE_STATUS = {
    "too_big": 413,
    "too_many_pixels": 413,
    "not_a_picture": 415,
    "unsupported": 415,
    "busy": 429,
    "not_allowed": 403,
}
# What a pydantic fault means; any other is a field that is wrong.
FAULTS = {"missing": "field_needed", "extra_forbidden": "unknown_field"}


class Problem(Exception):
    """`code` is a refusal of `faces/words.py`, `params` fill its sentence."""

    def __init__(self, status: int, code: str, **params: Any) -> None:
        self.status, self.code, self.params = status, code, params
        super().__init__(status, code, params)

    @property
    def type(self) -> str:
        return f"/problems/{self.code.replace('_', '-')}"


# Exceptions that say all by their kind.
PLAIN: dict[type[Exception], tuple[int, str]] = {
    NoSuchCase: (404, "no_such_case"),
    Http404: (404, "no_such_address"),
    Forbidden: (403, "not_allowed"),
    Stale: (409, "stale"),
    Conflict: (409, "stale"),
    versions.NoPack: (503, "not_ready"),
    RequestDataTooBig: (413, "body_too_big"),
    TooManyFilesSent: (413, "body_too_big"),
    TooManyFieldsSent: (413, "body_too_big"),
    MultiPartParserError: (400, "not_a_form"),
    UnreadablePostError: (400, "not_a_form"),
    SuspiciousOperation: (400, "not_a_form"),
}


def of(error: BaseException) -> Problem | None:
    """What an exception means outside; None for what nobody foresaw."""
    match error:
        case Problem():
            return error
        case Refusal():
            return Problem(STATUS.get(error.code, 422), error.code, **error.params)
        case FileRefusal() | DocumentRefusal():
            if error.code == "too_many":
                return Problem(422, "too_many_photos", most=error.params["limit"], field="photos")
            return Problem(FILE_STATUS.get(error.code, 422), error.code, **error.params)
        case KeyReused():
            return Problem(422, "same_key", field="Idempotency-Key")
        case NotAPhone():
            return Problem(422, "not_a_phone", field="phone")
        case ValidationError():
            return _invalid(error.errors[0])
        case HttpError():  # ninja's, around what the parser raised
            return of(error.__cause__) if error.__cause__ else Problem(error.status_code, "not_json")
    known = next((kind for kind in type(error).__mro__ if kind in PLAIN), None)
    return Problem(*PLAIN[known]) if known else None


def answer(request: HttpRequest, error: Exception) -> HttpResponse:
    """The problem document of an exception; one that nobody foresaw is logged."""
    found = of(error)
    if found is None:
        log.exception("%s %s", request.method, request.path, exc_info=error)
        found = Problem(500, "our_fault")
    return document(request, found)


def handler(request: HttpRequest, error: Any) -> HttpResponse:
    """`answer`, as ninja calls it."""
    return answer(request, error)


def document(request: HttpRequest, problem: Problem) -> HttpResponse:
    body = {
        "type": problem.type,
        "title": gettext(TITLES[problem.status]),
        "status": problem.status,
        "detail": words.refusal(problem.code, **_worded(problem.params)),
    }
    if name := problem.params.get("field"):
        body["field"] = name
    body["request_id"] = getattr(request, "id", "")
    response = HttpResponse(
        json.dumps(body, ensure_ascii=False), content_type=MEDIA_TYPE, status=problem.status
    )
    if problem.status == 429:
        response["Retry-After"] = str(BUSY_FOR if problem.code == "busy" else AGAIN_AFTER)
    if problem.status == 401:
        response["WWW-Authenticate"] = "Bearer"
    return response


def _worded(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters of a sentence: units and items by name where the pack is there to know them."""
    try:
        return words.said(params, versions.current())
    except versions.NoPack:
        return dict(params)


def _invalid(fault: Mapping[str, Any]) -> Problem:
    where = [str(part) for part in fault["loc"] if isinstance(part, str)]
    path = where[2:] if where[:1] == ["body"] and len(where) > 2 else where[1:]
    return Problem(422, FAULTS.get(fault["type"], "field_wrong"), field=(path or where)[0])
