"""Explicit rules of the pack: words that decide an item before the model is asked. Pure.

`rules.csv`: `code,item,words,without,why`. `words`: groups joined by `&`, each with alternatives joined by `|`; every
group must occur in one and the same clause near the start: a long letter that mentions a thing in passing is not about
it. `item` may be `NONE`: no item of the manual. `without`: alternatives of which none may occur there."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass

HEAD = 80  # characters that are read
COLUMNS = ("code", "item", "words", "without", "why")


_CLAUSE = re.compile(r"[，。！？；、,!?;\s]+")


class RulesFault(ValueError):
    """The rules file cannot be used; the message names the line."""


@dataclass(frozen=True, slots=True)
class Rule:
    code: str
    item: str
    words: tuple[tuple[str, ...], ...]  # groups of alternatives
    without: tuple[str, ...]
    why: str

    def hit(self, clauses: Sequence[str]) -> tuple[str, ...]:
        """The words found, one of each group; empty where the rule does not hold."""
        for clause in clauses:
            found = []
            for group in self.words:
                word = next((word for word in group if word in clause), "")
                if not word:
                    break
                found.append(word)
            else:
                return () if self._barred(clauses) else tuple(found)
        return ()

    def _barred(self, clauses: Sequence[str]) -> bool:
        return any(word in clause for clause in clauses for word in self.without)


@dataclass(frozen=True, slots=True)
class Hit:
    rule: Rule
    words: tuple[str, ...]


def read(content: str) -> tuple[Rule, ...]:
    """Parse a rules file. Raises RulesFault."""
    table = csv.DictReader(io.StringIO(content))
    if tuple(table.fieldnames or ()) != COLUMNS:
        raise RulesFault(f"line 1: columns must be {','.join(COLUMNS)}")
    rules: dict[str, Rule] = {}
    for row in table:
        groups = tuple(_alternatives(group) for group in (row["words"] or "").split("&"))
        if not row["code"] or row["code"] in rules or not all(groups):
            raise RulesFault(f"line {table.line_num}: needs a code of its own and words in every group")
        rules[row["code"]] = Rule(
            row["code"], row["item"], groups, _alternatives(row["without"] or ""), row["why"] or ""
        )
    return tuple(rules.values())


def hits(rules: Sequence[Rule], text: str) -> tuple[Hit, ...]:
    """Every rule that holds, in the order of the file."""
    clauses = _CLAUSE.split(text[:HEAD])
    return tuple(Hit(rule, words) for rule in rules if (words := rule.hit(clauses)))


def _alternatives(group: str) -> tuple[str, ...]:
    return tuple(word.strip() for word in group.split("|") if word.strip())
