"""What the routes share: an answer in JSON, and under whose name pictures are uploaded."""

from __future__ import annotations

import json
from typing import Any

from django.http import HttpResponse

UPLOADER = "api"  # ids of pictures are random and told to the uploader alone: whoever has one may attach it


def answer(body: Any, status: int = 200) -> HttpResponse:
    """JSON made by ourselves: validating our own answer again would cost more than filing a whistle."""
    return HttpResponse(json.dumps(body, ensure_ascii=False), content_type="application/json", status=status)
