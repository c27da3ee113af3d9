"""SMS by any gateway that takes one HTTP request for a message."""

from __future__ import annotations

import re

from shaodao.ports.delivery import web
from shaodao.ports.delivery.configuration import SmsHttp

_PLACE = re.compile(r"\{(phone|text|id|secret)\}")


def sms_http(channel: SmsHttp, phone: str, text: str, id: str) -> None:
    """Hand one message over; the gateway's answer must hold what `ok` says."""
    known = {"phone": phone, "text": text, "id": id, "secret": channel.secrets.get("secret", "")}

    def filled(pattern: str) -> str:  # in one go: what a text says in braces stays text
        return _PLACE.sub(lambda found: known[found[1]], pattern)

    body = {name: filled(value) for name, value in channel.fields.items()}
    headers = {name: filled(value) for name, value in channel.headers.items()}
    answer = web.send(channel, channel.url, body, id, form=channel.format == "form", headers=headers)
    found = answer if isinstance(answer, dict) else {}
    if any(str(found.get(key)) != value for key, value in channel.ok.items()):
        raise web.Refused(web.said({key: found.get(key) for key in channel.ok}))
