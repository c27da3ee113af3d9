"""The one screen at the end: true figures with their numerators, who can sign in, and where."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

from rich.console import Console, Group
from rich.panel import Panel
from rich.table import Table

from shaodao.centre.assessment import Figure, Period, figures
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.cases.models import Clock as ClockRow
from shaodao.county.pack.model import Pack

from .discipline import PASSPHRASE
from .people import Staff

LOCAL = ZoneInfo("Asia/Shanghai")
HEAD = ("whistles", "report_in_units", "report_in_persons")
SHARES = (
    "report_in_on_time", "finish_on_time", "finished", "finished_without_shelved", "solved", "satisfied", "rated",
    "community", "reworked", "returned", "returns_refused",
)  # fmt: skip
COUNTS = ("rulings", "councils", "extensions", "shelvings", "breaches", "queue_breaches", "waited_median")
OPEN = ("in_triage", "in_ruling", "dispatched", "waiting_verification", "waiting_rating", "shelved")
TRIED_FIRST = (
    "zhongxin.zuoxi", "zhongxin.zhibanzhang", "zhongxin.huifang", "zhongxin.fuzhuren", "zhongxin.zhuren", "zhujian.jingban",
    "zhujian.lianluo", "zhujian.fenguan", "zhujian.juzhang", "chengguan.zhutai", "fengming.wangge", "fengming.shuji",
    "dongfeng.jingban", "dongfeng.zhuren", "xian.lingdao", "xian.daibiao", "xian.jiwei", 
    "xian.jiwei-fuze", "xian.ducha", "zhongxin.xitong",
    "zhongxin.anquan", "xian.shenji",
)  # fmt: skip


def show(
    console: Console,
    pack: Pack,
    staff: Sequence[Staff],
    until: datetime,
    password_from: Path,
    password: str,
    address: str,
) -> None:
    """Print it. `password`: the one made or set just now, empty where it only stands in its file."""
    found = figures(Period(datetime(2020, 1, 1, tzinfo=LOCAL), until + timedelta(seconds=1)))
    console.print(
        Panel(
            Group(_figures(found), "", _waiting(), "", _accounts(pack, staff)),
            title=f"{pack.name}　演示数据（均为虚构）",
            subtitle=f"截至 {until.astimezone(LOCAL):%Y-%m-%d %H:%M}",
            border_style="red",
        )
    )
    shown = f"[bold]{password}[/bold]（也在 {password_from}）" if password else f"见 {password_from}"
    console.print(f"口令 {shown}　动态码 shaodao demo code 账号　全部账号 shaodao demo accounts")
    console.print(f"监督工作台（纪检监察身份）另要口令解锁：[bold]{PASSPHRASE}[/bold]")
    if address:
        console.print(
            f"网址 [bold]{address}[/bold]　居民吹哨不用账号；工作人员从 {address}/accounts/login/ 登录"
        )


def accounts(console: Console, pack: Pack, staff: Sequence[Staff]) -> None:
    """All accounts that can sign in."""
    table = Table("账号", "身份", box=None)
    for one in staff:
        if one.open:
            table.add_row(one.username, pack.capacity_name(one.role, one.unit, one.grid))
    console.print(table)


def _figures(found: dict[str, Figure]) -> Table:
    table = Table(box=None, show_header=False, padding=(0, 1))
    cells = [_cell(found[id], "bold red") for id in HEAD] + [_cell(found[id]) for id in (*SHARES, *COUNTS)]
    for n in range(0, len(cells), 2):
        table.add_row(*cells[n : n + 2])
    return table


def _cell(figure: Figure, style: str = "bold") -> str:
    return f"{figure.name} [{style}]{figure}[/{style}]"


def _waiting() -> str:
    """What is open now, by state, and how much of it is overdue."""
    words = ("待受理", "确权中", "办理中", "待核查", "待评价", "已挂账")
    counts = {state: CaseRow.objects.filter(state=state).count() for state in OPEN}
    late = ClockRow.objects.filter(stopped_at=None, cancelled=False, breached_at__isnull=False)
    overdue = late.values("case_id").distinct().count()
    return (
        "在办　"
        + "　".join(f"{word} {counts[s]}" for word, s in zip(words, OPEN, strict=True))
        + f"　超期 {overdue}"
    )


def _accounts(pack: Pack, staff: Sequence[Staff]) -> Table:
    by_name = {one.username: one for one in reversed(staff)}
    table = Table(box=None, show_header=False, padding=(0, 1))
    cells = [
        f"[cyan]{name}[/cyan] {pack.capacity_name(one.role, one.unit, one.grid)}"
        for name in TRIED_FIRST
        if (one := by_name.get(name))
    ]
    for n in range(0, len(cells), 2):
        table.add_row(*cells[n : n + 2])
    return table
