"""What may not stand in words that everybody reads: telephones, identity numbers, plates, names, doors. Pure.

It finds what has a form. Who is meant by a nickname or a shop it cannot know: a person reads the words first.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from shaodao.county.people import phones

SOMEBODY, SOMEWHERE = "某某", "某地"
_WIDE = str.maketrans("０１２３４５６７８９", "0123456789")
_IDENTITY = re.compile(r"(?<!\d)\d{6}[ -]?\d{8}[ -]?\d{3}[\dXx](?!\d)")
_PHONE = re.compile(r"(?<!\d)(?:(?:\+|00)86[ -]?)?(?:1[3-9]\d(?:[ -]?\d{4}){2}|0\d{2,3}[ -]?\d{7,8})(?!\d)")
_NUMBER = re.compile(r"\d(?:[ -]?\d){6,}")  # an account, a local telephone, a case
_PLATE = re.compile(
    r"[京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼][A-Za-z][ ·]?[A-Za-z0-9]{4,5}[A-Za-z0-9挂学警]"
)
_DOOR = re.compile(
    r"(?<![\d一二三四五六七八九十百月])(?<!月 )(?:\d+|[一二三四五六七八九十百]+)(?= ?(?:#|号|栋|幢|单元|门栋|室|房间))"
)
_ROOM = re.compile(
    r"(?:(?<=单元)|(?<=号楼)|(?<=[栋幢])) ?\d+|(?<!\d)\d{1,3}(?:[-－—]\d{1,3})?[-－—]\d{3,4}(?!\d)"
)
_SECRECY = re.compile("保密|匿名|(?:不要|别|不想|不愿)(?:公开|透露|说出去|说是我|让人知道)")
_SURNAME = (
    "赵钱孙李周吴郑王冯陈褚卫蒋沈韩杨朱秦许何吕张孔曹严华金魏陶姜谢邹喻柏窦章苏潘葛范彭鲁韦马方任袁柳史唐薛雷贺倪汤罗毕郝安常于"
    "傅卞康伍余顾孟黄穆萧尹姚邵汪毛宋庞熊纪舒屈项祝董梁杜阮蓝闵席季贾江童郭梅林钟徐邱骆高夏蔡田胡凌霍万柯卢莫丁邓洪崔龚程陆翁段"
    "侯全车宁武刘龙叶白卓池乔苍牛谭申冉桑耿关尚"
)
_NAMED = re.compile(
    rf"((?:我叫|本人|姓名|联系人|反映人|名字叫|名叫)(?:是|为)?[:： ]?)[{_SURNAME}][\u4e00-\u9fff]{{1,2}}"
)


def masked(text: str, names: Iterable[str] = (), places: Iterable[str] = ()) -> str:
    """The text as everybody may read it; `names`: of those who had part in the case; `places`: names below the street. Once
    masked it stays as it is."""
    text = _without(_without(text, names, 2, SOMEBODY), places, 3, SOMEWHERE)
    text = _IDENTITY.sub("****", text.translate(_WIDE))
    text = _PHONE.sub(lambda found: phones.masked(found[0]), text)
    text = _NUMBER.sub("****", text)
    text = _PLATE.sub(lambda found: f"{found[0][0]}****", text)
    text = _NAMED.sub(rf"\1{SOMEBODY}", text)
    return _ROOM.sub("×", _DOOR.sub("×", text))


def asks_secrecy(text: str) -> bool:
    """Whether somebody asks in their words not to be known: whoever reviews is told so."""
    return _SECRECY.search(text) is not None


def _without(text: str, names: Iterable[str], shortest: int, instead: str) -> str:
    """The longest first: one may be a part of another."""
    for name in sorted({n.strip() for n in names}, key=len, reverse=True):
        if len(name) >= shortest:
            text = text.replace(name, instead)
    return text
