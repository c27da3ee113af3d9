"""What it takes to erase a person. `actions.erase_person` is the door; nothing else calls `destroy`.

Gone for ever: number, name, words, pictures, and whatever they could be found by. What happened stays on record, with
commitments that stand for nothing any more. A part above that keeps something of its own about persons says with
`forgets` how to destroy it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection
from django.db.models import Q

from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.cases.models import Follower, Words
from shaodao.county.people import persons
from shaodao.county.people.models import Person
from shaodao.ground.files import intake as evidence
from shaodao.ground.ledger import vault
from shaodao.ground.messages import outbox


@dataclass(frozen=True, slots=True)
class Leaving:
    """A person (`person:…`) about to be forgotten: the keyed hash of their number ("" = none known), the cases they had
    part in, and those of them whose words were theirs."""

    actor: str
    phone_key: str
    numbers: tuple[str, ...]
    own: tuple[str, ...]

    @property
    def id(self) -> UUID:
        return UUID(self.actor.removeprefix("person:"))


Forget = Callable[[Leaving], None]
_forgetting: list[Forget] = []


def forgets(forget: Forget) -> Forget:
    """Call this, in the transaction of the erasure, for every person who is erased."""
    _forgetting.append(forget)
    return forget


def hold(actor: str) -> str:
    """Lock the person's row until the transaction ends, so that whistles filed at this moment come before or after; return
    the keyed hash of their number, "" where there is none."""
    found = Person.objects.select_for_update().filter(pk=actor.removeprefix("person:")).first()
    return found.phone_key or "" if found else ""


def cases_of(actor: str) -> list[str]:
    """The cases a person whistled for, whose problem it was, or that they follow."""
    followed = Follower.objects.filter(person=actor).values("case_id")
    rows = CaseRow.objects.filter(Q(whistler=actor) | Q(requester=actor) | Q(number__in=followed))
    return list(rows.order_by("number").values_list("number", flat=True))


def destroy(leaving: Leaving, at: datetime) -> None:
    """Destroy all there is of a person, in the transaction of the events that say so. Bytes of pictures go on commit."""
    try:
        persons.erase(leaving.id, at)
    except Person.DoesNotExist:  # never left a number: the id stands for the whistler of one case
        vault.erase(str(leaving.id), at)
    evidence.erase(str(leaving.id), at)
    outbox.forget_recipient(leaving.actor)
    Words.objects.filter(number__in=leaving.own).delete()
    for forget in _forgetting:
        forget(leaving)


def due(before: datetime, most: int, without: Sequence[str] = ()) -> list[str]:
    """Persons whose cases have all ended before a moment, and of whom the vault still knows something."""
    with connection.cursor() as cursor:
        cursor.execute(_DUE, [before, list(without), before, most])
        return [actor for (actor,) in cursor]


_DUE = """
SELECT DISTINCT actor FROM cases_case AS ended, LATERAL (
    SELECT unnest(ARRAY[ended.whistler, ended.requester]) AS actor
    UNION SELECT person FROM cases_follower WHERE case_number = ended.number
) AS known
WHERE ended.identified AND ended.ended_at < %s AND actor LIKE 'person:%%' AND actor <> ALL (%s::text[])
    AND NOT EXISTS (
        SELECT 1 FROM cases_case AS other
        WHERE (actor IN (other.whistler, other.requester) OR EXISTS (
            SELECT 1 FROM cases_follower WHERE case_number = other.number AND person = actor
        )) AND (other.ended_at IS NULL OR other.ended_at >= %s)
    )
    AND EXISTS (SELECT 1 FROM ledger_vault WHERE subject = substr(actor, 8) AND erased_at IS NULL)
LIMIT %s
"""
