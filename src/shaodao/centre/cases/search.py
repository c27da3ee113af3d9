"""Finding cases by words. The index holds character bigrams (`grams`; GIN over an array);
it is filled by a subscription a moment after the report; `erasure` takes out what it must.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence

from django.db import connection
from django.db.models import QuerySet

from shaodao.centre.cases.grams import grams
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.lifecycle.events import Reported
from shaodao.centre.cases.models import Words
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Recorded
from shaodao.ground.ledger.subscriptions import subscriber_of_many


def as_number(text: str) -> str:
    """The number, or its beginning, that a text is; "" if it is words."""
    wanted = text.strip().replace("-", "")
    return wanted if re.fullmatch(r"[0-9]{6,16}", wanted) else ""


def matching(text: str) -> QuerySet[Words]:
    """Numbers of cases whose words contain all bigrams of `text`, as a subquery; none where there is nothing to look for."""
    wanted = grams(text)
    found = Words.objects.filter(grams__contains=wanted) if wanted else Words.objects.none()
    return found.values("number")


@subscriber_of_many("search", types={"Reported"})
def index(events: Sequence[Recorded]) -> None:
    """Keep the index in step with the ledger. The lock lets an erasure come wholly before this or wholly after."""
    reported = {each.stream: from_payload(each.type, each.payload) for each in events}
    words = {stream.id: event.words for stream, event in reported.items() if isinstance(event, Reported)}
    store.lock(*reported)
    texts = vault.read(key for key in words.values() if key)
    rows = [
        {"number": number, "grams": grams(text if isinstance(text := texts.get(key), str) else "")}
        for number, key in words.items()
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cases_words (number, grams) "
            "SELECT number, grams FROM json_to_recordset(%s) AS found (number text, grams text[]) "
            "ON CONFLICT (number) DO UPDATE SET grams = EXCLUDED.grams",
            [json.dumps(rows, ensure_ascii=False)],
        )
