"""Names of places and bodies found in a text: the estate, the school, the road that a message is about. Pure.

A name is what stands before a word like 小区 or 学校, as far as it is no ordinary word. Where it begins is uncertain without
a dictionary, so two names are the same if they share a run of three characters.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

LONGEST = 6  # characters before the ending

_ENDINGS = (
    "小区|社区|花园|家园|新城|国际|公馆|华府|广场|大厦|学校|中学|小学|幼儿园|大学|学院|医院|公司|集团|饭店|酒店|市场|超市|公园|大道|"
    "苑|路(?![边口面灯过上人])|街(?!道)|巷|村|屯|桥|湾|城|郡|庭|园"
)
# What stands before a name and is none of it.
_ORDINARY = (
    r"[一-鿿]{2}省|投诉|反映|反应|咨询|举报|关于|请问|建议|希望|强烈|请求|要求|附近|旁边|旁|周边|门口|对面|整个|一个|这个|那个|这条|那条|"
    r"该|本|某|各|每|全|小区|社区|街道|业主|居民|位于|座落|坐落|住在|家住|问题|导致|影响|我们|我|你|的|在|是|与|和(?!平)|及|对|就|因|被|把|于|从|"
    r"到|至|了|有|为|请|让|给|向(?!阳)|等|以|多|无|新建|修建|建设|规划|城市|市政|政府|工作|公交|老|大|小(?!学)|进|出|开|过|上(?!海)|下|内|外|里|将|"
    r"要|能|可|不|没|都|也|还|但|而|或|之|如|由|所|其|此|沿|靠近|交|堆|排"
)
# What many places are called: a kind, no name.
# fmt: off
_KINDS = (
    "物业公司", "物业服务公司", "自来水公司", "供水公司", "燃气公司", "天然气公司", "供电公司", "供热公司",
    "热力公司", "公交公司", "房地产公司", "开发公司", "有限公司", "分公司", "总公司", "贷款公司", "装修公司",
    "安置小区", "住宅小区", "商住小区", "高档小区", "住宅新城", "配套幼儿园", "普惠幼儿园", "普惠性幼儿园",
    "公办幼儿园", "民办幼儿园", "私立幼儿园", "小区幼儿园", "实验学校", "实验中学", "实验小学", "培训学校",
    "中心小学", "中心学校", "九年制学校", "公立学校", "民办学校", "职业学院", "职业技术学院", "菜市场",
    "农贸市场", "批发市场", "十字路", "步行街", "人行天桥", "天桥", "工业园", "产业园", "商业街", "高架桥",
    "断头路", "水泥路", "柏油路", "快速路", "高速公路", "乡村公路", "村村通公路", "文明城", "省会城",
    "人民医院", "中心医院", "人民路", "中心路", "中心城",
)
# fmt: on
_CODES = re.compile(r"(?:[A-Za-z]\d*[市区县])+")  # A市A3区: the names that a file without names puts in


@dataclass(frozen=True, slots=True)
class Names:
    """How names are found in one county: `known` are names of its own places that need no ending; `wide` ones (the county,
    its townships) say too little to tell one matter from another."""

    known: tuple[str, ...] = ()
    wide: tuple[str, ...] = ()
    _name: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _before: re.Pattern[str] = field(init=False, repr=False, compare=False)
    _wide: re.Pattern[str] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        known = "|".join(map(re.escape, _longest_first(self.known)))
        ended = rf"(?P<body>[一-鿿0-9]{{1,{LONGEST}}}?)(?:{_ENDINGS})"
        object.__setattr__(self, "_name", re.compile(f"(?P<known>{known})|{ended}" if known else ended))
        object.__setattr__(self, "_before", re.compile(_ORDINARY))
        wide = "|".join([_CODES.pattern, *map(re.escape, _longest_first(self.wide))])
        object.__setattr__(self, "_wide", re.compile(wide))

    def apart(self, text: str) -> tuple[str, tuple[str, ...]]:
        """The text without names, and the names in it."""
        text = self._wide.sub("", text)
        rest, found, last = [], [], 0
        for match in self._name.finditer(text):
            start = match.start()
            if not match.groupdict().get("known"):
                body = match["body"]
                start += max((word.end() for word in self._before.finditer(body)), default=0)
                if match.end("body") - start < 2:
                    continue
            name = text[start : match.end()]
            found.append(name)
            rest.append(text[last:start])
            last = match.end()
        return " ".join([*rest, text[last:]]), tuple(found)


def marks(names: Iterable[str]) -> frozenset[str]:
    """The runs of three characters by which names are compared, without those of mere kinds."""
    return frozenset(run for name in names for run in _runs(name)) - _KIND_MARKS


def _runs(name: str) -> list[str]:
    return [name[i : i + 3] for i in range(max(1, len(name) - 2))]


_KIND_MARKS = frozenset(run for kind in [*_KINDS, *re.findall("[一-鿿]+", _ENDINGS)] for run in _runs(kind))


def _longest_first(names: Iterable[str]) -> list[str]:
    return sorted({name for name in names if len(name) > 1}, key=lambda name: (-len(name), name))
