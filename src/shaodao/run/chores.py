"""The ticks of the background loops: sealing, telling subscribers, delivering, anchoring, tidying.

Each does one bounded piece of work and says whether more is waiting; see `shaodao.run.background`.
"""

import threading
from collections import deque
from datetime import UTC, datetime, timedelta
from importlib import import_module

from django.conf import settings
from django.db import connection
from django.utils.timezone import localdate, localtime

from shaodao.centre.cases import sweeper
from shaodao.centre.intake import receipts
from shaodao.centre.likeness import watching
from shaodao.county.pack import versions
from shaodao.faces.accounts import phone_code
from shaodao.faces.work import exporting
from shaodao.ground.clocks import Limit
from shaodao.ground.files import intake as files
from shaodao.ground.ledger import anchors, keeping, sealer, subscriptions
from shaodao.ground.messages import outbox, relay

PIECE = 100  # positions: a fraction of a second of work
PICTURES = 4  # one takes up to a second
NIGHT = range(2, 5)  # local hours in which reading much disturbs nobody

_reckoned_with = ""  # the version of the pack under which this process has looked at provisional deadlines


def seal(stop: threading.Event) -> bool:
    """Give committed events their positions."""
    return sealer.seal_batch(datetime.now(UTC)) == sealer.BATCH


def tell(stop: threading.Event) -> bool:
    """Take every subscriber of the ledger a piece further, but those that are patient."""
    return subscriptions.run_all(datetime.now(UTC), patient=False) == subscriptions.BATCH


def tell_the_patient(stop: threading.Event) -> bool:
    """Take the patient subscribers a small piece further."""
    return subscriptions.run_all(datetime.now(UTC), PIECE, patient=True) == PIECE


def deliver(stop: threading.Event) -> bool:
    """Hand waiting messages to their adapters."""
    return relay.deliver_batch(datetime.now(UTC)).total > 0


def look(stop: threading.Event) -> bool:
    """Find the faces in pictures, a few at a time: whether more may be waiting."""
    return files.look(PICTURES) == PICTURES


def anchor(stop: threading.Event) -> None:
    """Write the root of the log outside the database, once a day and whenever the file is missing."""
    now = datetime.now(UTC)
    file = keeping.anchor_file()
    last = deque(anchors.read(file), maxlen=1) if file.exists() else None
    if not last or localdate(last[0].at) < localdate(now):
        sealer.anchor(now)


def recompute(stop: threading.Event) -> None:
    """Reckon provisional deadlines again once another version of the pack is in force: it may publish a further year."""
    global _reckoned_with  # noqa: PLW0603
    try:
        version = versions.in_force().hash
    except versions.NoPack:
        return
    if version != _reckoned_with:
        sweeper.recompute()
        _reckoned_with = version


def tidy(stop: threading.Event) -> None:
    """Forget what is over: uploads never attached, codes, sessions, counts of attempts; what was kept for a time."""
    now = datetime.now(UTC)
    files.prune(now)
    watching.prune()
    phone_code.sweep(now)
    exporting.forget(now)
    import_module(settings.SESSION_ENGINE).SessionStore.clear_expired()
    _clear_cache(now)
    try:
        kept = versions.current(now).settings.windows
    except versions.NoPack:
        return
    outbox.forget(now - _span(kept.logs_kept))
    receipts.prune(now - _span(kept.idempotency_key))
    if localtime(now).hour in NIGHT:
        files.sweep(now)
        while not stop.is_set() and sweeper.forget_identities(now):
            pass


def _span(limit: Limit) -> timedelta:
    return timedelta(seconds=limit.seconds)


def _clear_cache(now: datetime) -> None:
    """Django's database cache deletes what has expired only when it is full."""
    with connection.cursor() as cursor:
        cursor.execute(f"DELETE FROM {settings.CACHES['default']['LOCATION']} WHERE expires < %s", [now])
