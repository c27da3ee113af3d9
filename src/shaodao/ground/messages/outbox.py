"""The outbox: a message is a row, written in the transaction of what it tells.

Nothing personal lies in it: the recipient is a reference (`person:…`, `unit:…`, `role:…@…`), the words are
made from template and params when the message is delivered or shown.
"""

import json
import uuid
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection

from shaodao.ground import database

NOTICE = "notice"
"""The channel of messages that are shown inside the application: the row itself is the delivery."""


@dataclass(frozen=True, slots=True)
class Message:
    """What is to be told to whom. A second message with the same `dedupe_key` is not written."""

    channel: str
    recipient: str
    template: str
    params: dict[str, Any] = field(default_factory=dict)
    dedupe_key: str = ""
    not_before: datetime | None = None


@dataclass(frozen=True, slots=True)
class Posted:
    """A row of the outbox as its recipient sees it."""

    id: int
    created_at: datetime
    channel: str
    recipient: str
    template: str
    params: dict[str, Any]
    read_at: datetime | None


def to_each(template: str, recipients: Iterable[str], params: dict[str, Any], key: str) -> list[Message]:
    """A notice to each of these once; `key` names what happened, so that they are told of it once."""
    return [
        Message(NOTICE, recipient, template, params, f"{key}:{recipient}")
        for recipient in dict.fromkeys(recipients)
    ]


def post(message: Message, now: datetime) -> bool:
    """Write one message in the caller's transaction. False: its dedupe_key was written before."""
    return post_many([message], now) == 1


def post_many(messages: Iterable[Message], now: datetime) -> int:
    """Write messages in one statement, in the caller's transaction; return how many were new."""
    rows = _rows(messages, now)
    asked = database.write(_POST, [now, NOTICE, NOTICE, rows], "SELECT count(*) FROM told") if rows else None
    return asked[0] if asked else 0


def put(messages: Iterable[Message], now: datetime) -> None:
    """As `post_many`, but nobody asks: `together` with others."""
    if rows := _rows(messages, now):
        database.write(_POST, [now, NOTICE, NOTICE, rows])


def _rows(messages: Iterable[Message], now: datetime) -> str:
    rows = [
        {
            "channel": message.channel,
            "recipient": message.recipient,
            "template": message.template,
            "params": message.params,
            "dedupe_key": message.dedupe_key or str(uuid.uuid4()),
            "not_before": (message.not_before or now).isoformat(),
        }
        for message in messages
    ]
    return json.dumps(rows, ensure_ascii=False) if rows else ""


def notices(
    recipients: Sequence[str],
    now: datetime,
    *,
    before: int | None = None,
    limit: int = 50,
    only_unread: bool = False,
) -> list[Posted]:
    """What is shown to these recipients, newest first; go on with `before=` the last id."""
    with connection.cursor() as cursor:
        cursor.execute(_NOTICES, [list(recipients), NOTICE, now, before, before, only_unread, limit])
        return [
            Posted(id, at, channel, recipient, template, json.loads(params), read_at)
            for id, at, channel, recipient, template, params, read_at in cursor
        ]


def unread(recipients: Sequence[str], now: datetime, most: int = 100) -> int:
    """How many notices these recipients have not read, counted up to `most`."""
    with connection.cursor() as cursor:
        cursor.execute(_UNREAD, [list(recipients), NOTICE, now, most])
        return cursor.fetchone()[0]


def mark_read(recipients: Sequence[str], ids: Sequence[int], now: datetime) -> int:
    """Mark notices of these recipients as read; ids of others are left alone. Return how many changed."""
    with connection.cursor() as cursor:
        cursor.execute(_READ, [now, list(ids), list(recipients), NOTICE])
        return cursor.rowcount


def forget_recipient(recipient: str) -> int:
    """Delete all messages to a recipient, also those that wait. Return how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM messages_outbox WHERE recipient = %s", [recipient])
        return cursor.rowcount


def forget(before: datetime) -> int:
    """Delete messages sent before a moment; waiting and failed ones stay. Return how many."""
    with connection.cursor() as cursor:
        cursor.execute("DELETE FROM messages_outbox WHERE state = 'sent' AND sent_at < %s", [before])
        return cursor.rowcount


# The order of keys keeps two transactions that write the same keys from waiting for each other in a ring.
_POST = """told AS (
    INSERT INTO messages_outbox
        (created_at, channel, recipient, template, params, dedupe_key, not_before, attempts, last_error,
         state, sent_at)
    SELECT %s, channel, recipient, template, params, dedupe_key, not_before, 0, '',
        CASE WHEN channel = %s THEN 'sent' ELSE 'waiting' END, CASE WHEN channel = %s THEN not_before END
    FROM json_to_recordset(%s) AS message (
        channel text, recipient text, template text, params jsonb, dedupe_key text, not_before timestamptz
    )
    ORDER BY dedupe_key
    ON CONFLICT (dedupe_key) DO NOTHING RETURNING 1
)"""
_NOTICES = """
SELECT id, created_at, channel, recipient, template, params::text, read_at FROM messages_outbox
WHERE recipient = ANY (%s::text[]) AND channel = %s AND not_before <= %s
    AND (%s::bigint IS NULL OR id < %s::bigint) AND (NOT %s OR read_at IS NULL)
ORDER BY id DESC LIMIT %s
"""
_UNREAD = """
SELECT count(*) FROM (
    SELECT 1 FROM messages_outbox
    WHERE recipient = ANY (%s::text[]) AND channel = %s AND not_before <= %s AND read_at IS NULL LIMIT %s
) AS those
"""
_READ = """
UPDATE messages_outbox SET read_at = %s
WHERE id = ANY (%s::bigint[]) AND recipient = ANY (%s::text[]) AND channel = %s AND read_at IS NULL
"""
