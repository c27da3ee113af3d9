"""What has happened to a case: facts, never recomputed. An event carries every clock it changes, with its deadline,
so that folding needs neither rules nor calendar. Names of events are their class names; a changed shape gets a new
version and an upcaster, and the golden files in the tests keep the old ones readable for ever.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar, dataclass_transform

from shaodao.centre.cases.lifecycle.model import (
    NOTHING,
    By,
    Duty,
    Follower,
    IdentityMode,
    Kept,
    Nature,
    Place,
    Request,
    Solved,
    Step,
    Tier,
    UnitRating,
)
from shaodao.ground.clocks import Clock


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    by: By
    clocks: tuple[Clock, ...] = ()


EVENTS: dict[str, type[Event]] = {}
E = TypeVar("E", bound=Event)


@dataclass_transform(kw_only_default=True, frozen_default=True)
def event(cls: type[E]) -> type[E]:
    """Declare an event: a frozen dataclass that the codec finds by its name."""
    made = dataclass(frozen=True, slots=True, kw_only=True)(cls)
    EVENTS[made.__name__] = made
    return made


@event
class Reported(Event):
    number: str
    channel: str
    whistler_kind: str
    whistler: str
    whistler_unit: str
    requester: str
    on_behalf: bool
    anonymous: bool
    nature: Nature
    item: str
    situation: str
    confidence: int
    why: str
    place: Place
    words: Kept
    photos: tuple[str, ...]
    against: str
    external_system: str
    external_id: str
    repeat_of: str
    level: int
    leader: str
    staff_found: bool
    identity_mode: IdentityMode
    sensitive: bool
    emergency: bool
    external_due: datetime | None = None
    occurred_at: datetime | None = None  # when it was said or seen, if before it reached us
    guess: str = ""  # the likeliest item, also where it was not sure enough to be taken
    margin: int = 0  # per mille: how far the likeliest was ahead of the next


@event
class Queued(Event):
    """Waits in the centre's triage; `reason` says why it could not be dispatched at once."""

    reason: str


@event
class Dispatched(Event):
    """`why` explains it in one sentence made of the pack's words alone, as they were on that day."""

    duties: tuple[Duty, ...]
    tier: Tier
    rule: str
    reason: str = ""
    item: str = ""
    situation: str = ""
    place: Place | None = None
    nature: Nature | None = None
    emergency: bool | None = None
    identity_mode: IdentityMode | None = None
    sensitive: bool | None = None
    words: Kept = NOTHING
    why: str = ""


@event
class Answered(Event):
    words: Kept
    source: str


@event
class FoundHelpful(Event):
    """Whoever asked says that the answer helped."""


@event
class Transferred(Event):
    to: str
    receipt: str
    words: Kept


@event
class SentToRuling(Event):
    units: tuple[str, ...]
    reason: str
    words: Kept


@event
class RaisedToCounty(Event):
    """The centre's time to rule is over, or somebody asked: the county names the owner or coordinates."""

    reason: str
    words: Kept = NOTHING


@event
class ViewStated(Event):
    unit: str
    mine: bool
    basis: Kept
    words: Kept
    kind: str = ""


@event
class Ruled(Event):
    """`basis` cites what `kind` of basis it rests on, `reasons` are the ruling's own; as a precedent it holds `until`."""

    owner: str
    basis: Kept
    words: Kept
    scope: str
    precedent: str
    kind: str = ""
    reasons: Kept = NOTHING
    until: datetime | None = None


@event
class ItemConfirmed(Event):
    """A person of the centre has read the words and says which item they are about: one of the manual, or NONE."""

    item: str


@event
class DutyEnded(Event):
    """A duty leaves its unit: `why` is returned · redispatched · raised · withdrawn (its unit leads now)."""

    duty: int
    why: str
    reason: str = ""
    words: Kept = NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class DutyEvent(Event):
    duty: int


@event
class Signed(DutyEvent):
    pass


@event
class Assigned(DutyEvent):
    section: str
    handler: str


@event
class ReportedIn(DutyEvent):
    mode: str
    persons: int
    distance: int | None
    pending: bool
    words: Kept
    photos: tuple[str, ...]


@event
class ReportInConfirmed(DutyEvent):
    came: bool


@event
class MadeSafe(DutyEvent):
    words: Kept
    photos: tuple[str, ...]


@event
class MilestoneReached(DutyEvent):
    step: str
    words: Kept
    photos: tuple[str, ...]


@event
class PartFinished(DutyEvent):
    """Own part done; for the lead this is the claim, with its way (办结方式)."""

    way: str
    words: Kept
    photos: tuple[str, ...]


@event
class FiledForPenalty(DutyEvent):
    until: datetime
    words: Kept


@event
class VerificationOpened(Event):
    verifier: str


@event
class Verified(Event):
    passed: bool
    words: Kept
    photos: tuple[str, ...]


@event
class Reworked(Event):
    """退回重办: these duties go on; `reason` is verification · rating · reopened."""

    duties: tuple[int, ...]
    reason: str


@event
class Rated(Event):
    kind: str
    solved: Solved | None
    levels: tuple[UnitRating, ...]
    words: Kept


@event
class CallBackDue(Event):
    """The rating window passed without a rating."""


@event
class CalledBack(Event):
    reached: bool
    words: Kept


@event
class Closed(Event):
    """结案; `how` is rated · unrated (by rule after the closing window) · call_backs_failed · verified (staff-found)."""

    how: str
    words: Kept = NOTHING


@event
class Reopened(Event):
    reason: str
    words: Kept
    photos: tuple[str, ...]


@event
class Requested(Event):
    request: Request


@event
class StepApproved(Event):
    request: int
    words: Kept


@event
class PassedUp(Event):
    """The post at `unit` is nobody's: `steps` are those that are left, the first of them the next to decide."""

    request: int
    role: str
    unit: str
    steps: tuple[Step, ...]


@event
class RequestDecided(Event):
    request: int
    outcome: str  # granted · refused · lapsed · withdrawn
    words: Kept


@event
class Extended(DutyEvent):
    until: datetime


@event
class BreachCancelled(Event):
    kind: str
    subject: str
    round: int
    reason: str


@event
class Shelved(Event):
    until: datetime


@event
class ShelvingReviewed(Event):
    words: Kept


@event
class Resumed(Event):
    words: Kept = NOTHING


@event
class Declined(Event):
    reason: str


@event
class DeclineLifted(Event):
    """The review found that the case must be taken after all."""

    reason: str


@event
class Excluded(Event):
    reason: str


@event
class Merged(Event):
    into: str


@event
class Joined(Event):
    """Another case was merged into this one; its requester, and who followed it (`also`), follow this one now."""

    other: str
    requester: str
    also: tuple[Follower, ...] = ()
    anonymous: bool = False


@event
class SeenToo(Event):
    """我也看到了: somebody else reported the same matter, and follows it."""

    who: str
    words: Kept
    photos: tuple[str, ...]


@event
class Coordinated(Event):
    leader: str
    minutes: Kept


@event
class Convened(Event):
    council: int
    units: tuple[str, ...]
    meet_at: datetime
    place: Place
    words: Kept


@event
class Arrived(Event):
    council: int
    unit: str
    person: Kept


@event
class CouncilConcluded(Event):
    council: int
    words: Kept
    absent: tuple[str, ...]


@event
class WrongfulJudged(Event):
    """乱吹哨认定 and its appeal: `finding` is judged · upheld · cancelled."""

    finding: str
    reason: str


@event
class IdentityRevealed(Event):
    unit: str
    reason: str
    words: Kept


@event
class IdentitySeen(Event):
    reason: str
    words: Kept


@event
class Commented(Event):
    words: Kept
    photos: tuple[str, ...]


@event
class Summarised(Event):
    words: Kept


@event
class Erased(Event):
    subject: str
    reason: str = ""


@event
class Breached(Event):
    """A clock ran out: dated at the deadline, once per kind, subject and round."""

    kind: str
    subject: str
    round: int
    unit: str


@event
class Recomputed(Event):
    """Provisional deadlines, reckoned again on a newly published calendar."""
