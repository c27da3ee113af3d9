"""What a briefing says, in words and tables: made once, and read on the page, in the file and on paper."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from shaodao.centre.assessment.figures import FIGURES
from shaodao.centre.briefings import drafting
from shaodao.centre.briefings.briefing import Named, Problem
from shaodao.centre.briefings.content import (
    OF_UNITS,
    PAGE_ONE,
    SPANS,
    Content,
    Count,
    Group,
    Line,
    Part,
    Span,
    enough,
)
from shaodao.centre.briefings.drafting import percent
from shaodao.centre.briefings.months import Month
from shaodao.county.pack.model import Pack
from shaodao.faces import words
from shaodao.faces.briefings import pictures
from shaodao.faces.moments import LOCAL
from shaodao.ground.documents.model import Align, Annex, Block, Heading, Paragraph, Picture, Table

GROUP_NAMES = {"department": "部门", "utility": "公共服务企业", "street": "街道", "township": "乡镇"}
SPAN_NAMES: dict[Span, str] = {"now": "本月", "before": "上月", "year": "去年同月"}
KIND_NAMES = {"overdue": "超期未办", "unattended": "超时未报到", "reworked": "多次退回重办"}
UNIT_HEAD = ("按时报到", "按期办结", "解决", "满意", "月末超期", "退回重办", "退单", "退单未准")
RIGHT: tuple[Align, ...] = ("right",)
CHARTED, CHART_FROM = 12, 4  # bars in one picture: so many at most, and at least
DAY = 86400


@dataclass(frozen=True, slots=True)
class Number:
    """A number of page one, and what is behind it: the figure, the month it is of, whether only those that count."""

    text: str
    id: str
    span: Span
    counted: bool
    behind: int


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure of page one: its name, this month's numbers, the same of the months it is compared with, and the change."""

    name: str
    note: str
    main: Number
    parts: tuple[Number, ...]
    compared: tuple[tuple[str, tuple[Number, ...]], ...]
    change: str


@dataclass(frozen=True, slots=True)
class Chapter:
    """One of the six parts. `open`: on a screen it is read at once; the others are opened."""

    title: str
    blocks: tuple[Block, ...]
    open: bool = False


@dataclass(frozen=True, slots=True)
class Shown:
    """A briefing for one to read. `drafted`: opinions and steps are still the machine's."""

    title: str
    tiles: tuple[Tile, ...]
    chapters: tuple[Chapter, ...]
    annexes: tuple[Annex, ...]
    opinions: str
    steps: str
    drafted: bool

    @property
    def blocks(self) -> tuple[Block, ...]:
        """All of it in a row, as on paper."""
        return tuple(block for each in self.chapters for block in (Heading(1, each.title), *each.blocks))


def show(content: Content, problems: Sequence[Problem], opinions: str, steps: str, pack: Pack) -> Shown:
    """The briefing of a content, the problems it names, and what people wrote ("": the drafts, marked as such)."""
    names = names_of(pack)
    named = tuple(each.named for each in problems)
    drafted = not (opinions and steps)
    opinions = opinions or drafting.opinions(content, named, names)
    steps = steps or drafting.steps(content, named, names)
    month = Month.parse(content.month)
    county = pack.units["X00"].name if "X00" in pack.units else ""
    return Shown(
        title=f"{month.name}{county}吹哨报到工作情况",
        tiles=tuple(_tile(id, content) for id in PAGE_ONE),
        chapters=(
            Chapter("一、总体情况", tuple(_overall(content, month)), True),
            Chapter("二、哨源和主要事项", tuple(_sources(content, names))),
            Chapter("三、部门办理情况", tuple(_ranking(content, ("department", "utility"), names))),
            Chapter("四、街道乡镇情况", tuple(_ranking(content, ("street", "township"), names))),
            Chapter("五、存在的问题", tuple(_problems(named, content, names))),
            Chapter(
                "六、意见和下一步工作",
                (*_said("（一）工作意见", opinions), *_said("（二）下一步工作", steps)),
                True,
            ),
        ),
        annexes=annexes(content, pack),
        opinions=opinions,
        steps=steps,
        drafted=drafted,
    )


def names_of(pack: Pack) -> drafting.Names:
    def unit(code: str) -> str:
        found = pack.units.get(code)
        return (found.short or found.name) if found else code

    def item(code: str) -> str:
        return pack.items[code].name if code in pack.items else "未定事项"

    def place(code: str) -> str:
        return pack.places[code].name if code and code in pack.places else ""

    return drafting.Names(unit, item, place)


# --- page one -----------------------------------------------------------------------------------------------------


def _tile(id: str, content: Content) -> Tile:
    one = FIGURES[id]
    return Tile(
        name=one.name,
        note=one.note,
        main=_main(content.count(id), "now"),
        parts=_parts(content.count(id), "now"),
        compared=tuple(
            (SPAN_NAMES[span], (_main(content.count(id, span), span), *_parts(content.count(id, span), span)))
            for span in SPANS[1:]
        ),
        change=change(content, id, "before"),
    )


def _main(count: Count, span: Span) -> Number:
    """The share, over all it is a share of; or the count."""
    if count.of is None:
        return Number(f"{count.counted:,}", count.id, span, True, count.counted)
    return Number(percent(count), count.id, span, False, count.of)


def _parts(count: Count, span: Span) -> tuple[Number, ...]:
    if count.of is None:
        return ()
    return (
        Number(f"{count.counted:,}", count.id, span, True, count.counted),
        Number(f"{count.of:,}", count.id, span, False, count.of),
    )


def change(content: Content, id: str, span: Span) -> str:
    """比上月增加 14 件（3.0%）, 比上月上升 1.2 个百分点; "" where there is nothing to compare with."""
    now, then = content.count(id), content.count(id, span)
    than = f"比{SPAN_NAMES[span]}"
    if now.of is None:
        if not then.counted:
            return ""
        more = now.counted - then.counted
        if not more:
            return f"与{SPAN_NAMES[span]}持平"
        part = abs(Fraction(more, then.counted))
        return f"{than}{'增加' if more > 0 else '减少'} {abs(more)} 件（{float(part):.1%}）"
    if now.share is None or then.share is None:
        return ""
    points = round(float(now.share - then.share) * 100, 1)
    if not points:
        return f"与{SPAN_NAMES[span]}持平"
    return f"{than}{'上升' if points > 0 else '下降'} {abs(points)} 个百分点"


# --- the six parts ------------------------------------------------------------------------------------------------


def _overall(content: Content, month: Month) -> Iterable[Block]:
    whistles = content.count("whistles")
    compared = "，".join(filter(None, (change(content, "whistles", span) for span in SPANS[1:])))
    yield Paragraph(
        f"{month.name}，全县吹哨 {whistles.counted} 件{'，' + compared if compared else ''}。"
        f"各单位报到 {content.count('report_in_units').counted} 次、{content.count('report_in_persons').counted} 人次。"
        f"月末超期未办 {content.count('overdue').counted} 件。"
    )
    said = []
    for id in ("report_in_on_time", "finish_on_time", "solved", "satisfied"):
        more = change(content, id, "before")
        said.append(f"{FIGURES[id].name} {percent(content.count(id))}{f'（{more}）' if more else ''}")
    yield Paragraph("，".join(said) + "。")
    yield Paragraph(
        f"办结率含挂账 {percent(content.count('finished'))}、不含挂账 {percent(content.count('finished_without_shelved'))}；"
        f"参评率 {percent(content.count('rated'))}，退回重办率 {percent(content.count('reworked'))}，"
        f"退单率 {percent(content.count('returned'))}，点位复发率 {percent(content.count('recurred'))}。"
        f"群众从反映到核查通过，等待时长的中位数是 {_minutes(content.count('waited_median').counted)}。"
    )


def _sources(content: Content, names: drafting.Names) -> Iterable[Block]:
    total = content.count("whistles").counted
    yield Paragraph(
        "按吹哨主体："
        + _shares(content.whistlers, total, lambda key: words.word("whistler_kind", key))
        + "。"
    )
    yield Paragraph(
        "按来源渠道：" + _shares(content.channels, total, lambda key: words.word("channel", key)) + "。"
    )
    if content.items:
        first = "、".join(f"{names.item(part.key)} {part.whistles} 件" for part in content.items[:3])
        yield Paragraph(f"反映最多的是{first}。")
        rows = [
            pictures.Bar(
                names.item(part.key), part.whistles, f"{part.whistles} 件（上月 {part.before}）", part.before
            )
            for part in content.items
        ]
        yield Picture(
            pictures.bars(rows, "反映最多的事项"),
            caption="反映最多的事项（浅色为上月）",
            said="反映最多的事项",
        )
    if content.hot:
        yield Paragraph(
            "热点问题："
            + "；".join(
                f"{'：'.join(filter(None, (names.place(hot.area), names.item(hot.item) if hot.item else '')))}，"
                f"{hot.people} 人反映 {hot.cases} 件"
                for hot in content.hot[:5]
            )
            + "。"
        )


def _shares(parts: Sequence[Part], total: int, name: Any) -> str:
    return (
        "，".join(
            f"{name(part.key)} {part.whistles} 件（{float(Fraction(part.whistles, total)):.1%}）"
            for part in parts
            if total
        )
        or "没有"
    )


def _ranking(content: Content, kinds: Sequence[str], names: drafting.Names) -> Iterable[Block]:
    yield Paragraph(
        "各组分开排列，按按期办结率先后排列，相同的看按时报到率、解决率、满意率；当月到期不足 5 件的样本不足，不排名。"
    )
    for kind in kinds:
        group = content.group(kind)
        if not group.lines:
            continue
        if (first := drafting.best(group.ranked)) and (last := drafting.worst(group.ranked)):
            yield Paragraph(f"{GROUP_NAMES[kind]}中，{_named(first, names)}靠前，{_named(last, names)}靠后。")
        rows = [_bar(line, names) for line in group.ranked[:CHARTED]]
        if len(rows) >= CHART_FROM:
            title = f"{GROUP_NAMES[kind]}按期办结率"
            yield Picture(pictures.bars(rows, title, 1.0), caption=title, said=title)
        yield _ranks(group, names)
        if few := [names.unit(line.unit) for line in group.lines if not enough(line)]:
            yield Paragraph(f"样本不足：{'、'.join(few)}。")
        if kind in ("street", "township"):
            yield from _of_places(group, names)


def _of_places(group: Group, names: drafting.Names) -> Iterable[Block]:
    wrong = [
        f"{names.unit(line.unit)} {found.counted} 件"
        for line in group.lines
        if (found := line.count("wrongful"))
    ]
    self_done = [line for line in group.lines if line.count("community")]
    if self_done:
        said = "、".join(f"{names.unit(line.unit)} {percent(line.count('community'))}" for line in self_done)
        yield Paragraph(f"{GROUP_NAMES[group.kind]}辖区的基层自办率：{said}。")
    yield Paragraph(f"{GROUP_NAMES[group.kind]}认定乱吹哨：{'、'.join(wrong) if wrong else '没有'}。")


def _named(lines: Sequence[Line], names: drafting.Names) -> str:
    return "、".join(f"{names.unit(line.unit)}（{percent(line.count('finish_on_time'))}）" for line in lines)


def _bar(line: Line, names: drafting.Names) -> pictures.Bar:
    found = line.count("finish_on_time")
    share = float(found.share or 0) if found else 0.0
    return pictures.Bar(names.unit(line.unit), share, percent(found))


def _ranks(group: Group, names: drafting.Names) -> Table:
    """The ranking in short; both numbers of each share stand in the annex."""
    return Table(
        head=("名次", "单位", *UNIT_HEAD[:4]),
        rows=tuple(
            (str(place), names.unit(line.unit), *(percent(line.count(id)) for id in OF_UNITS[:4]))
            for place, line in enumerate(group.ranked, 1)
        ),
        widths=(10, 30, 15, 15, 15, 15),
        align=("centre", "left", *RIGHT * 4),
        caption=f"{GROUP_NAMES[group.kind]}排名",
    )


def _table(group: Group, names: drafting.Names) -> Table:
    rows, place = [], 0
    for line in group.lines:
        place += enough(line)
        rows.append((str(place) if enough(line) else "样本不足", names.unit(line.unit), *_cells(line)))
    return Table(
        head=("名次", "单位", *UNIT_HEAD),
        rows=tuple(rows),
        widths=(9, 17, 12, 12, 12, 12, 7, 7, 6, 6),
        align=("centre", "left", *RIGHT * len(UNIT_HEAD)),
        caption=f"{GROUP_NAMES[group.kind]}办理情况",
        note="比率后面是分子和分母",
    )


def _cells(line: Line) -> tuple[str, ...]:
    cells = []
    for id in OF_UNITS:
        found = line.count(id)
        if id in ("overdue", "reworked", "returned", "returns_refused"):
            cells.append(str(found.counted if found else 0))
        else:
            cells.append(f"{percent(found)}\n{found.counted}/{found.of}" if found and found.of else "—")
    return tuple(cells)


def _problems(named: Sequence[Named], content: Content, names: drafting.Names) -> Iterable[Block]:
    if not named:
        yield Paragraph("本月没有点名的问题。")
        return
    yield Paragraph(f"点名 {len(named)} 个问题，请有关单位抓紧整改。")
    yield Table(
        head=("单位", "哨件编号", "问题", "时限", "已超期"),
        rows=tuple(
            (names.unit(each.unit), each.case, KIND_NAMES[each.kind], _date(each.due_at), lateness(each.late))
            for each in named
        ),
        widths=(26, 22, 20, 17, 15),
        align=("left", "left", "left", "left", "right"),
        caption="点名的问题",
    )


def _said(title: str, text: str) -> Iterable[Block]:
    lines = [line.strip() for line in text.split("\n") if line.strip()]
    yield Heading(2, title)
    yield from (Paragraph(line) for line in lines)


# --- annexes ------------------------------------------------------------------------------------------------------


def annexes(content: Content, pack: Pack) -> tuple[Annex, ...]:
    names = names_of(pack)
    return (
        Annex("全部指标", (_all_figures(content),)),
        Annex("单位办理情况", tuple(_table(group, names) for group in content.groups)),
        Annex("事项", (_items(content, names),)),
        Annex("月末超期未办清单", _overdue(content, names)),
    )


def _all_figures(content: Content) -> Table:
    rows = []
    for count in content.span("now").counts:
        one = FIGURES[count.id]
        cells = (_value(content.count(count.id, span)) for span in SPANS)
        rows.append((one.name, *cells))
    return Table(
        ("指标", "本月", "上月", "去年同月"),
        tuple(rows),
        (34, 22, 22, 22),
        ("left", "right", "right", "right"),
    )


def _value(count: Count) -> str:
    if FIGURES[count.id].measure in ("median", "ninety"):
        return _minutes(count.counted)
    return f"{count.counted:,}" if count.of is None else f"{percent(count)}（{count.counted}/{count.of}）"


def _items(content: Content, names: drafting.Names) -> Table:
    rows = tuple((names.item(part.key), str(part.whistles), str(part.before)) for part in content.items)
    return Table(("事项", "本月件数", "上月件数"), rows, (60, 20, 20), ("left", "right", "right"))


def _overdue(content: Content, names: drafting.Names) -> tuple[Block, ...]:
    if not content.overdue:
        return (Paragraph("月末没有超期未办的。"),)
    rows = tuple(
        (names.unit(each.unit), each.case, _date(each.due_at), lateness(each.late))
        for each in content.overdue
    )
    return (
        Table(
            ("单位", "哨件编号", "办结时限", "到取数时超期"),
            rows,
            (30, 25, 25, 20),
            ("left", "left", "left", "right"),
        ),
    )


def lateness(seconds: int) -> str:
    """超期 3 天, or hours where it is less than a day."""
    return f"{seconds // DAY} 天" if seconds >= DAY else f"{max(1, seconds // 3600)} 小时"


def _minutes(minutes: int) -> str:
    hours = 60
    if minutes < hours:
        return f"{minutes} 分钟"
    return f"{minutes / hours:.1f} 小时" if minutes < 2 * 24 * hours else f"{minutes / hours / 24:.1f} 天"


def _date(at: Any) -> str:
    local = at.astimezone(LOCAL)
    return f"{local.month}月{local.day}日"
