"""Matters as a kind of stream, and their rows; and the keys compared with what is on record of them."""

from __future__ import annotations

from collections.abc import Iterable

from shaodao.centre.cases.lifecycle.codec import from_recorded
from shaodao.centre.discipline import models
from shaodao.centre.discipline.matter import EVENTS, Matter, evolve
from shaodao.ground.ledger import kinds
from shaodao.ground.ledger.events import Stream
from shaodao.ground.ledger.kinds import Kind
from shaodao.ground.ledger.projections import Fault, Histories, Row, Rows, row_fault

KEYS = "discipline_key"  # a member's stream: which public half is theirs, and who let them in


def _rows(number: str, matter: Matter) -> Rows:
    return {"discipline_matter": {(number,): _row(matter)}} if matter.version else {}


def _row(matter: Matter) -> Row:
    return {
        "version": matter.version,
        "kind": matter.kind,
        "state": matter.state,
        "giver": matter.giver,
        "holder": matter.holder,
        "readers": list(matter.readers),
        "opened_by": matter.opened_by,
        "opened_at": matter.opened_at,
        "due": matter.due,
        "moved_at": matter.moved_at,
        "closed_at": matter.closed_at,
    }


MATTERS = Kind(
    "discipline",
    {"discipline_matter": ("number",)},
    Matter(),
    from_recorded(evolve, EVENTS),
    _rows,
    open=False,
)


def check_keys(histories: Histories) -> Iterable[Fault]:
    """Keys that are not the ones on record: somebody else's would be sealed for as well."""
    stored = models.Key.objects.in_bulk([whom for whom, _ in histories])
    for whom, events in histories:
        public, admitted = "", list[str]()
        for event in events:
            match event.type:
                case "KeyMade":
                    public, admitted = event.payload["public"], []
                case "MemberAdmitted" if event.payload["public"] == public:
                    admitted = event.payload["units"]
                case "MemberRemoved":
                    admitted = event.payload["left"]
        there = stored.get(whom)
        said = (public, admitted)
        if there is None or not there.sound or (bytes(there.public).hex(), there.admitted) != said:
            yield row_fault(Stream(KEYS, whom), "discipline_key：与记录不同")


def stray_keys() -> Iterable[Fault]:
    return kinds.strays(KEYS, "discipline_key", "whom")
