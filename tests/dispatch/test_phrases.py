import re
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.dispatch.conftest import PACK

from shaodao.centre.dispatch.phrases import NONE, Phrases, read
from shaodao.county.pack import Pack

PHRASES = read(PACK / "examples")


def test_every_item_has_enough_examples_of_its_own(pack: Pack, phrases: Phrases) -> None:
    assert set(phrases.examples) == set(pack.items) | {NONE}
    assert {code: len(lines) for code, lines in phrases.examples.items() if len(lines) < 20} == {}
    assert len(phrases.examples[NONE]) >= 150


def test_no_sentence_stands_for_two_items(phrases: Phrases) -> None:
    owners: dict[str, str] = {}
    for code, sentences in phrases.examples.items():
        for sentence in sentences:
            assert owners.setdefault(sentence, code) == code, sentence


def test_every_item_has_words(pack: Pack, phrases: Phrases) -> None:
    assert set(phrases.terms) == set(pack.items)


@given(st.sampled_from(sorted(PHRASES.examples)), st.integers())
def test_it_fills_every_slot(item: str, seed: int) -> None:
    sentence = PHRASES.sentence(item, Random(seed))
    assert sentence
    assert not re.search(r"[{}]", sentence)


def test_the_same_seed_gives_the_same_words(phrases: Phrases) -> None:
    assert phrases.sentence("MS-09", Random(7)) == phrases.sentence("MS-09", Random(7))


def test_it_uses_the_callers_names(phrases: Phrases) -> None:
    filled = phrases.fill("{road}和{river}", Random(1), {"road": ["新安街"]})
    assert filled.startswith("新安街和")
    assert filled[4:] in phrases.slots["river"]


def test_it_varies(phrases: Phrases) -> None:
    rng = Random(3)
    assert len({phrases.sentence("MS-13", rng) for _ in range(200)}) > 150


def test_it_knows_no_other_item(phrases: Phrases) -> None:
    with pytest.raises(KeyError):
        phrases.sentence("X", Random(1))
