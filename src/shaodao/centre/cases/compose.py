"""From what a form or the API says to a command: words become vault commitments, units become plans with limits.

A caller gives the fields of the command (`kinds_of`): text for words, unit codes for plans, a position instead of a
distance. Unknown fields are refused.
"""

from __future__ import annotations

import re
import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields
from datetime import UTC, datetime
from functools import cache
from math import cos, hypot, radians
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

from shaodao.centre.cases import places
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.model import (
    NOTHING,
    By,
    Case,
    DutyPlan,
    Kept,
    Place,
    Plan,
    Role,
    UnitRating,
)
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.rules import PackRules
from shaodao.county.pack.model import Pack
from shaodao.county.places import coordinates
from shaodao.ground.ledger import vault

Said = Mapping[str, Any]
FindPlan = Callable[[Case, str, str, Place, PackRules], Plan | None]  # case, item, situation, place, rules


class Composer:
    """Makes one command of a case; `secrets` are the words to keep when the command has been accepted."""

    def __init__(self, case: Case, by: By, rules: PackRules, *before_routing: FindPlan) -> None:
        self.before_routing = before_routing
        self.case = case
        self.by = by
        self.rules = rules
        self.secrets: list[vault.Secret] = []
        self.subject = subject_of(case.behind(by.actor))

    def command(self, cls: type[c.Command], said: Said) -> c.Command:
        """The command with these fields. Refuses unknown, missing and malformed ones, naming the field."""
        kinds = kinds_of(cls)
        known = (kinds.keys() | PLAN_PARTS | {"position"}) - {"distance"}
        if unknown := said.keys() - known:
            raise Refusal("unknown_field", field=sorted(unknown)[0])
        values: dict[str, Any] = {"by": self.by}
        if cls is not c.Dispatch:
            self.before_routing = ()
        if cls in RETOLD and self.case.whose.startswith("person:"):
            self.subject = subject_of(self.case.whose)
        if cls is c.SeenToo and said.get("who"):
            self.subject = subject_of(str(said["who"]))
        for name, (kind, required) in kinds.items():
            if name == "distance":  # never taken from the caller
                values[name] = metres_to(self.case.place, said.get("position"), self.rules.pack)
                continue
            try:
                composed = name == "plan" and name not in said and (kind is Plan or self._raises(said))
                given = self._plan(said) if composed else said.get(name)
                if given is None or given == "":
                    if required:
                        raise Refusal("field_needed", field=name)
                    continue
                values[name] = self._value(kind, given, said)
                if name in CODED and not CODED[name].fullmatch(values[name]):
                    raise ValueError(given)
            except (TypeError, ValueError, KeyError, AttributeError, OverflowError) as error:
                raise Refusal("field_wrong", field=name) from error
        if cls is c.Rule and values.get("scope") == THIS_CASE:
            values |= {"scope": "", "precedent": ""}
        if cls is c.Rule and values.get("precedent"):
            self._check_scope(str(values.get("scope") or ""))
        return cls(**values)

    def _raises(self, said: Said) -> bool:
        """提级: out of the community to the department, named or by the manual; to the county nobody is named yet."""
        return bool(said.get("lead")) or self.case.tier == "community"

    def _check_scope(self, scope: str) -> None:
        """A precedent says how far it holds, by something that the case has: else it would hold everywhere."""
        place = self.case.place
        held = {
            "county": "county", "township": place.township, "community": place.community, "kind": place.kind
        }  # fmt: skip
        if not held.get(scope):
            raise Refusal("field_wrong" if scope else "field_needed", field="scope")

    def keep(self, kind: str, text: str) -> Kept:
        """The commitment of words, of the person who acts or whose they are."""
        secret = vault.commit(kind, text, self.subject)
        self.secrets.append(secret)
        return Kept(secret.commitment)

    # --- private ---

    def _value(self, kind: Any, given: Any, said: Said) -> Any:
        if kind is Kept:
            return self._words(given)
        if kind is Plan:
            return given if isinstance(given, Plan) else self._needed_plan(given)
        if kind is DutyPlan:
            return self._duty_plan(given)
        if kind is Place:
            return given if isinstance(given, Place) else self._place(given)
        if kind in PLAIN:
            return PLAIN[kind](given)
        origin = get_origin(kind)
        if origin is tuple:
            each = get_args(kind)[0]
            many = given.split(",") if isinstance(given, str) else given
            if not isinstance(many, list | tuple) or len(many) > MOST:
                raise ValueError(given)
            return tuple(self._value(each, one, said) for one in many if one != "")
        if origin in (Union, types.UnionType):
            inner = next(arg for arg in get_args(kind) if arg is not types.NoneType)
            return self._value(inner, given, said)
        if origin is Literal:
            if given not in get_args(kind):
                raise ValueError(given)
            return given
        raise TypeError(kind)

    def _words(self, given: Any) -> Kept:
        if not isinstance(given, str):
            raise ValueError(given)
        text = readable(given).strip()
        if len(text) > LONGEST:
            raise Refusal("too_long", longest=LONGEST)
        return self.keep("words", text) if text else Kept("")

    def _place(self, given: Any) -> Place:
        place = places.at(given, self.rules.pack)
        if place is None:
            raise ValueError(given)
        return place

    def _duty_plan(self, given: Any) -> DutyPlan:
        if isinstance(given, DutyPlan):
            return given
        said = {"unit": given} if isinstance(given, str) else given
        role: Role = self._value(Role, said.get("role") or "lead", said)
        return self.rules.duty_plan(said["unit"], role, self.case.item, self.case.situation)

    def _needed_plan(self, said: Said) -> Plan:
        plan = self._plan(said)
        if plan is None:
            raise ValueError(said)
        return plan

    def _plan(self, said: Said) -> Plan | None:
        """A plan from `lead` and `assists`, by a row of the off-manual list, or by the routing of the item."""
        if off_manual := said.get("off_manual"):
            return self.rules.plan_off_manual(off_manual, self.case, said.get("lead") or "")
        item, situation = said.get("item") or self.case.item, said.get("situation") or ""
        if item != self.case.item and not self.rules.in_manual(item):
            raise Refusal("unknown_item", item=item)
        if lead := said.get("lead"):
            assists = said.get("assists") or ()
            many = [one for one in assists.split(",") if one] if isinstance(assists, str) else list(assists)
            return self.rules.plan_by_hand(lead, many, item=item, situation=situation)
        if item:
            place = self._value(Place, said.get("place") or self.case.place, said)
            for find in self.before_routing:
                if found := find(self.case, item, situation, place, self.rules):
                    return found
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


THIS_CASE = "case"  # the scope of a ruling that binds nobody else
PLAN_PARTS = {"lead", "assists", "off_manual"}
# What staff write down here is what the person said: it goes when the person is erased.
RETOLD = (c.CallBack, c.Reopen, c.Summarise)
TRUTH = {
    "1": True,
    "true": True,
    "yes": True,
    "on": True,
    "0": False,
    "false": False,
    "no": False,
    "off": False,
}
# Fields that hold a word of ours or an account, never what somebody typed: events hold no text and nobody's name.
CODED = dict.fromkeys(("reason", "scope", "precedent"), re.compile(r"[a-z][a-z0-9_]{0,31}")) | dict.fromkeys(
    ("handler", "leader"), re.compile(r"user:[0-9]{1,18}")
)
SUBJECTS = ("duty", "request", "council")
MOST = 50  # things in one list
LONGEST = 20_000  # characters of words: minutes of a meeting are long
FIRST_YEAR, LAST_YEAR = 1999, 2100
SHORT = 64  # characters of a code, a receipt, the name of a body outside
WIDEST = 2**31
# Control characters but line ends and tabs; marks of no width; marks that change the direction of writing.
_UNSEEN = re.compile(r"[\x01-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u2028-\u202e\u2060-\u2069\ufeff]")
METRES_PER_1E7 = coordinates.METRES_PER_DEGREE / 1e7


def _whole(given: Any) -> int:
    number = int(given)
    if isinstance(given, bool) or number != float(given) or abs(number) >= WIDEST:
        raise ValueError(given)
    return number


def _code(given: Any) -> str:
    """A code or a short name: what an event may hold. Never a text."""
    if not isinstance(given, str) or len(given) > SHORT or not given.isprintable():
        raise ValueError(given)
    return given.strip()


def metres_to(place: Place, position: Any, pack: Pack) -> int | None:
    """How far a position `{lon, lat, crs}` is from a case's place, in metres: from its point, or within its grid (0).

    None where either is unknown. The position itself is not kept."""
    if not isinstance(position, Mapping) or position.get("lon") in (None, ""):
        return None
    lon, lat = places.point(position)
    if place.lon is None or place.lat is None:
        here = pack.places.locate(lon, lat)
        inside = here is not None and place.grid and here.code == place.grid
        return 0 if inside else None
    east = (lon * 1e7 - place.lon) * cos(radians(lat))
    return round(hypot(east, lat * 1e7 - place.lat) * METRES_PER_1E7)


def readable(text: str) -> str:
    """A text without marks that nobody sees, or that turn a page around. Refuses what a database cannot keep."""
    if "\x00" in text or any("\ud800" <= each <= "\udfff" for each in text):
        raise Refusal("bad_characters")
    return _UNSEEN.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def words_of(kind: str, text: str, longest: int, actor: str) -> vault.Secret | None:
    """What somebody wrote, for the vault; None where they wrote nothing. Refuses what is too long or cannot be kept."""
    said = readable(text).strip()
    if len(said) > longest:
        raise Refusal("too_long", longest=longest)
    return vault.commit(kind, said, subject_of(actor)) if said else None


def needed_words_of(kind: str, text: str, longest: int, actor: str) -> vault.Secret:
    """As `words_of`, where something must be said."""
    secret = words_of(kind, text, longest, actor)
    if secret is None:
        raise Refusal("words_needed")
    return secret


def kept(secret: vault.Secret | None) -> Kept:
    """How an event names what somebody wrote."""
    return Kept(secret.commitment) if secret else NOTHING


def subject_name(cls: type[c.Command]) -> str:
    """The field that says which duty, request or council a command is about; empty: the case itself."""
    return next((name for name in SUBJECTS if name in cls.__dataclass_fields__), "")


def subject_in(cls: type[c.Command], said: Said) -> int:
    """The subject as said; 0 = the case. Refuses what is no number."""
    name = subject_name(cls)
    if not name or said.get(name) in (None, ""):
        return 0
    try:
        return _whole(said[name])
    except (TypeError, ValueError, OverflowError):
        raise Refusal("field_wrong", field=name) from None


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
    if not FIRST_YEAR < moment.year < LAST_YEAR:
        raise ValueError("no moment of this county")
    return moment.astimezone(UTC).replace(microsecond=0)


PLAIN: dict[Any, Callable[[Any], Any]] = {
    int: _whole,
    str: _code,
    bool: lambda given: TRUTH[str(given).lower()],
    datetime: moment_of,
    UnitRating: lambda given: UnitRating(_whole(given["duty"]), _whole(given["level"])),
}
