"""Digests: what can wait is gathered to one message a day for each person.

A rung that can wait is a row of the outbox on the channel `digest`, due at the pack's time of day. Its delivery is one
notice for each person behind its recipient and one for their telephones, the same for all rows of the day: whoever
repeats it adds nothing. What the message is about is read when it is shown or sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

from shaodao.centre.cases import notices
from shaodao.county.pack.model import Pack
from shaodao.county.people import holders
from shaodao.ground.messages import outbox
from shaodao.ground.messages.adapters import Outbound
from shaodao.ground.messages.models import Outgoing

DIGEST = "digest"
MOST = 200


def next_digest(at: datetime, pack: Pack) -> datetime:
    """The next moment at which what can wait is told."""
    local = at.astimezone(ZoneInfo(pack.zone))
    today = datetime.combine(local.date(), pack.settings.pressing.digest, ZoneInfo(pack.zone))
    return today if local <= today else today + timedelta(days=1)


def gather(message: Outbound) -> None:
    """The adapter of the channel: tell everybody behind the recipient that there is something to read."""
    day = str(message.params["day"])
    outbox.post_many(
        [
            outbox.Message(channel, who, DIGEST, {"day": day}, f"digest:{day}:{who}:{channel}")
            for who in holders.of(message.recipient, message.at) or (message.recipient,)
            for channel in (outbox.NOTICE, notices.REACH)
        ],
        message.at,
    )


def gathered(names: Sequence[str], day: date) -> list[Outgoing]:
    """What was gathered on a day for whoever is told things under these names, oldest first."""
    rows = Outgoing.objects.filter(channel=DIGEST, recipient__in=list(names), params__day=day.isoformat())
    return list(rows.order_by("id")[:MOST])
