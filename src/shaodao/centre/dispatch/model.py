"""The learned model: two linear classifiers over character runs that vote, served from a plain array file in numpy. Pure.

File: `.npz` without pickled objects. `weights` (runs x voices·classes, int8) times `scale` and plus `bias`
(voices·classes, float32), `idf` (runs, float32), `runs` and `classes` (UTF-8, one a line), `about` (JSON). `about.digest`
is the SHA-256 of all of them: what does not fit it is refused."""

from __future__ import annotations

import hashlib
import json
import os
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .grams import AHEAD, grams

FORMAT = 2
ARRAYS = ("weights", "scale", "bias", "idf", "runs", "classes")
DECIDING = 5  # words shown for an answer
SPEAKING = 40  # runs looked at for them
FAINT = 0.3  # of the heaviest character: what weighs less decided nothing
SHORT = 12.0  # length of the vector of a word or two: what is shorter says little, however sure it sounds

Floats = NDArray[np.float32]


class ModelFault(Exception):
    """The file is absent, of another format, or not what was written; the message says which."""


@dataclass(frozen=True, slots=True, eq=False)
class Model:
    """`about`: format, made (version of the training code), catalogue (fingerprint), temperatures (one a voice), confident,
    confirmed (how many cases taught it), digest. The answer is the mean of what the voices say: it is sure where all are."""

    classes: tuple[str, ...]
    runs: tuple[str, ...]
    idf: Floats  # (runs,)
    weights: NDArray[np.int8]  # (runs, voices·classes)
    scale: Floats  # (voices·classes,)
    bias: Floats  # (voices·classes,)
    about: Mapping[str, Any]
    _index: Mapping[str, int] = field(init=False, repr=False)
    _heat: Floats = field(init=False, repr=False)  # (voices·classes,)
    _means: Floats = field(init=False, repr=False)  # (runs,): of the classes' weights

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", {run: place for place, run in enumerate(self.runs)})
        heat = np.repeat(np.float32(self.about["temperatures"]), len(self.classes))
        object.__setattr__(self, "_heat", heat)
        object.__setattr__(self, "_means", self.weights @ (self.scale / heat) / np.float32(len(self.classes)))

    @classmethod
    def load(cls, path: Path | str) -> Model:
        """Read a model file. Raises ModelFault."""
        try:
            with np.load(path, allow_pickle=False) as arrays:
                found = {name: arrays[name] for name in ARRAYS}
                about = json.loads(arrays["about"].tobytes())
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile) as error:
            raise ModelFault(f"{Path(path).name}: {error}") from error
        if about.get("format") != FORMAT:
            raise ModelFault(f"{Path(path).name}: format {about.get('format')}, not {FORMAT}")
        if about.get("digest") != digest(found, about):
            raise ModelFault(f"{Path(path).name}: the digest does not fit")
        runs = tuple(found["runs"].tobytes().decode().split("\n"))
        return cls(
            classes=tuple(found["classes"].tobytes().decode().split("\n")),
            runs=runs,
            idf=found["idf"],
            weights=found["weights"],
            scale=found["scale"],
            bias=found["bias"],
            about=about,
        )

    @property
    def version(self) -> str:
        """What a case keeps to tell which model decided: the beginning of the digest."""
        return str(self.about["digest"])[:12]

    def probabilities(self, text: str) -> Floats:
        """(classes,): calibrated, summing to 1. Words the model never saw leave its bias."""
        return self._softmax(*self._vector(text))

    def deciding(self, text: str, item: str) -> tuple[str, ...]:
        """The words that spoke most for a class, compared with the mean of all, heaviest first. KeyError: no such class."""
        return self._deciding(text, self._column(item), *self._vector(text))

    def read(self, text: str) -> tuple[Floats, tuple[str, ...]]:
        """The probabilities, and the words that decided for the likeliest class."""
        at, values = self._vector(text)
        shares = self._softmax(at, values)
        return shares, self._deciding(text, int(shares.argmax()), at, values)

    def _column(self, item: str) -> int:
        try:
            return self.classes.index(item)
        except ValueError:
            raise KeyError(item) from None

    def _vector(self, text: str) -> tuple[NDArray[np.intp], Floats]:
        """The runs of the text that the model knows (their places), and their weights as a unit vector."""
        index = self._index
        counts = Counter([place for run in grams(text) if (place := index.get(run)) is not None])
        at = np.fromiter(counts.keys(), np.intp, len(counts))
        values = (1 + np.log(np.fromiter(counts.values(), np.float32, len(counts)))) * self.idf[at]
        return at, values / max(float(np.sqrt(values @ values)), SHORT)

    def _softmax(self, at: NDArray[np.intp], values: Floats) -> Floats:
        products = values @ self.weights[at].astype(np.float32)
        scores = ((products * self.scale + self.bias) / self._heat).reshape(-1, len(self.classes))
        powers = np.exp(scores - scores.max(axis=1, keepdims=True))
        shares: Floats = (powers / powers.sum(axis=1, keepdims=True)).mean(axis=0)
        return shares

    def _deciding(self, text: str, column: int, at: NDArray[np.intp], values: Floats) -> tuple[str, ...]:
        columns = np.arange(column, len(self.scale), len(self.classes))
        spoken = self.weights[np.ix_(at, columns)] @ (self.scale[columns] / self._heat[columns])
        parts = values * (spoken - self._means[at])
        if not len(parts):
            return ()
        order = np.argsort(-parts)[:SPEAKING]
        return _words(
            text, [(self.runs[at[i]].removeprefix(AHEAD), float(parts[i])) for i in order if parts[i] > 0]
        )


def _words(text: str, runs: Sequence[tuple[str, float]]) -> tuple[str, ...]:
    """Where the runs that spoke lie in the text: its heaviest stretches, single characters left out."""
    lowered = text.lower()
    weights = [0.0] * len(lowered)
    for run, weight in runs:
        start = lowered.find(run)
        if start >= 0:
            for place in range(start, start + len(run)):
                weights[place] += weight
    bar = FAINT * max(weights, default=0)
    stretches: list[tuple[float, str]] = []
    start = 0
    for place in range(len(weights) + 1):
        if place == len(weights) or weights[place] <= bar:
            if place - start > 1:
                stretches.append((max(weights[start:place]), text[start:place]))
            start = place + 1
    if not stretches:  # only single characters stood out: the run that said most must do
        return tuple(run for run, _ in runs if len(run) > 1 and run in lowered)[:1]
    heaviest = sorted(stretches, key=lambda stretch: -stretch[0])
    return tuple(dict.fromkeys(word for _, word in heaviest))[:DECIDING]


def digest(arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> str:
    """SHA-256 over the arrays in the order of ARRAYS and over `about` without its digest. Hex."""
    told = hashlib.sha256()
    for name in ARRAYS:
        array = np.ascontiguousarray(arrays[name])
        told.update(f"{name} {array.dtype.str} {array.shape}\n".encode())
        told.update(array.tobytes())
    told.update(json.dumps({k: v for k, v in about.items() if k != "digest"}, sort_keys=True).encode())
    return told.hexdigest()


def write(path: Path, arrays: Mapping[str, NDArray[Any]], about: Mapping[str, Any]) -> str:
    """Write a model aside and rename it; readers never see half a file. Returns its digest."""
    told = digest(arrays, about)
    text = json.dumps({**about, "digest": told}, ensure_ascii=False, sort_keys=True)
    aside = path.with_name(f".{path.name}-{os.getpid()}")
    try:
        with aside.open("wb") as stream:
            named: dict[str, Any] = {"about": _bytes(text), **{name: arrays[name] for name in ARRAYS}}
            np.savez_compressed(stream, **named)
            stream.flush()
            os.fsync(stream.fileno())
        aside.replace(path)
    finally:
        aside.unlink(missing_ok=True)
    return told


def lines(values: Sequence[str]) -> NDArray[np.uint8]:
    """Texts as one array of bytes, one a line."""
    return _bytes("\n".join(values))


def _bytes(text: str) -> NDArray[np.uint8]:
    return np.frombuffer(text.encode(), np.uint8)


def fingerprint(names: Mapping[str, str]) -> str:
    """Of a catalogue: item codes and names. A model of another catalogue is not asked."""
    listing = "\n".join(f"{code} {names[code]}" for code in sorted(names))
    return hashlib.sha256(listing.encode()).hexdigest()[:16]
