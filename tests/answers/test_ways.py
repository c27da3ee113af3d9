"""Ways out of triage: what is proposed for which words; pure but for the pack that is read once."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from shaodao.centre.answers import ways
from shaodao.centre.answers.ways import WayOut, propose
from shaodao.centre.dispatch import words
from shaodao.centre.dispatch.guess import Guess
from shaodao.county.pack import Pack, load

PACK = Path(__file__).resolve().parents[2] / "county" / "huinan"
UNKNOWN = Guess.unknown("拿不准")


@pytest.fixture(scope="module")
def pack() -> Pack:
    return load(PACK)


def keys(
    text: str, pack: Pack, guess: Guess = UNKNOWN, hits: tuple[tuple[int, float], ...] = ()
) -> list[str]:
    items = pack.items_on(date(2026, 4, 15))
    found = propose(text, words.nature(text), guess, pack.off_manual.values(), hits, items)
    return [way.key for way in found]


def likely(item: str, share: float) -> Guess:
    return Guess(None, share, (), ((item, share),), reason="")


@pytest.mark.parametrize(
    ("text", "row"),
    [
        ("举报村书记贪污扶贫款", "O01"),
        ("小区里有人聚众赌博，天天半夜", "O02"),
        ("法院判了对方不还钱，执行案件一直没动静", "O05"),
        ("对信访答复不服，想申请复查复核", "O06"),
        ("高速公路出口边上的护栏歪了", "O07"),
        ("我的身份证快到期了，在外地怎么换", "O19"),
        ("信用卡乱收利息，银行不管", "O21"),
        ("快递丢了邮政不赔", "O22"),
        ("房产证办了三年还没下来", "O24"),
        ("我们这片什么时候拆迁", "O25"),
        ("今年事业编招聘什么时候开始", "O28"),
        ("村务不公开，村账从来没见过", "O31"),
    ],
)
def test_words_of_the_off_manual_list_lead_out(text, row, pack):
    assert keys(text, pack)[0] == f"row:{row}"


def test_a_word_that_speaks_against_keeps_a_row_out(pack):
    assert "row:O08" not in keys("部队退役军人的优待证怎么办", pack)
    assert "row:O01" not in keys("工资被克扣，怀疑有人贪污", pack)


def test_praise_is_praise_only_where_nothing_is_asked_for(pack):
    assert keys("感谢公安局的民警，帮我找回了老人", pack)[0] == "row:O16"
    assert "row:O16" not in keys("感谢领导，希望尽快把路灯修好", pack)


def test_a_suggestion_goes_to_whoever_can_use_it(pack):
    vague = keys("建议在公园边上增加几个座椅", pack)
    assert vague[0] == "row:O15"
    sure = keys("建议在公园边上增加几个座椅", pack, likely("MS-16", 0.7))
    assert "row:O15:MS-16" in sure


def test_a_question_with_an_answer_is_answered(pack):
    assert keys("请问社保关系怎么转到本地", pack, hits=((7, 0.8),))[0] == "article:7"
    assert "article:7" not in keys("请问社保关系怎么转到本地", pack, hits=((7, 0.2),))


def test_a_clear_item_comes_before_words_in_passing(pack):
    found = keys("开发商的楼外墙脱落，砸了车", pack, likely("MS-04", 0.8))
    assert found[0] == "item:MS-04"


def test_two_likely_items_are_both_offered(pack):
    guess = Guess(None, 0.5, ("噪音",), (("MS-02", 0.5), ("XZ-10", 0.4)), reason="")
    assert keys("搅拌站早晚都响", pack, guess) == ["item:MS-02", "item:XZ-10"]


def test_nothing_is_proposed_where_nothing_speaks(pack):
    assert keys("呵呵", pack) == []
    assert keys("", pack) == []


def test_what_is_no_item_leads_out_more_surely(pack):
    text = "想问下契税怎么交"
    none = Guess(None, 0.9, (), (("MS-52", 0.05),), none_of_these=True, reason="")
    items = pack.items_on(date(2026, 4, 15))
    rows = pack.off_manual.values()
    plain = propose(text, "ask", UNKNOWN, rows, (), items)[0]
    surer = propose(text, "ask", none, rows, (), items)[0]
    assert plain.key == surer.key == "row:O20"
    assert surer.strength > plain.strength


def test_a_key_names_a_way_out_and_nothing_else():
    for way in (
        WayOut("row", "O15", 0.5, "x", "MS-16"),
        WayOut("article", "7", 0.5, "x"),
        WayOut("item", "MS-08", 1, "x"),
    ):
        made = WayOut.of_key(way.key)
        assert made is not None
        assert (made.kind, made.code, made.item) == (way.kind, way.code, way.item)
    for wrong in ("", "row", "row:", "unit:D05", ":O15"):
        assert WayOut.of_key(wrong) is None


def test_every_row_of_the_pack_can_be_hit(pack):
    """A row that its own words never reach would be there for nothing."""
    for row in pack.off_manual.values():
        nature = row.nature or "help"
        assert any(ways.hits_of(row, word, nature) for word in row.keywords), row.code
