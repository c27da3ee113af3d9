"""Drafts, ranking and words: stated rules over plain figures; nothing of a person in them."""

from __future__ import annotations

import csv
import io
from dataclasses import replace
from datetime import UTC, datetime
from xml.etree import ElementTree

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.briefings.conftest import LATER, MARCH
from tests.cases.conftest import by

from shaodao.centre.briefings import actions, content, drafting
from shaodao.centre.briefings.briefing import Named
from shaodao.centre.briefings.content import Compared, Content, Count, Hot, Line, Part, ranked
from shaodao.centre.briefings.months import Month
from shaodao.faces.briefings import files, pictures, shown
from shaodao.ground.documents.model import Paragraph, Table

NAMES = drafting.Names(lambda code: f"单位{code}", lambda code: f"事项{code}", lambda code: code)
AT = datetime(2026, 4, 3, 1, tzinfo=UTC)


def line(unit: str, counted: int, of: int, report_in: int = 0) -> Line:
    return Line(unit, (Count("finish_on_time", 1, counted, of), Count("report_in_on_time", 1, report_in, of)))


def compared(span: content.Span, **counts: tuple[int, int | None]) -> Compared:
    filled = {
        id: counts.get(id, (0, None if id in ("whistles", "overdue", "wrongful") else 0))
        for id in content.COUNTY
    }
    return Compared(span, "2026-03", tuple(Count(id, 1, *count) for id, count in filled.items()), ())


def month(now: dict, before: dict | None = None, **parts: object) -> Content:
    spans = (compared("now", **now), compared("before", **(before or {})), compared("year"))
    empty: dict = {"whistlers": (), "channels": (), "items": (), "groups": (), "overdue": (), "problems": ()}
    return Content(month="2026-03", at=AT, compared=spans, **empty | parts)  # type: ignore[arg-type]


def test_it_says_nothing_where_nothing_is_wrong():
    quiet = month({"whistles": (10, None)})
    assert drafting.opinions(quiet, (), NAMES) == "1. 各项指标与上月相比平稳，没有明显退步的单位和事项。"
    assert drafting.steps(quiet, (), NAMES) == "1. 继续按规定时限报到、办理、反馈。"


def test_it_says_what_got_worse():
    named = Named("2603100001", "overdue", "D15", AT, 3 * 86400)
    group = content.Group("department", ranked([line(f"D{n}", n, 10) for n in range(1, 9)]))
    bad = month(
        {"finish_on_time": (36, 80), "satisfied": (80, 100), "overdue": (1, None), "wrongful": (2, None)},
        {"satisfied": (90, 100)},
        items=(Part("MS-07", 40, 20), Part("MS-08", 9, 1)),
        groups=(group,),
        overdue=(named,),
        hot=(Hot("2603100001", "向阳社区", "MS-07", 12, 15),),
    )
    said = drafting.opinions(bad, (named,), NAMES)
    assert "单位D1（10.0%）、单位D2（20.0%）、单位D3（30.0%）按期办结率在同组中靠后" in said
    assert "月末有 1 件办件超期未办，涉及 1 个单位" in said
    assert "比上月明显增多的事项：事项MS-07 40 件（多 20 件），" in said
    assert "MS-08" not in said  # few, whatever the share
    assert "满意率 80.0%，比上月的 90.0% 下降" in said
    assert "认定乱吹哨 2 件" in said
    steps = drafting.steps(bad, (named,), NAMES)
    assert "点名的 1 个问题，单位D15要在 5 个工作日内办结" in steps
    assert "向阳社区事项MS-07有 12 人反映，建议立为专题" in steps


@given(st.lists(st.tuples(st.integers(0, 40), st.integers(0, 40)), min_size=1, max_size=12))
def test_it_ranks_by_finishing_and_leaves_out_too_few(given):
    lines = [line(f"D{n:02}", min(done, due), due) for n, (done, due) in enumerate(given)]
    order = ranked(lines)
    assert sorted(each.unit for each in order) == sorted(each.unit for each in lines)
    shares = [each.count("finish_on_time").share for each in order if content.enough(each)]
    assert shares == sorted(shares, reverse=True)
    few = [not content.enough(each) for each in order]
    assert few == sorted(few)  # those with too few come last


def test_it_draws_bars_that_fit_and_escapes_names():
    drawn = pictures.bars([pictures.Bar("<局>&", 10, "10 件", 20), pictures.Bar("乙", 0, "0 件")], "图")
    root = ElementTree.fromstring(drawn)
    assert (
        max(float(rect.get("width")) for rect in root.iter() if rect.tag.endswith("rect")) <= pictures.WIDTH
    )
    assert "<局>&" in [text.text for text in root.iter() if text.tag.endswith("text")]
    assert b"style=" not in drawn
    assert b"<script" not in drawn


@pytest.mark.parametrize(
    ("seconds", "said"), [(10, "1 小时"), (7200, "2 小时"), (86400, "1 天"), (3 * 86400 + 5, "3 天")]
)
def test_it_says_how_late(seconds, said):
    assert shown.lateness(seconds) == said


def test_it_compares_with_care():
    held = month({"whistles": (110, None), "solved": (9, 10)}, {"whistles": (100, None), "solved": (8, 10)})
    assert shown.change(held, "whistles", "before") == "比上月增加 10 件（10.0%）"
    assert shown.change(held, "solved", "before") == "比上月上升 10.0 个百分点"
    assert shown.change(held, "whistles", "year") == shown.change(held, "solved", "year") == ""


def test_its_files_say_what_the_page_says_and_name_nobody(late, pack):
    desk = by("handler", "C00-1", 1)
    actions.draft(MARCH, desk, at=LATER)
    actions.write("2026-03", "井盖没人管", "一周换好", desk, at=LATER)
    one = files.issued(Month(2026, 3))
    assert one.draft
    document = files.document(one)
    assert document.title.endswith("（送审稿）")
    said = "\n".join(block.text for block in document.blocks if isinstance(block, Paragraph))
    assert "全县吹哨 2 件" in said
    assert "井盖没人管" in said
    cells = [
        cell for block in document.blocks if isinstance(block, Table) for row in block.rows for cell in row
    ]
    assert set(late) <= set(cells)
    page = files.page(one)
    assert "第 0 个井盖丢了" not in page  # no words of whoever reported it
    assert all(f'id="{span}-{id}"' in page for span in content.SPANS for id in content.PAGE_ONE)
    assert "<script" not in page
    assert "http://" not in page.replace("http://www.w3.org/2000/svg", "")
    sheet = files.tables(one)["首页数字背后的哨件.csv"].decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(sheet)))
    assert sorted(row[2] for row in rows if row[:2] == ["吹哨件数", "2026年3月"]) == sorted(late)


def test_it_shows_a_month_nobody_has_begun_and_records_nothing(late, pack, monkeypatch):
    monkeypatch.setattr(actions, "now", lambda: LATER)
    one = files.issued(Month(2026, 3))
    assert one.content.count("whistles").counted == 2
    assert one.draft
    assert not actions.visible(by("centre_director", "C00"), pack)


def test_it_keeps_formulas_out_of_spreadsheets():
    assert files._csv([("=1+1", "-3", "局")]) == "\ufeff'=1+1,'-3,局\r\n".encode()


def test_it_is_the_same_in_bytes():
    held = replace(month({"whistles": (1, None)}), hot=(Hot("1", "a", "b", 3, 3),))
    assert content.decode(content.encode(held)) == held
