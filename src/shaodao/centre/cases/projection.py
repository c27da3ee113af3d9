"""Cases as a kind of stream: their rows that screens read, written and compared with replay. There is no other writer."""

from __future__ import annotations

from collections.abc import Iterable

from shaodao.centre.cases.lifecycle import Case, evolve, replay
from shaodao.centre.cases.lifecycle.codec import from_payload, from_recorded
from shaodao.centre.cases.rows import KEYS, rows
from shaodao.ground.ledger.events import Recorded
from shaodao.ground.ledger.kinds import Kind


def _replay(events: Iterable[Recorded]) -> Case:
    return replay((from_payload(event.type, event.payload), event.occurred_at) for event in events)


CASES = Kind("case", KEYS, Case(), from_recorded(evolve), lambda _, case: rows(case), _replay)
