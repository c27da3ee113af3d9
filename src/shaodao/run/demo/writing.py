"""Stories into the database: events, vault, persons, rows, notices and receipts, in bulk, in the caller's transaction.

What is written equals what the actions write, one by one, for the same commands at the same moments.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime, timedelta
from itertools import groupby, islice
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db import connection

from shaodao.centre.cases import actions, notices, search
from shaodao.centre.cases.lifecycle import Case
from shaodao.centre.cases.projection import CASES
from shaodao.centre.cases.rows import KEYS
from shaodao.centre.intake import filing, gate
from shaodao.county.people import phones
from shaodao.ground.files import intake as evidence
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.store import Entry, Stream

from .replay import Story

RECEIPTS_KEPT = timedelta(days=30)  # older ones have been pruned
ROWS_AT_ONCE = 2000


def write(
    stories: Sequence[Story],
    until: datetime,
    closings: Sequence[datetime] = (),
    close: Callable[[datetime], None] = lambda at: None,
) -> int:
    """Write the stories of a fresh installation; return how many events they hold. At each of the `closings` (the earliest
    first) `close` is called, when exactly what had happened until then stands in ledger and rows."""
    whole = sorted(stories, key=lambda story: story.arrival.number)
    vault.insert_many(secret for story in whole for secret in story.secrets)
    _copy("people_person", ("id", "phone_key", "phone", "name", "created_at"), _persons(whole))
    events = _live_through(whole, closings, close)
    _copy("intake_receipt", RECEIPT, _receipts(whole, until - RECEIPTS_KEPT))
    _take_numbers(len(whole))
    _copy("cases_words", ("number", "grams"), _search_words(whole))
    _attach_pictures(whole)
    told = sorted((told for story in whole for told in story.notices), key=itemgetter(0))
    for at, some_told in groupby(told, key=itemgetter(0)):
        notices.post([notice for _, notice in some_told], at)
    return events


def _live_through(
    stories: Sequence[Story], closings: Sequence[datetime], close: Callable[[datetime], None]
) -> int:
    """All events in the order of time, and the rows; closing after closing."""
    acts = sorted((act.at, n, i) for n, story in enumerate(stories) for i, act in enumerate(story.acts))
    changed: dict[datetime | None, list[Case]] = defaultdict(list)
    for story in stories:
        for at, case in story.stood:
            changed[at].append(case)
        n = bisect_left(closings, story.acts[-1].at)
        changed[closings[n] if n < len(closings) else None].append(story.case)
    events = begun = 0
    for closing in (*closings, None):
        end = len(acts) if closing is None else bisect_right(acts, closing, key=itemgetter(0))
        events += store.append_many(_entries(stories, acts[begun:end]))
        _write_rows(changed[closing])
        begun = end
        if closing is not None:
            close(closing)
    return events


def _write_rows(cases: Sequence[Case]) -> None:
    """The rows of cases as they stand, instead of those that were there."""
    left = iter(cases)
    while some := list(islice(left, ROWS_AT_ONCE)):
        numbers = [case.number for case in some]
        with connection.cursor() as cursor:
            for table, keys in KEYS.items():
                cursor.execute(f"DELETE FROM {table} WHERE {keys[0]} = ANY (%s)", [numbers])
        CASES.write_new((case.number, case) for case in some)


def _entries(stories: Sequence[Story], acts: Iterable[tuple[datetime, int, int]]) -> Iterator[Entry]:
    """Events in the order of the acts."""
    for at, n, i in acts:
        act = stories[n].acts[i]
        stream, context = Stream("case", stories[n].arrival.number), actions.context_of(act.by, act.source)
        for draft in act.drafts:
            yield Entry(stream, draft, context, at)


def _persons(stories: Iterable[Story]) -> Iterator[tuple[Any, ...]]:
    for story in stories:
        citizen = story.arrival.citizen
        if citizen and story.arrival.first:
            key = phones.keyed(citizen.phone, settings.PHONE_HASH_KEY)
            yield citizen.id, key, *story.person, story.arrival.at


RECEIPT = ("number", "client", "key", "request_hash", "address", "phone", "device", "at")


def _receipts(stories: Iterable[Story], since: datetime) -> Iterator[tuple[Any, ...]]:
    """Whoever is signed in is not counted by source."""
    for story in stories:
        arrival = story.arrival
        if arrival.at >= since:
            client = arrival.by.actor if arrival.by else "web:"
            phone = gate.blind(arrival.whistle.phone) if arrival.whistle.phone and not arrival.by else ""
            yield arrival.number, client, "", filing.hash_of(arrival.whistle), "", phone, "", arrival.at


def _take_numbers(count: int) -> None:
    """The next number given comes after all of these."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(nextval('intake_number')) FROM generate_series(1, %s)", [count])


def _attach_pictures(stories: Iterable[Story]) -> None:
    """Give each case the pictures that its commands name."""
    for story in stories:
        number, token = story.arrival.number, story.arrival.whistle.upload_token
        for photo, subject in story.photos:
            evidence.attach([UUID(photo)], number, token, subject=subject)


def _search_words(stories: Iterable[Story]) -> Iterator[tuple[Any, ...]]:
    for story in stories:
        yield story.arrival.number, search.grams(story.arrival.whistle.text)


def _copy(table: str, columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> None:
    statement = f"COPY {table} ({', '.join(columns)}) FROM STDIN"
    with connection.cursor() as cursor, cursor.copy(statement) as copy:
        for row in rows:
            copy.write_row(row)
