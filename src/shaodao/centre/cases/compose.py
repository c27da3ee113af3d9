"""From what a form or the API says to a command: words become vault commitments, units become plans with limits.

A caller gives the fields of the command (`kinds_of`): text for words, unit codes for plans, a position instead of a
distance. Unknown fields are refused.
"""

from __future__ import annotations

import types
from collections.abc import Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from functools import cache
from math import cos, hypot, radians
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.model import By, Case, DutyPlan, Kept, Place, Plan, Role, UnitRating
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.rules import PackRules
from shaodao.county.pack.model import Pack
from shaodao.county.places import coordinates
from shaodao.ground.ledger import vault

Said = Mapping[str, Any]


class Composer:
    """Makes one command of a case; `secrets` are the words to keep when the command has been accepted."""

    def __init__(self, case: Case, by: By, rules: PackRules) -> None:
        self.case = case
        self.by = by
        self.rules = rules
        self.secrets: list[vault.Secret] = []

    def command(self, cls: type[c.Command], said: Said) -> c.Command:
        """The command with these fields. Refuses unknown, missing and malformed ones, naming the field."""
        kinds = kinds_of(cls)
        known = (kinds.keys() | PLAN_PARTS | {"position"}) - {"distance"}
        if unknown := said.keys() - known:
            raise Refusal("unknown_field", field=sorted(unknown)[0])
        values: dict[str, Any] = {"by": self.by}
        for name, (kind, required) in kinds.items():
            if name == "distance":  # never taken from the caller
                values[name] = metres_to(self.case.place, said.get("position"), self.rules.pack)
                continue
            given = self._plan(said) if kind is Plan and name not in said else said.get(name)
            if given is None or given == "":
                if required:
                    raise Refusal("field_needed", field=name)
                continue
            try:
                values[name] = self._value(kind, given, said)
            except (TypeError, ValueError, KeyError) as error:
                raise Refusal("field_wrong", field=name) from error
        return cls(**values)

    def keep(self, kind: str, text: str) -> Kept:
        """The commitment of words of the person who acts."""
        secret = vault.commit(kind, text, subject_of(self.by.actor))
        self.secrets.append(secret)
        return Kept(secret.commitment)

    # --- private ---

    def _value(self, kind: Any, given: Any, said: Said) -> Any:
        if kind is Kept:
            return self.keep("words", str(given).strip()) if str(given).strip() else Kept("")
        if kind is Plan:
            return given if isinstance(given, Plan) else self._plan(given)
        if kind is DutyPlan:
            return self._duty_plan(given)
        if kind is Place:
            return given if isinstance(given, Place) else Place(**given)
        if kind is UnitRating:
            return UnitRating(int(given["duty"]), int(given["level"]))
        if kind is datetime:
            return moment_of(given)
        if kind is bool:
            return given if isinstance(given, bool) else str(given).lower() in ("1", "true", "yes", "on")
        if kind is int:
            return int(given)
        origin = get_origin(kind)
        if origin is tuple:
            each = get_args(kind)[0]
            many = given.split(",") if isinstance(given, str) else given
            return tuple(self._value(each, one, said) for one in many if one != "")
        if origin in (Union, types.UnionType):
            inner = next(arg for arg in get_args(kind) if arg is not types.NoneType)
            return self._value(inner, given, said)
        if origin is Literal:
            if given not in get_args(kind):
                raise ValueError(given)
            return given
        return str(given)

    def _duty_plan(self, given: Any) -> DutyPlan:
        if isinstance(given, DutyPlan):
            return given
        said = {"unit": given} if isinstance(given, str) else given
        role: Role = self._value(Role, said.get("role") or "lead", said)
        return self.rules.duty_plan(said["unit"], role, self.case.item, self.case.situation)

    def _plan(self, said: Said) -> Plan | None:
        """A plan from `lead` and `assists`; without a lead, by the routing of the item named or known."""
        item, situation = said.get("item") or self.case.item, said.get("situation") or ""
        if lead := said.get("lead"):
            assists = said.get("assists") or ()
            many = [one for one in assists.split(",") if one] if isinstance(assists, str) else list(assists)
            return self.rules.plan_by_hand(lead, many, item=item, situation=situation)
        if item:
            place = said.get("place") or self.case.place
            plan, why = self.rules.route(
                item,
                situation,
                place,
                whistler_unit=self.case.whistler_unit
                if self.case.tier != "community"
                else self.case.place.community,
                against=self.case.against,
            )
            if plan is None:
                raise Refusal("no_plan", why=why)
            return plan
        return None


PLAN_PARTS = {"lead", "assists"}
METRES_PER_1E7 = coordinates.METRES_PER_DEGREE / 1e7


def metres_to(place: Place, position: Said | None, pack: Pack) -> int | None:
    """How far a position `{lon, lat, crs}` is from a case's place, in metres: from its point, or within its grid (0).

    None where either is unknown. The position itself is not kept."""
    if not position or position.get("lon") in (None, ""):
        return None
    try:
        system = coordinates.crs(str(position["crs"]))
        lon, lat = coordinates.to_wgs84(float(position["lon"]), float(position["lat"]), system)
    except (KeyError, ValueError):
        raise Refusal("bad_point") from None
    if place.lon is None or place.lat is None:
        here = pack.places.locate(lon, lat)
        inside = here is not None and place.grid and here.code == place.grid
        return 0 if inside else None
    east = (lon * 1e7 - place.lon) * cos(radians(lat))
    return round(hypot(east, lat * 1e7 - place.lat) * METRES_PER_1E7)


def subject_of(actor: str) -> str:
    """Whose words an actor's are, for erasure: the bare id of a person, or the actor as named."""
    return actor.removeprefix("person:")


def kinds_of(cls: type[c.Command]) -> dict[str, tuple[Any, bool]]:
    """Fields of a command besides `by`: name → (kind, whether it is needed)."""
    kind: Any = cls
    return _kinds(kind)


@cache
def _kinds(cls: Any) -> dict[str, tuple[Any, bool]]:
    hints = get_type_hints(cls)
    return {
        f.name: (hints[f.name], f.default is MISSING and f.default_factory is MISSING)
        for f in fields(cls)
        if f.name != "by"
    }


def moment_of(given: Any) -> datetime:
    """An aware moment, truncated to whole seconds: a datetime, epoch seconds, or ISO 8601 with an offset."""
    moment = given if isinstance(given, datetime) else None
    if moment is None:
        moment = (
            datetime.fromtimestamp(given, UTC) if isinstance(given, int) else datetime.fromisoformat(given)
        )
    if moment.tzinfo is None:
        raise ValueError("a moment needs its offset from UTC")
    return moment.astimezone(UTC).replace(microsecond=0)
