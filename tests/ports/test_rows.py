"""What rows of tables say."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from shaodao.county import pack as packs
from shaodao.ports.importing import cells, rows, table
from shaodao.ports.importing.cells import MapFault, Wrong

HUINAN = Path(__file__).resolve().parents[2] / "county" / "huinan"


@pytest.fixture(scope="session")
def pack():
    return packs.load(HUINAN)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_it_reads_csv_in_both_encodings(tmp_path, encoding, delimiter):
    file = tmp_path / "a.csv"
    lines = (["编号", "内容"], ["1", "井盖丢了"], ["", ""], ["2", '"两行\n文字"'])
    file.write_bytes("\n".join(delimiter.join(line) for line in lines).encode(encoding))
    with table.opened(file) as found:
        assert found.columns == ("编号", "内容")
        assert list(found.rows) == [
            (2, {"编号": "1", "内容": "井盖丢了"}),
            (4, {"编号": "2", "内容": "两行\n文字"}),
        ]


def test_it_reads_xlsx(tmp_path):
    book = Workbook()
    for row in (("编号", "时间"), (7, datetime(2026, 3, 1, 8, 30)), (None, None)):  # noqa: DTZ001
        book.active.append(row)
    book.save(tmp_path / "a.xlsx")
    with table.opened(tmp_path / "a.xlsx") as found:
        assert list(found.rows) == [(2, {"编号": 7, "时间": datetime(2026, 3, 1, 8, 30)})]  # noqa: DTZ001


@pytest.mark.parametrize("content", [b"", b"\n\n"])
def test_it_refuses_what_is_no_table(tmp_path, content):
    (tmp_path / "a.csv").write_bytes(content)
    with pytest.raises(table.Unreadable), table.opened(tmp_path / "a.csv"):
        pass


def test_it_refuses_what_is_no_workbook(tmp_path):
    (tmp_path / "a.xlsx").write_bytes(b"not a zip")
    with pytest.raises(table.Unreadable), table.opened(tmp_path / "a.xlsx"):
        pass


@pytest.mark.parametrize(
    ("mapping", "crs"),
    [
        ("text=内容,colour=色", ""),
        ("text=没有", ""),
        ("id=编号", ""),
        ("text=内容,lon=经", ""),
        ("text=内容,lon=经,lat=纬", ""),
    ],
)
def test_it_refuses_a_mapping_that_cannot_be(mapping, crs):
    with pytest.raises(MapFault):
        rows.reading(mapping, ["编号", "内容", "经", "纬", "色"], "s", crs=crs)


def test_it_reads_a_row(pack):
    columns = ["编号", "标题", "内容", "时间", "人", "电话", "赞", "事项"]
    mapping = "id=编号,title=标题,text=内容,at=时间,person=人,phone=电话,likes=赞,item=事项"
    name = next(iter(pack.items.values())).name
    cells = (
        188006.0,
        "路灯不亮",
        "\n\t\t  西门口的\u3000路灯\t不亮 \n\n三天了\n",
        "2019/2/28 11:25:05",
        "甲",
        13812345678,
        3,
        name,
    )
    whistle = rows.reading(mapping, columns, "old").whistle(dict(zip(columns, cells, strict=True)), pack)
    assert whistle.text == "路灯不亮\n西门口的 路灯 不亮\n三天了\n（3 人附议）"
    assert whistle.occurred_at == datetime(2019, 2, 28, 3, 25, 5, tzinfo=UTC)
    assert (whistle.external_id, whistle.system, whistle.phone) == ("188006", "old", "13812345678")
    assert (whistle.name, pack.items[whistle.item].name, whistle.channel) == ("甲", name, "import")


def test_it_leaves_out_a_title_that_the_text_repeats():
    assert rows.words({"title": "路灯不亮", "text": "门口路灯不亮了"}) == "门口路灯不亮了"


@pytest.mark.parametrize(
    ("said", "expected"),
    [
        ("2026-03-01 08:30", datetime(2026, 3, 1, 0, 30, tzinfo=UTC)),
        ("2026.3.1", datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("20260301", datetime(2026, 2, 28, 16, tzinfo=UTC)),
        ("2026-03-01T08:30:00+00:00", datetime(2026, 3, 1, 8, 30, tzinfo=UTC)),
        ("", None),
        (None, None),
    ],
)
def test_it_reads_moments_in_the_countys_time(said, expected):
    assert cells.moment(said, "Asia/Shanghai") == expected


def test_it_names_a_moment_it_cannot_read():
    with pytest.raises(Wrong) as wrong:
        cells.moment("昨天", "Asia/Shanghai")
    assert wrong.value.field == "at"


def test_it_knows_a_row_without_a_number_by_what_it_says():
    reading = rows.reading("text=内容", ["内容", "时间"], "s")
    one = reading.id_of({"内容": "a", "时间": 1.0})
    assert one == reading.id_of({"内容": "a ", "时间": 1})
    assert one != reading.id_of({"内容": "b", "时间": 1})
    assert len(one) <= rows.LONGEST_ID


def test_it_spreads_rows_without_a_place_and_says_so(pack):
    reading = rows.reading("id=编号,text=内容", ["编号", "内容"], "s", place_rule="spread")
    found = [reading.whistle({"编号": n, "内容": "A市某路的路灯不亮"}, pack) for n in range(40)]
    assert {whistle.channel for whistle in found} == {"import_spread"}
    grids = [whistle.place["grid"] for whistle in found]
    assert grids == [rows.spread_over(pack, f"s:{n}") for n in range(40)]
    assert len(set(grids)) > 20
    community = pack.places[pack.places.grids[0].parent]
    street = pack.places[community.parent]
    here = reading.whistle({"编号": 1, "内容": f"{street.name}{community.name}路灯不亮"}, pack)
    assert (here.channel, here.place) == ("import", {"address": ""})


def test_it_leaves_places_open_where_told_to(pack):
    reading = rows.reading("text=内容", ["内容"], "s", place_rule="none")
    assert reading.whistle({"内容": "路灯不亮"}, pack).place == {"unknown": True}
