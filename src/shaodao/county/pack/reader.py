"""From files to a `Pack`. Each table is one function; whatever is wrong is collected, then refused together.

Here a file is read strictly by itself; what must fit between files is looked at in `check`."""

from __future__ import annotations

import csv
import io
import re
import string
from collections.abc import Iterable, Mapping
from dataclasses import fields, is_dataclass, replace
from datetime import date, time
from decimal import Decimal
from itertools import pairwise
from typing import Any, TypeVar, get_type_hints

from shaodao.county.catalogue import (
    Category,
    Edition,
    FirstTier,
    Hours,
    IdentityMode,
    Item,
    Milestone,
    OffManual,
    Owner,
    ReportIn,
    Route,
    Season,
    Situation,
    TownshipRole,
    Urgency,
    Way,
    WordRule,
)
from shaodao.county.places import PlaceKind, Places
from shaodao.county.units import KIND_WORDS, Kind, Post, Role, Unit
from shaodao.ground.clocks import Calendar, CalendarFault, Limit

from .files import (
    Book,
    Files,
    Mend,
    PackError,
    Row,
    a_day,
    a_limit,
    a_time,
    one_of,
    version_of,
)
from .geography import geography
from .model import (
    Approval,
    ApprovalStep,
    At,
    Days,
    How,
    Moment,
    Pack,
    Roster,
    Rung,
    Scored,
    ScoreGroup,
    ScoreRule,
    Settings,
    Shift,
    Switch,
)

TELEPHONE = re.compile(r"\d[\d-]{2,18}\d")
PLATFORMS = ("智慧党建", "公共服务", "综合治理", "应急管理", "执法监察")
ROLE_LEVELS = (
    "public",
    "grid",
    "community",
    "street",
    "unit",
    "centre",
    "county",
    "supervision",
    "administration",
)
DUTY_CLOCKS = ("sign", "report_in", "make_safe", "finish")
SCRIPT = ("unit", "number", "item", "place", "given", "due")  # what the desk may name on the telephone
Settled = TypeVar("Settled")


def load_files(files: Files) -> Pack:
    """The pack in files held in memory. Raises PackError with every fault found while reading."""
    book = Book(files)
    pack = read(book)
    if pack is None:
        raise PackError(book.faults)
    return pack


def read(book: Book) -> Pack | None:
    """The pack, or None where the book has faults by now."""
    about = book.toml("pack.toml")
    _only(
        book, "pack.toml", about, ("code", "name", "timezone", "telephone", "demonstration", "area", "note")
    )
    switches = _switches(book)
    words = {f"${word}": unit for switch in switches.values() for word, unit in switch.words.items()}
    units = units_of(book)
    roles = _roles(book)
    places = geography(book, units)
    items = _items(book, words)
    shifts = _shifts(book)
    pack = Pack(
        code=_string(book, about, "code"),
        name=_string(book, about, "name"),
        version="",
        demonstration=bool(about.get("demonstration", False)),
        zone=_string(book, about, "timezone"),
        telephone=_telephone(book, about),
        units=units,
        unit_names=_unit_names(book, units),
        roles=roles,
        posts=_posts(book, units, places),
        places=places,
        editions=_editions(book),
        item_versions=items,
        situations=_situations(book),
        routes=_routes(book, words),
        owners=_owners(book, words),
        word_rules=_word_rules(book),
        score_rules=_score_rules(book),
        off_manual=_off_manual(book, words),
        switches=switches,
        calendar=_calendar(book),  # type: ignore[arg-type]  # None only together with a fault
        shifts=shifts,
        rosters=_rosters(book),
        ladder=_ladder(book),
        approvals=_approvals(book),
        settings=_settings(book),  # type: ignore[arg-type]  # None only together with a fault
    )
    return None if book.faults else replace(pack, version=version_of(book.files))


# --- TOML ---


def _telephone(book: Book, about: Mapping[str, Any]) -> str:
    """What stands on a button to call: digits, perhaps with hyphens."""
    said = str(about.get("telephone", ""))
    if said and not TELEPHONE.fullmatch(said):
        line = book.toml_line("pack.toml", "telephone")
        book.fault("pack.toml", line, "telephone", f"不是电话号码：{said}", '写 "12345" 或 "0435-1234567"')
    return said


def _string(book: Book, table: Mapping[str, Any], key: str) -> str:
    value = table.get(key)
    if not isinstance(value, str) or not value:
        book.fault("pack.toml", book.toml_line("pack.toml", key), key, "缺少文字", f'写 {key} = "…"')
        return ""
    return value


def _only(book: Book, file: str, table: Mapping[str, Any], known: Iterable[str], *path: str) -> None:
    for key in table:
        if key not in known:
            line = book.toml_line(file, *path, key)
            book.fault(file, line, ".".join((*path, key)), "未知的键", f"删去；可用的键：{'、'.join(known)}")


def _settings(book: Book) -> Settings | None:
    table = book.toml("settings.toml")
    return _filled(book, Settings, table, ())


def _filled(
    book: Book, kind: type[Settled], table: Mapping[str, Any], path: tuple[str, ...]
) -> Settled | None:
    """A dataclass of limits, times, whole numbers and such dataclasses, from a table with exactly its keys."""
    hints = get_type_hints(kind)
    names = [one.name for one in fields(kind)]  # type: ignore[arg-type]
    _only(book, "settings.toml", table, names, *path)
    values: dict[str, Any] = {}
    for name in names:
        where = ".".join((*path, name))
        line = book.toml_line("settings.toml", *path, name)
        if name not in table:
            book.fault(
                "settings.toml",
                book.toml_line("settings.toml", *path) if path else 0,
                where,
                "缺少此键",
                "补上",
            )
            continue
        value = table[name]
        if hints[name] is Limit:
            try:
                values[name] = a_limit(str(value))
            except Mend as error:
                book.fault("settings.toml", line, where, error.problem, error.mend)
        elif hints[name] in MOMENTS:
            try:
                values[name] = MOMENTS[hints[name]](str(value))
            except Mend as error:
                book.fault("settings.toml", line, where, error.problem, error.mend)
        elif is_dataclass(hints[name]):
            if isinstance(value, dict):
                values[name] = _filled(book, hints[name], value, (*path, name))
            else:
                book.fault("settings.toml", line, where, "应为一张表", f"写成 [{where}]")
        elif isinstance(value, int) and not isinstance(value, bool) and value > 0:
            values[name] = value
        else:
            book.fault("settings.toml", line, where, f"“{value}”不是正整数", "写正整数，如 3")
    return kind(**values) if len(values) == len(names) and None not in values.values() else None


def _switches(book: Book) -> dict[str, Switch]:
    file = "switches.toml"
    switches: dict[str, Switch] = {}
    for code, table in book.toml(file).items():
        if not isinstance(table, dict):
            book.fault(file, book.toml_line(file, code), code, "应为一张表", f"写成 [{code}]")
            continue
        _only(book, file, table, ("name", "choice", "basis", "reviewed", "options"), code)
        options, choice, reviewed = table.get("options", {}), table.get("choice"), table.get("reviewed")
        if not isinstance(choice, str) or choice not in options:
            book.fault(
                file,
                book.toml_line(file, code, "choice"),
                f"{code}.choice",
                f"没有“{choice}”这个选项",
                f"用其中之一：{'、'.join(options)}",
            )
            continue
        if not isinstance(reviewed, date):
            book.fault(
                file,
                book.toml_line(file, code, "reviewed"),
                f"{code}.reviewed",
                "缺少审定日期",
                "写成 reviewed = 2021-02-20",
            )
            continue
        if len({frozenset(option) for option in options.values()}) > 1:
            book.fault(file, book.toml_line(file, code), code, "各选项的词不一致", "每个选项都写齐同样的词")
            continue
        switches[code] = Switch(
            code,
            str(table.get("name", code)),
            choice,
            str(table.get("basis", "")),
            reviewed,
            dict(options[choice]),
        )
    return switches


def _calendar(book: Book) -> Calendar | None:
    data = book.toml("calendar.toml")
    text = book.text("holidays.csv")
    if text is None or any(fault.file == "calendar.toml" for fault in book.faults):
        return None
    try:
        return Calendar.from_data(data, csv.DictReader(io.StringIO(text)))
    except CalendarFault as error:
        for where, why in error.faults:
            if where.startswith("holidays["):
                index, _, column = where.removeprefix("holidays[").partition("].")
                book.fault("holidays.csv", int(index) + 2, column, why, "按国务院办公厅公布的放假安排改正")
            else:
                book.fault(
                    "calendar.toml",
                    book.toml_line("calendar.toml", *where.split(".")),
                    where,
                    why,
                    "改正此键",
                )
        return None


# --- CSV ---


def units_of(book: Book) -> dict[str, Unit]:
    """The units of `units.csv`; a row with faults is left out, a link that cannot hold is cut."""
    columns = (
        "code", "name", "short", "kind", "parent", "platform", "second_platform", "stationed", "data_port",
        "areas", "valid_from", "valid_until", "successor", "code_nbs", "code_mca", "demonstration",
    )  # fmt: skip
    rows: dict[str, Row] = {}
    units: dict[str, Unit] = {}
    for row in book.rows("units.csv", columns, key="code"):
        kind = row.required("kind", one_of(Kind))
        valid_from = row.required("valid_from", a_day)
        valid_until = row.day("valid_until")
        for column in ("platform", "second_platform"):
            row.read(column, _platform)
        if valid_from and valid_until and valid_until <= valid_from:
            row.fault("valid_until", "失效日不晚于生效日", "失效日写第一个不再有效的日子")
        unit = Unit(
            code=row.cells["code"],
            name=row.text("name"),
            short=row.text("short"),
            kind=kind or Kind.DEPARTMENT,
            parent=row.optional("parent"),
            valid_from=valid_from or date.min,
            valid_until=valid_until,
            successor=row.optional("successor"),
            platform=row.optional("platform"),
            second_platform=row.optional("second_platform"),
            stationed=row.flag("stationed"),
            data_port=row.flag("data_port"),
            areas=row.words("areas"),
            code_nbs=row.optional("code_nbs"),
            code_mca=row.optional("code_mca"),
            demonstration=row.flag("demonstration"),
        )
        if row.ok:
            units[unit.code], rows[unit.code] = unit, row
    _check_tree(units, rows)
    return {code: replace(unit, level=_depth(units, code)) for code, unit in units.items()}


def _unit_names(book: Book, units: Mapping[str, Unit]) -> dict[str, tuple[str, ...]]:
    """A row names one unit, or `*kind` for every unit of a kind."""
    kinds = {f"*{kind}": kind for kind in KIND_WORDS}
    found: dict[str, tuple[str, ...]] = {}
    for row in book.rows("unit_names.csv", ("unit", "names"), key="unit"):
        whose, names = row.cells["unit"], row.words("names")
        if whose not in units and whose not in kinds:
            row.fault("unit", f"没有单位 {whose}", f"改为单位代码，或 {'、'.join(kinds)}")
        for unit in units.values():
            if unit.code == whose or unit.kind == kinds.get(whose):
                found[unit.code] = (*found.get(unit.code, ()), *names)
    return found


def _platform(text: str) -> str:
    if text not in PLATFORMS:
        raise Mend(f"没有“{text}”这个平台", f"用其中之一：{'、'.join(PLATFORMS)}")
    return text


def _check_tree(units: dict[str, Unit], rows: dict[str, Row]) -> None:
    """Parents, successors and areas exist, and nobody is above or after himself; a bad link is cut."""
    for code, unit in list(units.items()):
        for column in ("parent", "successor"):
            other = getattr(unit, column)
            if other is not None and other not in units:
                rows[code].fault(column, f"没有单位 {other}", "改为 units.csv 里的代码")
                units[code] = _cut(units[code], column)
        for area in unit.areas:
            if area not in units:
                rows[code].fault("areas", f"没有单位 {area}", "改为街道、乡镇的代码")
        if unit.parent is None and unit.kind is not Kind.COUNTY:
            rows[code].fault("parent", "没有上级", "填上级单位的代码；只有县（county）没有上级")
    for column in ("parent", "successor"):
        for code in list(units):
            seen, at = [code], getattr(units[code], column)
            while at is not None and at not in seen:
                seen.append(at)
                at = getattr(units[at], column)
            if at == code:
                rows[code].fault(column, f"循环：{' → '.join([*seen, code])}", "改正其中一个上级或承接单位")
                units[code] = _cut(units[code], column)


def _cut(unit: Unit, link: str) -> Unit:
    return replace(unit, parent=None) if link == "parent" else replace(unit, successor=None)


def _depth(units: Mapping[str, Unit], code: str) -> int:
    depth, parent = 0, units[code].parent
    while parent is not None:
        depth, parent = depth + 1, units[parent].parent
    return depth


def _roles(book: Book) -> dict[str, Role]:
    columns = ("code", "name", "level", "second_factor", "excludes")
    roles: dict[str, Role] = {}
    rows: dict[str, Row] = {}
    for row in book.rows("roles.csv", columns, key="code"):
        level = row.text("level")
        if level and level not in ROLE_LEVELS:
            row.fault("level", f"未知的值“{level}”", f"用其中之一：{'、'.join(ROLE_LEVELS)}")
        role = Role(
            row.cells["code"],
            row.text("name"),
            level,
            row.flag("second_factor"),
            frozenset(row.words("excludes")),
        )
        if row.ok:
            roles[role.code], rows[role.code] = role, row
    for code, role in roles.items():
        for other in sorted(role.excludes):
            if other not in roles:
                rows[code].fault("excludes", f"没有角色 {other}", "改为 roles.csv 里的代码")
            elif code not in roles[other].excludes:
                rows[code].fault("excludes", f"{other} 没有反过来排斥 {code}", f"在 {other} 行也写上 {code}")
    return roles


def _posts(book: Book, units: Mapping[str, Unit], places: Places) -> dict[str, Post]:
    """A row names one unit, or `*kind` for every unit of a kind, or `*grid` for every grid."""
    columns = ("code", "unit", "role", "title", "number", "capacity")
    posts: dict[str, Post] = {}
    kinds = {f"*{kind}": kind for kind in KIND_WORDS}
    for row in book.rows("posts.csv", columns, key="code"):
        code, where = row.cells["code"], row.text("unit")
        role, title, number = row.text("role"), row.text("title"), row.number("number", 1)
        capacity = row.text("capacity")
        spots: list[tuple[str, str | None]]
        if where == "*grid":
            spots = [(grid.unit, grid.code) for grid in places.grids if grid.unit in units]
        elif where in kinds:
            spots = [(unit.code, None) for unit in units.values() if unit.kind is kinds[where]]
        elif where in units:
            spots = [(where, None)]
        else:
            if where:
                row.fault("unit", f"没有单位 {where}", f"改为单位代码，或 *grid、{'、'.join(kinds)}")
            continue
        names = set(_names_in(row, "capacity", capacity, ("unit", "grid")))
        for unit, grid in spots if row.ok else ():
            full = f"{grid or unit}/{code}"
            words = (
                capacity.format(unit=units[unit].short, grid=places[grid].name if grid else "")
                if names
                else capacity
            )
            posts[full] = Post(full, unit, role, title, number, words, grid)
    return posts


def _names_in(row: Row, column: str, text: str, known: tuple[str, ...]) -> list[str]:
    """The {names} in a sentence; a fault for unknown ones and for unpaired braces."""
    try:
        names = [name for _, name, _, _ in string.Formatter().parse(text) if name is not None]
    except ValueError:
        row.fault(column, "花括号不成对", "写成 {lead} 的样子")
        return []
    for name in names:
        if name not in known:
            row.fault(column, f"未知的占位词 {{{name}}}", f"可用：{'、'.join(f'{{{one}}}' for one in known)}")
    return names


def _editions(book: Book) -> tuple[Edition, ...]:
    editions = []
    for row in book.rows("editions.csv", ("number", "name", "valid_from", "note"), key="number"):
        day = row.required("valid_from", a_day)
        edition = Edition(row.number("number", 1), row.text("name"), day or date.min, row.cells["note"])
        if row.ok:
            editions.append(edition)
    return tuple(sorted(editions, key=lambda edition: edition.valid_from))


ITEM_COLUMNS = (
    "code", "name", "category", "group", "platform", "urgency", "lead", "assists", "on_call", "first_tier",
    "township_role", "report_in_mode", "sign", "report_in", "make_safe", "finish", "milestones", "season_block",
    "plan_then_shelve", "identity", "sensitive", "scored", "evidence", "basis", "matters", "scope", "keywords",
    "valid_from", "valid_until",
)  # fmt: skip


def _items(book: Book, words: Mapping[str, str]) -> dict[str, tuple[Item, ...]]:
    found: dict[str, list[tuple[Item, Row]]] = {}
    for row in book.rows("items.csv", ITEM_COLUMNS):
        book.lines["items.csv", row.cells["code"]] = row.line
        item = _item(row, words)
        if item is not None:
            found.setdefault(item.code, []).append((item, row))
    items: dict[str, tuple[Item, ...]] = {}
    for code, versions in found.items():
        versions.sort(key=lambda pair: pair[0].valid_from)
        for (earlier, _), (later, row) in pairwise(versions):
            if earlier.valid_until is None or later.valid_from < earlier.valid_until:
                row.fault(
                    "valid_from",
                    f"{code} 的两个版本有效期重叠",
                    "前一版的 valid_until 写成后一版的 valid_from",
                )
            elif later.valid_from > earlier.valid_until:
                row.fault(
                    "valid_from",
                    f"{code} 的两个版本之间有空档",
                    "前一版的 valid_until 写成后一版的 valid_from",
                )
        items[code] = tuple(item for item, _ in versions)
    return items


def _item(row: Row, words: Mapping[str, str]) -> Item | None:
    lead = row.text("lead")
    sign = row.required("sign", a_limit)
    report_in = row.required("report_in", a_limit)
    finish = row.required("finish", a_limit)
    valid_from = row.required("valid_from", a_day)
    category = row.required("category", one_of(Category))
    urgency = row.required("urgency", one_of(Urgency))
    first_tier = row.required("first_tier", one_of(FirstTier))
    township_role = row.required("township_role", one_of(TownshipRole))
    report_in_mode = row.required("report_in_mode", one_of(ReportIn))
    identity = row.required("identity", one_of(IdentityMode))
    platform = row.required("platform", _platform)
    values: dict[str, Any] = {
        "code": row.text("code"),
        "name": row.text("name"),
        "category": category,
        "group": row.text("group"),
        "platform": platform,
        "urgency": urgency,
        "lead": _word(row, "lead", lead, words),
        "assists": _unit_words(row, "assists", words),
        "on_call": _unit_words(row, "on_call", words),
        "first_tier": first_tier,
        "township_role": township_role,
        "report_in_mode": report_in_mode,
        "sign": sign,
        "report_in": report_in,
        "make_safe": row.limit("make_safe"),
        "finish": finish,
        "milestones": tuple(_milestone(row, text) for text in row.words("milestones")),
        "season_block": row.read("season_block", a_season),
        "plan_then_shelve": row.flag("plan_then_shelve"),
        "identity": identity,
        "sensitive": row.flag("sensitive"),
        "scored": row.flag("scored"),
        "evidence": row.words("evidence"),
        "basis": row.words("basis"),
        "matters": row.words("matters"),
        "scope": row.text("scope"),
        "keywords": row.words("keywords"),
        "valid_from": valid_from,
        "valid_until": row.day("valid_until"),
    }
    return Item(**values) if row.ok else None


def _milestone(row: Row, text: str) -> Milestone:
    name, _, limit = text.partition("=")
    try:
        return Milestone(name.strip(), a_limit(limit.strip()))
    except Mend:
        row.fault("milestones", f"“{text}”不是节点", "写成 受理=7wd")
        return Milestone(name, Limit(1, "day"))


def _word(row: Row, column: str, word: str, words: Mapping[str, str]) -> str:
    """A unit's word with a switch's $WORD replaced by its choice."""
    if word.startswith("$"):
        if word not in words:
            row.fault(
                column, f"没有开关词 {word}", f"在 switches.toml 里定义；已有：{'、'.join(sorted(words))}"
            )
            return word
        return words[word]
    return word


def _unit_words(row: Row, column: str, words: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(_word(row, column, word, words) for word in row.words(column))


def a_season(text: str) -> Season:
    try:
        start, end = (date.fromisoformat(f"2020-{part}") for part in text.split("..", 1))
    except ValueError:
        raise Mend(f"“{text}”不是季节", "写成 11-01..04-15") from None
    return Season((start.month, start.day), (end.month, end.day))


def a_span(text: str) -> Hours:
    start, dots, end = text.partition("..")
    if not dots:
        raise Mend(f"“{text}”不是时段", "写成 22:00..06:00")
    return Hours(a_time(start), a_time(end))


MOMENTS: Mapping[type, Any] = {time: a_time, Hours: a_span}  # of the day, in settings


def _place_kinds(row: Row, column: str) -> frozenset[PlaceKind]:
    kinds = set()
    for word in row.words(column):
        try:
            kinds.add(PlaceKind(word))
        except ValueError:
            row.fault(column, f"未知的地点类型“{word}”", f"用其中之一：{'、'.join(PlaceKind)}")
    return frozenset(kinds)


def _situations(book: Book) -> dict[str, Situation]:
    columns = (
        "code", "item", "name", "keywords", "places", "urgency", "report_in_mode", "identity", "sign", "report_in",
        "make_safe", "finish",
    )  # fmt: skip
    situations: dict[str, Situation] = {}
    for row in book.rows("situations.csv", columns, key="code"):
        situation = Situation(
            code=row.cells["code"],
            item=row.text("item"),
            name=row.text("name"),
            keywords=row.words("keywords"),
            places=_place_kinds(row, "places"),
            urgency=row.read("urgency", one_of(Urgency)),
            report_in_mode=row.read("report_in_mode", one_of(ReportIn)),
            identity=row.read("identity", one_of(IdentityMode)),
            sign=row.limit("sign"),
            report_in=row.limit("report_in"),
            make_safe=row.limit("make_safe"),
            finish=row.limit("finish"),
        )
        if row.ok:
            situations[situation.code] = situation
    return situations


def _routes(book: Book, words: Mapping[str, str]) -> dict[str, tuple[Route, ...]]:
    columns = (
        "code", "item", "situation", "places", "season", "hours", "lead", "otherwise", "assists", "local", "reason",
    )  # fmt: skip
    routes: dict[str, list[Route]] = {}
    for row in book.rows("routes.csv", columns, key="code"):
        otherwise = row.optional("otherwise")
        reason = row.text("reason")
        _names_in(row, "reason", reason, ("lead", "assists", "local", "place"))
        route = Route(
            code=row.cells["code"],
            item=row.text("item"),
            situation=row.optional("situation"),
            places=_place_kinds(row, "places"),
            season=row.read("season", a_season),
            hours=row.read("hours", a_span),
            lead=_word(row, "lead", row.text("lead"), words),
            otherwise=None if otherwise is None else _word(row, "otherwise", otherwise, words),
            assists=_unit_words(row, "assists", words),
            local=row.flag("local"),
            reason=reason,
        )
        if row.ok:
            routes.setdefault(route.item, []).append(route)
    return {item: tuple(rows) for item, rows in routes.items()}


def _word_rules(book: Book) -> tuple[WordRule, ...]:
    """`words`: groups joined by `&`, each with alternatives joined by `|`."""

    def either(text: str) -> tuple[str, ...]:
        return tuple(word.strip() for word in text.split("|") if word.strip())

    rules = []
    for row in book.rows("word_rules.csv", ("code", "item", "words", "without", "why"), key="code"):
        groups = tuple(either(group) for group in row.text("words").split("&"))
        if not all(groups):
            row.fault("words", "有一组没有词", "写成 井盖|雨水篦子&丢|坏")
        rule = WordRule(
            row.cells["code"], row.text("item"), groups, either(row.cells["without"]), row.text("why")
        )
        if row.ok:
            rules.append(rule)
    return tuple(rules)


def _hundredths(text: str) -> int:
    """Points with at most two decimals."""
    if not re.fullmatch(r"-?\d{1,3}(\.\d{1,2})?", text, re.ASCII):
        raise Mend(f"“{text}”不是分数", "写成 25、-0.5 或 0.25")
    return int(Decimal(text) * 100)


def _score_rules(book: Book) -> tuple[ScoreRule, ...]:
    rules = []
    columns = ("code", "group", "how", "fact", "points", "most", "pool", "words")
    for row in book.rows("score_rules.csv", columns, key="code"):
        group, how = row.required("group", one_of(ScoreGroup)), row.required("how", one_of(Scored))
        points = row.required("points", _hundredths)
        most = row.required("most", _hundredths) if row.cells["most"] else None
        fact, words = row.text("fact"), row.text("words")
        if row.ok:
            assert group
            assert how
            pool = row.cells["pool"]
            rules.append(ScoreRule(row.cells["code"], group, how, fact, points or 0, most, words, pool))
    return tuple(rules)


def _owners(book: Book, words: Mapping[str, str]) -> dict[str, Owner]:
    owners: dict[str, Owner] = {}
    for row in book.rows("owners.csv", ("mark", "unit", "keywords"), key="mark"):
        owner = Owner(row.cells["mark"], _word(row, "unit", row.text("unit"), words), row.words("keywords"))
        if row.ok:
            owners[owner.mark] = owner
    return owners


NATURES = ("ask", "help", "complain", "denounce", "suggest", "praise")


def _off_manual(book: Book, words: Mapping[str, str]) -> dict[str, OffManual]:
    columns = ("code", "name", "keywords", "without", "nature", "way", "to", "finish", "words")
    found: dict[str, OffManual] = {}
    for row in book.rows("off_manual.csv", columns, key="code"):
        way = row.required("way", one_of(Way))
        to, finish = row.optional("to"), row.limit("finish")
        if way in (Way.UNIT, Way.TRANSFER, Way.SUGGESTION) and to is None:
            row.fault("to", "没有去向", "填单位代码；转送则写对方名称")
        if way is Way.UNIT and finish is None:
            row.fault("finish", "派单没有时限", "填办结时限，如 5wd")
        entry = OffManual(
            code=row.cells["code"],
            name=row.text("name"),
            keywords=row.words("keywords"),
            way=way or Way.ANSWER,
            to=None if to is None else _word(row, "to", to, words),
            finish=finish,
            words=row.text("words"),
            without=row.words("without"),
            nature=row.optional("nature") or "",
        )
        if entry.nature and entry.nature not in NATURES:
            row.fault("nature", f"没有 {entry.nature} 这种诉求性质", f"应为 {'、'.join(NATURES)}，或留空")
        if row.ok:
            found[entry.code] = entry
    return found


def _approvals(book: Book) -> tuple[Approval, ...]:
    columns = ("kind", "condition", "step", "role", "at", "limit")
    steps: dict[tuple[str, str], list[ApprovalStep]] = {}
    for row in book.rows("approvals.csv", columns):
        key = (row.text("kind"), row.cells["condition"])
        book.lines["approvals.csv", "/".join((*key, row.cells["step"]))] = row.line
        number = row.number("step", 1)
        role, at, limit = row.text("role"), row.required("at", one_of(At)), row.required("limit", a_limit)
        so_far = steps.setdefault(key, [])
        if number != len(so_far) + 1:
            row.fault("step", f"步骤 {number} 不连续", f"此处应为 {len(so_far) + 1}")
        if row.ok and at is not None and limit is not None:
            so_far.append(ApprovalStep(role, at, limit))
    return tuple(
        Approval(kind, condition, tuple(chain)) for (kind, condition), chain in steps.items() if chain
    )


def _ladder(book: Book) -> tuple[Rung, ...]:
    columns = ("code", "clock", "moment", "offset", "emergency", "role", "at", "how", "words", "script")
    rungs = []
    for row in book.rows("ladder.csv", columns, key="code"):
        moment, at, offset = (
            row.required("moment", one_of(Moment)),
            row.required("at", one_of(At)),
            row.limit("offset"),
        )
        if moment is not None and (moment is Moment.AT) != (offset is None):
            row.fault("offset", "到期时不写偏移，前后则必须写", "before、after 写偏移，如 30m；at 留空")
        emergency = row.flag("emergency") if row.cells["emergency"] else None
        role, words = row.text("role"), row.text("words")
        clock, script = row.text("clock"), row.cells["script"]
        how = row.required("how", one_of(How)) if row.cells["how"] else How.NOW
        if (how is How.ALARM) != bool(script):
            row.fault(
                "script", "只有红色警报写电话脚本，且必须写", "how 为 alarm 的写上坐席要说的话，其余留空"
            )
        _names_in(row, "script", script, SCRIPT)
        if row.ok and moment is not None and at is not None and how is not None:
            rung = Rung(row.cells["code"], clock, moment, offset, emergency, role, at, words, how, script)
            rungs.append(rung)
    return tuple(rungs)


def _shifts(book: Book) -> dict[str, Shift]:
    shifts: dict[str, Shift] = {}
    for row in book.rows("shifts.csv", ("code", "name", "start", "end"), key="code"):
        start, end = row.required("start", a_time), row.required("end", a_time)
        shift = Shift(row.cells["code"], row.text("name"), start or time(), end or time())
        if row.ok:
            shifts[shift.code] = shift
    return shifts


def _rosters(book: Book) -> tuple[Roster, ...]:
    rosters: list[Roster] = []
    for row in book.rows("rosters.csv", ("unit", "role", "shift", "days", "number", "acts_for")):
        days = row.required("days", one_of(Days))
        roster = Roster(
            row.text("unit"),
            row.text("role"),
            row.text("shift"),
            days or Days.DAILY,
            row.number("number", 1),
            frozenset(row.words("acts_for")),
        )
        if row.ok:
            book.lines["rosters.csv", str(len(rosters))] = row.line
            rosters.append(roster)
    return tuple(rosters)
