"""Bodies as strangers send them: JSON in UTF-8, and nothing that a database could not keep."""

from __future__ import annotations

import json
import math
from typing import Any

from django.http import HttpRequest
from django.utils.datastructures import MultiValueDict
from ninja.parser import Parser

from shaodao.faces.api.problems import Problem

JSON = ("application/json", "application/problem+json")


class Strict(Parser):
    """Raises Problem 415 for another type, 400 for what is no JSON, 422 for characters that cannot be kept."""

    def parse_body(self, request: HttpRequest) -> Any:
        if request.content_type not in JSON:
            raise Problem(415, "not_json_type", kind=request.content_type or "")
        try:
            parsed = json.loads(request.body.decode("utf-8"), parse_constant=_no_number)
        except (UnicodeDecodeError, ValueError, RecursionError):
            raise Problem(400, "not_json") from None
        return _kept(parsed)

    def parse_querydict(self, data: MultiValueDict, list_fields: list[str], request: HttpRequest) -> Any:
        return _kept(super().parse_querydict(data, list_fields, request))


def _no_number(name: str) -> Any:
    raise ValueError(name)


def _kept(value: Any) -> Any:
    """The value, unless it holds NUL or half a surrogate pair anywhere, or a number without end."""
    if isinstance(value, str):
        if "\x00" in value or (not value.isascii() and _broken(value)):
            raise Problem(422, "bad_characters")
    elif isinstance(value, dict):
        for name, each in value.items():
            _kept(name)
            _kept(each)
    elif isinstance(value, list):
        for each in value:
            _kept(each)
    elif isinstance(value, float) and not math.isfinite(value):
        raise Problem(400, "not_json")
    return value


def _broken(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
