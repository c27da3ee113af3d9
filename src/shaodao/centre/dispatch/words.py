"""What else the words tell: nature, situation, whose mark, which unit is complained of, danger to life. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Literal, Protocol

from shaodao.county.catalogue import Owner, Situation
from shaodao.county.units import Kind, Unit

Nature = Literal["ask", "help", "complain", "denounce", "suggest", "praise"]


class Pack(Protocol):
    """What reading needs of a pack."""

    @property
    def units(self) -> Mapping[str, Unit]: ...
    @property
    def unit_names(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def owners(self) -> Mapping[str, Owner]: ...
    def situations_of(self, item: str) -> tuple[Situation, ...]: ...
    def __hash__(self) -> int: ...


# Nature -------------------------------------------------------------------------------------------------------------

_TROUBLE = re.compile(
    "没人管|不管|投诉|举报|坏|破|脏|臭|堵|漏|拖欠|不给|不让|不退|被骗|违规|违法|扰民|乱|严重|危险|怎么还|还没|一直没|没有人"
    "|不作为|推诿|不热|停水|停电|塌|丢|受伤|害怕|差"
)
_PRAISE = re.compile(
    "感谢|表扬|点赞|锦旗|致敬|好样的|送面旗|值得学习|为.{1,12}点个?赞|谢谢.{1,14}(?:帮|修|救|送|捡|办)"
)
# What letters begin and end with: thanks in advance praise nobody.
_POLITE = re.compile(
    "(?:感谢|谢谢)[^，。！；]{0,12}(?:百忙|抽空|抽出|阅读?|看到|聆听|倾听|关注|重视|受理|回复|支持|指点|帮助|帮忙|收听|做主)"
    "|此致.{0,4}敬礼|(?:感谢|谢谢|感激|拜谢|致敬)[您你们]{0,2}(?:领导|书记|政府|局长|县长|市长)?[了们啊]?[。！!~～\\s]*$"
)
_PLEA = re.compile(
    "请(?!接受|收下|转告|代)|希望(?!再接再厉|继续|多一?些这样)|盼|恳|请?求|期待|但是?(?!愿)|可是|建议|咨询|诉求|尽快|尽早|能否|能不能|是否|何时"
    "|什么时候|如何|怎么|为何|为什么|迟迟|[吗呢][？?。！]?|[？?]|麻烦"
)
_DENOUNCE = re.compile(
    "举报|检举|揭发|匿名反映|线索|偷排|偷倒|私自|非法|无证|黑(?:车|诊所|网吧|作坊|加油)|盗(?:采|伐|窃)|假(?:货|冒|酒|烟|药|种子)|传销"
)
_SUGGEST = re.compile(
    "建议|提个意见|能不能(?:多|增|加|安|设|建|修|在|把)|希望(?:能)?(?:增|加|多|设|建|开通|规划|安|统一|推广)|应该(?:增|加|设|建)"
)
_ASK = re.compile(
    "请问|咨询|问一下|问下|想了解|想知道|怎么(?:办理|申请|办|算|领|查|补|报|交|转|开|上|走)|如何|需要(?:什么|哪些|啥)|多少钱|什么(?:时候|条件|材料|手续|标准|政策)"
    "|啥(?:时候|材料|手续|条件|政策)|哪(?:里|儿|个部门)|是(?:什么|多少)[？?]?$|能否|可以吗|是否|吗[？?。]?$|电话是多少"
)
_COMPLAIN = re.compile(
    "投诉|太差|恶劣|不作为|推诿|乱收费|扰民|没人管|不管|骗|坑人|气死|什么破|欺负|霸道|拒|受不了|忍无可忍|推来推去|强制"
)


def nature(text: str) -> Nature:
    """ask · help · complain · denounce · suggest · praise. Whoever only says what is broken asks for help."""
    trouble = bool(_TROUBLE.search(text))
    if not trouble and _PRAISE.search(_POLITE.sub("", text)) and not _PLEA.search(text):
        return "praise"
    if _SUGGEST.search(text) and not re.search("举报|投诉", text):
        return "suggest"
    if _DENOUNCE.search(text):
        return "denounce"
    if _COMPLAIN.search(text):
        return "complain"
    if _ASK.search(text) and not trouble:
        return "ask"
    return "help"


# Situation, owner ---------------------------------------------------------------------------------------------------


def situation(text: str, item: str, pack: Pack) -> str:
    """The situation (情形) of an item that most words speak for; the first of the pack among equals; "" where none does."""
    best, most = "", 0
    for one in pack.situations_of(item):
        weight = sum(len(word) for word in one.keywords if word in text)
        if weight > most:
            best, most = one.code, weight
    return best


_MARKED = (
    '(?:写着|印着|标着|刻着|带着|字样|上面是)[“"「]?[^，。；,]{{0,6}}{0}'
    '|{0}[”"」]?(?:字|标|的标志|井盖|井|的?杆|的?线|的?箱|公司)'
)


def owner(text: str, pack: Pack, *, alone: bool = False) -> str | None:
    """The mark of whose cover, pole or cable the words name (a key of `pack.owners`); None where they name none or two.
    `alone`: the text is nothing but what stands on the thing."""
    named = {one.mark for one in pack.owners.values() if any(word in text for word in one.keywords)}
    if alone:
        named |= {mark for mark in pack.owners if mark in text}
    named |= {
        mark for mark in pack.owners if mark in text and re.search(_MARKED.format(re.escape(mark)), text)
    }
    return named.pop() if len(named) == 1 else None


# A complaint about a unit ---------------------------------------------------------------------------------------------

_CONDUCT = re.compile(
    "不作为|乱作为|推诿|扯皮|踢皮球|态度(?:恶劣|不好|差|蛮横)|吃拿卡要|刁难|敷衍|懒政|怠政|骂人|打人|不接电话|没人接|互相推|推来推去"
    "|保护伞|包庇|乱收费|乱罚款|失职|渎职|玩忽|办事拖拉|爱答不理|官僚|造假|虚假(?:回复|办结)|假(?:回复|办结)"
)
_NEAR = 24  # characters between the unit and what it is blamed or thanked for
_BLAMED = {
    Kind.DEPARTMENT,
    Kind.STREET,
    Kind.TOWNSHIP,
    Kind.ZONE,
    Kind.COMMUNITY,
    Kind.VILLAGE,
    Kind.UTILITY,
    Kind.STATION,
}
_WHOSE = re.compile("的(.{2,12})")  # 不作为的城管
_SENTENCE = re.compile("[。！？!?\\n]")
# Others who may be blamed: where one of them stands nearer, no unit is meant.
_OTHERS = (
    "物业", "开发商", "业委会", "老板", "邻居", "商家", "店家", "店主", "司机", "医生", "护士", "医院", "学校", "老师",
    "公司", "房东", "施工方", "施工队", "保安", "车主", "业主", "中介", "银行", "法院",
)  # fmt: skip


def unit_complained_of(text: str, pack: Pack, near: Container[str] = ()) -> str:
    """The unit whose conduct is blamed, by the name that stands nearest; "" where none is.

    What people call many units alike (社区, 街道办) means the one of `near`: the units where the matter lies."""
    return _unit_by(_CONDUCT, _blamed, text, pack, near)


def unit_praised(text: str, pack: Pack, near: Container[str] = ()) -> str:
    """The unit that is thanked or praised, by the longest name beside the thanks; "" where none is named."""
    return _unit_by(_PRAISE, _thanked, text, pack, near)


Names = Mapping[str, list[str]]


def _unit_by(
    said: re.Pattern[str],
    name_at: Callable[[str, re.Match[str], Names], str],
    text: str,
    pack: Pack,
    near: Container[str],
) -> str:
    """The first unit that one of these expressions is said of."""
    for sentence in _SENTENCE.split(text):
        for found in said.finditer(sentence):
            bearers = _names(pack).get(name_at(sentence, found, _names(pack)), [])
            meant = [code for code in bearers if code in near] or bearers
            if len(meant) == 1 and meant[0]:
                return meant[0]
    return ""


def _blamed(sentence: str, blame: re.Match[str], names: Names) -> str:
    """The name nearest to the blame, of several at one place the longest. Names come before what their bearers do; only
    where there are none, after it (不作为的城管)."""
    before = sentence[max(blame.start() - _NEAR, 0) : blame.start()]
    ends = [(before.rfind(name) + len(name), len(name), name) for name in names if name in before]
    after = _WHOSE.match(sentence, blame.end())
    if ends or after is None:
        return max(ends)[2] if ends else ""
    return max(
        ((-after[1].find(name), len(name), name) for name in names if name in after[1]), default=(0, 0, "")
    )[2]


def _thanked(sentence: str, thanks: re.Match[str], names: Names) -> str:
    around = sentence[max(thanks.start() - _NEAR, 0) : thanks.end() + _NEAR]
    return max((name for name in names if name in around), key=len, default="")


@lru_cache(maxsize=4)
def _names(pack: Pack) -> Names:
    """Every name → the units that bear it; `""` stands for others than units."""
    found: dict[str, list[str]] = {name: [""] for name in _OTHERS}
    for code, unit in pack.units.items():
        if unit.kind in _BLAMED:
            for name in dict.fromkeys((unit.name, unit.short, *pack.unit_names.get(code, ()))):
                found.setdefault(name, []).append(code)
    return found


# Danger to life -------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Danger:
    """Call `number` first. `words`: what is shown, before going on with the report."""

    kind: str
    number: str
    words: str


_DANGERS: tuple[tuple[Danger, re.Pattern[str]], ...] = (
    (
        Danger("gas", "119", "疑似燃气泄漏：不开关电器、不点火，开窗并离开，到室外先打 119 和燃气抢修电话。"),
        re.compile(
            "煤气味|燃气味|天然气味|(?:煤气|燃气|天然气|液化气|气罐|气瓶|管道|气管)[^，。！？]{0,6}(?:泄漏|漏气|漏了|在漏|挖破|挖断|嘶嘶)"
            "|漏(?:煤气|燃气|天然气)|(?:燃气|煤气)报警器(?:响|一直响)"
        ),
    ),
    (
        Danger("fire", "119", "有明火或有人被困：请先打 119，人先到安全的地方。"),
        re.compile(
            "着火(?:了|，|,|！|!)|起火(?:了|，|！)|失火|火势|冒浓烟|浓烟滚滚|火苗|着起来|爆炸(?:了|，)|正往.{0,8}烧|山火|烧到(?:房|屋|林|路边)"
            "|林子.{0,4}着了|(?:着|烧)着了"
        ),
    ),
    (
        Danger("trapped", "119", "有人被困：请先打 119，告诉被困的人不要自行扒门、攀爬。"),
        re.compile(
            "困在|被困|困人|掉(?:进|到)?井里|掉井|落水|掉(?:进|到)?(?:河|水|冰窟窿)里|埋在|压在.{0,4}下面|出不来了|转移不出来"
        ),
    ),
    (
        Danger("medical", "120", "有人情况危急：请先打 120。"),
        re.compile(
            "昏迷|晕倒|叫不醒|没有?(?:呼吸|心跳|意识)|大出血|流血不止|心梗|脑梗发作|触电(?:了|倒)|电(?:倒|着)(?:了|人)|煤气中毒|中毒(?:了|倒)|抽搐|喝(?:了)?农药|溺水|快不行了"
        ),
    ),
    (
        Danger("violence", "110", "有人正受到伤害或有轻生危险：请先打 110，需要救治同时打 120。"),
        re.compile(
            "持刀|拿(?:着)?刀|砍人|捅(?:人|了)|要跳(?:楼|河|桥|江|水库)|跳楼|自杀|轻生|割腕|绑架|抢劫|打死|正在打|往死里打|劫持|拐(?:走|卖)|控制住了不让走"
        ),
    ),
)
_NOT_NOW = re.compile(
    "去年|前年|上个月|上次|上回|以前|曾经|当年|万一|如果|要是|容易(?:着火|起火|触电)|怕(?:着火|起火|出事|掉)|防火|防止|演练|差点|多年前|[一二三四五六七八九十两]年前|怎么办理|年的?火灾|引发火灾"
)


def life_danger(text: str) -> Danger | None:
    """What to call first where the words speak of danger to life now; None where they do not, or of the past only."""
    for clause in re.split("[，。！？；,!?;\n]", text):
        if _NOT_NOW.search(clause):
            continue
        for danger, pattern in _DANGERS:
            if pattern.search(clause + "，"):
                return danger
    return None
