from collections import Counter

from shaodao.centre.dispatch.phrases import Phrases
from shaodao.centre.dispatch.rules import HEAD, hits
from shaodao.county.catalogue import WordRule
from shaodao.county.pack import Pack

ONE = (WordRule("R1", "X", (("井盖", "马葫芦"), ("丢", "没了")), ("电梯", "破旧"), ""),)


def test_it_needs_every_group() -> None:
    assert hits(ONE, "马葫芦盖让人丢了")[0].words == ("马葫芦", "丢")
    assert not hits(ONE, "井盖在那")


def test_it_needs_them_in_one_clause() -> None:
    assert not hits(ONE, "井盖很响，我手机也丢了")


def test_it_keeps_out_where_a_barring_word_stands() -> None:
    assert not hits(ONE, "电梯旁的井盖丢了")


def test_it_does_not_read_what_comes_late() -> None:
    assert not hits(ONE, "。" * HEAD + "井盖丢了")


def test_the_packs_rules_are_right_on_the_packs_examples(pack: Pack, phrases: Phrases) -> None:
    rules = pack.word_rules
    right: Counter[str] = Counter()
    wrong: Counter[str] = Counter()
    for code, sentences in phrases.examples.items():
        for sentence in sentences:
            for hit in hits(rules, sentence):
                (right if hit.rule.item == code else wrong)[hit.rule.code] += 1
    assert all(right[rule.code] for rule in rules), "each rule speaks for something"
    assert sum(wrong.values()) <= 0.03 * sum(right.values()), wrong
