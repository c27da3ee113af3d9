"""我也看到了: whoever reports the same joins the case that is there, instead of filing another."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.core import signing
from django.db import transaction

from shaodao.centre.cases import actions, permissions
from shaodao.centre.cases.lifecycle import Case, Refusal
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import gate
from shaodao.centre.intake.gate import Caller
from shaodao.county.people import persons, phones
from shaodao.ground.ledger import vault

OFFER, OFFERED_FOR = "shaodao.alike", 24 * 3600  # seconds
LONGEST_NAME, LONGEST_WORDS = 64, 2000  # characters


@dataclass(frozen=True, slots=True, kw_only=True)
class Witness:
    """Who saw it too, and what they add. Everything may be empty."""

    text: str = ""
    phone: str = ""
    name: str = ""
    photos: Sequence[str] = ()
    upload_token: str = ""


@dataclass(frozen=True, slots=True)
class Joined:
    """The case, and the secret by which whoever joined follows it."""

    case: Case
    token: str


def offer(number: str) -> str:
    """What a case is named by when it is offered: only what was offered can be joined, and for a day."""
    return signing.dumps(number, salt=OFFER)


def offered(reference: str) -> str:
    """The case of an offer. Refuses one that is over, or none of ours."""
    try:
        return str(signing.loads(reference, salt=OFFER, max_age=OFFERED_FOR))
    except signing.BadSignature:
        raise Refusal("offer_over") from None


def join(
    number: str,
    witness: Witness,
    caller: Caller,
    *,
    channel: str = "web",
    request_id: str = "",
    at: datetime | None = None,
) -> Joined:
    """Join an open case. The same key from the same client joins it once.

    Raises NoSuchCase, permissions.Forbidden (what must not be shown cannot be joined), Refusal.
    """
    moment = at or actions.now()
    for field, said, most in (("name", witness.name, LONGEST_NAME), ("text", witness.text, LONGEST_WORDS)):
        if len(said) > most:
            raise Refusal("too_long", longest=most, field=field)
    by = By(f"person:{_pseudonym(caller, number)}", permissions.WHISTLER)
    with transaction.atomic():
        person = by.actor
        secrets: list[vault.Secret] = []
        if witness.phone:
            met, secrets = _met(witness, moment)
            person = f"person:{met}"
        elif witness.name:
            secrets = [vault.commit("name", witness.name, by.actor.removeprefix("person:"))]
        vault.insert(secrets, moment)
        case = actions.act(
            number,
            "seen_too",
            {"who": person, "words": witness.text, "photos": list(witness.photos)},
            by,
            source=actions.Source(channel=channel, request_id=request_id),
            at=moment,
            upload_token=witness.upload_token,
        )
    seat = case.seat_of(by.actor)
    assert seat is not None
    return Joined(case, gate.token_of(number, seat.seat))


def _met(witness: Witness, at: datetime) -> tuple[uuid.UUID, list[vault.Secret]]:
    try:
        return persons.meet(witness.phone, witness.name, at)
    except phones.NotAPhone:
        raise Refusal("not_a_phone", field="phone") from None


def _pseudonym(caller: Caller, number: str) -> uuid.UUID:
    """As whom somebody acts at their seat: the same for the same request, told from nothing else."""
    if not caller.key:
        return uuid.uuid4()
    return uuid.UUID(gate.blind(f"seen_too:{caller.client}:{caller.key}:{number}"))
