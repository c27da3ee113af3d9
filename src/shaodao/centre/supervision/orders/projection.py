"""Writing the rows of orders, and comparing them with replay. There is no other writer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.supervision import models, rows
from shaodao.centre.supervision.orders.order import EVENTS, Order, replay
from shaodao.ground.clocks import is_running
from shaodao.ground.ledger.events import Recorded
from shaodao.ground.ledger.projections import Fault, Histories

KIND = "order"


def fold(events: Iterable[Recorded]) -> Order:
    """The order that a stream's events make."""
    return replay((from_payload(e.type, e.payload, EVENTS), e.occurred_at) for e in events)


def row(order: Order) -> dict[str, Any]:
    """The columns of an order besides its number: a function of the state."""
    sign, reply = order.clock("sign"), order.clock("reply")
    waiting = [k for k in order.clocks if is_running(k) and k.breached_at is None]
    return {
        "version": order.version,
        "state": order.state,
        "grade": order.grade,
        "source": order.source,
        "briefing": order.briefing,
        "problem": order.problem,
        "title": order.title,
        "lead": order.lead,
        "assists": list(order.assists),
        "copies": list(order.copies),
        "cases": [fact.case for fact in order.facts],
        "year": order.year,
        "serial": order.serial,
        "drafted_by": order.drafter.actor,
        "issued_by": order.issuer.actor,
        "reply": order.reply,
        "returns": order.returns,
        "reminders": order.reminders,
        "drafted_at": order.drafted_at,
        "issued_at": order.issued_at,
        "sign_due_at": sign and sign.due_at,
        "signed_at": order.signed_at,
        "due_at": reply and reply.due_at,
        "replied_at": order.replied_at,
        "breached_at": reply and reply.breached_at,
        "ended_at": order.ended_at,
        "next_due_at": min((k.due_at for k in waiting), default=None),
        "provisional": any(k.provisional for k in waiting),
    }


def write(number: str, order: Order) -> None:
    models.Order.objects.update_or_create(number=number, defaults=row(order))


def write_new(orders: Mapping[str, Order]) -> None:
    """The rows of orders that have none yet, by number."""
    models.Order.objects.bulk_create(
        models.Order(number=number, **row(order)) for number, order in orders.items()
    )


def check(histories: Histories) -> Iterable[Fault]:
    """Faults of rows that differ from the replay of their streams."""
    return rows.check(KIND, models.Order, histories, lambda events: row(fold(events)))


def strays() -> Iterable[Fault]:
    """Rows of orders that have no stream."""
    return rows.strays(KIND, models.Order)
