"""Durable subscriptions: how lower floors speak upward.

    @subscriber("figures", types={"closed", "rated"})
    def count(event: Recorded, position: int) -> None: ...

    @subscriber_of_many("search", types={"reported"})
    def index(events: Sequence[Recorded]) -> None: ...

Each subscriber has a cursor over sealed positions. The cursor moves in the transaction of the handler's own
effects: in this database an event takes effect once; what leaves it goes through the outbox. An event that
fails is never skipped: the subscriber stops before it, says so in its row and in the log, and tries again
later and later.
"""

import logging
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.db import connection, transaction

from . import events
from .events import Recorded

Told = tuple[Recorded, int]  # an event with its position
Handler = Callable[[Recorded, int], None]
HandlerOfMany = Callable[[Sequence[Recorded]], None]

BATCH = 500  # positions handed over in one transaction
FIRST_RETRY = timedelta(seconds=5)
LONGEST_RETRY = timedelta(hours=1)

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Subscription:
    """A handler by name; with empty `types` it gets every event. `patient`: nobody waits for what it does."""

    name: str
    types: frozenset[str]
    handle: Callable[[Sequence[Told]], None]
    patient: bool = False


@dataclass(frozen=True, slots=True)
class Status:
    """Where a subscriber stands: `position` is the next one it reads; `attempts` failures at that position."""

    name: str
    position: int
    behind: int
    attempts: int
    last_error: str
    retry_at: datetime | None


_subscriptions: dict[str, Subscription] = {}


def subscriber(name: str, types: Collection[str] = ()) -> Callable[[Handler], Handler]:
    """Register a handler under a name that stays the same for ever: the cursor is kept under it."""

    def register(handle: Handler) -> Handler:
        def each(told: Sequence[Told]) -> None:
            for event, position in told:
                handle(event, position)

        _register(name, types, each)
        return handle

    return register


def subscriber_of_many(
    name: str, types: Collection[str] = (), *, patient: bool = False
) -> Callable[[HandlerOfMany], HandlerOfMany]:
    """As `subscriber`, for a handler that takes several events in about as many statements as one."""

    def register(handle: HandlerOfMany) -> HandlerOfMany:
        _register(name, types, lambda told: handle([event for event, _ in told]), patient=patient)
        return handle

    return register


def _register(
    name: str, types: Collection[str], handle: Callable[[Sequence[Told]], None], *, patient: bool = False
) -> None:
    if name in _subscriptions:
        raise ValueError(f"there is a subscriber {name!r} already")
    _subscriptions[name] = Subscription(name, frozenset(types), handle, patient)


def names() -> list[str]:
    """All subscribers."""
    return sorted(_subscriptions)


def run(name: str, now: datetime, limit: int = BATCH) -> int:
    """Hand up to `limit` positions to a subscriber; return how many it has passed.

    0: nothing new, not yet time to retry, or another process runs it.
    """
    subscription = _subscriptions[name]
    with transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(_LOCK, [f"shaodao.subscription.{name}"])
        if cursor.fetchone() == (False,):
            return 0
        cursor.execute(_CURSOR, [limit, name])
        start, attempts, retry_at, stop = cursor.fetchone()
        if stop <= start or (retry_at and retry_at > now):
            return 0
        cursor.execute(_SEALED, [start, stop, sorted(subscription.types), sorted(subscription.types)])
        lines = cursor.fetchall()
        if not _handle_whole(subscription, lines):
            for position, data, hash in lines:
                try:
                    _handle(subscription, [(position, data, hash)])
                except Exception as error:
                    failures = attempts + 1 if position == start else 1
                    again = now + min(FIRST_RETRY * 2 ** min(failures - 1, 20), LONGEST_RETRY)
                    log.exception("subscriber %s failed at position %d, again at %s", name, position, again)
                    cursor.execute(_MOVE, [position, failures, _say(error), again, name])
                    return position - start
        cursor.execute(_MOVE, [stop, 0, "", None, name])
    return stop - start


_Sealed = tuple[int, bytes | None, bytes]  # position, bytes (None: missing), hash


def _handle_whole(subscription: Subscription, lines: Sequence[_Sealed]) -> bool:
    """Hand over everything at once; False where something fails, and nothing remains of it."""
    try:
        _handle(subscription, lines)
    except Exception:  # one by one shows which event it is, and says so
        return False
    return True


def _handle(subscription: Subscription, lines: Sequence[_Sealed]) -> None:
    if any(data is None for _, data, _ in lines):
        raise LookupError("the sealed event is missing: run `shaodao ledger verify`")
    if lines:
        with transaction.atomic():
            subscription.handle([(events.read_today(data, hash), at) for at, data, hash in lines if data])


def begin_at(name: str, position: int) -> None:
    """Let a subscriber that has never run begin at a position: what comes before has been handled in bulk."""
    with connection.cursor() as cursor:
        cursor.execute(_BEGIN, [name, position])


def run_all(now: datetime, limit: int = BATCH, *, patient: bool | None = None) -> int:
    """One round of every subscriber, or of the patient or the other ones; return the most positions that one of them passed:
    `limit` says that more may wait."""
    asked = [name for name in names() if patient in (None, _subscriptions[name].patient)]
    return max((run(name, now, limit) for name in asked), default=0)


def status() -> list[Status]:
    """Where every registered subscriber stands."""
    with connection.cursor() as cursor:
        cursor.execute(_STATUS, [names()])
        return [Status(*row) for row in cursor]


def _say(error: Exception) -> str:
    # Only the first line: the rest of a database error may quote values.
    first, *_ = str(error).splitlines() or [""]
    return f"{type(error).__name__}: {first}"[:300]


_LOCK = "SELECT pg_try_advisory_xact_lock(hashtextextended(%s, 0))"
_CURSOR = """
SELECT coalesce(position, 0), coalesce(attempts, 0), retry_at, least(size, coalesce(position, 0) + %s)
FROM ledger_log LEFT JOIN ledger_cursor ON name = %s
"""
_SEALED = """
SELECT seal.position, event.bytes, event.hash
FROM ledger_seal AS seal LEFT JOIN ledger_event AS event USING (kind, id, seq, recorded_at)
WHERE seal.position >= %s AND seal.position < %s
    AND (%s::text[] = '{}' OR event.type = ANY (%s::text[]) OR event.type IS NULL)
ORDER BY seal.position
"""
_MOVE = """
INSERT INTO ledger_cursor (position, attempts, last_error, retry_at, name) VALUES (%s, %s, %s, %s, %s)
ON CONFLICT (name) DO UPDATE SET (position, attempts, last_error, retry_at)
    = (excluded.position, excluded.attempts, excluded.last_error, excluded.retry_at)
"""
_BEGIN = "INSERT INTO ledger_cursor (name, position) VALUES (%s, %s) ON CONFLICT (name) DO NOTHING"
_STATUS = """
SELECT name, coalesce(position, 0), size - coalesce(position, 0), coalesce(attempts, 0),
    coalesce(last_error, ''), retry_at
FROM unnest(%s::text[]) AS name LEFT JOIN ledger_cursor USING (name) CROSS JOIN ledger_log
ORDER BY name
"""
