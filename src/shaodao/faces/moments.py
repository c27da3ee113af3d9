"""Moments and spans in the words people use. Pure; `static/shaodao/js/clock.js` says the same in the browser."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

LOCAL = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"
SOON_WITHOUT_START = timedelta(hours=1)
SOON_AT_LEAST = timedelta(minutes=15)


@dataclass(frozen=True, slots=True)
class Left:
    """What a clock looks like: `tone` is calm, soon, overdue, paused, met or late; `text` says it in words."""

    tone: str
    text: str
    soon_at: datetime


def span(length: timedelta) -> str:
    """A length of time to the minute, rounded down: 3 天 2 小时 · 1 小时 20 分 · 5 分钟 · 不足 1 分钟."""
    minutes = int(length.total_seconds()) // 60
    days, hours, rest = minutes // 1440, minutes % 1440 // 60, minutes % 60
    if days:
        return f"{days} 天 {hours} 小时" if hours else f"{days} 天"
    if hours:
        return f"{hours} 小时 {rest} 分" if rest else f"{hours} 小时"
    return f"{rest} 分钟" if rest else "不足 1 分钟"


def soon_from(deadline: datetime, started: datetime | None) -> datetime:
    """The moment from which a deadline counts as near: the last quarter of the time given, 15 minutes at least."""
    notice = SOON_WITHOUT_START if started is None else max((deadline - started) / 4, SOON_AT_LEAST)
    return deadline - notice


def left(
    deadline: datetime,
    now: datetime,
    *,
    started: datetime | None = None,
    stopped: datetime | None = None,
    paused: bool = False,
) -> Left:
    """How a clock stands at `now`. A stopped clock is judged at the moment it stopped."""
    soon_at = soon_from(deadline, started)
    if stopped is not None:
        late = stopped > deadline
        return (
            Left("late", f"超期 {span(stopped - deadline)}完成", soon_at)
            if late
            else Left("met", "按时", soon_at)
        )
    if paused:
        return Left("paused", "已暂停计时", soon_at)
    if now > deadline:
        return Left("overdue", f"超期 {span(now - deadline)}", soon_at)
    return Left("soon" if now >= soon_at else "calm", f"剩余 {span(deadline - now)}", soon_at)


def said(moment: datetime, now: datetime) -> str:
    """A moment as one says it: 今天 15:40 · 昨天 09:05 · 3月4日（周三）14:00 in the six days ahead · 3月5日 14:00 ·
    2025年3月5日 14:00."""
    at, today = moment.astimezone(LOCAL), now.astimezone(LOCAL)
    days = (at.date() - today.date()).days
    clock = f"{at:%H:%M}"
    if days in (-1, 0, 1):
        return f"{('昨天', '今天', '明天')[days + 1]} {clock}"
    if 1 < days < 7:
        return f"{at.month}月{at.day}日（周{WEEKDAYS[at.weekday()]}）{clock}"
    if at.year == today.year:
        return f"{at.month}月{at.day}日 {clock}"
    return f"{at.year}年{at.month}月{at.day}日 {clock}"


def in_full(moment: datetime) -> str:
    """A moment without any doubt: 2026年3月5日 星期四 14:00:07."""
    at = moment.astimezone(LOCAL)
    return f"{at.year}年{at.month}月{at.day}日 星期{WEEKDAYS[at.weekday()]} {at:%H:%M:%S}"


def to_the_minute(moment: datetime) -> str:
    """A moment inside a sentence that stays: 2026年3月5日 14:00."""
    at = moment.astimezone(LOCAL)
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"
