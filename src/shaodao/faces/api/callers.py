"""Who asks: a program with a bearer token, staff signed in by session, or the public."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from django.conf import settings
from django.http import HttpRequest
from ninja.security import HttpBearer
from ninja.utils import check_csrf

from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake.gate import Caller
from shaodao.county.pack import versions
from shaodao.county.people.capacity import Capacity
from shaodao.faces.accounts import capacity as chosen
from shaodao.faces.api import tokens
from shaodao.faces.api.problems import Problem
from shaodao.faces.work.capacity import Desk

SAFE = ("GET", "HEAD", "OPTIONS")


@dataclass(frozen=True, slots=True)
class Known:
    """Somebody who acts in a capacity; `system` is the registered system that speaks, empty for a person."""

    capacity: Capacity
    by: By
    system: str = ""


def known(request: HttpRequest) -> Known | None:
    """Whoever shows a token, or is signed in; None = the public. Raises Problem for a bad token or a forged request."""
    if header := request.headers.get("Authorization"):
        scheme, _, token = header.partition(" ")
        now = datetime.now(UTC)
        holder = (
            tokens.find(token.strip(), versions.current(now), now) if scheme.lower() == "bearer" else None
        )
        if holder is None:
            raise Problem(401, "bad_token")
        return Known(holder.capacity, Desk(holder.capacity).by, holder.system)
    if settings.SESSION_COOKIE_NAME not in request.COOKIES:
        return None
    capacity = chosen.current(request)
    if capacity is None:
        return None
    if request.method not in SAFE and check_csrf(request) is not None:
        raise Problem(403, "forged")
    return Known(capacity, Desk(capacity).by)


class Staff(HttpBearer):
    """Ninja's guard of operations for staff: `request.auth` is who they are."""

    def __call__(self, request: HttpRequest) -> Known:
        found = known(request)
        if found is None:
            raise Problem(401, "sign_in_needed")
        return found

    def authenticate(self, request: HttpRequest, token: str) -> None:
        raise NotImplementedError("asked through __call__")


def gate_caller(request: HttpRequest, who: Known | None, key: str) -> Caller:
    """The caller as the gate counts it. Keys of systems, persons and the public never meet."""
    client = "public" if who is None else f"system:{who.system}" if who.system else who.by.actor
    return Caller(
        client=client,
        key=key,
        address=getattr(request, "address", ""),
        device=request.headers.get("X-Device", "")[:256],
        trusted=who is not None,
    )
