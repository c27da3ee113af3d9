"""The lifecycle's rules, read from the county pack. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Literal

from shaodao.centre.cases import explaining
from shaodao.centre.cases.lifecycle.model import (
    FIRST_LOOK,
    By,
    Case,
    Duty,
    DutyPlan,
    IdentityMode,
    Limits,
    Place,
    Plan,
    Role,
    Step,
    Tier,
)
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.permissions import home_of
from shaodao.county.catalogue import LOCAL, FirstTier, Item, OffManual, TownshipRole, Way
from shaodao.county.catalogue import route as find_route
from shaodao.county.pack.model import At, Pack
from shaodao.county.units import FIRST_TIER, LOCALS, Kind
from shaodao.ground.clocks import Calendar, Limit

RANKS = ("liaison", "section_head", "unit_head")  # of a unit, from below
CENTRE_RANKS = ("shift_leader", "centre_deputy", "centre_director")


@dataclass(frozen=True, slots=True)
class PackRules:
    """`lifecycle.Rules` of one version of the pack, at one moment."""

    pack: Pack
    now: datetime

    def calendar(self, unit: str) -> Calendar:
        return self.pack.calendar_of(unit)

    @property
    def centre(self) -> str:
        return self._one(Kind.CENTRE)

    @property
    def leaders(self) -> str:
        return self._one(Kind.LEADERS)

    def limit(self, queue: str, *, emergency: bool = False) -> Limit:
        settings = self.pack.settings
        for name in (f"{queue}_emergency", queue) if emergency else (queue,):
            for group in (settings.queues, settings.windows):
                if found := getattr(group, name, None):
                    return found
        raise KeyError(queue)

    def number(self, name: str) -> int:
        return int(getattr(self.pack.settings.numbers, name))

    def identity(self, item: str, situation: str) -> tuple[IdentityMode, bool, bool]:
        if not item:
            return "protected", False, False
        found = self.item(item, situation)
        return found.identity.value, found.sensitive, found.emergency

    def same_unit(self, one: str, other: str) -> bool:
        tree = self.pack.tree
        one, other = home_of(one, self.pack), home_of(other, self.pack)
        if one not in tree.units or other not in tree.units:
            return one == other
        return tree.head_unit(one).code == tree.head_unit(other).code

    def may_own(self, unit: str, item: str) -> bool:
        found = self.pack.units.get(unit)
        if found is None or not found.in_force(self.pack.day(self.now)):
            return False
        withdrawn = bool(item) and self.item(item).township_role is TownshipRole.WITHDRAWN
        return not (withdrawn and found.kind in LOCALS | FIRST_TIER)

    def acting(self, unit: str) -> str:
        """The unit that acts for a unit now: itself, or its successor; "" where there is none."""
        try:
            return self.pack.tree.successor_of(unit, self.pack.day(self.now)).code
        except LookupError:
            return ""

    def in_manual(self, item: str) -> bool:
        """Whether the item is in force."""
        return item in self.pack.items_on(self.pack.day(self.now))

    def verifier(self, case: Case) -> str:
        """The community where it lies, the street, the centre, or the county's leaders: the first that neither handled it
        nor is complained of."""
        handlers = [d.unit for d in case.handlers]
        for unit in (case.place.community, case.place.township, self.centre):
            known = unit in self.pack.units and self._avoiding(unit, case) == unit
            if known and not any(self._handled_by(unit, handler) for handler in handlers):
                return unit
        return self.leaders

    def steps(self, kind: str, case: Case, duty: Duty | None, by: By, minutes: int = 0) -> tuple[Step, ...]:
        try:
            approval = self.pack.approval(kind, self._condition(kind, duty, case, minutes))
        except KeyError:
            return ()
        own = duty.unit if duty else by.unit
        section, township = duty.section if duty else "", case.place.township
        seats = ((step, self.seat(step.at, own, section, township)) for step in approval.steps)
        return tuple(
            Step("county_leader", self.leaders, step.limit)
            if self._avoiding(unit, case) != unit
            else self._second(Step(step.role, unit, step.limit), kind, case, by)
            for step, unit in seats
            if self.has_post(unit, step.role) and not _agrees(by, step.role, unit)
        )

    def seniors(self, case: Case, limit: Limit) -> tuple[Step, ...]:
        leader = Step("county_leader", self.leaders, limit)
        centre = tuple(Step(role, self.centre, limit) for role in reversed(CENTRE_RANKS[1:]))
        return (leader,) if self._avoiding(self.centre, case) != self.centre else (*centre, leader)

    def has_post(self, unit: str, role: str) -> bool:
        """A small unit lacks some posts: a step whose post it does not have is passed over."""
        return any(post.role == role for post in self.pack.posts_at(unit))

    def seat(self, at: At, own: str, section: str, township: str) -> str:
        """The unit that a place of the approval table or the ladder means, for a duty of the unit `own`."""
        if at is At.SECTION:
            return section or own
        if at is At.UNIT:
            return self.pack.tree.head_unit(own).code if own in self.pack.units else own
        if at is At.LOCAL:
            return township or self.centre
        if at is At.CENTRE:
            return self.centre
        if at is At.COUNTY:
            return self.leaders
        return self._one(Kind.DISCIPLINE if at is At.DISCIPLINE else Kind.SUPERVISION)

    # --- plans: what routing means for the lifecycle ---

    def item(self, code: str, situation: str = "") -> Item:
        """The item as it stands in a situation: as in force now, or as it was last, for cases older than its end. Refuses an
        unknown one."""
        item = self.pack.items_on(self.pack.day(self.now)).get(code) or self.pack.items.get(code)
        if item is None:
            raise Refusal("unknown_item", item=code)
        found = self.pack.situations.get(situation)
        if situation and (found is None or found.item != code):
            raise Refusal("unknown_situation", situation=situation)
        return found.applied(item) if found else item

    def duty_plan(
        self, unit: str, role: Role = "lead", item: str = "", situation: str = "", finish: Limit | None = None
    ) -> DutyPlan:
        """A duty for a unit with the item's limits, or with the ordinary ones of the pack where no item fits."""
        if unit not in self.pack.units:
            raise Refusal("unknown_unit", unit=unit)
        if item:
            as_it_stands = self.item(item, situation)
            limits = Limits(
                as_it_stands.sign,
                as_it_stands.report_in,
                as_it_stands.make_safe if role == "lead" else None,
                finish or as_it_stands.finish,
                tuple((step.name, step.limit) for step in as_it_stands.milestones) if role == "lead" else (),
            )
            return DutyPlan(unit, role, as_it_stands.report_in_mode.value, limits)
        ordinary = self.pack.settings.ordinary
        limits = Limits(ordinary.sign, ordinary.report_in, None, finish or ordinary.finish)
        return DutyPlan(unit, role, "call", limits)

    def plan_by_hand(
        self,
        lead: str,
        assists: Sequence[str] = (),
        *,
        item: str = "",
        situation: str = "",
        finish: Limit | None = None,
        rule: str = "by_hand",
    ) -> Plan:
        duties = (
            self.duty_plan(lead, "lead", item, situation, finish),
            *(self.duty_plan(unit, "assist", item, situation, finish) for unit in assists),
        )
        return Plan(duties, self.tier_of(lead), rule)

    def plan_off_manual(self, code: str, case: Case, lead: str = "") -> Plan:
        """The plan of a row of the off-manual list: its unit, or for a suggestion the one that can use it (`lead`), within
        the row's limit or the one of an answer. Refuses a row that is no unit's."""
        row = self.pack.off_manual.get(code)
        if row is None or row.way not in (Way.UNIT, Way.SUGGESTION):
            raise Refusal("field_wrong", field="off_manual")
        unit = self.lead_off_manual(row, case.place, lead)
        if not unit:
            raise Refusal("no_plan", why="no_place")
        if case.against and self.same_unit(unit, case.against):
            raise Refusal("no_plan", why="avoid")
        return self.plan_by_hand(unit, finish=row.finish or self.limit("answer"), rule=f"off_manual:{code}")

    def lead_off_manual(self, row: OffManual, place: Place, lead: str = "") -> str:
        """The unit of a row of the off-manual list here; "" where it is the place's own and the place is unknown."""
        unit = (lead if row.way is Way.SUGGESTION else "") or row.to or ""
        return place.township if unit == LOCAL else unit

    def is_theirs(self, unit: str, item: str) -> bool:
        """Of streets and below: what the manual leaves to them; of any other unit: what it leads itself."""
        if unit not in self.pack.units or not item:
            return False
        found = self.item(item)
        if self.pack.units[unit].kind in LOCALS | FIRST_TIER:
            return found.township_role is TownshipRole.OWN or found.first_tier is FirstTier.COMMUNITY
        return self.same_unit(unit, found.lead)

    def tier_of(self, unit: str) -> Tier:
        kind = self.pack.units[unit].kind
        return "community" if kind in LOCALS | FIRST_TIER else "department"

    def route(
        self,
        item: str,
        situation: str,
        place: Place,
        *,
        whistler_unit: str = "",
        against: str = "",
        owner: str | None = None,
        level: int = 0,
    ) -> tuple[Plan | None, str]:
        """The plan by the pack's routing, and its reason in one Chinese sentence (also `plan.why`); no plan = a person must
        decide, and the reason is a code.

        What the lowest tier can do itself goes there first, unless it is that tier (or its street) who whistles. A repeat
        (`level`) goes one level up: to the department, or to the department with the county coordinating.
        """
        as_it_stands = self.item(item, situation)
        if as_it_stands.needs_place and not place.known:
            return None, "no_place"
        lies_in = self.pack.places.get(place.grid or place.community or place.township)
        beside = (
            self.pack.places.near(place.lon / 1e7, place.lat / 1e7)
            if place.lon is not None and place.lat is not None
            else frozenset()
        )
        found = find_route(
            self.pack,
            as_it_stands,
            self.pack.situations.get(situation),
            lies_in,
            self.now,
            beside=beside,
            owner=owner,
        )
        if found.lead is None:
            return None, "ownerless"
        if against and self.same_unit(found.lead, against):
            return None, "avoid"
        first = self._first_tier(as_it_stands, place, whistler_unit)
        if first and not level and not (against and self.same_unit(first, against)):
            name = self.pack.units[first].short
            why = explaining.about(self.pack, item, situation, place)
            why += f"属社区（村）能办的事项，先由{name}主办，办不了的提级到部门。"
            duty = self.duty_plan(first, "lead", item, situation)
            return Plan((duty,), "community", "first_tier", why), why
        helpers: list[tuple[str, Literal["assist", "local"]]] = [
            (unit, "local" if self.pack.units[unit].kind in LOCALS else "assist") for unit in found.assists
        ]
        if found.local:
            helpers.append((found.local, "local"))
        duties = (
            self.duty_plan(found.lead, "lead", item, situation),
            *(
                self.duty_plan(unit, role, item, situation)
                for unit, role in helpers
                if not (against and self.same_unit(unit, against))
            ),
        )
        tier: Tier = "county" if level > bool(first) else self.tier_of(found.lead)
        why = explaining.about(self.pack, item, situation, place, found.spot) + found.reason
        return Plan(duties, tier, found.rule, why), why

    def explain(self, plan: Plan, item: str, situation: str, place: Place, reason: str) -> str:
        return explaining.by_hand(self.pack, plan, item, situation, place, reason)

    # --- private ---

    def _first_tier(self, item: Item, place: Place, whistler_unit: str) -> str:
        if item.first_tier is not FirstTier.COMMUNITY or item.township_role is TownshipRole.WITHDRAWN:
            return ""
        first = place.community or place.township
        if not self.may_own(first, item.code):
            return ""
        whistler_unit = home_of(whistler_unit, self.pack)
        whistles_itself = whistler_unit in self.pack.units and (
            self._handled_by(whistler_unit, first) or self._handled_by(first, whistler_unit)
        )
        return "" if whistles_itself else first

    def _handled_by(self, unit: str, handler: str) -> bool:
        return handler in self.pack.units and self.pack.tree.is_within(handler, unit)

    def _avoiding(self, unit: str, case: Case) -> str:
        """The unit, or the county's leaders where the complaint is about it."""
        return self.leaders if case.against and self.same_unit(unit, case.against) else unit

    def _one(self, kind: Kind) -> str:
        return next(unit.code for unit in self.pack.units.values() if unit.kind is kind)

    def _second(self, step: Step, kind: str, case: Case, by: By) -> Step:
        """The step, or at the centre one further up where whoever holds its post had a hand in the matter already: a
        centre may have one of each on duty, and two persons decide."""
        first = [r for r in case.requests if r.kind == FIRST_LOOK.get(kind)]
        hands = {by.role, *(role for r in first for role in (r.by.role, *(s.role for s in r.steps)))}
        if step.unit != self.centre or step.role not in CENTRE_RANKS or step.role not in hands:
            return step
        above = (role for role in CENTRE_RANKS[CENTRE_RANKS.index(step.role) :] if role not in hands)
        role = next(above, "")
        return replace(step, role=role) if role else Step("county_leader", self.leaders, step.limit)

    def _condition(self, kind: str, duty: Duty | None, case: Case, minutes: int) -> str:
        if kind == "return" and case.emergency:
            return "emergency"
        if kind == "extension" and duty is not None:
            second = any(
                r.kind == "extension" and r.duty == duty.id and r.outcome == "granted" for r in case.requests
            )
            return "short" if minutes <= self.number("short_extension_minutes") and not second else ""
        return ""


def _agrees(by: By, role: str, unit: str) -> bool:
    """Whoever asks has agreed already, where they hold this post of their unit or one above it: a small unit has nobody
    else who could."""
    ranked = by.unit == unit and by.role in RANKS and role in RANKS
    return ranked and RANKS.index(by.role) >= RANKS.index(role)
