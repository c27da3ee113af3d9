"""Explicit rules of the pack (`word_rules.csv`): words that decide an item before the model is asked. Pure.

Every group of a rule must occur in one and the same clause near the start: a long letter that mentions a thing in passing
is not about it. What a rule is `without` may not occur there at all."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from shaodao.county.catalogue import WordRule

HEAD = 80  # characters that are read

_CLAUSE = re.compile(r"[，。！？；、,!?;\s]+")


@dataclass(frozen=True, slots=True)
class Hit:
    rule: WordRule
    words: tuple[str, ...]  # that were found, one of each group


def hits(rules: Sequence[WordRule], text: str) -> tuple[Hit, ...]:
    """Every rule that holds, in the order of the file."""
    clauses = _CLAUSE.split(text[:HEAD])
    return tuple(Hit(rule, words) for rule in rules if (words := _hit(rule, clauses)))


def _hit(rule: WordRule, clauses: Sequence[str]) -> tuple[str, ...]:
    for clause in clauses:
        if all(any(word in clause for word in group) for group in rule.words):
            barred = any(word in each for each in clauses for word in rule.without)
            return () if barred else tuple(next(w for w in group if w in clause) for group in rule.words)
    return ()
