"""Training: the pack's catalogue and own sentences → a model file. The only module that imports scikit-learn.

Never trains on what nobody confirmed: sentences come from the pack, and from cases whose item a person confirmed."""

from __future__ import annotations

import hashlib
import re
import warnings
from collections import Counter
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

MADE = 2  # raised with every change of this module that changes models
SEED = 20260101
RUNS = 20_000
STRENGTH = (3.0, 1.0)  # inverse of the regularisation, of the two voices
RARE = 0.5  # added to counts before their ratio is taken
MANY = 5  # confirmed cases in which a run must stand before it is learned: no name of one person ever does
FOLDS = 4
VOICES = 2
UNHEARD_OF = -20.0  # the score of an item all of whose sentences lie in the fold
WANTED = 0.94  # precision from `confident` upwards on unseen sentences: a point above the promise, real letters are harder
WRONG = 0.04  # of the sentences that are no item, at most this share may reach `confident`

_BRACKETS = re.compile(r"[（）、()]")


@dataclass(frozen=True, slots=True)
class Confirmed:
    """A case whose item a person confirmed: what was said, and the item (or `NONE`)."""

    text: str
    item: str


@dataclass(frozen=True, slots=True)
class Sample:
    text: str
    item: str
    weight: float
    group: int  # of the sentence it was made from: kept in one fold
    own: bool = True  # our own words, not those of a case


@dataclass(frozen=True, slots=True)
class Trained:
    """What training tells: size of the corpus, accuracy on unseen sentences, digest of the file."""

    samples: int
    runs: int
    confirmed: int
    unseen_top1: float
    temperatures: tuple[float, ...]
    confident: float
    corpus: str
    digest: str


def train(
    phrases: Phrases, items: Mapping[str, Item], path: Path, confirmed: Sequence[Confirmed] = ()
) -> Trained:
    """Train on a pack's phrases and catalogue, and on cases a person `confirmed`; write `path`.

    Raises ValueError where an example file names an item the catalogue does not have."""
    unknown = (set(phrases.examples) | set(phrases.terms)) - set(items) - {NONE}
    if unknown:
        raise ValueError(f"examples for no item of the catalogue: {', '.join(sorted(unknown))}")
    samples = corpus(phrases, items, confirmed)
    temperatures, confident, top1 = _calibrate(samples)
    fitted = fit(samples)
    made_from = corpus_digest(samples)
    told = {
        "format": FORMAT,
        "made": MADE,
        "catalogue": fingerprint({code: item.name for code, item in items.items()}),
        "corpus": made_from,
        "samples": len(samples),
        "confirmed": len(confirmed),
        "temperatures": temperatures,
        "confident": round(confident, 3),
    }
    digest = write(path, fitted.arrays(), told)
    return Trained(
        samples=len(samples), runs=len(fitted.runs), confirmed=len(confirmed), unseen_top1=top1,
        temperatures=temperatures, confident=confident, corpus=made_from, digest=digest,
    )  # fmt: skip


def corpus(phrases: Phrases, items: Mapping[str, Item], confirmed: Sequence[Confirmed] = ()) -> list[Sample]:
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
    for case in confirmed:
        group += 1
        samples.append(Sample(case.text, case.item, 1.0, group, own=False))
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
class Fitted:
    """Two voices side by side: a logistic regression, and a support vector machine for each class over the runs that tell
    it from the others."""

    classes: tuple[str, ...]
    runs: tuple[str, ...]
    idf: NDArray[np.float64]
    weights: NDArray[np.float64]  # (runs, voices·classes)
    bias: NDArray[np.float64]  # (voices·classes,)
    vectorizer: Any

    def arrays(self) -> dict[str, NDArray[Any]]:
        """As a model file keeps them."""
        scale = np.abs(self.weights).max(axis=0) / 127
        return {
            "weights": np.rint(self.weights / scale).astype(np.int8),
            "scale": scale.astype(np.float32),
            "bias": self.bias.astype(np.float32),
            "idf": self.idf.astype(np.float32),
            "runs": lines(self.runs),
            "classes": lines(self.classes),
        }


def fit(samples: Sequence[Sample], runs: int = RUNS, even: bool = False) -> Fitted:
    """Learn the items of the samples from at most so many runs. `even`: the machines take all items for equally frequent."""
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.feature_extraction.text import TfidfVectorizer
    from sklearn.linear_model import LogisticRegression

    vectorizer = TfidfVectorizer(
        analyzer=grams, sublinear_tf=True, vocabulary=vocabulary(samples, runs), dtype=np.float64
    )
    rows = vectorizer.fit_transform([sample.text for sample in samples])
    items = np.array([sample.item for sample in samples])
    weight = np.array([sample.weight for sample in samples])
    logistic = LogisticRegression(C=STRENGTH[0], max_iter=60, class_weight="balanced")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ConvergenceWarning)  # more steps change no answer
        logistic.fit(rows, items, sample_weight=weight)
    classes = logistic.classes_
    machines = [_machine(rows, items == item, weight, even) for item in classes]
    ways = logistic.coef_ if len(classes) > 2 else np.vstack([-logistic.coef_, logistic.coef_])
    start = logistic.intercept_ if len(classes) > 2 else np.array([-1, 1]) * logistic.intercept_
    return Fitted(
        classes=tuple(map(str, classes)),
        runs=tuple(vectorizer.get_feature_names_out()),
        idf=vectorizer.idf_,
        weights=np.vstack([ways, *(way for way, _ in machines)]).T,
        bias=np.concatenate([start, [bias for _, bias in machines]]),
        vectorizer=vectorizer,
    )


def _machine(
    rows: Any, mine: NDArray[np.bool_], weight: NDArray[np.float64], even: bool
) -> tuple[NDArray[np.float64], float]:
    """Weights and bias of one class against the rest. Each run counts by how much more, or less, often it stands in the
    class than elsewhere (Wang and Manning 2012); the factor goes into the weights, so serving knows nothing of it."""
    from scipy.sparse import diags
    from sklearn.svm import LinearSVC

    present = diags(weight) @ (rows > 0)
    inside, outside = (np.asarray(present[which].sum(axis=0)).ravel() + RARE for which in (mine, ~mine))
    telling = np.sqrt(np.abs(np.log(inside / inside.sum()) - np.log(outside / outside.sum())))
    fitted = LinearSVC(C=STRENGTH[1], class_weight="balanced" if even else None, random_state=SEED)
    fitted.fit(rows @ diags(telling), mine, sample_weight=weight)
    return telling * fitted.coef_[0], float(fitted.intercept_[0])


def vocabulary(samples: Sequence[Sample], most: int) -> list[str]:
    """The commonest runs that stand in two of our own texts, or in enough confirmed cases to be nobody's name."""
    own: Counter[str] = Counter()
    said: Counter[str] = Counter()
    for sample in samples:
        (own if sample.own else said).update(set(grams(sample.text)))
    common = [run for run in {**own, **said} if own[run] >= 2 or said[run] >= MANY]
    return sorted(sorted(common, key=lambda run: (-own[run] - said[run], run))[:most])


def _calibrate(samples: Sequence[Sample]) -> tuple[tuple[float, ...], float, float]:
    """Temperatures, `confident` and top-1 accuracy, from sentences a model has not seen: each fold of the sentences
    is scored by a model of the others; all versions of one sentence stay together."""
    groups = sorted({sample.group for sample in samples if sample.group > 0})
    Random(SEED).shuffle(groups)
    fold = {group: at % FOLDS for at, group in enumerate(groups)}
    classes = np.array(sorted({sample.item for sample in samples}))
    parts = []
    for here in range(FOLDS):
        fitted = fit([sample for sample in samples if fold.get(sample.group) != here])
        unseen = [sample for sample in samples if fold.get(sample.group) == here]
        rows = fitted.vectorizer.transform([sample.text for sample in unseen])
        scores = np.full((len(unseen), VOICES, len(classes)), UNHEARD_OF)
        known = np.searchsorted(classes, fitted.classes)
        scores[:, :, known] = (rows @ fitted.weights + fitted.bias).reshape(len(unseen), VOICES, -1)
        parts.append((scores, [sample.item for sample in unseen]))
    scores = np.concatenate([part for part, _ in parts])
    right = np.searchsorted(classes, [item for _, items in parts for item in items])
    none = int(np.searchsorted(classes, NONE))
    temperatures = tuple(_temperature(scores[:, voice], right) for voice in range(VOICES))
    voices = [_shares(scores[:, voice] / heat) for voice, heat in enumerate(temperatures)]
    shares = np.mean(voices, axis=0)
    top = shares.argmax(axis=1)
    confident = _confident(shares.max(axis=1), top == right, top != none, right == none)
    return temperatures, confident, float((top == right).mean())


def _temperature(scores: NDArray[np.float64], right: NDArray[np.intp]) -> float:
    """What a voice's scores are divided by so that what happened was likeliest by its shares."""
    happened = np.arange(len(right)), right

    def surprise(heat: float) -> float:
        return -float(np.log(_shares(scores / heat)[happened] + 1e-9).mean())

    return min((round(0.05 * step, 2) for step in range(1, 31)), key=surprise)


def _shares(scores: NDArray[np.float64]) -> NDArray[np.float64]:
    powers = np.exp(scores - scores.max(axis=1, keepdims=True))
    shares: NDArray[np.float64] = powers / powers.sum(axis=1, keepdims=True)
    return shares


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
