"""What a rehearsal found, in the words of the page, the printable file and the terminal. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from shaodao.centre.cases.lifecycle.model import DUTY_CLOCKS
from shaodao.centre.rehearsal.tally import FATES
from shaodao.faces import moments, words

SHOWN_KINDS = ("report_in", "finish")  # of the clocks, in the table of units
MOST_ROWS = 24
NOBODY = {"triage": "转人工", "ruling": "送确权"}

# Said with every rehearsal, so that nobody takes it for a forecast.
LIMITS_OF_IT = (
    "演练只把规则换掉，人怎么做照旧：签收、报到、办结都取当时实际发生的时刻。时限缩短了，大家可能会赶得更快，也可能赶不上，演练都看不出来。",
    "改派到另一个单位的哨件，时限仍按当时实际承办的单位、实际发生的时刻计算；新的单位会办得快还是慢，演练不知道。",
    "反映人自选的事项、坐席认定的事项和地点照原样取用；由文字判断的，两边都按今天的派单规则和模型重新判断，和当时的模型可能不同，所以“实际”和“现行重算”会有出入。",
    "退单、确权、延期、挂账、并案等由人作的决定不重演；定到某月某日的期限保持不变。",
    "新设的办理阶段没有发生过，算不出按时与否；已删除原话的哨件无法重新判断去向，只计入时限。",
)


@dataclass(frozen=True, slots=True)
class Line:
    """One row of a table: its cells, and case numbers as examples."""

    cells: tuple[str, ...]
    examples: tuple[str, ...] = ()
    changed: bool = True


@dataclass(frozen=True, slots=True)
class Tile:
    name: str
    figure: str
    note: str


@dataclass(frozen=True, slots=True)
class Table:
    title: str
    columns: tuple[str, ...]
    lines: tuple[Line, ...]
    empty: str
    note: str = ""
    numbers: int = 1  # from this column on, cells are numbers

    @property
    def has_examples(self) -> bool:
        return any(line.examples for line in self.lines)


@dataclass(frozen=True, slots=True)
class Page:
    title: str
    told: str
    notes: tuple[str, ...]
    tiles: tuple[Tile, ...]
    tables: tuple[Table, ...]
    changes: tuple[str, ...]
    more_changes: int
    limits: tuple[str, ...] = LIMITS_OF_IT


Found = Mapping[str, Any]


def page(found: Found) -> Page:
    """Everything that is shown of a rehearsal's findings (`rehearse.rehearse`)."""
    read = found["cases"] - found["erased"]["count"]
    known = {kind: found["known"].get(kind, 0) for kind in ("whistler", "desk", "words")}
    day = date.fromisoformat
    made = moments.to_the_minute(datetime.fromtimestamp(found["made_at"], UTC))
    told = (
        f"{_day(day(found['since']))}至{_day(day(found['until']))}的哨件 {found['cases']:,} 件，"
        f"按{_day(day(found['manual_of']))}的手册重走一遍（现行版本 {found['before'][:12]}，改后 {found['after'][:12]}）。"
        f"事项由反映人自选 {known['whistler']:,} 件、坐席认定 {known['desk']:,} 件、文字判断 {known['words']:,} 件。"
        f"{made}演练，未改动任何哨件。"
    )
    return Page(
        title=f"{found['county']}配置演练",
        told=told,
        notes=tuple(_notes(found)),
        tiles=tuple(_tiles(found, read)),
        tables=(_moves(found), _fates(found), _items(found), _clocks(found), _units(found), *_scores(found)),
        changes=tuple(found["changed"]),
        more_changes=found["changes"] - len(found["changed"]),
    )


def _notes(found: Found) -> list[str]:
    """What must be known before anything is read off the tables."""
    notes = []
    after, before = found["model"]["after"], found["model"]["before"]
    if after == "unfit":
        notes.append(
            "事项目录改了，派单模型还是按原目录训练的：除规则命中的以外，文字判断的哨件全部转人工。"
            "启用时要换上按新目录训练的模型；换上以后会怎样，可在服务器上用 shaodao rehearse --train 演练。"
        )
    elif after == "none":
        notes.append("改后没有可用的派单模型：除规则命中的以外，文字判断的哨件全部转人工。")
    if before != "ok":
        notes.append("现行目录下派单模型不可用，“现行重算”中文字判断的哨件多转人工。")
    if not found["model"]["same"]:
        notes.append("改后使用另一套派单规则或模型（配置包 dispatch 目录或重新训练的），差别也包括它带来的。")
    for name, said in (
        ("erased", "{} 件的原话已按本人要求或到期删除，去向不再重算。"),
        ("place_lost", "{} 件的地点在改后的地图上找不到，按地点不明处理。"),
        ("item_lost", "{} 件自选的事项在改后的目录里没有，改按文字判断。"),
    ):
        if count := found[name]["count"]:
            notes.append(said.format(f"{count:,}"))
    if bound := found["precedents"]["after"]:
        notes.append(f"改后有 {bound:,} 件仍按确权判例派单，不看派单规则；要让它们也改变，须先停用相应判例。")
    return notes


def _tiles(found: Found, read: int) -> list[Tile]:
    fates = found["fates"]
    waiting = {
        side: sum(fates[fate][side] for fate in fates if fate != "at_once") for side in ("before", "after")
    }
    elsewhere = found["elsewhere"]["count"]
    ways = {way: found["ways"].get(way, 0) for way in ("to_unit", "to_person", "from_person")}
    told = (
        f"占 {_share(elsewhere, read)}：换单位 {ways['to_unit']:,}、"
        f"改由人工定 {ways['to_person']:,}、人工改直接派 {ways['from_person']:,}"
    )
    tiles = [
        Tile("会派到别处", f"{elsewhere:,}", told),
        Tile("需要人工的", f"{waiting['after']:,}", f"现行 {waiting['before']:,}，{_more(**waiting)}"),
    ]
    for kind in SHOWN_KINDS:
        if kept := found["clocks"].get(kind):
            before, after = kept["before"], kept["after"]
            name = f"按时{words.word('clock', kind)}"
            tiles.append(Tile(name, _of(after), f"{_both(after)}；现行 {_of(before)}，{_both(before)}"))
    return tiles


def _moves(found: Found) -> Table:
    lines = tuple(
        Line(
            (
                _unit(move["from"], found),
                _unit(move["to"], found),
                f"{move['count']:,}",
                "、".join(f"{_item(item, found)} {count:,}" for item, count in _most(move["items"])),
            ),
            tuple(move["examples"]),
        )
        for move in found["moves"]
    )
    rest = found["moves"][MOST_ROWS:]
    notes = []
    if rest:
        notes.append(f"另有 {len(rest)} 种去向，共 {sum(move['count'] for move in rest):,} 件。")
    if found["helpers"]["count"]:
        notes.append(f"主办不变、协办或属地配合改变的另有 {found['helpers']['count']:,} 件。")
    return Table(
        "从哪里改到哪里",
        ("现行去向", "改后去向", "件数", "主要事项"),
        lines[:MOST_ROWS],
        "没有一件会派到别处。",
        "".join(notes),
        2,
    )


def _fates(found: Found) -> Table:
    lines = tuple(
        Line(
            (
                words.word("fate", fate),
                *(f"{one[side]:,}" for side in ("really", "before", "after")),
                _more(one["before"], one["after"]),
            ),
            changed=one["before"] != one["after"],
        )
        for fate, one in ((fate, found["fates"][fate]) for fate in FATES)
        if any(one.values())
    )
    unlike = found["unlike"]["count"]
    note = (
        f"现行重算与实际去向不同的 {unlike:,} 件：人工另行指定了单位，或当时的模型、判例和现在不同。"
        "比较只在“现行重算”与“改后”之间。"
    )
    columns = ("怎样进门", "实际", "现行重算", "改后", "增减")
    return Table("直接派单与转人工", columns, lines, "没有可重算的哨件。", note if unlike else "")


def _items(found: Found) -> Table:
    lines = tuple(
        Line(
            (
                _item(one["item"], found),
                f"{one['whistles']:,}",
                f"{one['elsewhere']['count']:,}",
                _share(one["elsewhere"]["count"], one["whistles"]),
            ),
            tuple(one["elsewhere"]["examples"]),
        )
        for one in found["items"]
        if one["elsewhere"]["count"]
    )
    rest = lines[MOST_ROWS:]
    note = f"另有 {len(rest)} 个事项各有少数几件。" if rest else ""
    return Table(
        "哪些事项", ("事项", "哨件", "派到别处", "占"), lines[:MOST_ROWS], "没有一个事项的去向改变。", note
    )


def _clocks(found: Found) -> Table:
    lines = []
    for kind, kept in ((kind, found["clocks"][kind]) for kind in DUTY_CLOCKS if kind in found["clocks"]):
        before, after = kept["before"], kept["after"]
        late, in_time = (found[name].get(kind, _NONE) for name in ("now_late", "now_in_time"))
        cells = (
            words.word("clock", kind),
            _rate(before),
            _rate(after),
            f"{_span(before)} → {_span(after)}" if _span(before) != _span(after) else _span(before),
            f"{late['count']:,}",
            f"{in_time['count']:,}",
        )
        lines.append(Line(cells, tuple(late["examples"] or in_time["examples"]), before != after))
    return Table(
        "时钟会怎样",
        ("时限", "现行按时率", "改后按时率", "给的时间（中位数）", "按时变超时", "超时变按时"),
        tuple(lines),
        "这段时间没有办件。",
    )


_NONE: dict[str, Any] = {"count": 0, "examples": []}


def _units(found: Found) -> Table:
    lines = []
    for one in found["units"]:
        kept = [one["clocks"].get(kind) for kind in SHOWN_KINDS]
        if any(each and _both(each["before"]) != _both(each["after"]) for each in kept):
            cells = [_unit(one["unit"], found)]
            for each in kept:
                cells += [_rate(each["before"]), _rate(each["after"])] if each else ["—", "—"]
            lines.append(Line(tuple(cells)))
    same, rest = len(found["units"]) - len(lines), len(lines[MOST_ROWS:])
    notes = [f"另有 {rest:,} 个单位也有变化，办件较少。"] if rest else []
    if same and lines:
        notes.append(f"{same:,} 个单位不变。")
    return Table(
        "各单位",
        ("单位", "现行按时报到", "改后按时报到", "现行按期办结", "改后按期办结"),
        tuple(lines[:MOST_ROWS]),
        "各单位的按时率都不变。",
        "".join(notes),
    )


def _scores(found: Found) -> list[Table]:
    """Only where the rules of the scores differ."""
    kept = found.get("scores")  # none in what was rehearsed before there were scores
    if not kept or not kept["months"]:
        return []
    lines = [
        Line(
            (
                _unit(one["unit"], found),
                words.word("score_ranking", one["ranking"]),
                f"{one['before'] / 100:.2f}",
                f"{one['after'] / 100:.2f}",
                f"{_rank(one['rank_before'])} → {_rank(one['rank_after'])}",
            ),
            changed=one["rank_before"] != one["rank_after"],
        )
        for one in kept["units"]
    ]
    months = kept["months"]
    span = months[0] if len(months) == 1 else f"{months[0]} 至 {months[-1]} 共 {len(months)} 个月的平均"
    note = f"{span}，按各月公布时台账的位置重算；公布过的分不变，申诉更正不计在内。"
    columns = ("单位", "组别", "公布的分", "改后的分", "名次")
    return [Table("评分会怎样", columns, tuple(lines), "没有单位在两边都有分。", note, 2)]


def _rank(rank: int | None) -> str:
    return "—" if rank is None else str(rank)


def _unit(code: str, found: Found) -> str:
    return found["names"]["units"].get(code) or NOBODY.get(code, code)


def _item(code: str, found: Found) -> str:
    return found["names"]["items"].get(code) or code or "未定事项"


def _most(items: Mapping[str, int]) -> list[tuple[str, int]]:
    """The three with most; a table of the database does not keep their order."""
    return sorted(items.items(), key=lambda item: (-item[1], item[0]))[:3]


def _rate(rate: Mapping[str, Any]) -> str:
    return f"{_of(rate)}（{_both(rate)}）" if rate["judged"] else "—"


def _both(rate: Mapping[str, Any]) -> str:
    return f"{rate['in_time']:,}/{rate['judged']:,}"


def _of(rate: Mapping[str, Any]) -> str:
    return _share(rate["in_time"], rate["judged"])


def _share(part: int, whole: int) -> str:
    return "—" if not whole else "100%" if part == whole else f"{part / whole:.1%}"


def _span(rate: Mapping[str, Any]) -> str:
    return "—" if rate["given_minutes"] is None else moments.span(timedelta(minutes=rate["given_minutes"]))


def _more(before: int, after: int) -> str:
    return (
        f"多 {after - before:,}" if after > before else f"少 {before - after:,}" if after < before else "不变"
    )


def _day(day: date) -> str:
    return f"{day.year}年{day.month}月{day.day}日"


def periods(today: date) -> Sequence[tuple[str, date, date]]:
    """The spans one is likely to ask for, each up to yesterday."""
    last = today - timedelta(days=1)
    return (
        ("最近一个月", last - timedelta(days=29), last),
        ("最近三个月", last - timedelta(days=91), last),
        ("最近一年", last - timedelta(days=364), last),
    )
