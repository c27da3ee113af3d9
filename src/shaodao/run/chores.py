"""The ticks of the background loops that belong to the ground: sealing, telling subscribers, delivering, anchoring, tidying.

Each does one bounded piece of work and says whether more is waiting; see `shaodao.run.background`.
"""

import threading
from collections import deque
from datetime import UTC, datetime

from django.utils.timezone import localdate, localtime

from shaodao.ground.files import intake as files
from shaodao.ground.ledger import anchors, keeping, sealer, subscriptions
from shaodao.ground.messages import relay

NIGHT = range(2, 5)  # local hours in which reading the whole store of evidence disturbs nobody


def seal(stop: threading.Event) -> bool:
    """Give committed events their positions."""
    return sealer.seal_batch(datetime.now(UTC)) > 0


def tell(stop: threading.Event) -> bool:
    """Take every subscriber of the ledger a piece further."""
    return subscriptions.run_all(datetime.now(UTC)) > 0


def deliver(stop: threading.Event) -> bool:
    """Hand waiting messages to their adapters."""
    return relay.deliver_batch(datetime.now(UTC)).total > 0


def anchor(stop: threading.Event) -> None:
    """Write the root of the log outside the database, once a day and whenever the file is missing."""
    now = datetime.now(UTC)
    file = keeping.anchor_file()
    last = deque(anchors.read(file), maxlen=1) if file.exists() else None
    if not last or localdate(last[0].at) < localdate(now):
        sealer.anchor(now)


def tidy(stop: threading.Event) -> None:
    """Forget uploads that were never attached; at night also bytes that no row knows."""
    now = datetime.now(UTC)
    files.prune(now)
    if localtime(now).hour in NIGHT:
        files.sweep(now)
