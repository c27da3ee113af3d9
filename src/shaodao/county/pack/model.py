"""The county pack in memory: one immutable object per version, made by `reader.load`. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from shaodao.county.catalogue import Edition, Hours, Item, OffManual, Owner, Route, Situation, WordRule
from shaodao.county.places import Places
from shaodao.county.units import Post, Role, Unit, UnitTree
from shaodao.ground.clocks import Calendar, Limit


@dataclass(frozen=True, slots=True)
class Queues:
    """How long a case may wait in each place before whoever owns that place is late, or time moves it on.

    A name ending in `_emergency` holds instead for emergencies."""

    triage: Limit
    triage_emergency: Limit
    view: Limit  # a unit's view before a ruling
    view_emergency: Limit
    ruling: Limit  # 确权
    ruling_emergency: Limit
    county_ruling: Limit  # a county leader names the owner
    coordination: Limit  # 县级统筹, until tasks are given
    coordination_emergency: Limit
    council: Limit  # after an on-site council met, until its conclusions stand
    verification: Limit
    call_back: Limit
    rating: Limit  # own rating, before the call-back
    closing: Limit  # verified cases close by rule
    shelf_review: Limit
    decline_review: Limit
    appeal: Limit  # until when a judgement may be appealed
    answer: Limit  # 直接答复; written answers to deputies
    summary: Limit  # the checked summary of a protected case


@dataclass(frozen=True, slots=True)
class Windows:
    """Spans after which something may no longer, or must, happen."""

    return_window: Limit  # a return is asked for within this time of dispatch
    council_ahead: Limit  # a council is called for no later than this from now
    idempotency_key: Limit
    identity_kept: Limit  # after closing
    logs_kept: Limit
    phone_code: Limit


@dataclass(frozen=True, slots=True)
class Numbers:
    """Counts and distances."""

    call_back_tries: int
    call_back_gap_hours: int
    repeat_days: int  # same person and matter again after closing: 重复诉求
    recurrence_days: int  # same item and grid again: 点位复发
    reopen_days: int  # 没修好/又坏了 on the old case
    rework_raises_at: int  # from this rework on, the case goes up a tier
    duplicate_metres: int
    duplicate_hours: int
    report_in_distance: int  # metres
    line_metres: int  # how near a road or river counts as on it
    short_extension_minutes: int  # working time up to which liaison and shift leader decide
    extensions: int  # how many a duty may have
    returns_before_ruling: int
    ranking_cases: int  # fewer in a month: 样本不足, not ranked
    photos: int
    photo_megabytes: int
    voice_seconds: int
    words: int
    convened_units: int  # a 哨单 summons at most so many
    sign_in_failures: int
    sign_in_locked_minutes: int
    idle_minutes: int


@dataclass(frozen=True, slots=True)
class Rates:
    """How many whistles one source may send in an hour, and a day."""

    address_hour: int
    phone_hour: int
    phone_day: int
    device_hour: int
    device_day: int


@dataclass(frozen=True, slots=True)
class Ordinary:
    """Limits of a duty whose matter is no item of the manual."""

    sign: Limit
    report_in: Limit
    finish: Limit


@dataclass(frozen=True, slots=True)
class Dispatch:
    """When a machine's proposal is good enough. Per mille."""

    confident: int  # at least: dispatched at once
    margin: int  # ahead of the second by at least
    suggest: int  # at least: shown to the seat as a proposal


@dataclass(frozen=True, slots=True)
class Pressing:
    """When people are told of what presses."""

    digest: time  # what can wait is gathered and told once a day
    quiet: Hours  # no telephone rings, except for emergencies


@dataclass(frozen=True, slots=True)
class Supervision:
    """Limits of supervision orders besides the one each order sets itself."""

    sign: Limit  # by the unit
    review: Limit  # of a reply
    look_back: Limit  # until the result of what was followed up is looked at
    assigned: Limit  # a leader's assigned case, where the leader names no limit


@dataclass(frozen=True, slots=True)
class Settings:
    """Every number that is not a matter of one item (`settings.toml`)."""

    queues: Queues
    windows: Windows
    numbers: Numbers
    rates: Rates
    ordinary: Ordinary
    dispatch: Dispatch
    pressing: Pressing
    supervision: Supervision

    def limit(self, name: str, *, emergency: bool = False) -> Limit:
        """A queue's or window's limit by name. AttributeError if there is none."""
        if emergency and hasattr(self.queues, f"{name}_emergency"):
            name = f"{name}_emergency"
        found: Limit = getattr(self.queues if hasattr(self.queues, name) else self.windows, name)
        return found

    def number(self, name: str) -> int:
        """A count or distance by name. AttributeError if there is none."""
        found: int = getattr(self.numbers, name)
        return found


class At(StrEnum):
    """Where an approver or a notified person sits, seen from the duty."""

    SECTION = "section"  # the section or station that holds it
    UNIT = "unit"  # the duty's own unit
    LOCAL = "local"  # the street or township
    CENTRE = "centre"
    COUNTY = "county"
    DISCIPLINE = "discipline"
    SUPERVISION = "supervision"


@dataclass(frozen=True, slots=True)
class ApprovalStep:
    role: str
    at: At
    limit: Limit


@dataclass(frozen=True, slots=True)
class Approval:
    """Who decides on a request of `kind` under `condition`, in order. Told are those who only learn of it."""

    kind: str
    condition: str
    steps: tuple[ApprovalStep, ...]


class Moment(StrEnum):
    BEFORE = "before"
    AT = "at"
    AFTER = "after"


class How(StrEnum):
    NOW = "now"
    DIGEST = "digest"  # can wait for the message of the day
    ALARM = "alarm"  # red at the centre's desk until acknowledged, and somebody is called


@dataclass(frozen=True, slots=True)
class Rung:
    """One rung of the escalation ladder: when, as seen from the deadline of a clock, who is told."""

    code: str
    clock: str  # sign, report_in, make_safe, finish, or a queue's name
    moment: Moment
    offset: Limit | None  # None exactly at the deadline
    emergency: bool | None  # None: both
    role: str
    at: At
    words: str
    how: How = How.NOW
    script: str = ""  # of an alarm: what the desk says on the telephone


@dataclass(frozen=True, slots=True)
class Shift:
    code: str
    name: str
    start: time
    end: time  # earlier than or equal to start: on the next day


class Days(StrEnum):
    DAILY = "daily"
    WORKDAYS = "workdays"
    RESTDAYS = "restdays"


@dataclass(frozen=True, slots=True)
class Roster:
    """So many persons of a role of a unit, on a shift, on certain days. Outside office hours they are told instead of
    the roles they act for."""

    unit: str
    role: str
    shift: str
    days: Days
    number: int
    acts_for: frozenset[str] = frozenset()


class ScoreGroup(StrEnum):
    """Who is scored by one set of rules. Enterprises are scored as departments are, and ranked apart from them."""

    DEPARTMENT = "department"
    STREET = "street"
    CENTRE = "centre"


class Scored(StrEnum):
    """`share`: so many points times the share that a figure of the unit has. `each`: so many for each fact behind it."""

    SHARE = "share"
    EACH = "each"


# What can be scored: figures that stand under a unit (`centre.assessment.figures`).
SCORED_FACTS = frozenset({
    "signed_on_time", "report_in_on_time", "finish_on_time", "solved", "satisfied", "evidence_shown", "community_share",
    "centre_on_time", "late_report_in", "never_turned_out", "refused_returns", "bucks_passed", "late_finish",
    "reworked_duties", "found_oneself", "assists_rated_good", "wrongful_whistles", "whistles_lacking", "centre_late",
    "orders_received", "orders_unanswered",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class ScoreRule:
    """One rule of the scores. `fact` is a figure of `centre.assessment`; `points` and `most` count hundredths of a point;
    `most`: what the rule gives or takes in a month, None: whatever it comes to. Rules of one `pool` give it together."""

    code: str
    group: ScoreGroup
    how: Scored
    fact: str
    points: int
    most: int | None
    words: str
    pool: str = ""


@dataclass(frozen=True, slots=True)
class Switch:
    """A reviewed choice between ways to divide work (`switches.toml`); its words stand in unit columns as $WORD."""

    code: str
    name: str
    choice: str
    basis: str
    reviewed: date
    words: Mapping[str, str]


@dataclass(frozen=True, eq=False)
class Pack:
    """Everything the county says about itself, in one version."""

    code: str
    name: str
    version: str  # sha256 of the canonical files, hex
    demonstration: bool
    zone: str
    telephone: str  # of the centre, as one dials it; empty where there is none
    units: Mapping[str, Unit]
    unit_names: Mapping[str, tuple[str, ...]]  # what people call a unit, beside its names
    roles: Mapping[str, Role]
    posts: Mapping[str, Post]
    places: Places
    editions: tuple[Edition, ...]
    item_versions: Mapping[str, tuple[Item, ...]]  # by code, oldest first
    situations: Mapping[str, Situation]
    routes: Mapping[str, tuple[Route, ...]]  # by item, in the order of the file
    owners: Mapping[str, Owner]
    word_rules: tuple[WordRule, ...]
    score_rules: tuple[ScoreRule, ...]
    off_manual: Mapping[str, OffManual]
    switches: Mapping[str, Switch]
    calendar: Calendar
    shifts: Mapping[str, Shift]
    rosters: tuple[Roster, ...]
    ladder: tuple[Rung, ...]
    approvals: tuple[Approval, ...]
    settings: Settings
    tree: UnitTree = field(init=False, repr=False)
    items: Mapping[str, Item] = field(init=False, repr=False)  # the newest of each code

    _posts_by_unit: Mapping[str, tuple[Post, ...]] = field(init=False, repr=False)
    _manuals: dict[date, Mapping[str, Item]] = field(default_factory=dict, init=False, repr=False)
    _calendars: dict[str, Calendar] = field(default_factory=dict, init=False, repr=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "tree", UnitTree(self.units))
        object.__setattr__(self, "items", {code: rows[-1] for code, rows in self.item_versions.items()})
        by_unit: dict[str, list[Post]] = {}
        for post in self.posts.values():
            by_unit.setdefault(post.unit, []).append(post)
        object.__setattr__(self, "_posts_by_unit", {unit: tuple(posts) for unit, posts in by_unit.items()})

    def items_on(self, day: date) -> Mapping[str, Item]:
        """The manual of a day: the items in force, by code."""
        if day not in self._manuals:
            self._manuals[day] = {
                code: item for code, rows in self.item_versions.items() for item in rows if item.in_force(day)
            }
        return self._manuals[day]

    def calendar_of(self, unit: str) -> Calendar:
        """The calendar with the unit's duty roster, if it has one; `duty` limits count on it."""
        if unit not in self._calendars:
            self._calendars[unit] = self._with_roster(unit)
        return self._calendars[unit]

    def item(self, code: str, at: datetime | date | None = None) -> Item:
        """The item in force at a moment or on a day (None: the newest). KeyError if there is none."""
        if at is None:
            return self.items[code]
        return self.items_on(self.day(at) if isinstance(at, datetime) else at)[code]

    def day(self, at: datetime) -> date:
        """The local day of a moment."""
        return at.astimezone(ZoneInfo(self.zone)).date()

    def situations_of(self, item: str) -> tuple[Situation, ...]:
        return tuple(situation for situation in self.situations.values() if situation.item == item)

    def approval(self, kind: str, condition: str = "") -> Approval:
        """The approval for a kind of request; an unknown condition falls back to the unconditional row."""
        for wanted in dict.fromkeys((condition, "")):
            for approval in self.approvals:
                if (approval.kind, approval.condition) == (kind, wanted):
                    return approval
        raise KeyError(f"{kind} {condition}".strip())

    def posts_at(self, unit: str) -> tuple[Post, ...]:
        return self._posts_by_unit.get(unit, ())

    def capacity_name(self, role: str, unit: str, grid: str = "") -> str:
        """How somebody with a role at a unit is called on screens; codes the pack does not know stand as they are."""
        where = f"{grid or unit}/"
        for post in self._posts_by_unit.get(unit, ()):
            if post.role == role and post.code.startswith(where):
                return post.capacity
        known_unit, known_role = self.units.get(unit), self.roles.get(role)
        return f"{known_unit.short if known_unit else unit}{known_role.name if known_role else role}"

    def on_duty(self, unit: str, at: datetime) -> Sequence[tuple[Roster, Shift]]:
        """The roster rows of a unit whose shift runs at a moment."""
        return [
            (row, self.shifts[row.shift])
            for row in self.rosters
            if row.unit == unit
            and any(
                start <= at < end
                for start, end in self._shift_times(
                    row, at.astimezone(ZoneInfo(self.zone)).date(), back=1, ahead=0
                )
            )
        ]

    def _with_roster(self, unit: str) -> Calendar:
        rows = [row for row in self.rosters if row.unit == unit]
        if not rows:
            return self.calendar
        first, last = date(self.calendar.published[0], 1, 1), self.calendar.published_until
        span = (last - first).days
        return self.calendar.with_duty(
            interval for row in rows for interval in self._shift_times(row, first, back=0, ahead=span)
        )

    def _shift_times(
        self, row: Roster, day: date, *, back: int, ahead: int
    ) -> list[tuple[datetime, datetime]]:
        zone, shift = ZoneInfo(self.zone), self.shifts[row.shift]
        times = []
        for offset in range(-back, ahead + 1):
            on = day + timedelta(days=offset)
            if row.days is not Days.DAILY and self.calendar.is_workday(on) != (row.days is Days.WORKDAYS):
                continue
            end_day = on if shift.start < shift.end else on + timedelta(days=1)
            times.append(
                (datetime.combine(on, shift.start, zone), datetime.combine(end_day, shift.end, zone))
            )
        return times
