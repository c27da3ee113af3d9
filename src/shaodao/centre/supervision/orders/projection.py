"""Orders as a kind of stream, and their rows."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle.codec import from_recorded
from shaodao.centre.supervision.orders.order import EVENTS, Order, evolve
from shaodao.ground.clocks import is_running
from shaodao.ground.ledger.kinds import Kind
from shaodao.ground.ledger.projections import Row, Rows


def _rows(number: str, order: Order) -> Rows:
    return {"supervision_order": {(number,): _row(order)}} if order.version else {}


def _row(order: Order) -> Row:
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


ORDERS = Kind("order", {"supervision_order": ("number",)}, Order(), from_recorded(evolve, EVENTS), _rows)
