"""Counts that everybody may have: no small one can be told, not even from the total."""

from __future__ import annotations

from itertools import product

from hypothesis import given
from hypothesis import strategies as st

from shaodao.centre.publishing.counts import FEWEST, LEFT_OUT, OPEN, SMALL, Table, protected

tables = st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 30), min_size=1)


def test_it_shows_what_is_large_and_the_total():
    assert protected({"a": 12, "b": 7, "c": 5}) == Table({"a": 12, "b": 7, "c": 5}, 24)


def test_it_leaves_out_a_second_one_where_the_total_would_tell_the_first():
    made = protected({"a": 40, "b": 12, "c": 9, "d": 3})
    assert made == Table({"a": 40, "b": 12, "c": LEFT_OUT, "d": SMALL}, 64)


def test_it_leaves_out_the_total_where_nothing_else_helps():
    assert protected({"a": 0, "b": 0}).total is None
    assert protected({"a": 4, "b": 4}).total is None
    assert protected({"a": 2}).total is None


@given(tables)
def test_it_never_shows_a_small_count(counts):
    made = protected(counts)
    assert made.cells.keys() == counts.keys()
    for key, count in counts.items():
        assert made.cells[key] == SMALL if count < FEWEST else made.cells[key] in (count, LEFT_OUT)
    assert made.total in (sum(counts.values()), None)


def possible(made: Table) -> dict[str, set[int]]:
    """What each small count may be for somebody who knows how this was made: tried out."""
    assert made.total is not None
    small = [key for key, cell in made.cells.items() if cell == SMALL]
    left_out = [key for key, cell in made.cells.items() if cell == LEFT_OUT]
    shown = [cell for cell in made.cells.values() if isinstance(cell, int)]
    rest = made.total - sum(shown)
    most = min(shown, default=rest)
    found: dict[str, set[int]] = {key: set() for key in small}
    for values in product(range(FEWEST), repeat=len(small)):
        others = rest - sum(values)
        if len(left_out) * FEWEST <= others <= len(left_out) * most:
            for key, value in zip(small, values, strict=True):
                found[key].add(value)
    return found


@given(st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 14), min_size=1))
def test_who_knows_the_total_and_the_rule_still_cannot_tell_a_small_count(counts):
    made = protected(counts)
    if made.total is not None:
        assert all(len(values) >= OPEN for values in possible(made).values())
