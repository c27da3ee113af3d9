"""The manual of items: what may be whistled for, who leads it, and within which limits. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date, time, timedelta
from enum import StrEnum

from shaodao.county.places import PlaceKind
from shaodao.ground.clocks import Limit


class Category(StrEnum):
    LAW = "law"  # 行政执法
    LIVELIHOOD = "livelihood"  # 民生诉求


class Urgency(StrEnum):
    DAILY = "daily"  # 日常哨
    EMERGENCY = "emergency"  # 应急哨
    CAMPAIGN = "campaign"  # 攻坚哨


class TownshipRole(StrEnum):
    OWN = "own"  # 基本履职: streets and townships do it themselves first
    SUPPORT = "support"  # 配合: they support the department
    WITHDRAWN = "withdrawn"  # 收回: taken back by the county, never assigned to them


class FirstTier(StrEnum):
    COMMUNITY = "community"
    DEPARTMENT = "department"


class ReportIn(StrEnum):
    SITE = "site"  # 到场报到
    CALL = "call"  # 联系报到


class IdentityMode(StrEnum):
    PROTECTED = "protected"  # the handling unit sees a checked summary, never who or the original words
    CONTACTABLE = "contactable"  # calls go through the centre
    SHARED = "shared"  # shared with the handling unit, with consent


CATEGORY_WORDS: Mapping[Category, str] = {Category.LAW: "行政执法", Category.LIVELIHOOD: "民生诉求"}
URGENCY_WORDS: Mapping[Urgency, str] = {
    Urgency.DAILY: "日常哨",
    Urgency.EMERGENCY: "应急哨",
    Urgency.CAMPAIGN: "攻坚哨",
}
TOWNSHIP_WORDS: Mapping[TownshipRole, str] = {
    TownshipRole.OWN: "基本履职",
    TownshipRole.SUPPORT: "配合",
    TownshipRole.WITHDRAWN: "收回",
}
REPORT_IN_WORDS: Mapping[ReportIn, str] = {ReportIn.SITE: "到场报到", ReportIn.CALL: "联系报到"}
IDENTITY_WORDS: Mapping[IdentityMode, str] = {
    IdentityMode.PROTECTED: "保密",
    IdentityMode.CONTACTABLE: "经中心联系",
    IdentityMode.SHARED: "征得同意后共享",
}

# In the column of a unit: the street or township where it lies; the owner by its mark.
LOCAL = "T"
OWNER = "OWNER"


@dataclass(frozen=True, slots=True)
class Season:
    """A span of days of the year, both ends included; it may run over New Year (11-01..04-15)."""

    start: tuple[int, int]
    end: tuple[int, int]

    def covers(self, day: date) -> bool:
        now = (day.month, day.day)
        if self.start <= self.end:
            return self.start <= now <= self.end
        return now >= self.start or now <= self.end

    def over_after(self, day: date) -> date:
        """The first day after the span that a day lies in."""
        over = date(day.year, *self.end) + timedelta(days=1)
        return over if over > day else date(day.year + 1, *self.end) + timedelta(days=1)


@dataclass(frozen=True, slots=True)
class Hours:
    """A span of local time, from `start` up to, not including, `end`; it may run over midnight (22:00..06:00)."""

    start: time
    end: time

    def covers(self, moment: time) -> bool:
        if self.start <= self.end:
            return self.start <= moment < self.end
        return moment >= self.start or moment < self.end


@dataclass(frozen=True, slots=True)
class Milestone:
    """A dated step on the way that residents are told: 受理, 答复, 立案限拆."""

    name: str
    limit: Limit


@dataclass(frozen=True, slots=True)
class Item:
    """One item of the manual over its days of effect.

    `lead` and `assists` hold unit codes, `LOCAL` or `OWNER`; `assists` become duties at once, `on_call` are
    units that are often called in later. Limits are None where the item has no such stage."""

    code: str
    name: str
    category: Category
    group: str
    platform: str
    urgency: Urgency
    lead: str
    assists: tuple[str, ...]
    on_call: tuple[str, ...]
    first_tier: FirstTier
    township_role: TownshipRole
    report_in_mode: ReportIn
    sign: Limit
    report_in: Limit
    make_safe: Limit | None
    finish: Limit
    milestones: tuple[Milestone, ...]
    season_block: Season | None  # work that waits for spring: 季节性挂账
    plan_then_shelve: bool  # finished by an agreed plan, the work itself shelved with a date
    identity: IdentityMode
    sensitive: bool
    scored: bool
    evidence: tuple[str, ...]
    basis: tuple[str, ...]
    matters: tuple[str, ...]  # aliases: codes of GB/T 47678.5
    scope: str  # what belongs to it, in words
    keywords: tuple[str, ...]
    valid_from: date
    valid_until: date | None

    @property
    def emergency(self) -> bool:
        return self.urgency is Urgency.EMERGENCY

    @property
    def two_stage(self) -> bool:
        return self.make_safe is not None

    @property
    def needs_place(self) -> bool:
        return self.report_in_mode is ReportIn.SITE

    def in_force(self, day: date) -> bool:
        return self.valid_from <= day and (self.valid_until is None or day < self.valid_until)


@dataclass(frozen=True, slots=True)
class Situation:
    """A sub-case (情形) of an item. What is None here is as the item says."""

    code: str
    item: str
    name: str
    keywords: tuple[str, ...]
    places: frozenset[PlaceKind]  # empty: anywhere
    urgency: Urgency | None = None
    report_in_mode: ReportIn | None = None
    identity: IdentityMode | None = None
    sign: Limit | None = None
    report_in: Limit | None = None
    make_safe: Limit | None = None
    finish: Limit | None = None

    def applied(self, item: Item) -> Item:
        """The item as it stands in this situation."""
        return replace(
            item,
            urgency=self.urgency or item.urgency,
            report_in_mode=self.report_in_mode or item.report_in_mode,
            identity=self.identity or item.identity,
            sign=self.sign or item.sign,
            report_in=self.report_in or item.report_in,
            make_safe=self.make_safe or item.make_safe,
            finish=self.finish or item.finish,
        )


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the routing table: conditions, then who. The first row of an item whose conditions hold decides."""

    code: str
    item: str
    situation: str | None
    places: frozenset[PlaceKind]
    season: Season | None
    hours: Hours | None
    lead: str
    otherwise: str | None  # the lead when `lead` is OWNER and nobody knows the owner; None: a ruling
    assists: tuple[str, ...]
    local: bool  # the street or township gets a duty of local support at once
    reason: str  # a sentence; {lead}, {assists}, {local}, {place} are filled in


@dataclass(frozen=True, slots=True)
class Owner:
    """A mark on a cover, pole or cable, and whose it is."""

    mark: str
    unit: str
    keywords: tuple[str, ...]


NONE = "NONE"  # stands for: no item of the manual


@dataclass(frozen=True, slots=True)
class WordRule:
    """Words that decide an item (or `NONE`) before the model is asked: one of each group, and none of `without`."""

    code: str
    item: str
    words: tuple[tuple[str, ...], ...]  # groups of alternatives
    without: tuple[str, ...]
    why: str


class Way(StrEnum):
    """What becomes of a matter that is not in the manual."""

    ANSWER = "answer"  # answered at once
    TRANSFER = "transfer"  # handed to a service outside, with a receipt
    UNIT = "unit"  # dispatched to a unit
    SUGGESTION = "suggestion"  # taken as a suggestion


WAY_WORDS: Mapping[Way, str] = {
    Way.ANSWER: "直接答复",
    Way.TRANSFER: "转送",
    Way.UNIT: "派单",
    Way.SUGGESTION: "收作建议",
}


@dataclass(frozen=True, slots=True)
class OffManual:
    code: str
    name: str
    keywords: tuple[str, ...]
    way: Way
    to: str | None  # a unit code (UNIT, SUGGESTION) or the service outside, in words (TRANSFER)
    finish: Limit | None  # for UNIT: within which limit
    words: str  # what the whistler is told
    without: tuple[str, ...] = ()  # words that speak against it
    nature: str = ""  # only what is ask, suggest, praise …; empty: whatever its nature


@dataclass(frozen=True, slots=True)
class Edition:
    """An edition of the manual, for people: which items belong to it follows from their days of effect."""

    number: int
    name: str
    valid_from: date
    note: str
