"""Who stands behind a post: the county leader in charge of a unit (分管), and who is on duty by name.

Who is in charge is a fact of the ledger, stream `charge`, one for each unit. Who is on duty by name is asked of whoever
keeps the shifts (`centre.shifts`); where nobody is, the post on the roster is told.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction

from shaodao.centre.cases import permissions
from shaodao.centre.cases.actions import DIRECT, Source, context_of, drafts_of, now
from shaodao.centre.cases.lifecycle.codec import from_recorded
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.pressing.ladder import Watch
from shaodao.centre.pressing.models import Charge
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.people import holders
from shaodao.county.units import CALLED, LOCALS, Unit
from shaodao.ground.ledger import store
from shaodao.ground.ledger.kinds import Kind
from shaodao.ground.ledger.projections import Rows

LEADER = "county_leader"
OnDuty = Callable[[str, str, datetime], Sequence[str]]
_named: list[OnDuty] = []


def names_who_is_on_duty(find: OnDuty) -> OnDuty:
    """Ask this for the persons (`user:…`) of a unit and role who are on duty at a moment."""
    _named.append(find)
    return find


def on_duty(unit: str, role: str, at: datetime) -> tuple[str, ...]:
    return tuple(dict.fromkeys(who for find in _named for who in find(unit, role, at)))


def present(at: datetime) -> Watch:
    """The watch as it stands. Leaders who hold their post no longer are in charge of nothing. Two statements."""
    leaders = set(holders.of(f"role:{LEADER}", at))
    charges = {row.unit: row.leader for row in Charge.objects.all() if row.leader in leaders}
    return Watch(charges, on_duty)


@dataclass(frozen=True, slots=True)
class LeaderPutInCharge:
    by: By
    leader: str  # `user:…`; "": nobody any more


def units_of(pack: Pack, at: datetime) -> list[Unit]:
    """The units that a county leader is in charge of."""
    day = pack.day(at)
    return [unit for unit in pack.units.values() if unit.kind in CALLED | LOCALS and unit.in_force(day)]


def put_in_charge(
    unit: str, leader: str, by: By, *, source: Source = DIRECT, at: datetime | None = None
) -> None:
    """Put a county leader (`user:…`, "" = nobody) in charge of a unit. Raises permissions.Forbidden, Refusal."""
    moment = at or now()
    pack = versions.current(moment)
    if not permissions.may_put_in_charge(by):
        raise permissions.Forbidden("put_in_charge")
    if unit not in {known.code for known in units_of(pack, moment)}:
        raise Refusal("unknown_unit", unit=unit)
    if leader and leader not in holders.of(f"role:{LEADER}", moment):
        raise Refusal("field_wrong", field="leader")
    with transaction.atomic():
        before, heads = CHARGES.lock(unit)
        if leader == before.leader:
            return
        event = LeaderPutInCharge(by, leader)
        store.append(
            [(CHARGES.stream(unit), drafts_of([(event, moment)]))], context_of(by, source), moment, heads
        )
        CHARGES.write([(unit, before, _evolve(before, event, moment))])


@dataclass(frozen=True, slots=True)
class _Charge:
    leader: str = ""
    since: datetime | None = None  # None: nobody ever was


def _evolve(_: _Charge, event: LeaderPutInCharge, at: datetime) -> _Charge:
    return _Charge(event.leader, at)


def _rows(unit: str, charge: _Charge) -> Rows:
    row = {"leader": charge.leader, "since": charge.since}
    return {"pressing_charge": {(unit,): row}} if charge.since else {}


CHARGES = Kind(
    "charge",
    {"pressing_charge": ("unit",)},
    _Charge(),
    from_recorded(_evolve, {"LeaderPutInCharge": LeaderPutInCharge}),
    _rows,
)
