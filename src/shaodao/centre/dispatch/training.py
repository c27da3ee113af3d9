"""Training: the pack's catalogue and own sentences → a model file. The only module that imports scikit-learn.

Never trains on what nobody confirmed: sentences come from the pack, and from cases whose item a person confirmed."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from numpy.typing import NDArray

from shaodao.county.catalogue import Item

from .grams import grams
from .model import FORMAT, fingerprint, lines, write
from .phrases import NONE, Phrases

MADE = 1  # raised with every change of this module that changes models
SEED = 20260101
RUNS = 14_000
STRENGTH = 3.0  # inverse of the regularisation
FOLDS = 4
UNHEARD_OF = -20.0  # the score of an item all of whose sentences lie in the fold
WANTED = 0.93  # precision promised from `confident` upwards, on unseen sentences; real letters are harder
SURE = 0.6  # from here upwards the probability must mean what it says
WRONG = 0.04  # of the sentences that are no item, at most this share may reach `confident`

_BRACKETS = re.compile(r"[（）、()]")


@dataclass(frozen=True, slots=True)
class Sample:
    text: str
    item: str
    weight: float
    group: int  # of the sentence it was made from: kept in one fold


@dataclass(frozen=True, slots=True)
class Trained:
    """What training tells: size of the corpus, accuracy on unseen sentences, digest of the file."""

    samples: int
    runs: int
    unseen_top1: float
    temperature: float
    confident: float
    digest: str


def train(
    phrases: Phrases, items: Mapping[str, Item], path: Path, confirmed: Sequence[tuple[str, str]] = ()
) -> Trained:
    """Train on a pack's phrases and catalogue, and on `confirmed` (text, item code) of cases; write `path`.

    Raises ValueError where an example file names an item the catalogue does not have."""
    unknown = (set(phrases.examples) | set(phrases.terms)) - set(items) - {NONE}
    if unknown:
        raise ValueError(f"examples for no item of the catalogue: {', '.join(sorted(unknown))}")
    samples = corpus(phrases, items, confirmed)
    temperature, confident, top1 = _calibrate(samples)
    fitted = _fit(samples)
    scale = np.abs(fitted.weights).max(axis=0) / 127
    digest = write(
        path,
        {
            "weights": np.rint(fitted.weights / scale).astype(np.int8),
            "scale": scale.astype(np.float32),
            "bias": fitted.bias.astype(np.float32),
            "idf": fitted.idf.astype(np.float32),
            "runs": lines(fitted.runs),
            "classes": lines(fitted.classes),
        },
        {
            "format": FORMAT,
            "made": MADE,
            "catalogue": fingerprint({code: item.name for code, item in items.items()}),
            "corpus": corpus_digest(samples),
            "samples": len(samples),
            "temperature": round(temperature, 4),
            "confident": round(confident, 3),
        },
    )
    return Trained(len(samples), len(fitted.runs), top1, temperature, confident, digest)


def corpus(
    phrases: Phrases, items: Mapping[str, Item], confirmed: Sequence[tuple[str, str]] = ()
) -> list[Sample]:
    """Every example alone, with opening and closing, and inside a long letter; the catalogue's words; confirmed cases."""
    rng = Random(SEED)
    samples: list[Sample] = []
    group = 0
    for code in sorted(phrases.examples):
        for core in phrases.examples[code]:
            group += 1
            for text, weight in _versions(core, phrases.examples[code], code, phrases, rng):
                samples.append(Sample(phrases.fill(text, rng), code, weight, group))
    for code, item in sorted(items.items()):
        words = dict.fromkeys((*phrases.terms.get(code, ()), *item.keywords))
        group += 1
        samples += [Sample(word, code, 0.3, -group) for word in words]
        for _ in range(len(words)):
            some = rng.sample(sorted(words), min(len(words), rng.randrange(2, 7)))
            samples.append(Sample("，".join(some), code, 0.5, -group))
        samples.append(Sample(_BRACKETS.sub(" ", item.name), code, 1.0, -group))
        if item.scope:
            samples.append(Sample(item.scope, code, 1.0, -group))
    for text, code in confirmed:
        group += 1
        samples.append(Sample(text, code, 1.0, group))
    return samples


def corpus_digest(samples: Sequence[Sample]) -> str:
    """Of what a model was trained on: tells whether a committed model is that of the committed sentences. Hex."""
    told = hashlib.sha256()
    for sample in samples:
        told.update(f"{sample.item}\t{sample.weight}\t{sample.text}\n".encode())
    return told.hexdigest()


def _versions(
    core: str, siblings: Sequence[str], code: str, phrases: Phrases, rng: Random
) -> list[tuple[str, float]]:
    versions = [(core, 1.0)]
    for _ in range(2):
        versions.append((rng.choice(phrases.openings) + core + rng.choice(phrases.closings), 0.5))
        letter = [core, *rng.sample(phrases.fillers, rng.randrange(1, 6))]
        if code != NONE and rng.random() < 0.6:
            letter.append(rng.choice(siblings))
        rng.shuffle(letter)
        versions.append((f"{core} {' '.join(letter)}", 0.7))
    return versions


@dataclass(frozen=True, slots=True)
class _Fitted:
    classes: tuple[str, ...]
    runs: tuple[str, ...]
    idf: NDArray[np.float64]
    weights: NDArray[np.float64]  # (runs, classes)
    bias: NDArray[np.float64]
    vectorizer: Any


def _fit(samples: Sequence[Sample]) -> _Fitted:
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer(
        analyzer=grams, sublinear_tf=True, min_df=2, max_features=RUNS, dtype=np.float64
    )
    rows = vectorizer.fit_transform([sample.text for sample in samples])
    fitted = LogisticRegression(C=STRENGTH, max_iter=60, class_weight="balanced").fit(
        rows, [sample.item for sample in samples], sample_weight=[sample.weight for sample in samples]
    )
    return _Fitted(
        classes=tuple(map(str, fitted.classes_)),
        runs=tuple(vectorizer.get_feature_names_out()),
        idf=vectorizer.idf_,
        weights=fitted.coef_.T,
        bias=fitted.intercept_,
        vectorizer=vectorizer,
    )


def _calibrate(samples: Sequence[Sample]) -> tuple[float, float, float]:
    """Temperature, `confident` and top-1 accuracy, from sentences a model has not seen: each fold of the sentences
    is scored by a model of the others; all versions of one sentence stay together."""
    groups = sorted({sample.group for sample in samples if sample.group > 0})
    Random(SEED).shuffle(groups)
    fold = {group: at % FOLDS for at, group in enumerate(groups)}
    classes = np.array(sorted({sample.item for sample in samples}))
    parts = []
    for here in range(FOLDS):
        fitted = _fit([sample for sample in samples if fold.get(sample.group) != here])
        unseen = [sample for sample in samples if fold.get(sample.group) == here]
        rows = fitted.vectorizer.transform([sample.text for sample in unseen])
        scores = np.full((len(unseen), len(classes)), UNHEARD_OF)
        scores[:, np.searchsorted(classes, fitted.classes)] = rows @ fitted.weights + fitted.bias
        parts.append((scores, [sample.item for sample in unseen]))
    scores = np.concatenate([part for part, _ in parts])
    right = np.searchsorted(classes, [item for _, items in parts for item in items])
    none = int(np.searchsorted(classes, NONE))
    temperature = min(
        (round(0.05 * step, 2) for step in range(2, 31)),
        key=lambda t: _miscalibration(_shares(scores / t), right, none),
    )
    shares = _shares(scores / temperature)
    top = shares.argmax(axis=1)
    confident = _confident(shares.max(axis=1), top == right, top != none, right == none)
    return temperature, confident, float((top == right).mean())


def _shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


def _miscalibration(shares: NDArray[np.float64], right: NDArray[np.intp], none: int) -> float:
    """How far the probability of item answers lies from how often they are right, in steps of a twentieth where
    dispatch decides: from SURE upwards. Below it a person looks anyhow."""
    top = shares.argmax(axis=1)
    sure, correct, item = shares.max(axis=1), top == right, top != none
    steps = np.minimum(((sure - SURE) / 0.05).astype(int), round((1 - SURE) / 0.05) - 1)
    sent = item & (sure >= SURE)
    gaps = [
        abs((sure[there] - correct[there]).sum())
        for step in set(steps[sent])
        if (there := sent & (steps == step)).any()
    ]
    return float(sum(gaps)) / max(int(sent.sum()), 1)


def _confident(
    sure: NDArray[np.float64],
    right: NDArray[np.bool_],
    is_item: NDArray[np.bool_],
    is_none: NDArray[np.bool_],
) -> float:
    """The lowest probability from which dispatching keeps both promises; 1 where none does."""
    for bar in np.arange(0.3, 1.0, 0.01):
        sent = is_item & (sure >= bar)
        if sent.any() and right[sent].mean() >= WANTED and (sent & is_none).sum() <= WRONG * is_none.sum():
            return round(float(bar), 2)
    return 1.0
