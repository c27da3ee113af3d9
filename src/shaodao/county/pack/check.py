"""Whether a pack fits together. Every fault names file, line and column, and says how to mend it.

Each function looks at one thing; what a single file can get wrong by itself is found by `reader`."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from datetime import date, time, timedelta
from itertools import combinations
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shapely import STRtree

from shaodao.county.catalogue import LOCAL, NONE, OWNER, Item, Route, TownshipRole, Way
from shaodao.county.places import Level, PlaceKind
from shaodao.county.units import CALLED, FIRST_TIER, LOCALS, PARTS, Kind
from shaodao.ground.clocks import Limit

from .files import Book, Fault, Files, PackError, read_folder
from .geography import PLACES
from .model import SCORED_FACTS, At, How, Pack, Queues, Scored, ScoreRule
from .reader import read

DUTY_CLOCKS = frozenset({"sign", "report_in", "make_safe", "finish"})
ADMINISTRATORS = frozenset({"system_admin", "security_admin", "audit_admin"})
ROLES = ADMINISTRATORS | {
    "resident", "grid_chief", "community_secretary", "street_clerk", "street_head", "liaison", "handler",
    "section_head", "unit_head", "seat", "shift_leader", "stationed", "caller", "centre_deputy", "centre_director",
    "county_leader", "deputy", "inspector", "discipline_head", "village_supervisor", "supervisor",
}  # fmt: skip
APPROVALS = frozenset(
    {
        "claim", "return", "extension", "shelving", "decline", "decline_review", "exclusion", "wrongful",
        "wrongful_appeal", "pack",
    }
)  # fmt: skip
# Whose posts may stand for a place of the approval table or the ladder.
SEATS = {
    At.CENTRE: {Kind.CENTRE},
    At.COUNTY: {Kind.LEADERS},
    At.DISCIPLINE: {Kind.DISCIPLINE},
    At.SUPERVISION: {Kind.SUPERVISION},
    At.UNIT: CALLED | LOCALS,
    At.SECTION: PARTS,
    At.LOCAL: LOCALS,
}
EXACTLY_ONE = (Kind.COUNTY, Kind.CENTRE, Kind.LEADERS, Kind.SUPERVISION)
FORBIDDEN = re.compile(
    r"whistles?_(target|quota|minimum|rank\w*)|grid_(chief|worker)s?_rank\w*"
    r"|吹哨(数量|件数|次数)?(指标|任务|目标|定额|排名)|网格[长员](排名|排行|名次|排序)",
    re.IGNORECASE,
)
LONGEST = 366 * 86400  # seconds of any limit
OVERLAP = 0.01  # of the smaller grid


def check(folder: Path | str, today: date | None = None) -> list[Fault]:
    """Every fault of the pack in a folder, sorted; `today` also asks for this year's holidays.
    FileNotFoundError where there is no folder."""
    return check_files(read_folder(Path(folder)), today)


def check_files(files: Files, today: date | None = None) -> list[Fault]:
    """Every fault of a pack in memory. Only a pack that can be read is looked at as a whole."""
    book = Book(files)
    pack = read(book)
    _forbidden(book)
    if pack is not None:
        _whole(book, pack, today)
    return sorted(set(book.faults))


def load(folder: Path | str) -> Pack:
    """The pack in a folder. Raises PackError with every fault, FileNotFoundError where there is no folder."""
    book = Book(read_folder(Path(folder)))
    pack = read(book)
    _forbidden(book)
    if pack is not None:
        _whole(book, pack, None)
    if pack is None or book.faults:
        raise PackError(book.faults)
    return pack


def _whole(book: Book, pack: Pack, today: date | None) -> None:
    for look in (
        _units,
        _roles,
        _posts,
        _items,
        _situations,
        _routes,
        _lists,
        _scores,
        _people_tables,
        _places,
    ):
        look(book, pack)
    if today is not None:
        _ended(book, pack, today)
    _dates(book, pack, today)


def _at(book: Book, file: str, code: str) -> Callable[[str, str, str], None]:
    """A way to report faults of one row."""
    line = book.lines.get((file, code), 0)
    return lambda column, problem, mend: book.fault(file, line, column, problem, mend)


def _forbidden(book: Book) -> None:
    """No target for the number of whistles, and no ranking of grid workers, in whatever words."""
    for name, content in book.files.items():
        if name.endswith(".geojson"):
            continue
        for number, line in enumerate(content.decode("utf-8-sig", errors="replace").splitlines(), 1):
            if found := FORBIDDEN.search(line):
                book.fault(
                    name,
                    number,
                    "",
                    f"不允许下达吹哨数量指标，也不允许给网格员排名（“{found[0]}”）",
                    "删去此内容",
                )


# --- units and roles ---


def _units(book: Book, pack: Pack) -> None:
    for kind in EXACTLY_ONE:
        found = [unit for unit in pack.units.values() if unit.kind is kind]
        if len(found) != 1:
            book.fault("units.csv", 0, "kind", f"类型 {kind} 的单位有 {len(found)} 个", "应当恰好有一个")
    _everyday_names(book, pack)
    shorts: dict[str, str] = {}
    for code, unit in pack.units.items():
        fault = _at(book, "units.csv", code)
        above = pack.units.get(unit.parent or "")
        if unit.kind in FIRST_TIER and (above is None or above.kind not in LOCALS):
            fault("parent", "社区、村的上级不是街道、乡镇或开发区", "改正上级")
        if unit.kind in PARTS and (above is None or above.kind in FIRST_TIER):
            fault("parent", "内设机构、派出机构的上级不是部门或单位", "改正上级")
        if above is not None and (
            unit.valid_from < above.valid_from
            or (
                above.valid_until is not None
                and (unit.valid_until is None or unit.valid_until > above.valid_until)
            )
        ):
            fault("valid_from", f"有效期超出上级 {above.code} 的有效期", "改正日期或上级")
        if unit.successor is not None:
            heir = pack.units[unit.successor]
            if unit.valid_until is None:
                fault("successor", "仍有效的单位不写承接单位", "补上 valid_until 或删去 successor")
            elif not heir.in_force(unit.valid_until):
                fault("successor", f"承接单位 {heir.code} 在 {unit.valid_until} 尚未生效或已失效", "改正日期")
        elif unit.valid_until is not None and unit.kind in CALLED | LOCALS:
            fault("successor", "失效的单位没有承接单位", "填写承接其职责的单位")
        if unit.kind in CALLED | LOCALS and unit.valid_until is None:
            if unit.short in shorts:
                fault("short", f"简称“{unit.short}”与 {shorts[unit.short]} 相同", "改用不同的简称")
            shorts[unit.short] = code


def _everyday_names(book: Book, pack: Pack) -> None:
    """What people call a department or utility means that one alone; of streets and communities the place tells."""
    known = {word: code for code, unit in pack.units.items() for word in (unit.name, unit.short)}
    for code, names in pack.unit_names.items():
        if pack.units[code].kind not in CALLED:
            continue
        for name in names:
            if known.setdefault(name, code) != code:
                fault = _at(book, "unit_names.csv", code)
                fault("names", f"“{name}”也是 {known[name]} 的名称", "只写在一个单位名下")
            if len(name) == 1:
                _at(book, "unit_names.csv", code)("names", f"“{name}”只有一个字", "写两个字以上")


def _roles(book: Book, pack: Pack) -> None:
    for missing in sorted(ROLES - pack.roles.keys()):
        book.fault("roles.csv", 0, "code", f"缺少角色 {missing}", "补上这一行")
    for code, role in pack.roles.items():
        fault = _at(book, "roles.csv", code)
        if code not in ROLES:
            fault("code", f"软件不认识角色 {code}", "删去此行")
        if role.level not in ("public", "grid") and not role.second_factor:
            fault("second_factor", "工作人员必须有第二重验证", "写 yes")
        if code in ADMINISTRATORS and not role.excludes >= ADMINISTRATORS - {code}:
            fault("excludes", "三种管理员必须互相排斥", f"写 {';'.join(sorted(ADMINISTRATORS - {code}))}")


def _posts(book: Book, pack: Pack) -> None:
    seen = set()
    for post in pack.posts.values():
        code = post.code.partition("/")[2]
        if code in seen:
            continue
        seen.add(code)
        fault = _at(book, "posts.csv", code)
        if post.role not in pack.roles:
            fault("role", f"没有角色 {post.role}", "改为 roles.csv 里的代码")
        elif post.role == "resident":
            fault("role", "居民不是岗位", "删去此行")
        if (post.role == "grid_chief") != (post.grid is not None):
            fault("unit", "网格长的岗位按网格设置，其他岗位不是", "网格长写 *grid")


# --- the manual ---


def _known(pack: Pack, word: str) -> bool:
    """A unit that may be given a duty, the street or township, or the owner."""
    if word in (LOCAL, OWNER):
        return True
    unit = pack.units.get(word)
    return unit is not None and unit.kind in CALLED | LOCALS | {Kind.CENTRE}


def _unit_faults(
    pack: Pack, cells: Iterable[tuple[str, str]], withdrawn: bool
) -> Iterator[tuple[str, str, str]]:
    for column, word in cells:
        if not _known(pack, word):
            yield column, f"没有可派单的单位 {word}", "改为部门、企业、街道乡镇的代码，或 T、OWNER"
        elif withdrawn and (word == LOCAL or (word in pack.units and pack.units[word].kind in LOCALS)):
            yield column, "收回的事项不得派给街道、乡镇", "改派部门，或改正 township_role"


def _items(book: Book, pack: Pack) -> None:
    names: dict[str, str] = {}
    for code, versions in pack.item_versions.items():
        fault = _at(book, "items.csv", code)
        for item in versions:
            cells = [
                ("lead", item.lead),
                *(("assists", u) for u in item.assists),
                *(("on_call", u) for u in item.on_call),
            ]
            for one in _unit_faults(pack, cells, item.township_role is TownshipRole.WITHDRAWN):
                fault(*one)
            if item.lead == OWNER and not pack.routes.get(code):
                fault("lead", "按权属派单的事项没有路由", "在 routes.csv 里写明权属不明时由谁办理")
            for column, problem in _limit_faults(item):
                fault(column, problem, "改正时限")
            if not item.keywords:
                fault("keywords", "没有关键词", "写几个群众常用的说法")
        name = versions[-1].name
        if name in names:
            fault("name", f"名称与 {names[name]} 相同", "改用不同的名称")
        names[name] = code


def _rough(limit: Limit) -> float:
    """A limit as natural seconds, roughly: to compare, not to reckon."""
    if limit.unit == "workday":
        return limit.amount * 86400 * 7 / 5
    return limit.seconds * {"natural": 1.0, "extended": 24 / 17, "working": 4.2, "duty": 1.0}[limit.calendar]


def _limit_faults(item: Item) -> Iterator[tuple[str, str]]:
    steps = [
        ("sign", item.sign),
        ("report_in", item.report_in),
        ("make_safe", item.make_safe),
        ("finish", item.finish),
    ]
    given = [(column, limit) for column, limit in steps if limit is not None]
    for column, limit in given:
        if _rough(limit) > LONGEST:
            yield column, f"{limit} 超过一年"
    for (earlier, first), (later, second) in combinations(given, 2):
        if (earlier, later) != ("report_in", "make_safe") and _rough(first) > _rough(second):
            yield later, f"{later}（{second}）短于 {earlier}（{first}）"
    if item.emergency and (item.sign.calendar != "natural" or _rough(item.sign) > 1800):
        yield "sign", f"应急哨的签收时限应按自然时间且不超过 30 分钟，现为 {item.sign}"
    if item.emergency and item.report_in.calendar != "natural":
        yield "report_in", f"应急哨的报到时限应按自然时间，现为 {item.report_in}"


def _situations(book: Book, pack: Pack) -> None:
    routed = {row.situation for rows in pack.routes.values() for row in rows}
    for code, situation in pack.situations.items():
        fault = _at(book, "situations.csv", code)
        if situation.item not in pack.items:
            fault("item", f"没有事项 {situation.item}", "改为 items.csv 里的代码")
            continue
        if code not in routed:
            fault("code", f"情形 {code} 没有路由", "在 routes.csv 里写明由谁办理")
        if not situation.keywords:
            fault("keywords", "没有关键词", "写几个群众常用的说法")
        for column, problem in _limit_faults(situation.applied(pack.items[situation.item])):
            fault(column, problem, "改正情形或事项的时限")


def _routes(book: Book, pack: Pack) -> None:
    for item, rows in pack.routes.items():
        for index, row in enumerate(rows):
            fault = _at(book, "routes.csv", row.code)
            if item not in pack.items:
                fault("item", f"没有事项 {item}", "改为 items.csv 里的代码")
                continue
            found = pack.situations.get(row.situation or "")
            if row.situation is not None and (found is None or found.item != item):
                fault("situation", f"{item} 没有情形 {row.situation}", "改为 situations.csv 里的代码")
            cells = [("lead", row.lead), *(("assists", unit) for unit in row.assists)]
            if row.otherwise is not None:
                cells.append(("otherwise", row.otherwise))
            withdrawn = any(v.township_role is TownshipRole.WITHDRAWN for v in pack.item_versions[item])
            for one in _unit_faults(pack, cells, withdrawn):
                fault(*one)
            if withdrawn and row.local:
                fault("local", "收回的事项不得派给街道、乡镇", "写 no")
            if (row.otherwise is not None) and row.lead != OWNER:
                fault("otherwise", "只有 lead 为 OWNER 时才写 otherwise", "删去此格")
            if row.otherwise == OWNER:
                fault("otherwise", "权属不明时的承办单位不能又是 OWNER", "写单位代码")
            for column, problem, mend in _order_faults(row, rows[:index], pack.item_versions[item]):
                fault(column, problem, mend)


YEAR = tuple(date(2000, 1, 1) + timedelta(days=n) for n in range(366))  # every day there is, of a leap year
MINUTES = tuple(time(hour, minute) for hour in range(24) for minute in range(0, 60, 5))


def _days(row: Route) -> frozenset[date]:
    """The days of the year on which a row may hold."""
    return frozenset(day for day in YEAR if row.season is None or row.season.covers(day))


def _times(row: Route) -> frozenset[time]:
    """The times of day, in steps of five minutes, at which a row may hold."""
    return frozenset(moment for moment in MINUTES if row.hours is None or row.hours.covers(moment))


def _order_faults(
    row: Route, above: Iterable[Route], versions: Iterable[Item]
) -> Iterator[tuple[str, str, str]]:
    """A row that can never decide, or whose turn is an accident of the order."""
    for column, problem in _never(row, versions):
        yield column, problem, "改正时段，或删去此行"
    rivals = [other for other in above if other.situation in (None, row.situation)]
    hidden = [other for other in rivals if _meets(other, row)]
    if _left(row, ()) and not _left(row, hidden):
        first = "、".join(other.code for other in hidden)
        yield "code", f"永远轮不到：{first} 在前且条件更宽", "把更具体的行移到前面"
        return
    for other in rivals:
        if shared := _overlap(other, row):
            problem = f"与 {other.code} 的{shared}只有一部分重叠"
            yield "code", problem, "让两行的条件互不相交，或让一行包住另一行"


def _never(row: Route, versions: Iterable[Item]) -> Iterator[tuple[str, str]]:
    """A season or hours that never come while the item is in force."""
    if row.hours is not None and not _times(row):
        yield "hours", "这一时段是空的，永远轮不到"
    if row.season is None:
        return
    if row.season.start == row.season.end == (2, 29):
        yield "season", "只在闰年的 2 月 29 日，实际上轮不到"
    spans = [(item.valid_from, item.valid_until) for item in versions]
    if not any(
        until is None or any(row.season.covers(day) for day in _between(since, until))
        for since, until in spans
    ):
        yield "season", "这一季节在事项的有效期内没有出现"


def _between(since: date, until: date) -> Iterator[date]:
    """The days from `since` up to `until`; a year of them holds every season."""
    return (since + timedelta(days=n) for n in range(min((until - since).days, 366)))


def _meets(above: Route, row: Route) -> bool:
    """Whether `above` holds wherever one of the kinds of place of `row` does."""
    return not above.places or (bool(row.places) and bool(row.places & above.places))


def _left(row: Route, above: Iterable[Route]) -> bool:
    """Whether a kind of place, day and time remain at which `row` decides, after these rows above it."""
    places: Iterable[PlaceKind | None] = row.places or (None,)
    times = _times(row)
    taken = [(other.places, _days(other), _times(other)) for other in above]
    for place in places:
        spans = [(days, hours) for kinds, days, hours in taken if not kinds or place in kinds]
        for day in _days(row):
            if times - frozenset[time]().union(*(hours for days, hours in spans if day in days)):
                return True
    return False


def _overlap(above: Route, row: Route) -> str:
    """Two rows for the same sub-case that meet in a part of their places, season or hours, neither within the other: which
    one decides there is an accident of their order. In what they meet; empty where they do not, or lead the same way."""
    same = (above.lead, above.otherwise, above.assists) == (row.lead, row.otherwise, row.assists)
    if same or above.situation != row.situation or bool(above.places) != bool(row.places):
        return ""
    axes: list[tuple[str, frozenset[Any], frozenset[Any]]] = [
        ("地点类型", above.places, row.places),
        ("季节", _days(above), _days(row)),
        ("时段", _times(above), _times(row)),
    ]
    if not above.places:
        axes = axes[1:]
    if not all(mine & yours for _, mine, yours in axes):
        return ""
    if all(mine <= yours for _, mine, yours in axes) or all(mine >= yours for _, mine, yours in axes):
        return ""
    return "、".join(name for name, mine, yours in axes if mine != yours)


def _ended(book: Book, pack: Pack, today: date) -> None:
    """Who is written in the manual and has ended by now. The successor acts for it, so far; the table should say so."""
    for rows in pack.routes.values():
        for row in rows:
            words = [
                ("lead", row.lead),
                ("otherwise", row.otherwise),
                *(("assists", one) for one in row.assists),
            ]
            for column, word in words:
                _ended_unit(pack, _at(book, "routes.csv", row.code), column, word, today)
    for mark, owner in pack.owners.items():
        _ended_unit(pack, _at(book, "owners.csv", mark), "unit", owner.unit, today)


def _ended_unit(
    pack: Pack, fault: Callable[[str, str, str], None], column: str, word: str | None, today: date
) -> None:
    unit = pack.units.get(word or "")
    if unit is None or unit.valid_until is None or today < unit.valid_until:
        return
    heir = f"改为承接单位 {unit.successor}" if unit.successor else "改为现行单位"
    fault(column, f"{unit.code} {unit.short}已于 {unit.valid_until} 失效", heir)


def _pools(rule: ScoreRule, pack: Pack) -> bool:
    """Whether rules that give something together agree on how much, and to whom."""
    return rule.most is not None and all(
        (other.group, other.how, other.most, other.points > 0)
        == (rule.group, Scored.EACH, rule.most, rule.points > 0)
        for other in pack.score_rules
        if other.pool == rule.pool
    )


def _scores(book: Book, pack: Pack) -> None:
    for scored in pack.score_rules:
        fault = _at(book, "score_rules.csv", scored.code)
        if scored.fact not in SCORED_FACTS:
            fault("fact", f"没有可计分的 {scored.fact}", f"用其中之一：{'、'.join(sorted(SCORED_FACTS))}")
        if scored.how is Scored.SHARE and scored.points <= 0:
            fault("points", "按比率计的分要大于 0", "写该项的满分，如 25")
        if scored.pool and not _pools(scored, pack):
            fault(
                "pool",
                f"合计 {scored.pool} 的几条不一致",
                "一起封顶的规则：同一组、逐件计、most 一样、同是加分或减分",
            )


def _lists(book: Book, pack: Pack) -> None:
    for mark, owner in pack.owners.items():
        if not _known(pack, owner.unit) or owner.unit in (LOCAL, OWNER):
            _at(book, "owners.csv", mark)("unit", f"没有可派单的单位 {owner.unit}", "改为部门或企业的代码")
    for rule in pack.word_rules:
        if rule.item not in pack.items and rule.item != NONE:
            _at(book, "word_rules.csv", rule.code)("item", f"没有事项 {rule.item}", f"改为事项代码或 {NONE}")
    for code, entry in pack.off_manual.items():
        if entry.way in (Way.UNIT, Way.SUGGESTION) and (
            entry.to == OWNER or not _known(pack, entry.to or "")
        ):
            _at(book, "off_manual.csv", code)("to", f"没有可派单的单位 {entry.to}", "改为单位代码或 T")
    for switch in pack.switches.values():
        for word, unit in switch.words.items():
            if unit not in pack.units:
                line = book.toml_line("switches.toml", switch.code, "options", switch.choice, word)
                book.fault("switches.toml", line, f"{switch.code}.{word}", f"没有单位 {unit}", "改为单位代码")


# --- approvals, ladder, rosters ---


def _people_tables(book: Book, pack: Pack) -> None:
    held: dict[str, set[Kind]] = {}
    for post in pack.posts.values():
        held.setdefault(post.role, set()).add(pack.units[post.unit].kind)
    kinds = {approval.kind for approval in pack.approvals}
    for missing in sorted(APPROVALS - kinds):
        book.fault("approvals.csv", 0, "kind", f"没有 {missing} 的审批", "补上这一类")
    for approval in pack.approvals:
        for number, step in enumerate(approval.steps, 1):
            fault = _at(book, "approvals.csv", f"{approval.kind}/{approval.condition}/{number}")
            if approval.kind not in APPROVALS:
                fault("kind", f"未知的审批“{approval.kind}”", f"用其中之一：{'、'.join(sorted(APPROVALS))}")
            if not held.get(step.role, set()) & SEATS[step.at]:
                fault("role", f"{step.at} 没有 {step.role} 这个岗位", "改正角色，或在 posts.csv 里设岗")
    _ladder(book, pack, held)
    _rosters(book, pack)


def _ladder(book: Book, pack: Pack, held: dict[str, set[Kind]]) -> None:
    clocks = (
        DUTY_CLOCKS
        | {"milestone"}
        | {name for name in Queues.__dataclass_fields__ if not name.endswith("_emergency")}
    )
    for rung in pack.ladder:
        fault = _at(book, "ladder.csv", rung.code)
        if rung.clock not in clocks:
            fault("clock", f"没有时钟 {rung.clock}", f"用其中之一：{'、'.join(sorted(clocks))}")
        if not held.get(rung.role, set()) & SEATS[rung.at]:
            fault("role", f"{rung.at} 没有 {rung.role} 这个岗位", "改正角色，或在 posts.csv 里设岗")
        if rung.how is How.DIGEST and rung.emergency:
            fault("how", "应急哨的催办不能等到每天的汇总", "改为 now 或 alarm")
        if rung.how is How.ALARM and rung.at is not At.CENTRE:
            fault("at", "红色警报在中心的坐席上响", "at 写 centre")
    for clock in sorted(DUTY_CLOCKS - {rung.clock for rung in pack.ladder}):
        book.fault("ladder.csv", 0, "clock", f"{clock} 没有催办", "补上到期前后通知谁")


def _rosters(book: Book, pack: Pack) -> None:
    for index, row in enumerate(pack.rosters):
        fault = _at(book, "rosters.csv", str(index))
        if row.unit not in pack.units:
            fault("unit", f"没有单位 {row.unit}", "改为 units.csv 里的代码")
        elif row.role not in {post.role for post in pack.posts_at(row.unit)}:
            fault("role", f"{row.unit} 没有 {row.role} 这个岗位", "改正角色，或在 posts.csv 里设岗")
        if row.shift not in pack.shifts:
            fault("shift", f"没有班次 {row.shift}", "改为 shifts.csv 里的代码")
        for role in sorted(row.acts_for - pack.roles.keys()):
            fault("acts_for", f"没有角色 {role}", "改为 roles.csv 里的代码")


# --- places ---


def _places(book: Book, pack: Pack) -> None:
    wanted = {Level.LOCAL: LOCALS, Level.COMMUNITY: FIRST_TIER, Level.GRID: FIRST_TIER}
    for code, place in pack.places.by_code.items():
        fault = _at(book, PLACES, code)
        kinds = wanted.get(place.level)
        if kinds is not None and pack.units[place.unit].kind not in kinds:
            fault(
                "unit", f"{code} 的责任单位 {place.unit} 类型不符", "社区和网格归社区、村，上一级归街道、乡镇"
            )
        if place.level in (Level.LOCAL, Level.COMMUNITY) and place.unit != code:
            fault("unit", f"{code} 应当就是单位 {code} 的辖区", "unit 与 code 写成一样")
        if place.level is Level.GRID and place.unit != place.parent:
            fault("unit", f"网格 {code} 的责任单位与上级社区不一致", "unit 写成上级社区的代码")
    for code, unit in pack.units.items():
        if unit.kind in LOCALS | FIRST_TIER and unit.valid_until is None and code not in pack.places:
            _at(book, "units.csv", code)("code", f"{code} 在地图上没有位置", f"在 {PLACES} 里补上")
    grids = pack.places.grids
    tree = STRtree([grid.shape for grid in grids])
    for grid in grids:
        shape = grid.shape
        community = pack.places[grid.parent or ""].shape
        assert shape is not None
        if community is not None and shape.difference(community).area > 0.02 * shape.area:
            _at(book, PLACES, grid.code)(
                "geometry", f"网格 {grid.code} 超出社区 {grid.parent} 的边界", "重新绘制"
            )
        for hit in tree.query(shape, predicate="intersects"):
            other = grids[hit]
            if other.code > grid.code and other.shape is not None:
                both = shape.intersection(other.shape).area
                if both > OVERLAP * min(shape.area, other.shape.area):
                    _at(book, PLACES, other.code)(
                        "geometry", f"网格 {other.code} 与 {grid.code} 重叠", "重新绘制"
                    )


# --- dates ---


def _dates(book: Book, pack: Pack, today: date | None) -> None:
    try:
        ZoneInfo(pack.zone)
    except (ZoneInfoNotFoundError, ValueError):
        line = book.toml_line("pack.toml", "timezone")
        book.fault("pack.toml", line, "timezone", f"没有时区 {pack.zone}", '写 "Asia/Shanghai"')
    if not pack.editions:
        book.fault("editions.csv", 0, "", "没有手册版次", "至少写一版")
        return
    first = pack.editions[0].valid_from
    for code, versions in pack.item_versions.items():
        if versions[0].valid_from < first:
            fault = _at(book, "items.csv", code)
            fault("valid_from", f"早于第一版手册的生效日 {first}", "改正日期")
    for edition in pack.editions:
        if not any(
            edition.valid_from == item.valid_from for rows in pack.item_versions.values() for item in rows
        ):
            _at(book, "editions.csv", str(edition.number))("valid_from", "没有事项自这一天生效", "改正日期")
    published = set(pack.calendar.published)
    last = today.year if today is not None else max(published)
    for year in range(first.year, last + 1):
        if year not in published:
            line = book.toml_line("calendar.toml", "published")
            book.fault(
                "calendar.toml",
                line,
                "published",
                f"缺少 {year} 年的放假安排",
                f"在 holidays.csv 补齐 {year} 年",
            )
