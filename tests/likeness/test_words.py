"""Words: what is like what, whoever says it and however politely."""

import itertools

from hypothesis import given
from hypothesis import strategies as st

from shaodao.centre.likeness import words
from shaodao.centre.likeness.light import light_of
from shaodao.centre.likeness.words import NEAR_DUPLICATE, SIMILAR, groups, marked, pairs, read, share, sketch

MATTER = "门口的井盖被车压裂了一个大口子，晚上走路很危险，已经有老人摔倒"
texts = st.text(alphabet="井盖路灯坏了噪声大油烟管道漏水，。 12", max_size=60)


def alike(one: str, other: str, pack=None) -> float:
    light = light_of(pack) if pack else words.NONE
    return share(read(one, light), read(other, light), light)


def test_it_knows_a_text_again_behind_another_greeting_place_and_punctuation(pack):
    one = f"尊敬的领导您好！凤鸣社区{MATTER}。请有关部门尽快处理，谢谢！"
    other = f"请问一下，{MATTER.replace('，', '；')}！（朝阳镇振兴社区）盼复"
    assert alike(one, other, pack) > 0.6


def test_courtesies_and_names_make_nothing_alike(pack):
    one = "尊敬的领导您好，朝阳镇凤鸣社区路灯整夜不亮，请有关部门尽快处理，谢谢"
    other = "尊敬的领导您好，朝阳镇凤鸣社区饭店油烟熏人，请有关部门尽快处理，谢谢"
    assert alike(one, other) > SIMILAR  # without knowing what is said always
    assert alike(one, other, pack) < NEAR_DUPLICATE


def test_few_words_are_like_nothing():
    assert alike("井盖", "井盖") == 0.0
    assert sketch(["井盖"]) == []


@given(texts, texts)
def test_likeness_is_mutual_and_a_share(one, other):
    found = alike(one, other)
    assert found == alike(other, one)
    assert 0.0 <= found <= 1.0


@given(texts)
def test_every_text_that_says_enough_is_wholly_like_itself(text):
    made = read(text)
    assert share(made, made) == (1.0 if made.enough else 0.0)


@given(texts)
def test_marking_leaves_a_text_as_it_is(text):
    pieces = marked(text, "路灯坏了")
    assert "".join(piece for piece, _ in pieces) == text
    assert all(one[1] != other[1] for one, other in itertools.pairwise(pieces))


def test_it_marks_what_both_say():
    assert marked("东街路灯坏了三天", "西街的路灯坏了") == [
        ("东街", False),
        ("路灯坏了", True),
        ("三天", False),
    ]


def test_among_many_it_finds_the_pairs_that_comparing_all_would_find():
    many = [read(f"{MATTER[: 12 + n % 20]}第{n}次说 {'路灯' * (n % 3)}") for n in range(60)]
    every = {
        (one, other)
        for one in range(60)
        for other in range(one + 1, 60)
        if share(many[one], many[other]) >= 0.6
    }
    assert every == {(one, other) for one, other, _ in pairs(many, 0.6)} != set()


@given(st.lists(st.tuples(st.integers(0, 9), st.integers(0, 9)), max_size=12))
def test_groups_hold_each_thing_once_and_all_that_is_joined(joined):
    found = groups(10, joined)
    flat = [each for group in found for each in group]
    assert len(flat) == len(set(flat))
    of = {each: index for index, group in enumerate(found) for each in group}
    assert all(of[one] == of[other] for one, other in joined if one != other)
    assert all(len(group) > 1 for group in found)
