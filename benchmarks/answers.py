# ruff: noqa: E402
"""Ways out on real messages, and answers found on questions of our own.

Prints, one JSON line each: how often the article that answers a question of `tests/answers` comes first and among the first
three; for what the classifier leaves in triage of 4,326 real messages, and for the messages that fit no item, how many get a
way out proposed, by kind, with the time one takes. `--read N [SEED]` prints N of those in triage with their proposals, to be
read by a person: whether a proposal is right no program can say."""

import csv
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from random import Random

import django

sys.path.insert(0, str(Path(__file__).resolve().parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shaodao.run.settings")
django.setup()

from dispatch import DATA, PACK, ROOT, labelled, texts
from shaodao.centre.answers import starters, ways
from shaodao.centre.answers.finding import Entry, Index
from shaodao.centre.answers.ways import WayOut
from shaodao.centre.dispatch import words
from shaodao.centre.dispatch.classifier import Classifier
from shaodao.county.pack import load

READ = 500  # characters, as at the desk
pack = load(PACK)
today = pack.day(datetime.now(UTC))
articles = starters.read(PACK, pack, today)
index = Index.of(
    Entry(at, (each.wording.question, *each.wording.also), each.wording.text)
    for at, each in enumerate(articles)
)
classifier = Classifier.load(PACK / "dispatch")
items = pack.items_on(today)


def found(file: str) -> dict[str, object]:
    with (ROOT / "tests" / "answers" / file).open(encoding="utf-8") as stream:
        asked = list(csv.DictReader(stream))
    ranks = [[articles[hit.id].code for hit in index.find(row["question"], 3)] for row in asked]
    first = sum(codes[:1] == [row["code"]] for codes, row in zip(ranks, asked, strict=True))
    among = sum(row["code"] in codes for codes, row in zip(ranks, asked, strict=True))
    n = len(asked)
    return {"questions": file, "n": n, "hit@1": round(first / n, 3), "hit@3": round(among / n, 3)}


def ways_of(text: str) -> tuple[bool, list[WayOut]]:
    """Whether the message would wait in triage for want of an item, and its ways out."""
    guess = classifier.classify(text[:READ], items, pack.settings.dispatch)
    hits = [(hit.id, hit.score) for hit in index.find(text, 3)]
    found = ways.propose(text, words.nature(text), guess, pack.off_manual.values(), hits, items)
    return guess.item is None, found


def share(name: str, messages: Iterable[str], triage_only: bool) -> dict[str, object]:
    began, n, kinds = time.process_time(), 0, Counter[str]()
    seen = 0
    for text in messages:
        seen += 1
        waits, proposed = ways_of(text)
        if waits or not triage_only:
            n += 1
            kinds[proposed[0].kind if proposed else "none"] += 1
    took = (time.process_time() - began) / max(seen, 1) * 1000
    return {
        "messages": name,
        "n": n,
        "proposed": round(1 - kinds["none"] / n, 3),
        "first": kinds,
        "ms": round(took, 2),
    }


def told(way: WayOut) -> str:
    if way.kind == "row":
        return f"{pack.off_manual[way.code].name} → {pack.off_manual[way.code].to or '答复'}"
    return articles[int(way.code)].wording.question if way.kind == "article" else items[way.code].name


def main() -> None:
    print(json.dumps(found("questions.csv")))
    print(json.dumps(found("questions_later.csv")))
    if not DATA.is_dir():
        raise SystemExit(f"no real messages in {DATA}")
    mailbox = [text for uid, text in texts().items() if uid.startswith("a3-")]
    if "--read" in sys.argv:
        many, seed = int(sys.argv[2]), int((*sys.argv, "", "20261125")[3] or 20261125)
        waiting = [(text, proposed) for text in mailbox for waits, proposed in [ways_of(text)] if waits]
        for text, proposed in Random(seed).sample(waiting, many):
            print(f"\n{text[:160]}\n    {'  |  '.join(told(way) for way in proposed) or '—'}")
        return
    print(json.dumps(share("annex 3, left in triage", mailbox, True)))
    print(json.dumps(share("items_dev, none of the items", (m.text for m in labelled() if m.none), False)))


main()
