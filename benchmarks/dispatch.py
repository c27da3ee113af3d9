"""Dispatch on real messages: `items_dev.csv` of the shared data (300, labelled) joined with their texts.

Prints, one JSON line each: the figures of the classifier as shipped, those at the threshold that training chose,
and its speed in processor time. The data lies in `$SHAODAO_SHARED_DATA`, by default `../shared/data` beside the
repository; nothing of it is ever trained on."""

import csv
import json
import os
import re
import sys
import time
from pathlib import Path
from random import Random

from openpyxl import load_workbook

from shaodao.centre.dispatch.classifier import Classifier
from shaodao.centre.dispatch.evaluation import Labelled, evaluate, ranking
from shaodao.centre.dispatch.phrases import NONE, read
from shaodao.county.pack import load

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SHAODAO_SHARED_DATA") or ROOT.parent / "shared" / "data") / "messages"
PACK = ROOT / "county" / "huinan"


def texts() -> dict[str, str]:
    """Every message by the uid that `items_dev.csv` uses: title, a blank, details."""
    found: dict[str, str] = {}
    sheet = load_workbook(DATA / "annex3_messages.xlsx", read_only=True).active
    assert sheet is not None
    for number, _, title, _, detail, *_ in sheet.iter_rows(min_row=2, values_only=True):
        found[f"a3-{number}"] = joined(title, detail)
    for index, row in enumerate(rows("annex2_raw_subset.csv")):
        found[f"a2-{index}"] = joined(row["title"], row["detail"])
    for row in rows("shangluo_mayor_mailbox_masked.csv"):
        found.setdefault(f"sl-{row['mail_id']}", joined(row["title"], row["query"]))
    return found


def rows(name: str) -> list[dict[str, str]]:
    with (DATA / name).open(encoding="utf-8-sig", newline="") as table:
        return list(csv.DictReader(table))


def joined(*parts: object) -> str:
    return " ".join(filter(None, (re.sub(r"\s+", " ", str(part or "")).strip() for part in parts)))


def labelled() -> list[Labelled]:
    known = texts()
    return [
        Labelled(
            known[row["uid"]],
            frozenset({row["code"], *filter(None, row["alt"].split(";"))}),
            row["code"] == NONE,
        )
        for row in rows("items_dev.csv")
    ]


def at(classifier: Classifier, messages: list[Labelled], threshold: float, items: dict) -> dict[str, float]:
    """Precision, coverage and wrongly dispatched NONE at one threshold."""
    tops = [ranking(classifier, message.text, items)[0] for message in messages]
    sent = [
        (code in message.right, message.none)
        for (code, share), message in zip(tops, messages, strict=True)
        if code != NONE and share >= threshold
    ]
    nones = sum(message.none for message in messages)
    return {
        "threshold": threshold,
        "precision": round(sum(right for right, _ in sent) / len(sent), 4),
        "coverage": round(len(sent) / len(messages), 4),
        "none_dispatched": round(sum(none and not right for right, none in sent) / nones, 4),
    }


def speed(classifier: Classifier, items: dict) -> dict[str, float]:
    """Microseconds of processor time for one whistle as residents write it, and for the longest that is read."""
    phrases, rng = read(PACK / "examples"), Random(1)
    short = [phrases.sentence(rng.choice(sorted(items)), rng) for _ in range(2000)]
    long = [" ".join(short[start : start + 20])[:400] for start in range(0, 400)]
    told = {}
    for name, some in (("short", short), ("long", long)):
        for text in some[:50]:
            classifier.classify(text, items)
        start = time.process_time()
        for text in some:
            classifier.classify(text, items)
        told[f"{name}_us"] = round((time.process_time() - start) / len(some) * 1e6)
    start = time.process_time()
    Classifier.load(PACK / "dispatch")
    told["load_ms"] = round((time.process_time() - start) * 1e3)
    return told


def main() -> None:
    items = dict(load(PACK).items)
    classifier = Classifier.load(PACK / "dispatch")
    if classifier.model is None:
        sys.exit(f"no model: {classifier.fault}")
    if DATA.is_dir():
        messages = labelled()
        print(json.dumps(evaluate(classifier, messages, items)))
        print(json.dumps(at(classifier, messages, classifier.model.about["confident"], items)))
    else:
        print(f"skipped: no data in {DATA}", file=sys.stderr)
    print(json.dumps(speed(classifier, items)))


if __name__ == "__main__":
    main()
