"""A whistle that a script sends: the same form through the same door, answered as JSON. What a phone kept without a
network comes this way, so an answer says whether it is worth trying again."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import NON_FIELD_ERRORS
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.template.loader import render_to_string
from django.utils import timezone

from shaodao.centre.dispatch import words as reading
from shaodao.centre.intake import gate
from shaodao.centre.intake.filing import Filed
from shaodao.county.pack.model import Pack
from shaodao.faces import words
from shaodao.faces.accounts import capacity
from shaodao.faces.resident import presenting

KIND = "application/json"
LATER = ("too_many",)  # refusals that time alone mends


def wanted(request: HttpRequest) -> bool:
    """Whether a script sent the form."""
    return request.headers.get("Accept", "") == KIND


def refusal(code: str, **params: Any) -> forms.ValidationError:
    """What was refused, as an error of the form that still knows its code."""
    return forms.ValidationError(words.refusal(code, **params), code=code)


def filed(done: Filed, url: str, pack: Pack, text: str) -> HttpResponse:
    """201 the first time, 200 when the same whistle comes again: its number, where to follow it, who comes by when; and
    whom to call, where the words say that life is in danger."""
    danger = reading.life_danger(text)
    body = {
        "number": done.case.number,
        "url": url,
        "promise": presenting.promise(done.case, pack, timezone.now()),
        "danger": danger.words if danger else "",
    }
    return JsonResponse(body, status=200 if done.again else 201)


def danger(request: HttpRequest, found: Any) -> HttpResponse:
    """409: life is in danger, and whoever whistles has not read yet whom to call first."""
    context = {"danger": found, "danger_calls": words.danger_calls(found.number)}
    return JsonResponse({"danger": render_to_string("resident/danger.html", context)}, status=409)


def refused(form: forms.Form) -> HttpResponse:
    """What is wrong, field by field. 422: it must be mended; 429: it will be taken later as it is."""
    said = [
        {"field": "" if field == NON_FIELD_ERRORS else field, "text": error["message"], "code": error["code"]}
        for field, errors in form.errors.get_json_data().items()
        for error in errors
    ]
    later = any(error["code"] in LATER for error in said)
    return JsonResponse({"errors": said}, status=429 if later else 422)


def who(request: HttpRequest) -> str:
    """A name for the capacity one acts in, by which a phone knows whose whistles wait on it; empty for residents."""
    acting = capacity.current(request)
    return gate.blind(f"{acting.actor}:{acting.post_id}") if acting else ""
