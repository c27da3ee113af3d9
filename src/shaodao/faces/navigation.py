"""What stands in the side navigation and the bottom bar, by the level of the role one acts in.

An entry whose page does not exist in this installation is left out; what a page then shows and allows is the
permission table's business, not this one's."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse
from django.utils.translation import gettext

from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.model import By
from shaodao.county.pack.model import Pack
from shaodao.county.units import Role


@dataclass(frozen=True, slots=True)
class Entry:
    """`url` is the name of an address until `placed`, then the address itself."""

    name: str
    icon: str
    url: str
    here: bool = False
    whistle: bool = False
    count: int | None = None


BAR = 5  # as many as fit a phone

RESIDENT = (
    Entry("首页", "home", "resident:home"),
    Entry("查进度", "search", "resident:track"),
    Entry("吹哨", "whistle", "resident:whistle", whistle=True),
    Entry("我的哨件", "list", "resident:mine"),
    Entry("办事指南", "book", "resident:guide"),
)

# 长辈版: what one does, and nothing else.
ELDER = (
    Entry("首页", "home", "resident:home"),
    Entry("吹哨", "whistle", "resident:whistle", whistle=True),
    Entry("我的哨子", "list", "resident:waiting"),
)

# On a page that a phone keeps for times without a network.
KEPT = (
    Entry("首页", "home", "resident:home"),
    Entry("吹哨", "whistle", "resident:whistle", whistle=True),
    Entry("等待发送", "send", "resident:waiting"),
)

_INBOX = Entry("待办", "inbox", "staff:inbox")
_SEARCH = Entry("查询", "search", "staff:search")
_MAP = Entry("地图", "map", "staff:map")
_WALL = Entry("大屏", "eye", "staff:walls")
_WHISTLE = Entry("吹哨", "whistle", "staff:whistle")
_ROUND = Entry("巡查", "pin", "staff:round")
_COUNCILS = Entry("哨单", "whistle", "staff:councils")
_DISPATCH = Entry("派单质量", "chart", "staff:dispatch")
_NOTICES = Entry("消息", "bell", "staff:notices")
_FIGURES = Entry("指标", "chart", "staff:figures")
_HOT = Entry("热点", "chart", "staff:hot_issues")
_TOPICS = Entry("专题", "flag", "staff:topics")
_TODAY = Entry("今日", "home", "staff:head")
_MEETINGS = Entry("统筹", "users", "staff:meetings")
_ORDERS = Entry("督办", "flag", "staff:orders")
_NOTES = Entry("批示", "edit", "staff:notes")
_BRIEFINGS = Entry("专报", "book", "staff:briefings")
_DUTY = Entry("值班", "users", "staff:duty")
_SCORES = Entry("评分", "star", "staff:scores")
_PUBLIC = Entry("公开审核", "eye", "staff:publications")
_SUPERVISE = Entry("监督", "eye", "resident:supervise")
# Seen by nobody but the discipline side.
_WORKSPACE = Entry("监督台", "lock", "discipline:home")
_EVIDENCE = Entry("证据包", "download", "staff:evidence")
STAFF: dict[str, tuple[Entry, ...]] = {
    "public": (_WHISTLE, Entry("我的哨件", "list", "staff:search")),
    "grid": (_INBOX, _ROUND, _WHISTLE, _NOTICES, _SUPERVISE, _SEARCH, _MAP),
    "community": (_INBOX, _ROUND, _WHISTLE, _SEARCH, _NOTICES, _MAP),
    "street": (_INBOX, _WHISTLE, _COUNCILS, _SEARCH, _NOTICES, _MAP, _FIGURES, _ORDERS, _TODAY, _SCORES),
    "unit": (_INBOX, _TODAY, _COUNCILS, _SEARCH, _NOTICES, _MAP, _TOPICS, _ORDERS, _FIGURES, _SCORES),
    "centre": (
        _INBOX,
        Entry("警报", "alert", "staff:alarms"),
        Entry("登记", "edit", "staff:whistle"),
        _SEARCH,
        _COUNCILS,
        _NOTICES,
        _MAP,
        _DUTY,
        _HOT,
        _TOPICS,
        _ORDERS,
        _MEETINGS,
        Entry("确权台", "hand", "staff:rulings"),
        Entry("判例", "rule", "staff:precedents"),
        _FIGURES,
        _WALL,
        _SCORES,
        _DISPATCH,
        Entry("疑似重复", "merge", "staff:duplicates"),
        Entry("知识库", "book", "staff:articles"),
        _PUBLIC,
    ),
    "county": (
        Entry("一屏", "home", "staff:leader"),
        _INBOX,
        _FIGURES,
        _SCORES,
        _HOT,
        _NOTES,
        _ORDERS,
        _MEETINGS,
        _TOPICS,
        _SEARCH,
        _MAP,
        _WALL,
        _NOTICES,
        _DISPATCH,
        _PUBLIC,
    ),
    "supervision": (_SEARCH, _ORDERS, _INBOX, _FIGURES, _NOTICES, _MAP, _WALL, _DISPATCH, _SCORES),
}
# By what each needs of `permissions.ADMINISTRATION`: the centre's heads approve packs, each administrator has a part.
ADMINISTRATION: dict[str, Entry] = {
    "read_packs": Entry("县域配置", "gear", "packs"),
    "read_posts": Entry("人员与身份", "user", "people"),
    "erase_persons": Entry("删除个人信息", "lock", "erasure"),
    "read_exclusions": Entry("剔除", "filter", "staff:exclusions"),
    "watch": Entry("运行", "eye", "watch"),
}


# Pages that are not open to all of a level: what the permission table says. Nobody is shown a way that is closed.
OPEN: dict[str, Callable[[By, Pack], bool]] = {
    "staff:briefings": permissions.may_read_briefings,
    "staff:whistle": lambda by, pack: permissions.whistler_kind(by) is not None,
    "staff:figures": lambda by, pack: permissions.figures_under(by, pack) is not None,
    "staff:walls": lambda by, pack: permissions.figures_under(by, pack) == {},
    "staff:orders": permissions.may_read_orders,
    "staff:topics": permissions.may_read_topics,
    "staff:alarms": lambda by, pack: permissions.may_answer_alarms(by),
    "staff:dispatch": lambda by, pack: permissions.may_watch_dispatch(by),
    "staff:rulings": lambda by, pack: permissions.may_watch_dispatch(by),
    "staff:duplicates": lambda by, pack: permissions.may_read_duplicates(by),
    "staff:hot_issues": lambda by, pack: permissions.may_read_hot_issues(by),
    "staff:precedents": lambda by, pack: permissions.may_read_precedents(by),
    "staff:publications": lambda by, pack: permissions.may_publish(by, "read"),
    "staff:scores": lambda by, pack: permissions.may_see_ranking(by),
}


def of(by: By, pack: Pack) -> tuple[Entry, ...]:
    """The entries of whoever acts in this capacity: those of the role, as far as their pages are open to it."""
    entries = _of_role(pack.roles.get(by.role))
    return tuple(entry for entry in entries if entry.url not in OPEN or OPEN[entry.url](by, pack))


def _of_role(role: Role | None) -> tuple[Entry, ...]:
    """Those of its level, and the parts of administration it may use."""
    if role is None:
        return ()
    if role.code == "village_supervisor":
        return (_WORKSPACE, _SEARCH, _NOTICES)
    first, *rest = STAFF.get(role.level, ()) or (None,)
    entries = [_WORKSPACE] if role.code in permissions.DISCIPLINE else []
    entries += [first] if first else []
    entries += [_BRIEFINGS, *rest]
    own = [entry for needs, entry in ADMINISTRATION.items() if permissions.may_administer(role.code, needs)]
    own += [_EVIDENCE] if permissions.makes_bundles(role.code) else []
    return (*entries, *own)


def placed(entries: Iterable[Entry], path: str) -> tuple[Entry, ...]:
    """The entries that exist, with addresses; the one whose address is the longest beginning of `path` is here."""
    found = []
    for entry in entries:
        try:
            found.append((entry, reverse(entry.url)))
        except NoReverseMatch:
            continue
    here = max(
        (url for _, url in found if path == url or (url != "/" and path.startswith(url))), key=len, default=""
    )
    return tuple(
        Entry(gettext(entry.name), entry.icon, url, url == here, entry.whistle, entry.count)
        for entry, url in found
    )
