"""The relay takes waiting messages and hands them to their adapters. Any number of relays may run.

A message is claimed by counting the attempt and moving its moment ahead (the lease) in a transaction of its
own. So a message that kills its relay is tried again later, and given up in the end, instead of killing for
ever; and no transaction is open while a foreign system answers. Each delivery is settled before the next one
begins: a relay that is killed repeats one message at most. A channel that nobody answers at is left alone for the
rest of the round, and a round ends well before its lease.
"""

import json
import logging
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection

from . import adapters, outbox
from .adapters import Outbound, Undeliverable, Unreachable

LEASE = timedelta(minutes=5)
LONGEST_ROUND_S = 120.0  # an adapter must answer, or break off, in less than what is left of the lease
FIRST_RETRY = timedelta(seconds=30)
LONGEST_RETRY = timedelta(hours=2)
MOST_ATTEMPTS = 10

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one round did."""

    sent: int = 0
    retried: int = 0
    dead: int = 0

    @property
    def total(self) -> int:
        return self.sent + self.retried + self.dead


@dataclass(frozen=True, slots=True)
class Failure:
    """A message that failed: `again` is when it is tried next, None when it is given up."""

    id: int
    error: str
    again: datetime | None


@dataclass(frozen=True, slots=True)
class Status:
    """How many messages wait, the oldest moment at which one should have gone, how many were given up."""

    waiting: int
    oldest: datetime | None
    dead: int


@dataclass(frozen=True, slots=True)
class Health:
    """How one channel does: `sent` and `failing` (tried in vain, and waiting to be tried again) of the last day."""

    channel: str
    waiting: int
    failing: int
    sent: int
    dead: int
    last_sent: datetime | None
    last_error: str


def deliver_batch(now: datetime, limit: int = 50) -> Outcome:
    """Deliver up to `limit` messages whose moment has come; say what became of them."""
    began = time.monotonic()
    claimed = _claim(now, limit)
    sent: list[int] = []  # by repeatable adapters, to be settled together
    failures: list[Failure] = []
    silent: dict[str, Unreachable] = {}
    done = 0
    for place, message in enumerate(claimed):
        if time.monotonic() - began > LONGEST_ROUND_S:
            _give_back([left.id for left in claimed[place:]], now)
            break
        try:
            if message.attempt > MOST_ATTEMPTS:
                raise Undeliverable("no answer from the relay")  # its last relay never came back
            if message.channel in silent:
                raise silent[message.channel]
            deliver = adapters.of(message.channel)
            deliver(message)
        except Exception as error:
            if isinstance(error, Unreachable):
                silent[message.channel] = error
            failures.append(failure := _failure(message, error, now))
            log.warning("message %d by %s: %s", message.id, message.channel, failure.error)
            _settle([], [failure], now)
        else:
            done += 1
            if adapters.is_repeatable(deliver):
                sent.append(message.id)
            else:
                _settle([message.id], [], now)
    _settle(sent, [], now)
    dead = sum(failure.again is None for failure in failures)
    return Outcome(done, len(failures) - dead, dead)


def retry(ids: Sequence[int], now: datetime) -> int:
    """Try given-up messages again, with all their attempts before them; return how many."""
    with connection.cursor() as cursor:
        cursor.execute(_REVIVE, [now, list(ids)])
        return cursor.rowcount


def status(now: datetime) -> Status:
    """Whether messages flow."""
    with connection.cursor() as cursor:
        cursor.execute(_STATUS, [now])
        return Status(*cursor.fetchone())


def health(now: datetime) -> list[Health]:
    """How every channel does that has sent, failed or waited within a day. The application's own inbox is none. One
    statement."""
    with connection.cursor() as cursor:
        cursor.execute(_HEALTH, [now - timedelta(days=1), outbox.NOTICE, now - timedelta(days=1)])
        return [Health(*row) for row in cursor]


def _claim(now: datetime, limit: int) -> list[Outbound]:
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM, [now, limit, now + LEASE])
        return sorted(
            (
                Outbound(id, channel, recipient, template, json.loads(params), key, attempt, now)
                for id, channel, recipient, template, params, key, attempt in cursor
            ),
            key=lambda message: message.id,
        )


def _failure(message: Outbound, error: Exception, now: datetime) -> Failure:
    first, *_ = str(error).splitlines() or [""]
    words = f"{type(error).__name__}: {first}"[:300]
    if isinstance(error, Undeliverable) or message.attempt >= MOST_ATTEMPTS:
        return Failure(message.id, words, None)
    return Failure(message.id, words, now + min(FIRST_RETRY * 2 ** (message.attempt - 1), LONGEST_RETRY))


def _give_back(ids: Sequence[int], now: datetime) -> None:
    """Messages claimed and not tried: the next round takes them, and the attempt does not count."""
    with connection.cursor() as cursor:
        cursor.execute(_GIVE_BACK, [now, list(ids)])


def _settle(sent: Sequence[int], failures: Sequence[Failure], now: datetime) -> None:
    with connection.cursor() as cursor:
        if sent:
            cursor.execute(_SENT, [now, sent])
        if failures:
            ids, errors, again = zip(*((f.id, f.error, f.again) for f in failures), strict=True)
            cursor.execute(_FAILED, [now, list(ids), list(errors), list(again)])


# The rows are chosen once, before any is changed: a plan may ask a subquery again for every row, and claim too many.
_CLAIM = """
WITH chosen AS MATERIALIZED (
    SELECT id FROM messages_outbox WHERE state = 'waiting' AND not_before <= %s
    ORDER BY not_before, id LIMIT %s FOR UPDATE SKIP LOCKED
)
UPDATE messages_outbox SET attempts = attempts + 1, not_before = %s
FROM chosen WHERE messages_outbox.id = chosen.id
RETURNING messages_outbox.id, channel, recipient, template, params::text, dedupe_key, attempts
"""
_SENT = (
    "UPDATE messages_outbox SET state = 'sent', sent_at = %s, last_error = '' WHERE id = ANY (%s::bigint[])"
)
_FAILED = """
UPDATE messages_outbox SET
    last_error = failure.error,
    state = CASE WHEN failure.again IS NULL THEN 'dead' ELSE 'waiting' END,
    not_before = coalesce(failure.again, now.at)
FROM (SELECT %s::timestamptz AS at) AS now,
    unnest(%s::bigint[], %s::text[], %s::timestamptz[]) AS failure (id, error, again)
WHERE messages_outbox.id = failure.id
"""
_GIVE_BACK = """
UPDATE messages_outbox SET attempts = attempts - 1, not_before = %s WHERE id = ANY (%s::bigint[])
"""
_REVIVE = """
UPDATE messages_outbox SET state = 'waiting', attempts = 0, not_before = %s
WHERE state = 'dead' AND id = ANY (%s::bigint[])
"""
_STATUS = """
SELECT
    (SELECT count(*) FROM messages_outbox WHERE state = 'waiting'),
    (SELECT min(not_before) FROM messages_outbox WHERE state = 'waiting' AND not_before <= %s),
    (SELECT count(*) FROM messages_outbox WHERE state = 'dead')
"""
_HEALTH = """
SELECT channel,
    count(*) FILTER (WHERE state = 'waiting'),
    count(*) FILTER (WHERE state = 'waiting' AND last_error <> ''),
    count(*) FILTER (WHERE state = 'sent' AND sent_at > %s),
    count(*) FILTER (WHERE state = 'dead'),
    max(sent_at),
    coalesce((array_agg(last_error ORDER BY id DESC) FILTER (WHERE last_error <> ''))[1], '')
FROM messages_outbox
WHERE channel <> %s AND (state <> 'sent' OR sent_at > %s)
GROUP BY channel ORDER BY channel
"""
