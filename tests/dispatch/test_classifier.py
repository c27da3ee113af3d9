"""Rules first, the model second, "I don't know" third; and nothing that is broken stops it."""

import shutil
from dataclasses import dataclass
from pathlib import Path

import pytest
from tests.dispatch.conftest import PACK

from shaodao.centre.dispatch import Guess, classifier, classify
from shaodao.centre.dispatch.classifier import MODEL_FILE, Classifier
from shaodao.centre.dispatch.model import Model
from shaodao.county.catalogue import WordRule
from shaodao.county.pack import Pack


@dataclass
class Bars:
    confident: int
    margin: int


# Written for this test; none of them is an example of the pack.
CLEAR = {
    "单元门口那盏路灯坏了小半年，晚上摸黑进楼": "MS-09",
    "主路上的下水井盖让车压碎了，谁家孩子掉下去咋整": "MS-07",
    "屋里才十四度，暖气片摸着冰手，供热公司不来人": "MS-22",
    "老板欠我们六个瓦工四万多块工资，电话也不接": "MS-35",
    "楼下烧烤店后厨油烟直接往我家阳台灌，窗户都不敢开": "MS-02",
    "前院邻居又在房顶接了一层彩钢房，没见着审批": "XZ-01",
    "停水一整天了，自来水公司也没贴通知": "MS-20",
    "村东头地里有人点秸秆，烟都飘到公路上了": "XZ-25",
    "孩子上初中想转学，学校不给出学籍": "MS-44",
    "养鸡场把粪水排到河沟里，一村子都是臭味": "XZ-26",
    "公交车二十分钟来一趟，站点也没个牌子": "MS-26",
    "住院的钱医保报得太少，异地备案怎么办": "MS-41",
}
NO_ITEM = ["结婚登记周六上不上班", "公积金能不能提出来还房贷", "祝大家新年快乐", "公务员考试啥时候报名"]


@pytest.mark.parametrize(("text", "item"), CLEAR.items())
def test_it_finds_the_item_of_clear_words(classifier: Classifier, pack: Pack, text: str, item: str) -> None:
    guess = classifier.classify(text, pack.items)
    assert guess.top[0][0] == item
    assert guess.why, "an answer says which words decided"
    assert guess.reason


@pytest.mark.parametrize("text", NO_ITEM)
def test_it_dispatches_nothing_that_is_no_item(classifier: Classifier, pack: Pack, text: str) -> None:
    assert classifier.classify(text, pack.items, pack.settings.dispatch).item is None


def test_it_says_none_of_these(classifier: Classifier, pack: Pack) -> None:
    by_rule = classifier.classify("请问结婚登记需要带什么材料，周六办不办", pack.items)
    by_model = Classifier((), classifier.model).classify("公积金能不能提出来还房贷", pack.items)
    for guess in (by_rule, by_model):
        assert guess.none_of_these
        assert guess.item is None
    assert (by_rule.rule, by_model.rule) == ("N02", "")


@pytest.mark.parametrize("text", ["", "  \n", "😀😀", "abc", "在", "12345"])
def test_it_abstains_where_nothing_is_said(classifier: Classifier, pack: Pack, text: str) -> None:
    assert classifier.classify(text, pack.items, pack.settings.dispatch).item is None


def test_it_abstains_below_the_bar(classifier: Classifier, pack: Pack) -> None:
    text = "小区里乱七八糟的"
    sure = classifier.classify(text, pack.items).confidence
    assert 0.1 < sure < 0.99
    assert classifier.classify(text, pack.items, Bars(int(sure * 1000) + 1, 0)).item is None
    assert classifier.classify(text, pack.items, Bars(int(sure * 1000) - 1, 0)).item is not None


def test_it_abstains_without_a_margin(classifier: Classifier, pack: Pack) -> None:
    text = "小区里乱七八糟的"
    (_, first), (_, second) = classifier.classify(text, pack.items).top[:2]
    lead = int((first - second) * 1000)
    assert classifier.classify(text, pack.items, Bars(0, lead + 2)).item is None
    assert classifier.classify(text, pack.items, Bars(0, lead - 2)).item is not None


def rule(code: str, item: str, word: str) -> WordRule:
    return WordRule(code, item, ((word,),), (), "试")


def test_it_asks_the_rules_first(classifier: Classifier, pack: Pack) -> None:
    guess = Classifier((rule("R1", "MS-14", "路灯"),), classifier.model).classify("路灯不亮", pack.items)
    assert (guess.item, guess.rule, guess.why) == ("MS-14", "R1", ("路灯",))
    assert "R1" in guess.reason


def test_it_lets_the_model_decide_where_rules_contradict(classifier: Classifier, pack: Pack) -> None:
    rules = (rule("R1", "MS-14", "路灯"), rule("R2", "MS-31", "不亮"))
    guess = Classifier(rules, classifier.model).classify("路灯不亮了一个月", pack.items)
    assert (guess.item, guess.rule) == ("MS-09", "")


def test_it_never_offers_an_item_that_is_not_in_force(classifier: Classifier, pack: Pack) -> None:
    rest = {code: item for code, item in pack.items.items() if code != "MS-09"}
    guess = classifier.classify("路灯不亮", rest)
    assert guess.item is None
    assert "MS-09" not in dict(guess.top)


def test_it_abstains_with_a_model_of_another_catalogue(classifier: Classifier, pack: Pack) -> None:
    items = dict(pack.items)
    del items["XZ-27"]
    guess = Classifier((), classifier.model).classify("路灯不亮了，一到晚上黑咕隆咚的", items)
    assert guess.item is None
    assert "目录" in guess.reason
    assert guess.top[0][0] == "MS-09", "a person at the desk still sees the likeliest"


def test_it_works_without_a_model(pack: Pack, tmp_path: Path) -> None:
    guess = Classifier.load(tmp_path).classify("路灯不亮", pack.items)
    assert (guess.item, guess.none_of_these) == (None, False)
    assert "不可用" in guess.reason
    assert classify("路灯不亮", pack.items).item is None


def test_it_works_with_a_broken_model_and_keeps_the_rules(pack: Pack, tmp_path: Path) -> None:
    (tmp_path / MODEL_FILE).write_bytes(b"PK\x03\x04 no archive")
    broken = Classifier.load(tmp_path, pack.word_rules)
    assert broken.model is None
    assert broken.classify("路灯不亮", pack.items).item == "MS-09"
    assert broken.classify("今天去哪办医保", pack.items).item is None


def test_it_reads_replaced_files_again(pack: Pack, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(classifier, "_folders", {pack.code: (tmp_path,)})
    assert classifier.current(pack).model is None
    shutil.copy(PACK / "dispatch" / MODEL_FILE, tmp_path)
    first = classifier.current(pack)
    assert isinstance(first.model, Model)
    assert classifier.current(pack).model is first.model
    assert first.rules == pack.word_rules


def test_it_finds_the_shipped_model_of_the_pack(pack: Pack) -> None:
    assert classifier.current(pack).model is not None


def test_it_takes_the_whistlers_own_choice() -> None:
    guess = Guess.named("MS-09")
    assert (guess.item, guess.confidence, guess.rule) == ("MS-09", 1.0, "named")
