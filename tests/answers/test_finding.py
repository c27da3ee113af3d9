"""Finding an answer in a resident's words; how often it is found, on questions of our own."""

from __future__ import annotations

import csv
import time
from datetime import date
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shaodao.centre.answers import starters
from shaodao.centre.answers.finding import Entry, Index
from shaodao.centre.answers.starters import Starter
from shaodao.county.pack import load

PACK = Path(__file__).resolve().parents[2] / "county" / "huinan"


@pytest.fixture(scope="module")
def articles() -> list[Starter]:
    return starters.read(PACK, load(PACK), date(2026, 11, 1))


@pytest.fixture(scope="module")
def index(articles: list[Starter]) -> Index:
    return Index.of(
        Entry(at, (each.wording.question, *each.wording.also), each.wording.text)
        for at, each in enumerate(articles)
    )


def measured(file: str, index: Index, articles: list[Starter]) -> tuple[int, float, float, float]:
    """How many questions, share whose article came first, share among the first three, milliseconds each."""
    codes = [each.code for each in articles]
    with (Path(__file__).parent / file).open(encoding="utf-8") as stream:
        asked = list(csv.DictReader(stream))
    first = among = 0
    began = time.perf_counter()
    for row in asked:
        found = [codes[hit.id] for hit in index.find(row["question"], 3)]
        first += found[:1] == [row["code"]]
        among += row["code"] in found
    took = (time.perf_counter() - began) / len(asked) * 1000
    print(
        f"{file}: {len(asked)} questions, hit@1 {first / len(asked):.3f}, hit@3 {among / len(asked):.3f}, {took:.2f} ms"
    )
    return len(asked), first / len(asked), among / len(asked), took


@pytest.mark.parametrize(
    ("file", "first", "among"),
    [("questions.csv", 0.93, 0.98), ("questions_later.csv", 0.90, 0.97)],
)
def test_it_finds_what_residents_ask(file, first, among, index, articles):
    """The later ones were written when the articles were done, and nothing was changed for them."""
    many, at_first, within_three, took = measured(file, index, articles)
    assert many >= 40
    assert at_first >= first
    assert within_three >= among
    assert took < 10


def test_it_knows_words_of_two_characters(index, articles):
    for words, code in (("低保", "A33"), ("公积金", "A22"), ("落户", "A11"), ("学区", "A30")):
        assert articles[index.find(words)[0].id].code == code


def test_every_article_is_found_by_its_own_question(index, articles):
    for at, each in enumerate(articles):
        for way in (each.wording.question, *each.wording.also):
            assert at in [hit.id for hit in index.find(way, 3)], way


def test_it_finds_nothing_for_what_nobody_wrote_about(index):
    assert index.find("") == []
    assert index.find("呵呵哒") == []
    assert index.find("请问怎么办") == []


def test_it_reads_past_a_greeting(index, articles):
    letter = (
        "尊敬的领导您好！感谢您百忙之中看我的来信，我是本县居民，在外打工多年。"
        + "想问护照到期了怎么换。" * 1
    )
    assert articles[index.find(letter)[0].id].code == "A13"


@given(st.text("户口身份证医保报销怎么办理公积金abc123，。 \n", max_size=60))
def test_a_score_is_a_share(text):
    index = Index.of([Entry(1, ("户口怎么迁", "迁户口"), "到派出所"), Entry(2, ("医保报销",), "到医保局")])
    found = index.find(text)
    assert all(0 < hit.score <= 1 for hit in found)
    assert [hit.score for hit in found] == sorted((hit.score for hit in found), reverse=True)
    assert len({hit.id for hit in found}) == len(found)


def test_thousands_are_found_among_in_milliseconds(articles):
    """As many as a county will ever keep."""
    many = [
        Entry(number, (f"{each.wording.question}{number}", *each.wording.also), each.wording.text)
        for number, each in enumerate(articles * 40)
    ]
    index = Index.of(many)
    began = time.process_time()
    for _ in range(20):
        index.find("我妈在县医院住院，出院的时候医保怎么给报")
    assert (time.process_time() - began) / 20 < 0.06
