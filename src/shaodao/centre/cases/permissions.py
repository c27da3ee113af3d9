"""Who may do what: one table of command × role × relation to the case. Pages, API and jobs ask here, and buttons are
drawn from the same answer. Whether the state allows a command is the lifecycle's to say (`possible`). Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from typing import Any

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle import possible
from shaodao.centre.cases.lifecycle.model import NOTHING, By, Case, Place, Request, is_open
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind

WHISTLER = "whistler"  # acts by link, code or phone sign-in; no account
SYSTEM = "system"
ON_THE_SPOT = "on_the_spot"  # whoever holds the code of a council at its place
CENTRE_DESK = frozenset({"seat", "shift_leader", "centre_deputy", "centre_director"})
CENTRE_HEADS = frozenset({"shift_leader", "centre_deputy", "centre_director"})
UNIT_HANDS = frozenset({"liaison", "handler", "section_head", "unit_head"})
UNIT_VOICE = frozenset({"liaison", "section_head", "unit_head"})
FIRST_TIER_HANDS = frozenset({"grid_chief", "community_secretary"})
STREET = frozenset({"street_clerk", "street_head"})
HANDS = UNIT_HANDS | FIRST_TIER_HANDS | STREET
VOICE = UNIT_VOICE | frozenset({"community_secretary"}) | STREET

Relation = Callable[["Asked"], bool]


class Forbidden(Exception):
    """This capacity may not give this command. Says no more than that."""

    def __init__(self, command: str) -> None:
        self.command = command
        super().__init__(command)


@dataclass(frozen=True, slots=True)
class Asked:
    """One question: may `by` give a command to this case, on this subject (duty, request, council; 0 = the case)?"""

    by: By
    case: Case
    subject: int
    pack: Pack

    def within(self, unit: str, other: str) -> bool:
        """Whether `unit` is `other` or a part of it."""
        tree = self.pack.tree
        return unit == other or (unit in tree.units and other in tree.units and tree.is_within(unit, other))

    @property
    def home(self) -> str:
        """The unit one acts for: a grid chief's is the community."""
        return home_of(self.by.unit, self.pack)

    def same(self, unit: str) -> bool:
        """Whether the actor's unit answers for `unit`, or is the section or station that holds it."""
        tree = self.pack.tree
        if self.home not in tree.units or unit not in tree.units:
            return False
        return tree.head_unit(self.home).code == tree.head_unit(unit).code


def home_of(code: str, pack: Pack) -> str:
    """The unit of a code under which somebody acts: itself, or the community of a grid."""
    place = pack.places.get(code) if code and code not in pack.units else None
    return place.unit if place is not None and place.unit else code


# --- relations --------------------------------------------------------------------------------------------------


def anyone(asked: Asked) -> bool:
    return True


def own_duty(asked: Asked) -> bool:
    """The duty is the actor's unit's; a handler named in person, or another section, keeps others of the unit out. A
    grid chief works on what lies in the own grid."""
    duty = asked.case.duty(asked.subject)
    if duty is None or not asked.same(duty.unit):
        return False
    if asked.by.role in ("handler", "grid_chief"):
        if duty.handler:
            return duty.handler == asked.by.actor
        if asked.by.role == "grid_chief":
            return local(asked)
        return not duty.section or duty.section == asked.by.unit
    return True


def has_duty(asked: Asked) -> bool:
    return any(asked.same(d.unit) for d in asked.case.duties if d.ended in ("", "done"))


def complained_of(asked: Asked) -> bool:
    """回避: the complaint is about the actor's unit."""
    return bool(asked.case.against) and asked.same(asked.case.against)


def in_person(asked: Asked) -> bool:
    """Who reported, or whose problem it is."""
    return bool(asked.by.actor) and asked.by.actor in (asked.case.whistler, asked.case.requester)


def follows(asked: Asked) -> bool:
    """Who joined the case: 我也看到了."""
    return asked.case.seat_of(asked.by.actor) is not None


def known_to_it(asked: Asked) -> bool:
    """Whoever reported it, or follows it."""
    return asked.by.actor in asked.case.persons


def has_seen_the_same(asked: Asked) -> bool:
    """Anybody else may join what is everybody's to see. That a protected matter was reported betrays who did; so may a
    complaint about a unit, and a denunciation."""
    return is_for_all(asked.case) and not in_person(asked)


def is_for_all(case: Case) -> bool:
    """Nothing that betrays by itself: not protected, not sensitive, no complaint about a unit, no denunciation."""
    return not (
        case.identity_mode == "protected" or case.sensitive or case.against or case.nature == "denounce"
    )


def leads(asked: Asked) -> bool:
    return asked.case.lead is not None and asked.same(asked.case.lead.unit)


def whistled(asked: Asked) -> bool:
    """The person who reported, whose problem it is, or on the ground a colleague of the unit that whistled."""
    if in_person(asked):
        return True
    unit, by = asked.case.whistler_unit, asked.by
    if not unit or by.role not in FIRST_TIER_HANDS | STREET:
        return False
    return unit == by.unit or (by.role != "grid_chief" and asked.within(home_of(unit, asked.pack), by.unit))


def requests(asked: Asked) -> bool:
    """The person whose problem it is: the only one who rates. Without one, who reported it."""
    return asked.by.actor == (asked.case.requester or asked.case.whistler)


def assigned(asked: Asked) -> bool:
    """The leader who assigned the case: it comes back to that leader."""
    return bool(asked.case.leader) and asked.by.actor == asked.case.leader


def local(asked: Asked) -> bool:
    """The case lies in the actor's street, township, community or grid."""
    place, unit = asked.case.place, asked.by.unit
    return bool(unit) and unit in (place.township, place.community, place.grid)


def local_or_whistled(asked: Asked) -> bool:
    return local(asked) or whistled(asked)


def local_not_handling(asked: Asked) -> bool:
    return local(asked) and not has_duty(asked)


def verifies(asked: Asked) -> bool:
    """Holds the verification, and none of the duties; a grid chief that of the own grid."""
    clock = asked.case.clock("verification")
    return (
        clock is not None
        and is_open(clock)
        and asked.within(asked.home, clock.unit)
        and not has_duty(asked)
        and (asked.by.role != "grid_chief" or local(asked))
    )


def approves(asked: Asked) -> bool:
    """Holds the current step of the request, and did not propose it."""
    request = asked.case.request(asked.subject)
    return (
        request is not None
        and request.open
        and request.current.role == asked.by.role
        and request.current.unit == asked.by.unit
        and request.by.actor != asked.by.actor
        and asked.by.actor not in request.approvers
    )


def asked_for_it(asked: Asked) -> bool:
    """Asked for what is to be approved."""
    request = asked.case.request(asked.subject)
    return request is not None and request.by.actor == asked.by.actor


def impartial(asked: Asked) -> bool:
    """The own unit neither handles it nor has been asked whether it should."""
    views = any(asked.same(view.unit) for view in asked.case.views)
    return not (has_duty(asked) or views or asked_for_view(asked))


def summoner(asked: Asked) -> bool:
    """A unit that called others to a council about the case."""
    return any(asked.within(asked.by.unit, council.by.unit) for council in asked.case.councils)


def convened(asked: Asked) -> bool:
    council = asked.case.council(asked.subject)
    return council is not None and asked.within(asked.by.unit, council.by.unit)


def summoned(asked: Asked) -> bool:
    council = asked.case.council(asked.subject)
    return council is not None and (convened(asked) or any(asked.same(u) for u in council.units))


def asked_for_view(asked: Asked) -> bool:
    return any(k.kind == "view" and is_open(k) and asked.same(k.unit) for k in asked.case.clocks)


@dataclass(frozen=True, slots=True)
class Grant:
    roles: frozenset[str]
    relation: Relation


def _to(roles: Iterable[str], relation: Relation = anyone) -> Grant:
    return Grant(frozenset(roles), relation)


DESK = (_to(CENTRE_DESK), _to({"stationed"}, impartial))

TABLE: dict[type[c.Command], tuple[Grant, ...]] = {
    # `Report` is asked of `may_whistle` below: there is no case yet.
    c.Dispatch: DESK,
    c.Answer: DESK,
    c.Transfer: DESK,
    c.SendToRuling: DESK,
    c.Merge: (*DESK, _to({WHISTLER}, requests)),  # asked of both cases, or the other one is open to be joined
    c.Rule: (_to(CENTRE_HEADS, impartial), _to({"county_leader"})),
    c.Redispatch: (_to(CENTRE_HEADS, impartial),),
    c.ProposeDecline: DESK,
    c.ProposeExclusion: (_to(CENTRE_DESK, impartial),),
    c.RevealIdentity: (_to(CENTRE_HEADS, impartial),),
    c.SeeIdentity: (_to(CENTRE_DESK | {"caller"}, impartial), _to(HANDS, has_duty)),
    c.StateView: (_to(VOICE, asked_for_view),),
    c.Sign: (_to(HANDS, own_duty),),
    c.Assign: (_to(VOICE, own_duty),),
    c.ReportIn: (_to(HANDS, own_duty),),
    c.ConfirmReportIn: (
        _to({WHISTLER}, whistled),
        _to(FIRST_TIER_HANDS | STREET, local_not_handling),
        _to(CENTRE_DESK, impartial),
    ),
    c.MakeSafe: (_to(HANDS, own_duty),),
    c.ReachMilestone: (_to(HANDS, own_duty),),
    c.FinishPart: (_to(HANDS, own_duty),),
    c.FileForPenalty: (_to(UNIT_HANDS, own_duty),),
    c.ClaimFinished: (_to(HANDS, own_duty),),
    c.AskReturn: (_to(VOICE, own_duty),),
    c.AskExtension: (_to(HANDS, own_duty),),
    c.AskShelving: (_to(VOICE, leads),),
    c.Decide: (_to(UNIT_VOICE | STREET | CENTRE_HEADS | {"county_leader", "inspector"}, approves),),
    c.WithdrawRequest: (_to(HANDS, asked_for_it),),
    c.CallAssist: (_to(VOICE, leads), _to(STREET, local), _to(CENTRE_HEADS, impartial)),
    c.EscalateTier: (_to(VOICE, leads), _to(STREET, local), _to(CENTRE_HEADS)),
    c.Coordinate: (_to({"county_leader", "centre_director"}),),
    c.Convene: (_to(STREET, local_or_whistled), _to(CENTRE_HEADS)),
    c.Arrive: (_to(HANDS, summoned), _to({ON_THE_SPOT}, summoned)),
    c.ConcludeCouncil: (_to(STREET | CENTRE_HEADS, convened),),
    c.RateUnits: (_to(STREET, summoner),),
    c.Verify: (
        _to(FIRST_TIER_HANDS | STREET, verifies),
        _to(CENTRE_DESK | {"caller"}, verifies),
        _to({"county_leader"}, verifies),
    ),
    c.Rate: (
        _to({WHISTLER, "deputy"}, requests),
        _to(FIRST_TIER_HANDS | STREET, requests),
        _to({"county_leader"}, assigned),
    ),
    c.CallBack: (_to({"caller"} | CENTRE_DESK, impartial),),
    c.Close: (_to(CENTRE_HEADS, impartial),),
    c.Reopen: (
        _to({WHISTLER, "deputy"}, whistled),
        _to(FIRST_TIER_HANDS | STREET, whistled),
        _to(CENTRE_HEADS, impartial),
    ),
    c.SeenToo: (_to({WHISTLER}, has_seen_the_same),),
    c.FindHelpful: (_to({WHISTLER, "deputy"}, whistled), _to(FIRST_TIER_HANDS | STREET, whistled)),
    c.AskReview: (_to({WHISTLER, "deputy"}, whistled), _to(FIRST_TIER_HANDS | STREET, whistled)),
    c.ReviewShelved: (_to(VOICE, leads), _to(CENTRE_HEADS)),
    c.Resume: (_to(VOICE, leads), _to(CENTRE_HEADS)),
    c.ProposeWrongful: (_to(CENTRE_DESK, impartial), _to(VOICE, leads)),
    c.AppealWrongful: (_to(FIRST_TIER_HANDS | STREET, whistled),),
    c.ConfirmItem: (_to(CENTRE_DESK, impartial),),
    c.Comment: (
        _to({WHISTLER, "deputy"}, whistled),
        _to({WHISTLER}, follows),
        _to(HANDS, has_duty),
        _to(FIRST_TIER_HANDS | STREET, local_or_whistled),
        *DESK,
        _to({"county_leader"}),
    ),
    c.Summarise: (_to(CENTRE_DESK, impartial), _to({"county_leader"})),
    c.Erase: (_to({"security_admin", SYSTEM}), _to({WHISTLER}, known_to_it)),
    c.Recompute: (_to({SYSTEM}),),
    c.PassUp: (_to({SYSTEM}),),
    c.Tick: (_to({SYSTEM}),),
}


def may(by: By, command: type[c.Command], case: Case, subject: int, pack: Pack) -> bool:
    """Whether this capacity may give this command to this case and subject, whatever its state."""
    if case.behind(by.actor) in case.erased_persons:  # nobody can be that person any more
        return False
    asked = Asked(by, case, subject, pack)
    if complained_of(asked) and command is not c.Erase:
        return False
    return any(by.role in grant.roles and grant.relation(asked) for grant in TABLE.get(command, ()))


def check(by: By, command: c.Command | type[c.Command], case: Case, subject: int, pack: Pack) -> None:
    cls = command if isinstance(command, type) else type(command)
    if not may(by, cls, case, subject, pack):
        raise Forbidden(c.name_of(cls))


def offered(by: By, case: Case, pack: Pack) -> list[tuple[type[c.Command], int]]:
    """Every command this capacity may give now, with its subject: what the buttons are drawn from."""
    return [
        (command, subject)
        for command in TABLE
        if any(by.role in grant.roles for grant in TABLE[command])
        for subject in possible(case, command)
        if may(by, command, case, subject, pack)
    ]


# --- seeing -----------------------------------------------------------------------------------------------------

# 纪检监察: who supervises. The county's commission sees every case; a stationed group those of its departments; the
# committee of a street or township, and the supervisors of a village, those of their area.
DISCIPLINE = frozenset({"inspector", "discipline_head", "village_supervisor"})
ALL_SEEING = CENTRE_DESK | {"caller", "stationed", "county_leader", "supervisor"} | DISCIPLINE
READS_PROTECTED = CENTRE_DESK | {"caller", "county_leader", "inspector", "discipline_head"}
FOLLOWERS = frozenset({WHISTLER, "deputy"})  # follow what they reported, and see no paperwork of units
GROUND = FIRST_TIER_HANDS | STREET


def may_see(by: By, case: Case, pack: Pack) -> bool:
    """Whether the case may be looked at; what of it is hidden is a matter of `reads_words` and `as_seen`."""
    asked = Asked(by, case, 0, pack)
    if complained_of(asked):
        return in_person(asked)
    if by.role in DISCIPLINE:
        return _supervises(asked)
    if by.role in ALL_SEEING:
        return True
    if by.role in FOLLOWERS:
        return in_person(asked) or follows(asked)
    if by.role not in HANDS:
        return False
    concerned = any(asked.same(d.unit) for d in case.duties) or asked_for_view(asked) or _summoned(asked)
    concerned = concerned or (bool(case.praised) and asked.same(case.praised))
    return concerned or (by.role in GROUND and (local(asked) or whistled(asked)))


def _supervises(asked: Asked) -> bool:
    watched, place = watched_by(asked.by, asked.pack), asked.case.place
    if watched is None:
        return True
    return any(unit in watched for unit in (place.township, place.community)) or any(
        duty.unit in watched for duty in asked.case.duties
    )


def watched_by(by: By, pack: Pack) -> frozenset[str] | None:
    """The units whose work somebody of the discipline side supervises: departments with their parts, streets, townships,
    communities and villages; None for everything."""
    tree, unit = pack.tree, pack.units.get(by.unit)
    if by.role not in DISCIPLINE or unit is None:
        return frozenset()
    if unit.kind is not Kind.DISCIPLINE:
        return frozenset({unit.code}) if unit.kind is Kind.VILLAGE else frozenset()
    if unit.parent is None or tree.units[unit.parent].kind is not Kind.DISCIPLINE:
        return None
    return frozenset(code for area in unit.areas for code in (area, *(u.code for u in tree.below(area))))


def _summoned(asked: Asked) -> bool:
    return any(asked.same(unit) for council in asked.case.councils for unit in council.units)


@dataclass(frozen=True, slots=True)
class Scope:
    """`may_see` and `reads_words` as a description of rows of `cases_case`.

    Seen is everything, or what one of these says: reported by `person`; a duty, view, council or praise of one of
    `units`; in `area`; whistled by one of `whistlers`; in or of one of the
    `watched`. A complaint about one of `family` is seen by `person` alone. Of protected ones the words are read by `person`,
    by `whistlers`, and if `reads` by all whose `family` does not handle it.
    """

    person: str
    family: tuple[str, ...] = ()
    everything: bool = False
    units: tuple[str, ...] = ()
    area: str = ""
    whistlers: tuple[str, ...] = ()
    reads: bool = False
    watched: tuple[str, ...] = ()


def scope(by: By, pack: Pack) -> Scope:
    home, role = home_of(by.unit, pack), by.role
    if role in FOLLOWERS or home not in pack.units:
        return Scope(
            by.actor, everything=role in ALL_SEEING - DISCIPLINE, reads=role in READS_PROTECTED - DISCIPLINE
        )
    tree = pack.tree
    head = tree.head_unit(home).code
    family = (head, *(u.code for u in tree.below(head) if u.kind in (Kind.SECTION, Kind.STATION)))
    if role in DISCIPLINE and (watched := watched_by(by, pack)) is not None:
        return Scope(by.actor, family, watched=tuple(sorted(watched)), reads=role in READS_PROTECTED)
    if role in ALL_SEEING:
        return Scope(by.actor, family, everything=True, reads=role in READS_PROTECTED)
    if role in GROUND:
        return Scope(by.actor, family, units=family, area=by.unit, whistlers=_whistlers(by, pack))
    return Scope(by.actor, family, units=family if role in HANDS else ())


def _whistlers(by: By, pack: Pack) -> tuple[str, ...]:
    """Under which codes those whistle whose whistles a street, community or grid answers for."""
    if by.unit not in pack.units:
        return (by.unit,)
    below = (by.unit, *(unit.code for unit in pack.tree.below(by.unit)))
    return (*below, *(grid.code for grid in pack.places.grids if grid.unit in below))


def may_search_phone(by: By) -> bool:
    """Whether cases may be looked for by who reported them."""
    return by.role in CENTRE_DESK | {"caller"}


def knows_whistler(by: By, case: Case, pack: Pack) -> bool:
    """Whether name and phone may be shown: to the centre's desk (each look leaves an event), to the whistler, and to
    a unit to which the identity was revealed or whose item is shared."""
    asked = Asked(by, case, 0, pack)
    if case.anonymous or case.erased or not may_see(by, case, pack):
        return False
    if by.role in CENTRE_DESK | {"caller"}:
        return impartial(asked)
    if by.role in FOLLOWERS:
        return in_person(asked)
    if by.role in HANDS and has_duty(asked):
        shared = case.identity_mode == "shared" or any(asked.same(unit) for unit in case.revealed_to)
        return shared and case.identity_mode != "protected"
    return False


def reads_words(by: By, case: Case, pack: Pack) -> bool:
    """Whether the whistler's own words and pictures may be shown. Protected: the handling units see a summary."""
    asked = Asked(by, case, 0, pack)
    if not may_see(by, case, pack):
        return False
    if by.role in FOLLOWERS:
        return in_person(asked)
    if case.identity_mode != "protected" or in_person(asked):
        return True
    if by.role in READS_PROTECTED:
        return not has_duty(asked)
    return by.role in GROUND and whistled(asked)


# --- what of a case is seen -------------------------------------------------------------------------------------

# What whoever reported is told of. The paperwork of units and centre stays inside.
TOLD: frozenset[type[e.Event]] = frozenset({
    e.Reported, e.Queued, e.Dispatched, e.Answered, e.Transferred, e.SentToRuling, e.RaisedToCounty, e.Ruled, e.Signed,
    e.ReportedIn, e.MadeSafe, e.MilestoneReached, e.PartFinished, e.FiledForPenalty, e.VerificationOpened, e.Verified,
    e.Reworked, e.Rated, e.Closed, e.Reopened, e.Extended, e.Shelved, e.Resumed, e.Declined, e.DeclineLifted, e.Merged,
    e.Convened, e.CouncilConcluded, e.Coordinated, e.Commented, e.SeenToo, e.FoundHelpful,
})  # fmt: skip
# To who joined it: how it goes on, not what the requester says about it.
TOLD_FROM_AFAR = TOLD - {e.Commented, e.Rated, e.Reopened, e.SeenToo, e.FoundHelpful}
# Of these, told in words.
TOLD_IN_WORDS = (
    e.Reported, e.Answered, e.Transferred, e.MadeSafe, e.MilestoneReached, e.PartFinished, e.Verified, e.Closed, e.Resumed,
)  # fmt: skip
# Judgements are the requester's voice, whoever writes them down.
VOICES = (e.Rated, e.CalledBack, e.Reopened)
NOBODY = By("", WHISTLER)


def as_seen(by: By, case: Case, pack: Pack) -> Case:
    """The case without what this capacity may not see of it: who reported, and from where it came."""
    if by.role in FOLLOWERS:
        inner = tuple(k for k in case.clocks if k.kind not in ("approval", "view"))
        own = tuple(r for r in case.requests if r.kind == "decline" or r.by.actor == by.actor)
        told = replace(case, views=(), clocks=inner, requests=own, followers=())
        return told if reads_words(by, case, pack) else from_afar(told)
    return case if reads_words(by, case, pack) else nameless(case)


def nameless(case: Case) -> Case:
    """The case without who reported it, what they said, and where it came from."""
    return replace(
        case,
        words=NOTHING,
        photos=(),
        whistler="",
        whistler_unit="",
        requester="",
        followers=(),
        external_system="",
        external_id="",
        repeat_of="",
        requests=tuple(_unsaid(r) if is_whistlers(r.by, case) else r for r in case.requests),
        ratings=tuple(replace(r, by=NOBODY, words=NOTHING) for r in case.ratings),
    )


def from_afar(case: Case) -> Case:
    """The case as somebody follows it who reported the same: nameless, and no nearer than its grid."""
    return replace(
        nameless(case), place=_area(case.place), summary=NOTHING, requests=(), ratings=(), councils=()
    )


def _area(place: Place) -> Place:
    return replace(place, lon=None, lat=None)


def event_as_seen(by: By, case: Case, event: e.Event, pack: Pack) -> e.Event | None:
    """An event of its history without what may not be seen of it; None where it is not seen at all."""
    if by.role in FOLLOWERS:
        own = event.by.actor == by.actor
        if not own and not reads_words(by, case, pack):
            return _event_from_afar(event) if type(event) in TOLD_FROM_AFAR else None
        if not own and (type(event) not in TOLD or isinstance(event, e.Commented | e.Rated)):
            return None
        if isinstance(event, e.SeenToo) and not own:
            return _event_from_afar(event)
        return (
            event
            if own or isinstance(event, TOLD_IN_WORDS)
            else _without(event, "words", "basis", "minutes", "reasons")
        )
    if isinstance(event, e.IdentitySeen | e.IdentityRevealed) and not knows_whistler(by, case, pack):
        return _without(event, "words")
    if reads_words(by, case, pack):
        return event
    if is_whistlers(event.by, case) or isinstance(event, VOICES):
        event = _without(replace(event, by=NOBODY), "words", "photos")
    event = _unnamed(event)
    if isinstance(event, e.Requested) and is_whistlers(event.request.by, case):
        return replace(event, request=_unsaid(event.request))
    return event


def _event_from_afar(event: e.Event) -> e.Event:
    """That it happened, without words, pictures and persons, and no nearer than the grid."""
    event = _unnamed(_without(replace(event, by=NOBODY), "words", "basis", "minutes", "photos"))
    place = getattr(event, "place", None)
    return replace(event, place=_area(place)) if place else event  # type: ignore[call-arg]


def _unnamed(event: e.Event) -> e.Event:
    """The event without the persons whose case it is or became, and from where it came."""
    if isinstance(event, e.Reported):
        return replace(
            event,
            whistler="",
            whistler_unit="",
            requester="",
            external_system="",
            external_id="",
            repeat_of="",
        )
    if isinstance(event, e.SeenToo):
        return replace(event, who="")
    if isinstance(event, e.Joined):
        return replace(event, requester="", also=())
    return event


def is_whistlers(by: By, case: Case) -> bool:
    """Whether it was whoever reported, or whose problem it is."""
    return by.role == WHISTLER or by.actor in (case.whistler, case.requester)


def _unsaid(request: Request) -> Request:
    return replace(request, by=NOBODY, words=NOTHING, photos=())


def _without(event: e.Event, *names: str) -> e.Event:
    """The event without these words and pictures."""
    empty: dict[str, Any] = {name: () if name == "photos" else NOTHING for name in names}
    return replace(event, **{name: value for name, value in empty.items() if hasattr(event, name)})


# --- whistling --------------------------------------------------------------------------------------------------

WHISTLER_KINDS: dict[str, str] = {
    "grid_chief": "grid",
    "community_secretary": "grid",
    "street_clerk": "street",
    "street_head": "street",
    "deputy": "deputy",
    "seat": "staff",
    "shift_leader": "staff",
    "stationed": "staff",
    "county_leader": "leader",
}


def whistler_kind(by: By | None) -> str | None:
    """吹哨主体 of whoever reports in this capacity; None = may not whistle. Nobody signed in = the public."""
    if by is None or by.role in (WHISTLER, "resident"):
        return "public"
    return WHISTLER_KINDS.get(by.role)


# --- beside the cases -------------------------------------------------------------------------------------------


def may_read_precedents(by: By) -> bool:
    return by.role in CENTRE_DESK | {"stationed", "county_leader", "inspector"}


def may_limit_precedents(by: By) -> bool:
    """Narrow one, or give it an end."""
    return by.role in CENTRE_HEADS


def may_end_precedents(by: By) -> bool:
    """End one, or settle which of two stays."""
    return by.role in {"centre_deputy", "centre_director"}


def may_read_hot_issues(by: By) -> bool:
    return by.role in CENTRE_DESK | {"county_leader"}


# 专题: the centre's heads and the county's leaders give and judge it, the lead unit works on it.
TOPICS: dict[str, frozenset[str]] = {
    "open": CENTRE_HEADS | {"county_leader"},
    "close": CENTRE_HEADS | {"county_leader"},
    "return": CENTRE_HEADS | {"county_leader"},
    "sign": UNIT_HANDS | STREET,
    "report": UNIT_HANDS | STREET,
}
SEES_TOPICS = CENTRE_DESK | {"county_leader", "inspector", "supervisor"}


def may_topic(by: By, command: str, lead: str, pack: Pack) -> bool:
    """Whether this capacity may give a command to a topic of this lead unit. Its own topic nobody judges."""
    if by.role not in TOPICS[command]:
        return False
    own = same_unit(by.unit, lead, pack)
    return own if command in ("sign", "report") else not own


def may_read_topics(by: By, pack: Pack) -> bool:
    """专题: the list of those that one may see."""
    return by.role in SEES_TOPICS or (by.role in TOPICS["sign"] and by.unit in pack.units)


def may_see_topic(by: By, lead: str, pack: Pack) -> bool:
    return by.role in SEES_TOPICS or (by.role in UNIT_HANDS | STREET and same_unit(by.unit, lead, pack))


# 督办单: the centre drafts, its director, the supervision office or a county leader issues; the unit answers, and its head
# signs. Who issued an order never reviews it: `centre.supervision.orders.order`.
OVERSEERS = CENTRE_HEADS | {"supervisor", "county_leader"}
ORDERS: dict[str, frozenset[str]] = {
    "draft": OVERSEERS,
    "issue": frozenset({"centre_director", "supervisor", "county_leader"}),
    "withdraw": frozenset({"centre_director", "supervisor", "county_leader"}),
    "remind": OVERSEERS,
    "return": OVERSEERS,
    "follow": OVERSEERS,
    "strike": OVERSEERS,
    "sign": UNIT_HANDS | STREET,
    "reply": UNIT_VOICE | STREET,
    "sign_reply": frozenset({"unit_head", "street_head"}),
}
THE_UNITS = ("sign", "reply", "sign_reply")


def may_order(by: By, command: str, lead: str, grade: str, pack: Pack) -> bool:
    """Whether this capacity may give a command to an order to this unit. 挂牌 only by a county leader; nobody demands
    something of the own unit, or judges it."""
    if by.role not in ORDERS[command]:
        return False
    if command == "issue" and grade == "listed" and by.role != "county_leader":
        return False
    own = same_unit(by.unit, lead, pack)
    return own if command in THE_UNITS else not own


def may_read_orders(by: By, pack: Pack) -> bool:
    """督办单: the list of those that one may see."""
    return by.role in OVERSEERS | {"inspector"} or (by.role in ORDERS["sign"] and by.unit in pack.units)


def may_see_order(by: By, state: str, units: Iterable[str], copies: Iterable[str], pack: Pack) -> bool:
    """`units`: the lead and those who assist; a draft is nobody's but of those who draft."""
    if by.role in OVERSEERS:
        return True
    if state in ("", "drafted"):
        return False
    if by.role == "inspector":
        return _is_copied(by, units, copies, pack)
    return by.role in UNIT_HANDS | STREET and any(same_unit(by.unit, unit, pack) for unit in units)


def _is_copied(by: By, units: Iterable[str], copies: Iterable[str], pack: Pack) -> bool:
    """The commission sees what is copied to it; a group of it, of that what goes to the units it is stationed at."""
    unit = pack.units.get(by.unit)
    if unit is None or not any(copy in (unit.code, unit.parent) for copy in copies):
        return False
    return not unit.areas or any(same_unit(each, area, pack) for each in units for area in unit.areas)


# 圈阅、批示 and 县级统筹.
def may_note(by: By) -> bool:
    return by.role == "county_leader"


def may_see_note(by: By, leader: str) -> bool:
    """The leader's own, and the offices that see to what becomes of them."""
    return by.actor == leader or by.role in CENTRE_HEADS | {"supervisor"}


def may_see_meeting(by: By, units: Iterable[str], pack: Pack) -> bool:
    """Whoever may call one, and the units that are called. Calling is a matter of the table: `Coordinate`."""
    if by.role in CENTRE_HEADS | {"county_leader", "supervisor"}:
        return True
    return by.role in UNIT_HANDS | STREET and any(same_unit(by.unit, unit, pack) for unit in units)


# 专报: the centre's general desk drafts, its director checks, the head of the unit it belongs to (县委组织部) signs.
BRIEFS = CENTRE_HEADS - {"centre_director"} | {"handler", "section_head"}  # of the centre and its sections
READS_BRIEFINGS = frozenset({"county_leader", "inspector", "supervisor"}) | CENTRE_HEADS


def may_brief(by: By, command: str, pack: Pack) -> bool:
    """Whether this capacity may give a command to briefings: draft (and all that makes one), check, sign, publish, return,
    read. Nobody judges what they wrote themselves: `centre.briefings.briefing`."""
    drafts = by.role in BRIEFS and _of_centre(by.unit, pack)
    checks = by.role == "centre_director"
    signs = by.role == "unit_head" and _above_centre(by.unit, pack)
    if command in ("check", "sign"):
        return checks if command == "check" else signs
    if command == "publish":
        return drafts or checks
    if command == "return":
        return checks or signs
    if command == "read":
        return by.role == "county_leader"
    return drafts


def may_prepare_briefings(by: By, pack: Pack) -> bool:
    """Whether what is not published yet may be looked at."""
    return any(may_brief(by, command, pack) for command in ("draft", "check", "sign"))


def may_read_briefings(by: By, pack: Pack) -> bool:
    return by.role in READS_BRIEFINGS or may_prepare_briefings(by, pack)


def _of_centre(unit: str, pack: Pack) -> bool:
    tree = pack.tree
    return unit in tree.units and any(
        each.kind is Kind.CENTRE and tree.is_within(unit, each.code) for each in tree.units.values()
    )


def _above_centre(unit: str, pack: Pack) -> bool:
    return any(each.kind is Kind.CENTRE and each.parent == unit for each in pack.tree.units.values())


def same_unit(one: str, other: str, pack: Pack) -> bool:
    """Whether two are one unit or parts of one."""
    tree, one = pack.tree, home_of(one, pack)
    if one not in tree.units or other not in tree.units:
        return False
    return tree.head_unit(one).code == tree.head_unit(other).code


def may_answer_alarms(by: By) -> bool:
    """Hear the red alarm, acknowledge it, log the call: whoever sits at the centre's desk."""
    return by.role in CENTRE_DESK


def may_read_charges(by: By) -> bool:
    """Which county leader is in charge of which unit."""
    return by.role in CENTRE_DESK | {"county_leader"}


def may_put_in_charge(by: By) -> bool:
    return by.role in {"centre_deputy", "centre_director"}


# 未送达: messages that could not be delivered.
UNDELIVERED: dict[str, frozenset[str]] = {
    "read": CENTRE_HEADS | {"system_admin", "audit_admin"},
    "retry": CENTRE_HEADS | {"system_admin"},
}


def may_look_after_messages(by: By, what: str) -> bool:
    return by.role in UNDELIVERED[what]


def may_bundle(by: By, case: Case, pack: Pack) -> bool:
    """证据包: the discipline side of the cases in its scope, and the auditor of every one; never of a complaint about the
    own unit."""
    if complained_of(Asked(by, case, 0, pack)):
        return False
    return makes_bundles(by.role) and (by.role == "audit_admin" or may_see(by, case, pack))


def makes_bundles(role: str) -> bool:
    """Whether there is a page of evidence bundles for a role at all."""
    return role == "audit_admin" or role in DISCIPLINE - {"village_supervisor"}


def may_watch_dispatch(by: By) -> bool:
    """How well dispatch does: figures, what it confuses, and the open rulings."""
    return by.role in CENTRE_DESK | {"county_leader", "inspector"}


def figures_under(by: By, pack: Pack) -> dict[str, str] | None:
    """指标: whose figures are seen. Empty: the whole county's; else the key `unit` or `street` of
    those. None: none."""
    if by.role in CENTRE_DESK | {"county_leader", "inspector", "supervisor", "audit_admin"}:
        return {}
    if by.role in STREET:
        return {"street": by.unit}
    if by.role in UNIT_VOICE and by.unit in pack.units:
        return {"unit": pack.tree.head_unit(by.unit).code}
    return None


def may_put_up_walls(by: By) -> bool:
    """大屏: make an address that shows the county's figures without anybody signed in, and take it down."""
    return by.role in {"centre_deputy", "centre_director"}


# 考核评分: the centre reckons and publishes, by two persons; a unit's voice appeals, and another unit rules.
SCORES: dict[str, frozenset[str]] = {
    "propose": CENTRE_HEADS,
    "reject": frozenset({"centre_deputy", "centre_director"}),
    "publish": frozenset({"centre_deputy", "centre_director"}),
    "appeal": frozenset({"unit_head", "liaison", "street_head"}),
    "rule": frozenset({"centre_deputy", "centre_director", "supervisor"}),
}
SEES_SCORES = CENTRE_DESK | {"county_leader", "inspector", "supervisor", "audit_admin"}


def may_score(by: By, what: str, unit: str, pack: Pack) -> bool:
    """`unit`: the scored unit of an appeal, which its own people do not rule on; "" where it is about the month."""
    if by.role not in SCORES[what]:
        return False
    own = bool(unit) and scored_as(by.unit, pack) == unit
    return own if what == "appeal" else not (own and what == "rule")


def may_see_ranking(by: By) -> bool:
    """How the units stand: for who looks after scores, and for units and streets; what made the points is another matter."""
    return by.role in SEES_SCORES | UNIT_HANDS | STREET


def may_prepare_scores(by: By) -> bool:
    """See what is proposed and not published yet."""
    return by.role in SCORES["propose"] | SCORES["publish"]


def may_read_appeals(by: By) -> bool:
    return by.role in SEES_SCORES


def may_see_scores_of(by: By, unit: str, pack: Pack) -> bool:
    """The entries of a scored unit: for who looks after scores, and for its own people."""
    return by.role in SEES_SCORES or (by.role in UNIT_HANDS | STREET and scored_as(by.unit, pack) == unit)


def scored_as(code: str, pack: Pack) -> str:
    """The unit whose score a unit's work counts for: a section's department, a village's township; "" for others."""
    if code not in pack.units:
        return ""
    unit = pack.tree.local_of(code) or pack.tree.head_unit(code)
    scored = (Kind.DEPARTMENT, Kind.UTILITY, Kind.STREET, Kind.TOWNSHIP, Kind.ZONE, Kind.CENTRE)
    return unit.code if unit.kind in scored else ""


DESK_HANDS = CENTRE_DESK | {"caller", "stationed"}


def may_sit_at_desk(by: By) -> bool:
    """值班: sign on and off at the centre's desk, hand over."""
    return by.role in DESK_HANDS


def may_read_desk(by: By) -> bool:
    """Who is on duty, and how the desk does as a whole."""
    return by.role in DESK_HANDS | {"county_leader", "inspector", "supervisor"}


def may_read_hand_over(by: By, unit: str, pack: Pack) -> bool:
    """What was handed over: the centre's own people all, stationed officers that of their department."""
    if by.role == "stationed":
        return same_unit(by.unit, unit, pack)
    return by.role in DESK_HANDS


def may_take_over(by: By, unit: str, pack: Pack) -> bool:
    return by.role in DESK_HANDS and same_unit(by.unit, unit, pack)


def may_read_desk_work(by: By, actor: str) -> bool:
    """What one person at the desk did: that person, and the centre's heads."""
    return by.role in CENTRE_HEADS or (by.role in DESK_HANDS and by.actor == actor)


def may_read_exclusions(by: By) -> bool:
    """剔除: who left which case out of the figures, why, and who approved."""
    return by.role in CENTRE_DESK | {"county_leader", "inspector", "supervisor", "audit_admin"}


def may_confirm_items(by: By) -> bool:
    """The queue of doubtful items; each case is asked of the table above."""
    return by.role in CENTRE_DESK


def may_read_duplicates(by: By) -> bool:
    """Whether cases may be looked at that are perhaps one; merging each is a matter of the table."""
    return by.role in CENTRE_DESK | {"stationed"}


def may_doubt(by: By, case: Case, pack: Pack) -> bool:
    """Whether pictures of finished work are compared for this capacity: not for a unit that handles the case."""
    return by.role not in FOLLOWERS and may_see(by, case, pack) and not has_duty(Asked(by, case, 0, pack))


# 知识库: who reads drafts, writes, and publishes what another has written.
ANSWERS: dict[str, frozenset[str]] = {
    "read": CENTRE_DESK | {"caller", "stationed", "county_leader", "inspector"},
    "write": CENTRE_DESK,
    "publish": CENTRE_HEADS,  # never one's own version: `centre.answers.article`
    "withdraw": CENTRE_HEADS,
}


def may_keep_answers(by: By, what: str) -> bool:
    """Whether a capacity may do one thing to the knowledge base. What is published is everybody's to read."""
    return by.role in ANSWERS[what]


# 公开审核: the centre's heads decide what everybody may read of a case; the county leader, whether units are ranked there.
PUBLICATION: dict[str, frozenset[str]] = {
    "read": CENTRE_HEADS | {"county_leader"},
    "publish": CENTRE_HEADS,
    "decline": CENTRE_HEADS,
    "withdraw": CENTRE_HEADS,
    "rank": frozenset({"county_leader"}),
}


def may_publish(by: By, what: str) -> bool:
    return by.role in PUBLICATION[what]


ADMINISTRATION: dict[str, frozenset[str]] = {
    "read_packs": frozenset({"system_admin", "centre_deputy", "centre_director", "audit_admin"}),
    "draft_pack": frozenset({"system_admin", "centre_deputy"}),
    "approve_pack": frozenset({"centre_director"}),  # and never one's own proposal: `pack.versions`
    "rehearse_pack": frozenset({"system_admin", "centre_deputy", "centre_director"}),
    "grant_posts": frozenset({"security_admin"}),
    "read_posts": frozenset({"security_admin", "audit_admin"}),
    "read_exclusions": frozenset({"audit_admin"}),  # others find it among the figures
    "watch": frozenset({"system_admin", "audit_admin"}),
    "erase_persons": frozenset({"security_admin"}),
}


def may_administer(role: str, what: str) -> bool:
    """Whether a role may do one thing of administration."""
    return role in ADMINISTRATION[what]
