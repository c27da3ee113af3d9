"""Moments and spans in the words people use, in the language of the page. `static/shaodao/js/clock.js` says the same in the
browser."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from django.utils.translation import gettext

from shaodao.faces.language import english

LOCAL = ZoneInfo("Asia/Shanghai")
WEEKDAYS = "一二三四五六日"
# Not the system's: what a server's locale says is no concern of a page.
ENGLISH_WEEKDAYS = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
ENGLISH_MONTHS = (
    *("January", "February", "March", "April", "May", "June"),
    *("July", "August", "September", "October", "November", "December"),
)
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
        return (gettext("{days} 天 {hours} 小时") if hours else gettext("{days} 天")).format(
            days=days, hours=hours
        )
    if hours:
        return (gettext("{hours} 小时 {rest} 分") if rest else gettext("{hours} 小时")).format(
            hours=hours, rest=rest
        )
    return gettext("{rest} 分钟").format(rest=rest) if rest else gettext("不足 1 分钟")


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
            Left("late", gettext("超期 {span}完成").format(span=span(stopped - deadline)), soon_at)
            if late
            else Left("met", gettext("按时"), soon_at)
        )
    if paused:
        return Left("paused", gettext("已暂停计时"), soon_at)
    if now > deadline:
        return Left("overdue", gettext("超期 {span}").format(span=span(now - deadline)), soon_at)
    text = gettext("剩余 {span}").format(span=span(deadline - now))
    return Left("soon" if now >= soon_at else "calm", text, soon_at)


def said(moment: datetime, now: datetime) -> str:
    """A moment as one says it: 今天 15:40 · 昨天 09:05 · 3月4日（周三）14:00 in the six days ahead · 3月5日 14:00 ·
    2025年3月5日 14:00."""
    at, today = moment.astimezone(LOCAL), now.astimezone(LOCAL)
    days = (at.date() - today.date()).days
    clock = f"{at:%H:%M}"
    if days in (-1, 0, 1):
        return f"{gettext(('昨天', '今天', '明天')[days + 1])} {clock}"
    if english():
        weekday = f"{ENGLISH_WEEKDAYS[at.weekday()][:3]} " if 1 < days < 7 else ""
        return f"{weekday}{_day(at, year=at.year != today.year)}, {clock}"
    if 1 < days < 7:
        return f"{at.month}月{at.day}日（周{WEEKDAYS[at.weekday()]}）{clock}"
    if at.year == today.year:
        return f"{at.month}月{at.day}日 {clock}"
    return f"{at.year}年{at.month}月{at.day}日 {clock}"


def in_full(moment: datetime) -> str:
    """A moment without any doubt: 2026年3月5日 星期四 14:00:07."""
    at = moment.astimezone(LOCAL)
    if english():
        return f"{ENGLISH_WEEKDAYS[at.weekday()]} {_day(at)}, {at:%H:%M:%S}"
    return f"{at.year}年{at.month}月{at.day}日 星期{WEEKDAYS[at.weekday()]} {at:%H:%M:%S}"


def to_the_minute(moment: datetime) -> str:
    """A moment inside a sentence that stays: 2026年3月5日 14:00."""
    at = moment.astimezone(LOCAL)
    if english():
        return f"{_day(at)}, {at:%H:%M}"
    return f"{at.year}年{at.month}月{at.day}日 {at:%H:%M}"


def _day(at: datetime, *, year: bool = True) -> str:
    """5 March 2026."""
    return f"{at.day} {ENGLISH_MONTHS[at.month - 1]}{f' {at.year}' if year else ''}"
