"""What every request passes: an id, the caller's address, and the headers that keep pages to themselves."""

import re
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase

from shaodao.faces.tiles import origins
from shaodao.run import logs

Respond = Callable[[HttpRequest], HttpResponseBase]
WELL_FORMED_ID = re.compile(r"[A-Za-z0-9._-]{8,64}")


def request_id(respond: Respond) -> Respond:
    """Sets `request.id`, taken from `X-Request-ID` when well formed, and answers with the same header."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        given = request.headers.get("X-Request-ID", "")
        request.id = given if WELL_FORMED_ID.fullmatch(given) else uuid.uuid4().hex
        token = logs.request_id.set(request.id)
        try:
            response = respond(request)
        finally:
            logs.request_id.reset(token)
        response["X-Request-ID"] = request.id
        return response

    return middleware


def caller_address(respond: Respond) -> Respond:
    """Sets `request.address`: the peer's, or what our own proxies (`TRUSTED_PROXIES` of them) saw.

    Each proxy appends the address it was called from, so only the last entries can be believed.
    """
    hops = settings.TRUSTED_PROXIES

    def middleware(request: HttpRequest) -> HttpResponseBase:
        address = request.META.get("REMOTE_ADDR", "")
        if hops:
            seen = [part.strip() for part in request.headers.get("X-Forwarded-For", "").split(",")]
            address = seen[-hops] if len(seen) >= hops and seen[-hops] else address
        request.address = address
        return respond(request)

    return middleware


def content_policy(tiles: str = "") -> str:
    """The Content-Security-Policy: everything from ourselves; map tiles from where they are set."""
    elsewhere = "".join(f" {origin}" for origin in origins(tiles))
    return "; ".join(
        [
            "default-src 'self'",
            f"img-src 'self' data: blob:{elsewhere}",
            "media-src 'self' blob:",
            f"connect-src 'self'{elsewhere}",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        ]
    )


def security_headers(respond: Respond) -> Respond:
    """Headers for every answer; a view may set its own value first."""
    headers = {
        "Content-Security-Policy": content_policy(settings.MAP_TILES),
        "Permissions-Policy": "camera=(self), microphone=(self), geolocation=(self), payment=(), usb=()",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "private, no-store",  # nearly every answer tells something about somebody
    }

    def middleware(request: HttpRequest) -> HttpResponseBase:
        response = respond(request)
        for name, value in headers.items():
            response.headers.setdefault(name, value)
        return response

    return middleware
