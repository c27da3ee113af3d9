"""What stands in the side navigation and the bottom bar, by the level of the role one acts in.

An entry whose page does not exist in this installation is left out; what a page then shows and allows is the
permission table's business, not this one's."""

from collections.abc import Iterable
from dataclasses import dataclass

from django.urls import NoReverseMatch, reverse


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

STAFF: dict[str, tuple[Entry, ...]] = {
    "public": (
        Entry("吹哨", "whistle", "deputy:whistle"),
        Entry("我的哨件", "list", "deputy:cases"),
    ),
    "grid": (
        Entry("待办", "inbox", "grid:inbox"),
        Entry("吹哨", "whistle", "grid:whistle"),
        Entry("我的哨件", "list", "grid:cases"),
    ),
    "community": (
        Entry("待办", "inbox", "grid:inbox"),
        Entry("吹哨", "whistle", "grid:whistle"),
        Entry("哨件", "list", "grid:cases"),
    ),
    "street": (
        Entry("待办", "inbox", "street:inbox"),
        Entry("吹哨", "whistle", "street:whistle"),
        Entry("哨单", "bell", "street:councils"),
        Entry("哨件", "list", "street:cases"),
        Entry("审批", "done", "street:approvals"),
    ),
    "unit": (
        Entry("待办", "inbox", "unit:inbox"),
        Entry("审批", "done", "unit:approvals"),
        Entry("全部办件", "list", "unit:cases"),
    ),
    "centre": (
        Entry("受理台", "inbox", "desk:triage"),
        Entry("确权", "rule", "desk:rulings"),
        Entry("审批", "done", "desk:approvals"),
        Entry("回访", "phone", "desk:calls"),
        Entry("查询", "search", "desk:search"),
        Entry("核查", "eye", "desk:verification"),
        Entry("挂账", "shelf", "desk:shelved"),
        Entry("登记来电来访", "edit", "desk:intake"),
    ),
    "county": (
        Entry("批示", "edit", "leader:inbox"),
        Entry("哨件", "list", "leader:cases"),
    ),
    "supervision": (Entry("监督", "eye", "supervision:home"),),
    "administration": (Entry("县域配置", "gear", "pack:home"),),
}


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
        Entry(entry.name, entry.icon, url, url == here, entry.whistle, entry.count) for entry, url in found
    )
