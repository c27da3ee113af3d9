"""The rows that screens read, as a pure function of the state. `projection` writes them, `verify` compares them.

Rows hold codes, ids, commitments and moments only; the words themselves are in the vault.
"""

from __future__ import annotations

from shaodao.centre.cases.lifecycle.model import DUTY_CLOCKS, Case, Duty, is_open, state_of
from shaodao.ground.clocks import Clock, is_running
from shaodao.ground.ledger.projections import Row, Rows

KEYS: dict[str, tuple[str, ...]] = {
    "cases_case": ("number",),
    "cases_duty": ("case_number", "duty_id"),
    "cases_clock": ("case_number", "kind", "subject", "round"),
    "cases_request": ("case_number", "request_id"),
    "cases_council": ("case_number", "council_id"),
    "cases_rating": ("case_number", "rating_id"),
    "cases_follower": ("case_number", "follower_id"),
}


def rows(case: Case) -> Rows:
    """All rows of a case; none for a case that was never reported."""
    if not case.number:
        return {table: {} for table in KEYS}
    number = case.number
    return {
        "cases_case": {(number,): _case(case)},
        "cases_duty": {(number, d.id): _duty(case, d) for d in case.duties},
        "cases_clock": {(number, k.kind, k.subject, k.round): _clock(k) for k in case.clocks},
        "cases_request": {
            (number, r.id): {
                "kind": r.kind,
                "duty_id": r.duty,
                "reason": r.reason,
                "words": r.words,
                "asked_by": r.by.actor,
                "asked_at": r.asked_at,
                "role": r.current.role if r.open else "",
                "unit": r.current.unit if r.open else "",
                "until": r.until,
                "outcome": r.outcome,
            }
            for r in case.requests
        },
        "cases_council": {
            (number, c.id): {
                "unit": c.by.unit,
                "meet_at": c.meet_at,
                "units": list(c.units),
                "arrived": len(c.arrivals),
                "absent": list(c.absent),
                "concluded_at": c.concluded_at,
            }
            for c in case.councils
        },
        "cases_rating": {
            (number, index): {
                "kind": r.kind,
                "solved": r.solved,
                "levels": [[level.duty, level.level] for level in r.levels],
                "words": r.words,
                "rated_at": r.at,
                "round": r.round,
            }
            for index, r in enumerate(case.ratings, 1)
        },
        "cases_follower": {
            (number, index): {
                "person": f.person,
                "followed": f.number,
                "seat": f.seat,
                "actor": f.actor,
                "since": f.at,
            }
            for index, f in enumerate(case.followers, 1)
        },
    }


def _case(case: Case) -> Row:
    lead = case.lead
    running = [k.due_at for k in case.open_clocks if is_running(k)]
    return {
        "version": case.version,
        "state": state_of(case),
        "item": case.item,
        "situation": case.situation,
        "nature": case.nature,
        "channel": case.channel,
        "whistler_kind": case.whistler_kind,
        "whistler": case.whistler,
        "whistler_unit": case.whistler_unit,
        "requester": case.requester,
        "anonymous": case.anonymous,
        "against": case.against,
        "words": case.words,
        "summary": case.summary,
        "township": case.place.township,
        "community": case.place.community,
        "grid": case.place.grid,
        "lon": case.place.lon,
        "lat": case.place.lat,
        "identity_mode": case.identity_mode,
        "emergency": case.emergency,
        "sensitive": case.sensitive,
        "staff_found": case.staff_found,
        "tier": case.tier,
        "level": case.level,
        "lead_unit": lead.unit if lead else "",
        "external_system": case.external_system,
        "external_id": case.external_id,
        "repeat_of": case.repeat_of,
        "reported_at": case.reported_at,
        "occurred_at": case.occurred_at,
        "verified_at": case.verified_at,
        "ended_at": case.ended_at,
        "ended_by": case.outcome_detail,
        "shelved_at": case.shelved_at,
        "reworks": sum(d.reworks for d in case.duties),
        "returns": case.returns,
        "excluded": case.excluded,
        "wrongful": case.wrongful,
        "guess": case.guess,
        "confidence": case.confidence,
        "margin": case.margin,
        "found_by": case.found_by,
        "at_once": case.at_once,
        "unsure": case.unsure,
        "routed_by": case.routed_by,
        "moved": case.moved,
        "ruled": case.ruled,
        "confirmed": case.confirmed,
        "reporters": case.reporters,
        "identified": not set(case.persons) <= set(case.erased_persons),
        "next_due_at": min(running, default=None),
    }


def _duty(case: Case, duty: Duty) -> Row:
    mine = [k for k in case.clocks if k.subject == duty.subject and k.kind in DUTY_CLOCKS]
    mine += case.milestones(duty)
    running = [k.due_at for k in mine if is_open(k) and is_running(k)]
    return {
        "unit": duty.unit,
        "role": duty.role,
        "section": duty.section,
        "handler": duty.handler,
        "given_at": duty.given_at,
        "round": duty.round,
        "signed_at": duty.signed_at,
        "reported_in_at": duty.reported_in_at,
        "report_in_pending": duty.report_in_pending,
        "persons": duty.persons,
        "made_safe_at": duty.made_safe_at,
        "part_done_at": duty.part_done_at,
        "claim": duty.claim,
        "shown": duty.shown,
        "reworks": duty.reworks,
        "ended": duty.ended,
        "ended_at": duty.ended_at,
        "next_due_at": min(running, default=None),
    }


def _clock(clock: Clock) -> Row:
    return {
        "unit": clock.unit,
        "limit_text": str(clock.limit),
        "started_at": clock.started_at,
        "due_at": clock.due_at,
        "provisional": clock.provisional,
        "paused_at": clock.paused_at,
        "stopped_at": clock.stopped_at,
        "breached_at": clock.breached_at,
        "cancelled": clock.cancelled,
        "waiting": is_open(clock) and is_running(clock) and clock.breached_at is None,
    }
