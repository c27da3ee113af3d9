"""One request to a foreign system, as delivering needs it: JSON or a form out, JSON back, no redirects."""

from __future__ import annotations

import http.client
import json
import re
import urllib.error
import urllib.request
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from shaodao.ground.messages.adapters import Undeliverable, Unreachable
from shaodao.ports.delivery.configuration import Channel

ID_HEADER = "Shaodao-Message-Id"
NEVER = frozenset(
    {400, 410, 413, 422}
)  # the message itself is refused; anything else may be mended meanwhile
LONGEST_ANSWER = 64 * 1024


class Refused(Exception):
    """The system answered, and did not take the message; it may later."""


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *args: Any) -> None:
        """Secrets stand in addresses and headers: they are not carried elsewhere."""
        return


def send(
    channel: Channel,
    url: str,
    body: Mapping[str, Any] | bytes | None,
    id: str,
    *,
    form: bool = False,
    headers: Mapping[str, str] | None = None,
) -> Any:
    """POST a body (None: GET) and return the JSON of the answer, or {} where it is none.

    Raises Unreachable, Undeliverable, Refused."""
    data = body if isinstance(body, bytes | None) else (urlencode(body) if form else _json(body)).encode()
    kind = "application/x-www-form-urlencoded" if form else "application/json; charset=utf-8"
    request = urllib.request.Request(url, data, {"Content-Type": kind, ID_HEADER: id, **(headers or {})})
    proxies = {"http": channel.proxy, "https": channel.proxy} if channel.proxy else {}
    opener = urllib.request.build_opener(urllib.request.ProxyHandler(proxies), _NoRedirect)
    try:
        with opener.open(request, timeout=channel.timeout) as answer:
            raw = answer.read(LONGEST_ANSWER)
    except urllib.error.HTTPError as error:
        error.close()
        refused = Undeliverable if error.code in NEVER else Refused
        raise refused(f"HTTP {error.code}") from None
    except (urllib.error.URLError, OSError, http.client.HTTPException) as error:
        raise Unreachable(said(str(getattr(error, "reason", error)))) from None
    try:
        return json.loads(raw)
    except ValueError:
        return {}


def said(words: object) -> str:
    """What a foreign system says of its fault, short and without numbers of telephones or keys."""
    return re.sub(r"[A-Za-z0-9_-]{20,}|\d{7,}", "…", str(words))[:120]


def _json(body: Mapping[str, Any]) -> str:
    return json.dumps(body, ensure_ascii=False)
