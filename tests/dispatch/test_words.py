import pytest
from hypothesis import given
from hypothesis import strategies as st

from shaodao.centre.dispatch import words
from shaodao.county.pack import Pack


@pytest.mark.parametrize(
    ("text", "nature"),
    [
        ("请问失业金怎么领，需要什么材料", "ask"),
        ("低保申请条件是什么？", "ask"),
        ("楼下水管爆了，快来人", "help"),
        ("路灯不亮", "help"),
        ("投诉物业不作为，垃圾没人管", "complain"),
        ("供热公司态度恶劣，推来推去", "complain"),
        ("举报有人夜里往河里偷倒渣土", "denounce"),
        ("有人私自储存烟花爆竹", "denounce"),
        ("建议在学校门口画一条斑马线", "suggest"),
        ("希望增设一个公交站点", "suggest"),
        ("感谢环卫工人，扫得真干净", "praise"),
        ("谢谢供热师傅半夜来修", "praise"),
        ("表扬滨河小区保洁员，冬天天天早起扫雪", "praise"),
        ("感谢交警同志帮我找回了走失的老人", "praise"),
        # Politeness is no praise.
        ("感谢领导百忙之中阅读我的来信，我们小区没有幼儿园，盼回复", "help"),
        ("尊敬的领导您好，小区门口没有公交站，希望给安排，万分感谢", "help"),
        ("什么时候能通天然气呢？谢谢领导关注", "ask"),
        ("感谢政府修了桥，桥上能不能加个栏杆", "suggest"),
        ("我们村的路走不了车，感谢领导为民做主！此致敬礼", "help"),
    ],
)
def test_it_tells_the_nature(text: str, nature: str) -> None:
    assert words.nature(text) == nature


@pytest.mark.parametrize(
    ("text", "kind", "number"),
    [
        ("屋里有煤气味，头有点晕", "gas", "119"),
        ("施工把燃气管挖破了，嘶嘶响", "gas", "119"),
        ("三楼着火了，冒黑烟", "fire", "119"),
        ("有人困在电梯里了", "trapped", "119"),
        ("孩子掉进井里了", "trapped", "119"),
        ("老人晕倒在路边，叫不醒", "medical", "120"),
        ("邻居持刀要砍人", "violence", "110"),
        ("桥上有个人要跳河", "violence", "110"),
    ],
)
def test_it_hears_danger_to_life(text: str, kind: str, number: str) -> None:
    danger = words.life_danger(text)
    assert danger is not None
    assert (danger.kind, danger.number) == (kind, number)


@pytest.mark.parametrize(
    "text",
    [
        "路灯不亮",
        "去年楼道着火了，到现在墙还没刷",
        "电动车进楼充电，怕着火",
        "小区没通天然气，什么时候能通",
        "消防通道被占，万一着火了咋办",
        "燃气公司不来安检",
        "电梯经常坏，以前还困过人",
        "",
    ],
)
def test_it_does_not_cry_wolf(text: str) -> None:
    assert words.life_danger(text) is None


@pytest.mark.parametrize(
    ("text", "item", "code"),
    [
        ("楼下饭店油烟太大", "MS-02", "MS-02-A"),
        ("邻居半夜在楼上唱歌", "MS-02", "MS-02-C"),
        ("一台车堵在消防通道，就在单元门口小区院内", "XZ-13", "XZ-13-A"),
        ("有人被困，关在电梯里", "MS-19", "MS-19-A"),
        ("路灯不亮", "MS-09", ""),
        ("说不清楚", "MS-02", ""),
    ],
)
def test_it_finds_the_situation(pack: Pack, text: str, item: str, code: str) -> None:
    assert words.situation(text, item, pack) == code


@pytest.mark.parametrize(
    ("text", "mark"),
    [
        ("井盖上写着通信电信字样", "电信"),
        ("杆子歪了，是中国移动的", "移动"),
        ("供热井盖丢了", "供热"),
        ("井盖丢了，啥字也没有", None),
        ("有人移动了井盖", None),
        ("国家电网和中国移动的线缠在一块", None),
    ],
)
def test_it_reads_whose_mark_it_is(pack: Pack, text: str, mark: str | None) -> None:
    assert words.owner(text, pack) == mark


def test_it_finds_the_unit_that_is_complained_of(pack: Pack) -> None:
    unit = pack.units["D13"]
    assert words.unit_complained_of(f"{unit.short}不作为，反映三次没人来", pack) == "D13"
    assert words.unit_complained_of(f"{unit.name}的人态度恶劣", pack) == "D13"


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("城管不作为，摊子都摆到马路中间了", "D13"),
        ("打了三次电话，交警态度恶劣", "D05"),
        ("供电所推来推去，没人来修", "U01"),
        ("环保局互相推诿，烟囱照样冒烟", "D17"),
        ("反映给住建局，一直敷衍", "D15"),
        ("不作为的城管，什么时候能来看看", "D13"),
        ("朝阳镇政府推诿扯皮", "T01"),
        ("东凤街道办不作为", "S01"),
    ],
)
def test_it_knows_units_by_their_everyday_names(pack: Pack, text: str, unit: str) -> None:
    assert words.unit_complained_of(text, pack) == unit


def test_a_name_of_many_means_the_one_where_the_matter_lies(pack: Pack) -> None:
    assert words.unit_complained_of("街道办不作为", pack) == ""
    assert words.unit_complained_of("街道办不作为", pack, near=("S01-02", "S01")) == "S01"
    assert words.unit_complained_of("社区干部推来推去", pack, near=("S01-02", "S01")) == "S01-02"


@pytest.mark.parametrize(
    "text",
    [
        "城管来过三次，物业还是不作为",
        "供电公司停电检修，小区物业推诿",
        "有人打人，民警快来",
        "邻居打人，警察来了也没用",
        "开发商造假，住建局应该查一查",
        "请城管来管一管。老板态度恶劣",
    ],
)
def test_it_blames_nobody_who_only_stands_by(pack: Pack, text: str) -> None:
    assert words.unit_complained_of(text, pack) == ""


def test_it_does_not_take_a_mention_for_a_complaint(pack: Pack) -> None:
    unit = pack.units["D13"]
    assert words.unit_complained_of(f"请{unit.short}来清理一下小广告", pack) == ""
    assert words.unit_complained_of("物业不作为", pack) == ""


@given(st.text(max_size=300))
def test_no_words_break_it(text: str) -> None:
    assert words.nature(text)
    words.life_danger(text)
