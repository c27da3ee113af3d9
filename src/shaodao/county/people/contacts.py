"""How staff are reached outside the application: telephone, mail, WeCom. Each chooses for themself; erasable."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from shaodao.ground.ledger import vault

from . import phones
from .models import Contact

KINDS = ("phone", "mail", "wecom")
WHEN = ("always", "urgent", "never")  # urgent: of emergencies only

_MAIL = re.compile(r"[^\s@<>,;\"]+@[^\s@<>,;\"]+")
_WECOM = re.compile(r"[A-Za-z0-9_.@-]{1,64}")


class NotAnAddress(ValueError):
    """The text is no address of this kind."""


@dataclass(frozen=True, slots=True)
class Way:
    """One way of one person (`user:…`): an address of a kind, in clear."""

    actor: str
    kind: str
    address: str
    when: str


def normal(kind: str, text: str) -> str:
    """The written form of an address. Raises NotAnAddress."""
    text = text.strip()
    if kind == "phone":
        try:
            return phones.mobile(text)
        except phones.NotAPhone:
            raise NotAnAddress(text) from None
    pattern = _MAIL if kind == "mail" else _WECOM
    if len(text) > 120 or not text.isascii() or not pattern.fullmatch(text):
        raise NotAnAddress(text)
    return text


@transaction.atomic
def choose(user: int, kind: str, address: str, when: str, now: datetime) -> None:
    """Set or, with an empty address, take away one way of a user. What stood there before is destroyed.

    Raises NotAnAddress, ValueError."""
    if kind not in KINDS or when not in WHEN:
        raise ValueError(kind, when)
    written = normal(kind, address) if address.strip() else ""
    vault.erase(f"user:{user}", now, [f"contact_{kind}"])
    Contact.objects.filter(user_id=user, kind=kind).delete()
    if written:
        secret = vault.commit(f"contact_{kind}", written, f"user:{user}")
        vault.insert([secret], now)
        Contact.objects.create(user_id=user, kind=kind, address=secret.commitment, when=when)


def ways(actors: Sequence[str]) -> Mapping[str, list[Way]]:
    """The ways of these persons (`user:…`). Two statements."""
    ids = [int(actor.partition(":")[2]) for actor in actors if actor.startswith("user:")]
    rows = list(Contact.objects.filter(user_id__in=ids).order_by("user_id", "kind"))
    values = vault.read(row.address for row in rows)
    found: dict[str, list[Way]] = {}
    for row in rows:
        if address := values.get(row.address):
            way = Way(f"user:{row.user_id}", row.kind, str(address), row.when)
            found.setdefault(way.actor, []).append(way)
    return found


def address(actor: str, kind: str) -> str:
    """One address in clear, "" where there is none or it was taken away meanwhile."""
    return next((way.address for way in ways([actor]).get(actor, ()) if way.kind == kind), "")
