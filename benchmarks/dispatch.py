"""Dispatch on real messages.

Prints, one JSON line each:
- `items`: the 300 labelled messages of `items_dev.csv` by the classifier as shipped, and at the threshold training chose;
  the same for the half that nobody read while the example sentences were written;
- `seven classes`: macro-F1 on annex 2 of the class that serves items, trained anew on its rows and read back from a model
  file, beside scikit-learn's plain pipeline; in five folds that keep near-duplicates together, and on the fixed split;
- `speed`: processor time beside that pipeline on the same texts; of one answer; of loading; and memory of loading.

The data lies in `$SHAODAO_SHARED_DATA`, by default `../shared/data` beside the
repository; nothing of it is ever trained on."""

import csv
import json
import os
import re
import subprocess
import sys
import time
from functools import partial
from hashlib import sha256
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

from openpyxl import load_workbook
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.metrics import f1_score
from sklearn.model_selection import StratifiedGroupKFold
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from shaodao.centre.dispatch.classifier import Classifier
from shaodao.centre.dispatch.evaluation import Labelled, evaluate, ranking
from shaodao.centre.dispatch.grams import READ
from shaodao.centre.dispatch.model import FORMAT, Model, write
from shaodao.centre.dispatch.phrases import read
from shaodao.centre.dispatch.training import Sample, fit
from shaodao.county.catalogue import NONE
from shaodao.county.pack import load

ROOT = Path(__file__).resolve().parents[1]
DATA = Path(os.environ.get("SHAODAO_SHARED_DATA") or ROOT.parent / "shared" / "data") / "messages"
PACK = ROOT / "county" / "huinan"
HEATS = (1.0, 0.2)  # temperatures of the two voices, where no folds of our own sentences choose them


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


def labelled() -> tuple[list[Labelled], list[Labelled]]:
    """The 300 messages; and the half of them that nobody read before or while the example sentences were written."""
    known = texts()
    every = {
        row["uid"]: Labelled(
            known[row["uid"]],
            frozenset({row["code"], *filter(None, row["alt"].split(";"))}),
            row["code"] == NONE,
        )
        for row in rows("items_dev.csv")
    }
    return list(every.values()), [one for uid, one in every.items() if sha256(uid.encode()).digest()[-1] % 2]


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


Row = tuple[str, str, str]  # text, label, group of near-duplicates


def annex2() -> tuple[list[Row], list[Row]]:
    """The tokenised rows, all of them, and the raw ones."""
    cut = [(row["tokens"], row["label"], row["group"]) for row in rows("annex2_all9210_tokenised.csv")]
    raw = rows("annex2_raw_subset.csv")
    return cut, [(joined(row["title"], row["detail"]), row["label"], row["group"]) for row in raw]


def plain(train: list[Row], test: list[Row]) -> tuple[list[str], float]:
    """What scikit-learn's own pipeline answers, and its microseconds a text."""
    pipeline = make_pipeline(
        TfidfVectorizer(analyzer="char", ngram_range=(1, 4), sublinear_tf=True, min_df=2), LinearSVC()
    )
    pipeline.fit([text.replace(" ", "") for text, _, _ in train], [label for _, label, _ in train])
    texts = [text.replace(" ", "") for text, _, _ in test]
    start = time.process_time()
    answers = list(pipeline.predict(texts))
    return answers, (time.process_time() - start) / len(texts) * 1e6


def ours(train: list[Row], test: list[Row], folder: Path) -> tuple[list[str], float]:
    """What `Model` answers, served from its array file, and its microseconds a text."""
    samples = [Sample(text, label, 1.0, at) for at, (text, label, _) in enumerate(train)]
    fitted = fit(samples, runs=90_000, even=True)
    about = {"format": FORMAT, "catalogue": "", "temperatures": HEATS, "confident": 1.0}
    write(folder / "annex2.npz", fitted.arrays(), about)
    model = Model.load(folder / "annex2.npz")
    start = time.process_time()
    answers = [model.classes[int(model.probabilities(text).argmax())] for text, _, _ in test]
    return answers, (time.process_time() - start) / len(test) * 1e6


def seven_classes() -> dict[str, object]:
    """Macro-F1 of both on the same folds and the same split, and their microseconds a text on the split."""
    cut, raw = annex2()
    groups, labels = [group for _, _, group in cut], [label for _, label, _ in cut]
    folds = list(StratifiedGroupKFold(5, shuffle=True, random_state=0).split(cut, labels, groups))
    known = {group for _, _, group in raw}
    rest = [row for row in cut if row[2] not in known]
    told: dict[str, object] = {"train": len(rest), "test": len(raw)}
    with TemporaryDirectory() as folder:
        for name, answer in (("ours", partial(ours, folder=Path(folder))), ("plain", plain)):
            found = [""] * len(cut)
            for train, test in folds:
                answers, _ = answer([cut[at] for at in train], [cut[at] for at in test])
                for at, label in zip(test, answers, strict=True):
                    found[at] = label
            fixed, spent = answer(rest, raw)
            told[name] = {
                "grouped": round(f1_score(labels, found, average="macro"), 4),
                "fixed": round(f1_score([label for _, label, _ in raw], fixed, average="macro"), 4),
                "us_a_text": round(spent),
            }
    return told


def footprint() -> dict[str, float]:
    """What loading the model adds to a process that has Django and numpy already: milliseconds and megabytes."""
    code = (
        "import os, time, numpy, django; from pathlib import Path\n"
        "from shaodao.centre.dispatch.classifier import Classifier\n"
        "def rss(): return int(open('/proc/self/statm').read().split()[1]) * os.sysconf('SC_PAGE_SIZE') / 2**20\n"
        f"before, start = rss(), time.perf_counter(); Classifier.load(Path({str(PACK / 'dispatch')!r}))\n"
        "print(time.perf_counter() - start, rss() - before)"
    )
    done = subprocess.run([sys.executable, "-c", code], check=True, capture_output=True, text=True)
    seconds, megabytes = map(float, done.stdout.split())
    return {"load_wall_ms": round(seconds * 1e3), "load_megabytes": round(megabytes, 1)}


def speed(classifier: Classifier, items: dict) -> dict[str, float]:
    """Microseconds of processor time for one whistle as residents write it, and for the longest that is read."""
    phrases, rng = read(PACK / "examples"), Random(1)
    short = [phrases.sentence(rng.choice(sorted(items)), rng) for _ in range(2000)]
    long = [" ".join(short[start : start + 60])[:READ] for start in range(0, 400)]
    told = {}
    for name, some in (("short", short), ("long", long)):
        for text in some[:50]:
            classifier.classify(text, items)
        spent = []
        for text in some:
            start = time.process_time()
            classifier.classify(text, items)
            spent.append(time.process_time() - start)
        told[f"{name}_us"] = round(sum(spent) / len(spent) * 1e6)
        told[f"{name}_us_p99"] = round(sorted(spent)[len(spent) * 99 // 100] * 1e6)
    return told | footprint()


def main() -> None:
    pack = load(PACK)
    items = dict(pack.items)
    classifier = Classifier.load(PACK / "dispatch", pack.word_rules)
    if classifier.model is None:
        sys.exit(f"no model: {classifier.fault}")
    if DATA.is_dir():
        threshold = classifier.model.about["confident"]
        for name, messages in zip(("items", "items, unread half"), labelled(), strict=True):
            told = evaluate(classifier, messages, items)
            told["chosen"] = at(classifier, messages, threshold, items)
            print(json.dumps({name: told}), flush=True)
        print(json.dumps({"seven classes": seven_classes()}), flush=True)
    else:
        print(f"skipped: no data in {DATA}", file=sys.stderr)
    print(json.dumps({"speed": speed(classifier, items)}))


if __name__ == "__main__":
    main()
