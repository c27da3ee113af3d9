"""How good a classifier is on messages whose item is known. Pure.

"Either" counts: a message has one code and perhaps alternates that would be right as well; `NONE` is a code."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from .classifier import RULE_CONFIDENCE, Classifier, Named
from .phrases import NONE

COLUMNS = {"text", "code", "alt"}
THRESHOLDS = tuple(round(0.3 + 0.05 * step, 2) for step in range(14))


@dataclass(frozen=True, slots=True)
class Labelled:
    text: str
    right: frozenset[str]  # the code and its alternates
    none: bool  # its code is NONE


def read(content: str) -> tuple[Labelled, ...]:
    """Parse CSV `text,code,alt` (alternates joined by `;`). Raises ValueError."""
    table = csv.DictReader(io.StringIO(content))
    if not set(table.fieldnames or ()) >= COLUMNS:
        raise ValueError("columns must be text,code,alt")
    return tuple(
        Labelled(
            row["text"],
            frozenset({row["code"], *filter(None, (row["alt"] or "").split(";"))}),
            row["code"] == NONE,
        )
        for row in table
    )


def ranking(classifier: Classifier, text: str, items: Mapping[str, Named]) -> list[tuple[str, float]]:
    """Every answer, NONE among them, best first: as `classify` would rank them without any threshold."""
    ruled = classifier.classify(text, items)
    model = classifier.model
    ranked: list[tuple[str, float]] = []
    if model is not None:
        shares = model.probabilities(text)
        ranked = [(model.classes[at], float(shares[at])) for at in np.argsort(-shares)]
    if ruled.rule:
        first = ruled.item or NONE
        ranked = [(first, RULE_CONFIDENCE), *((code, share) for code, share in ranked if code != first)]
    return ranked


def evaluate(
    classifier: Classifier, messages: Sequence[Labelled], items: Mapping[str, Named]
) -> dict[str, Any]:
    """n, top1, top3 (NONE is an answer like others), and for each threshold: precision (right / dispatched; None where
    nothing is), coverage (dispatched / n), none_dispatched (share of the NONE messages wrongly sent to an item)."""
    ranked = [ranking(classifier, message.text, items) for message in messages]
    n = len(messages)
    tops = [rows[0] if rows else (NONE, 0.0) for rows in ranked]
    hit = [top[0] in message.right for top, message in zip(tops, messages, strict=True)]
    hit3 = [
        any(code in message.right for code, _ in rows[:3])
        for rows, message in zip(ranked, messages, strict=True)
    ]
    nones = sum(message.none for message in messages)
    curve = []
    for threshold in THRESHOLDS:
        sent = [at for at, (code, share) in enumerate(tops) if code != NONE and share >= threshold]
        wrong_none = sum(messages[at].none and not hit[at] for at in sent)
        curve.append(
            {
                "threshold": threshold,
                "precision": round(sum(hit[at] for at in sent) / len(sent), 4) if sent else None,
                "coverage": round(len(sent) / n, 4) if n else 0.0,
                "none_dispatched": round(wrong_none / nones, 4) if nones else 0.0,
            }
        )
    return {
        "n": n,
        "top1": round(sum(hit) / n, 4) if n else 0.0,
        "top3": round(sum(hit3) / n, 4) if n else 0.0,
        "curve": curve,
    }
