"""Break a copy of the pack in one way; the check must name file, line and how to mend it."""

import json
from datetime import date

import pytest

from shaodao.county import pack as packs


def line_of(files, file, start):
    """The number of the first line that begins with `start`."""
    for number, line in enumerate(files[file].decode().splitlines(), 1):
        if line.startswith(start):
            return number
    raise AssertionError(f"{file} has no line {start}")


def broken(files, file, old, new):
    text = files[file].decode()
    assert old in text, f"{file} has no {old!r}"
    return {**files, file: text.replace(old, new, 1).encode()}


def test_it_finds_nothing_wrong_with_the_sample_county(files):
    assert packs.check_files(files, today=date(2026, 7, 15)) == []


WATER = "水利局,department,X00,应急管理,公共服务,yes,yes,,"
STEPS = "60m working,2h working,4h working,"
# file, text, its replacement, start of the line at fault, column, part of the problem
BREAKS = [
    ("units.csv", "D13,辉南县城市管理", "D12,辉南县城市管理", "D12,辉南县城市管理", "code", "重复"),
    ("units.csv", "城管局,department,X00", "城管局,department,X99", "D13,", "parent", "没有单位 X99"),
    ("units.csv", "城管局,department,X00", "城管局,department,D13-1", "D13,", "parent", "循环"),
    ("units.csv", "城管局,department,X00", "城管局,bureau,X00", "D13,", "kind", "未知的值“bureau”"),
    ("units.csv", "城管局,department", "住建局,department", "D15,", "short", "简称"),
    ("units.csv", "城管局,department,X00,执法监察", "城管局,department,X00,执法", "D13,", "platform", "平台"),
    ("units.csv", "code,name,short", "code,title,short", "code,", "title", "未知的列"),
    ("units.csv", "code,name,short", "code,title,short", "code,", "name", "缺少此列"),
    ("units.csv", "凤鸣社区,community,S01", "凤鸣社区,community,D13", "S01-01,", "parent", "不是街道"),
    ("units.csv", f"{WATER}2021-01-01,,", f"{WATER}2021-01-01,2024-01-01,", "D10,", "successor", "没有承接单位"),
    ("units.csv", f"{WATER}2021-01-01,,", f"{WATER}2021-13-01,,", "D10,", "valid_from", "不是日期"),
    ("units.csv", f"{WATER}2021-01-01,,", f"{WATER}2021-01-01,2020-01-01,", "D10,", "valid_until", "不晚于生效日"),
    ("units.csv", "水利局,department,X00,应急管理,公共服务,yes", "水利局,department,X00,应急管理,公共服务,是", "D10,",
     "stationed", "yes 或 no"),
    ("roles.csv", "county_leader,县领导,county,yes,\n", "", None, "code", "缺少角色 county_leader"),
    ("roles.csv", "seat,坐席,centre,yes", "seat,坐席,centre,no", "seat,", "second_factor", "第二重验证"),
    ("roles.csv", "yes,security_admin;audit_admin", "yes,security_admin", "audit_admin,", "excludes", "没有反过来"),
    ("roles.csv", "seat,坐席", "sitter,坐席", "sitter,", "code", "不认识"),
    ("posts.csv", "caller,C00,caller", "caller,C99,caller", "caller,", "unit", "没有单位 C99"),
    ("posts.csv", "caller,C00,caller,回访员,4", "caller,C00,caller,回访员,0", "caller,", "number", "不小于 1"),
    ("posts.csv", "caller,C00,caller", "caller,C00,callers", "caller,", "role", "没有角色"),
    ("posts.csv", "{unit}{grid}网格长", "{unit}{place}网格长", "grid_chief,", "capacity", "占位词"),
    ("items.csv", "XZ-02,占道经营", "XZ-01,占道经营", "XZ-01,占道", "valid_from", "重叠"),
    ("items.csv", "daily,D13,,D14;D05", "daily,,,D14;D05", "XZ-02,", "lead", "不能为空"),
    ("items.csv", "daily,D13,,D14;D05", "daily,D77,,D14;D05", "XZ-02,", "lead", "没有可派单的单位 D77"),
    ("items.csv", "daily,D13,,D14;D05", "daily,D13-1,,D14;D05", "XZ-02,", "lead", "没有可派单的单位 D13-1"),
    ("items.csv", "daily,D13,,D16;D15;D05", "daily,T,,D16;D15;D05", "XZ-01,", "lead", "收回"),
    ("items.csv", "daily,D13,,D16;D15;D05", "daily,D13,T,D16;D15;D05", "XZ-01,", "assists", "收回"),
    ("items.csv", "daily,D13,,D16;D15;D05", "daily,$BRIDGES,,D16;D15;D05", "XZ-01,", "lead", "没有开关词 $BRIDGES"),
    ("items.csv", f"{STEPS}20wd", f"{STEPS}0wd", "XZ-01,", "finish", "不是时限"),
    ("items.csv", f"{STEPS}20wd", f"{STEPS}900wd", "XZ-01,", "finish", "超过一年"),
    ("items.csv", f"{STEPS}20wd", f"{STEPS}30m", "XZ-01,", "finish", "短于"),
    ("items.csv", "site,5m,30m,,2h", "site,5h,6h,,7h", "XZ-13,", "sign", "应急哨"),
    ("items.csv", "占道经营,law", "占道经营,laws", "XZ-02,", "category", "未知的值"),
    ("items.csv", "11-01..04-15", "11-31..04-15", "XZ-12,", "season_block", "不是季节"),
    ("items.csv", "立案限拆=7wd", "立案限拆", "XZ-01,", "milestones", "不是节点"),
    ("items.csv", "2021-03-01,\nXZ-02", "2021-02-01,\nXZ-02", "XZ-01,", "valid_from", "早于第一版"),
    ("items.csv", "店外经营,law", "占道经营,law", "XZ-03,", "name", "名称与"),
    ("situations.csv", "XZ-04-A,XZ-04", "XZ-04-A,XZ-99", "XZ-04-A,", "item", "没有事项 XZ-99"),
    ("situations.csv", "XZ-04-A,XZ-04", "XZ-04-Z,XZ-04", "XZ-04-Z,", "code", "没有路由"),
    ("situations.csv", "highway;county_road", "highway;motorway", "MS-29-A,", "places", "未知的地点类型"),
    ("situations.csv", "流动;小贩;三轮车;地摊;游商", "", "XZ-04-A,", "keywords", "没有关键词"),
    ("routes.csv", "R001,XZ-04,XZ-04-A", "R001,XZ-04,XZ-04-Z", "R001,", "situation", "没有情形"),
    ("routes.csv", "R001,XZ-04,XZ-04-A,,,,D13", "R001,XZ-01,,,,,T", "R001,", "lead", "收回"),
    ("routes.csv", "R001,XZ-04,XZ-04-A,,,,D13,,,no", "R001,XZ-01,,,,,D13,,,yes", "R001,", "local", "收回"),
    ("routes.csv", "XZ-04-A,,,,D13,,,no", "XZ-04-A,,,,D13,D14,,no", "R001,", "otherwise", "OWNER"),
    ("routes.csv", "R012,MS-01,MS-01-B,,,,OWNER,D15", "R012,MS-01,MS-01-B,,,,OWNER,OWNER", "R012,", "otherwise", "不能又是"),
    ("routes.csv", "R070,MS-09,,village", "R070,MS-09,,", "R071,", "code", "永远轮不到"),
    ("routes.csv", "MS-02-C,,,22:00..06:00", "MS-02-C,,,06:00..06:00", "R023,", "hours", "永远轮不到"),
    ("routes.csv", "MS-12,,urban;town,11-01..04-15", "MS-12,,urban;town,02-29..02-29", "R082,", "season", "闰年"),
    ("routes.csv", "R017,XZ-24,,,09-15..11-15,,D11", "R017,XZ-24,,,06-01..11-15,,D08", "R017,", "code", "与 R016 的季节"),
    ("routes.csv", "R077,MS-11,,urban;town,,,", "R077,MS-11,,urban;town,07-01..08-31,,", "R077,", "code", "R076 在前"),
    ("routes.csv", "R081,MS-12,,village;village_road", "R081,MS-12,,village;town", "R082,", "code", "R081 的地点类型"),
    ("routes.csv", "22:00..06:00", "22:00-06:00", "R023,", "hours", "不是时段"),
    ("routes.csv", "流动摊贩由{lead}查处", "流动摊贩由{lead查处", "R001,", "reason", "花括号"),
    ("owners.csv", "移动,U05", "移动,U55", "移动,", "unit", "U55"),
    ("score_rules.csv", "late_report_in,-0.5", "late_somewhere,-0.5", "D11,", "fact", "没有可计分的 late_somewhere"),
    ("score_rules.csv", "assists_rated_good,0.2,5", "assists_rated_good,0.2,4", "D21,", "pool", "不一致"),
    ("score_rules.csv", "found_oneself,0.2,5", "found_oneself,0.2,", "D21,", "pool", "不一致"),
    ("word_rules.csv", "W05,MS-07", "W05,MS-70", "W05,", "item", "没有事项 MS-70"),
    ("word_rules.csv", "W05,MS-07", "W04,MS-07", "W04,MS-07", "code", "重复"),
    ("word_rules.csv", "W01,MS-19,困在电梯", "W01,MS-19,&困在电梯", "W01,", "words", "没有词"),
    ("word_rules.csv", "without,why", "except,why", "code,", "except", "未知的列"),
    ("unit_names.csv", "D15,住建", "D99,住建", "D99,", "unit", "没有单位 D99"),
    ("unit_names.csv", "D15,住建", "D15,住建;城管", "D15,", "names", "也是 D13 的名称"),
    ("unit_names.csv", "D15,住建", "D15,住建;城管局", "D15,", "names", "也是 D13 的名称"),
    ("unit_names.csv", "D15,住建", "D15,住建;房", "D15,", "names", "只有一个字"),
    ("unit_names.csv", "*street,", "*road,", "*road,", "unit", "没有单位 *road"),
    ("off_manual.csv", "unit,D07,15wd", "unit,D07,", "O06,", "finish", "没有时限"),
    ("off_manual.csv", "unit,D07,15wd", "unit,,15wd", "O06,", "to", "没有去向"),
    ("off_manual.csv", "unit,D07,15wd", "unit,D70,15wd", "O06,", "to", "D70"),
    ("approvals.csv", "claim,,1,section_head", "claims,,1,section_head", "claims,", "kind", "未知的审批"),
    ("approvals.csv", "return,,2,shift_leader", "return,,3,shift_leader", "return,,3", "step", "不连续"),
    ("approvals.csv", "decline,,1,shift_leader,centre", "decline,,1,shift_leader,county", "decline,", "role",
     "没有 shift_leader"),
    ("ladder.csv", "sign-0,sign,at,,", "sign-0,sign,at,5m,", "sign-0,", "offset", "到期时不写"),
    ("ladder.csv", "sign-1,sign,after,2h working", "sign-1,signing,after,2h working", "sign-1,", "clock", "没有时钟"),
    ("shifts.csv", "evening,晚班,17:30", "evening,晚班,25:30", "evening,", "start", "不是时刻"),
    ("rosters.csv", "C00,caller,office,daily", "C00,caller,lunch,daily", "C00,caller,lunch", "shift", "没有班次"),
    ("rosters.csv", "C00,caller,office,daily", "C00,handler,office,daily", "C00,handler", "role", "没有 handler"),
    ("settings.toml", 'triage = "15m"', 'triage = "soon"', 'triage = "soon"', "queues.triage", "不是时限"),
    ("settings.toml", "photos = 9", "photos = 0", "photos = 0", "numbers.photos", "不是正整数"),
    ("settings.toml", "photos = 9", "pictures = 9", "pictures", "numbers.pictures", "未知的键"),
    ("settings.toml", "photos = 9", "pictures = 9", "[numbers]", "numbers.photos", "缺少此键"),
    ("settings.toml", "photos = 9", "photos = = 9", "photos = = 9", "", "TOML"),
    ("switches.toml", 'choice = "split"', 'choice = "both"', 'choice = "both"', "municipal_services.choice", "选项"),
    ("switches.toml", 'LIGHTS = "D13"', 'LIGHTS = "D88"', 'LIGHTS = "D88"', "municipal_services.LIGHTS", "D88"),
    ("switches.toml", 'LIGHTS = "D13"\n', "", "[municipal_services]", "municipal_services", "不一致"),
    ("pack.toml", 'timezone = "Asia/Shanghai"', 'timezone = "Asia/Huinan"', "timezone", "timezone", "没有时区"),
    ("pack.toml", 'code = "220523"', "code = 220523", "code = 220523", "code", "缺少文字"),
    ("editions.csv", "2021-10-01", "2021-11-01", "2,", "valid_from", "没有事项"),
    ("lines.geojson", '"kind":"river"', '"kind":"canal"', None, "kind", "canal"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "old", "new", "start", "column", "problem"),
    BREAKS,
    ids=lambda value: str(value)[:40] if value else "-",
)
def test_it_names_file_line_and_column(files, file, old, new, start, column, problem):
    pack = broken(files, file, old, new)
    found = [
        f for f in packs.check_files(pack) if (f.file, f.column) == (file, column) and problem in f.problem
    ]
    assert found, "\n".join(map(str, packs.check_files(pack)))
    assert all(fault.mend for fault in found)
    if start is not None:
        assert found[0].line == line_of(pack, file, start)


def test_it_finds_a_gap_between_two_versions_of_an_item(files):
    text = files["items.csv"].decode()
    row = next(line for line in text.splitlines() if line.startswith("XZ-02,"))
    ended, again = row.removesuffix(",") + ",2022-01-01", row.replace("2021-03-01,", "2022-02-01,")
    pack = {**files, "items.csv": text.replace(row, f"{ended}\n{again}").encode()}
    (fault,) = packs.check_files(pack)
    assert (fault.file, fault.line, fault.column) == (
        "items.csv",
        line_of(files, "items.csv", "XZ-02,") + 1,
        "valid_from",
    )
    assert "空档" in fault.problem
    seamless = again.replace("2022-02-01", "2022-01-01")
    assert packs.check_files({**files, "items.csv": text.replace(row, f"{ended}\n{seamless}").encode()}) == []


def test_it_asks_for_the_holidays_of_this_year(files):
    assert packs.check_files(files, today=date(2026, 12, 31)) == []
    (fault,) = packs.check_files(files, today=date(2027, 1, 1))
    assert (fault.file, fault.line) == ("calendar.toml", line_of(files, "calendar.toml", "published"))
    assert "2027" in fault.problem


def test_it_asks_for_the_holidays_of_every_year_of_the_manual(files):
    kept = [line for line in files["holidays.csv"].decode().splitlines() if not line.startswith("2021")]
    pack = broken(files, "calendar.toml", "[2021, 2022,", "[2022,") | {
        "holidays.csv": "\n".join(kept).encode()
    }
    (fault,) = packs.check_files(pack)
    assert (fault.file, fault.line) == ("calendar.toml", line_of(pack, "calendar.toml", "published"))
    assert "缺少 2021 年" in fault.problem


def test_it_wants_three_administrators_who_exclude_each_other(files):
    pack = broken(files, "roles.csv", "yes,security_admin;audit_admin", "yes,security_admin")
    pack = broken(pack, "roles.csv", "yes,system_admin;security_admin", "yes,security_admin")
    found = {(f.line, f.column) for f in packs.check_files(pack) if "互相排斥" in f.problem}
    assert found == {
        (line_of(pack, "roles.csv", role), "excludes") for role in ("system_admin", "audit_admin")
    }


def test_it_points_at_the_line_of_a_bad_holiday(files):
    row = files["holidays.csv"].decode().splitlines()[3]
    pack = broken(files, "holidays.csv", row, row.replace(row[:10], "2022-02-30", 1))
    (fault,) = (f for f in packs.check_files(pack) if f.file == "holidays.csv")
    assert (fault.line, fault.column) == (4, "date")


@pytest.mark.parametrize(
    ("file", "line"),
    [
        ("settings.toml", "whistle_target = 500"),
        ("settings.toml", "grid_chief_ranking = 1"),
        ("ladder.csv", "x,sign,at,,,liaison,unit,请完成本月吹哨数量指标"),
        ("off_manual.csv", "O99,x,x,,,answer,,,本月网格员排名已公布"),
        ("pack.toml", 'note2 = "每村吹哨任务不少于十件"'),
    ],
)
def test_it_refuses_whistle_targets_and_rankings_of_grid_workers(files, file, line):
    pack = {**files, file: files[file] + line.encode() + b"\n"}
    found = [fault for fault in packs.check_files(pack) if "不允许" in fault.problem]
    assert [(fault.file, fault.line) for fault in found] == [(file, pack[file].count(b"\n"))]


def test_it_names_every_missing_file_at_once(files):
    pack = {name: content for name, content in files.items() if name not in ("units.csv", "settings.toml")}
    missing = {fault.file for fault in packs.check_files(pack) if fault.problem == "文件缺失"}
    assert missing == {"units.csv", "settings.toml"}


RUBBISH = {
    "csv": (b"", b"\xff\xfe\x00", b'"open', b"a,b\n1\n"),
    "toml": (b"", b"\xff\xfe\x00", b"[[[", b"a = 1\n"),
    "geojson": (
        b"",
        b"[]",
        b"{}",
        b"[" * 5000,
        b'{"type":"FeatureCollection","features":[1,{"properties":{}}]}',
    ),
}


def test_it_does_not_stumble_over_rubbish(files):
    for name in files:
        for rubbish in RUBBISH[name.rpartition(".")[2]]:
            assert packs.check_files({**files, name: rubbish}), f"{name} {rubbish!r}"


def test_it_says_which_byte_order_is_wrong(files):
    pack = {**files, "roles.csv": files["roles.csv"].decode().encode("gb18030")}
    fault = next(f for f in packs.check_files(pack) if f.file == "roles.csv")
    assert (fault.line, "UTF-8" in fault.problem) == (2, True)


# --- the map ---


def features(files):
    return json.loads(files["places.geojson"])["features"]


def with_features(files, changed):
    body = ",\n".join(json.dumps(feature, ensure_ascii=False, separators=(",", ":")) for feature in changed)
    return {**files, "places.geojson": f'{{"type":"FeatureCollection","features":[\n{body}\n]}}\n'.encode()}


def edited(files, code, **change):
    changed = features(files)
    for index, feature in enumerate(changed):
        if feature["properties"]["code"] == code:
            feature["properties"] |= change.get("properties", {})
            feature["geometry"] = change.get("geometry", feature["geometry"])
            return with_features(files, changed), index + 2
    raise AssertionError(code)


BOW_TIE = {
    "type": "Polygon",
    "coordinates": [[[126, 42.6], [126.1, 42.7], [126.1, 42.6], [126, 42.7], [126, 42.6]]],
}


@pytest.mark.parametrize(
    ("code", "change", "column", "problem"),
    [
        ("S01-01-02", {"properties": {"code": "S01-01-01"}}, "code", "重复"),
        ("S01-01-02", {"properties": {"parent": "S01"}}, "parent", "级别不符"),
        ("S01-01-02", {"properties": {"parent": "S09-01"}}, "parent", "不存在"),
        ("S01-01-02", {"properties": {"unit": "S01-02"}}, "unit", "不一致"),
        ("S01-01-02", {"properties": {"unit": "S99"}}, "unit", "没有单位 S99"),
        ("S01-01-02", {"properties": {"kind": "highway"}}, "kind", "没有地点类型"),
        ("S01-01-02", {"properties": {"kind": "hamlet"}}, "level", "未知"),
        ("S01-01-02", {"properties": {"colour": "red"}}, "colour", "未知的属性"),
        ("S01-01-02", {"geometry": None}, "geometry", "没有边界"),
        ("S01-01-02", {"geometry": BOW_TIE}, "geometry", "自相交"),
        ("S01-01-02", {"geometry": {"type": "Polygon", "coordinates": [[1]]}}, "geometry", "读不出"),
        ("S01-01-02", {"geometry": {"type": "Point", "coordinates": [126, 42]}}, "geometry", "不是 Polygon"),
    ],
)
def test_it_finds_what_is_wrong_on_the_map(files, code, change, column, problem):
    pack, line = edited(files, code, **change)
    found = [f for f in packs.check_files(pack) if f.column == column and problem in f.problem]
    assert [(fault.file, fault.line) for fault in found] == [("places.geojson", line)]


def test_it_finds_grids_that_overlap_or_leave_their_community(files):
    other = next(f for f in features(files) if f["properties"]["code"] == "S02-01-01")
    pack, line = edited(files, "S01-01-02", geometry=other["geometry"])
    problems = {(f.line, f.problem[:2], f.problem[-2:]) for f in packs.check_files(pack)}
    assert (line, "网格", "边界") in problems
    assert any("重叠" in problem[2] for problem in problems)


def test_it_finds_a_community_without_a_place(files):
    kept = [f for f in features(files) if not f["properties"]["code"].startswith("S01-01")]
    (fault,) = packs.check_files(with_features(files, kept))
    assert (fault.file, fault.line) == ("units.csv", line_of(files, "units.csv", "S01-01,"))


def test_it_finds_a_row_that_the_rows_above_it_leave_nothing(files):
    """None of the two covers it alone: together they leave it no hour."""
    day = b"R090,MS-13,MS-13-B,,,06:00..22:00,T,,,no,x\n"
    night = b"R0901,MS-13,MS-13-B,,,22:00..06:00,T,,,no,x\n"
    text = files["routes.csv"].replace(b"R090,", day + night + b"R0902,", 1)
    (fault,) = packs.check_files({**files, "routes.csv": text})
    assert "R090、R0901 在前" in fault.problem


def test_it_finds_a_season_that_never_comes_while_the_item_is_in_force(files):
    row = next(line for line in files["items.csv"].decode().splitlines() if line.startswith("MS-12,"))
    ends = files["items.csv"].replace(
        row.encode(), row.replace("2021-10-01,", "2021-10-01,2021-10-20").encode()
    )
    faults = packs.check_files({**files, "items.csv": ends})
    assert ("routes.csv", "season") in {(fault.file, fault.column) for fault in faults}


def test_it_finds_a_route_to_a_unit_that_has_ended(files):
    ended = broken(files, "units.csv", f"{WATER}2021-01-01,,", f"{WATER}2021-01-01,2024-01-01,D17")
    before = packs.check_files(ended, today=date(2023, 12, 31))
    faults = packs.check_files(ended, today=date(2024, 1, 1))
    assert not [fault for fault in before if "已于" in fault.problem]
    assert {fault.mend for fault in faults if "D10 水利局已于 2024-01-01 失效" in fault.problem} == {
        "改为承接单位 D17"
    }
