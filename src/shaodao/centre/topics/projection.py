"""Topics as a kind of stream, and their rows."""

from __future__ import annotations

from shaodao.centre.cases.lifecycle.codec import from_recorded
from shaodao.centre.topics.topic import EVENTS, Topic, evolve
from shaodao.ground.clocks import is_running
from shaodao.ground.ledger.kinds import Kind
from shaodao.ground.ledger.projections import Row, Rows


def _rows(number: str, topic: Topic) -> Rows:
    return {"topics_topic": {(number,): _row(topic)}} if topic.version else {}


def _row(topic: Topic) -> Row:
    sign, finish = topic.clock("sign"), topic.clock("finish")
    assert sign
    assert finish
    waiting = [k for k in topic.clocks if is_running(k) and k.breached_at is None and not topic.closed_at]
    return {
        "version": topic.version,
        "state": topic.state,
        "title": topic.title,
        "words": topic.words,
        "lead": topic.lead,
        "cases": list(topic.cases),
        "given_by": topic.by.actor,
        "given_role": topic.by.role,
        "given_unit": topic.by.unit,
        "opened_at": topic.opened_at,
        "sign_due_at": sign.due_at,
        "signed_at": sign.stopped_at,
        "due_at": finish.due_at,
        "reported_at": finish.stopped_at,
        "breached_at": finish.breached_at,
        "closed_at": topic.closed_at,
        "next_due_at": min((k.due_at for k in waiting), default=None),
        "provisional": any(k.provisional for k in waiting),
    }


TOPICS = Kind("topic", {"topics_topic": ("number",)}, Topic(), from_recorded(evolve, EVENTS), _rows)
