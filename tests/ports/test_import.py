"""Importing tables: nothing lost, nothing twice, every fault named."""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shaodao.centre.cases.models import Case
from shaodao.centre.dispatch import precedents
from shaodao.centre.intake.models import Receipt
from shaodao.county.pack import read_folder, versions
from shaodao.ground.ledger import verify
from shaodao.run.commands.import_whistles import import_whistles

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = ROOT.parent / "shared" / "data" / "messages" / "annex3_messages.xlsx"
MAP = "id=留言编号,person=留言用户,title=留言主题,at=留言时间,text=留言详情,likes=点赞数"
ROWS = """编号,内容,时间,电话,经度,纬度
1,西门口的井盖丢了,2026-03-01 08:30,13812345678,126.0428,42.6835
2,路灯不亮,昨天,,126.0428,42.6835
3,路灯不亮,2026-03-01,,116.4,39.9
4,下水道堵了,2026-03-01,12,126.0428,42.6835
5,,2026-03-01,,126.0428,42.6835
"""


@pytest.fixture
def county(settings, tmp_path) -> Iterator[None]:
    """The sample county, in whichever database the test uses."""
    for module in (versions, precedents):
        module.forget()
    since = datetime(2021, 1, 1, tzinfo=UTC)
    versions.install(read_folder(ROOT / "county" / "huinan"), effective_from=since, now=since)
    yield
    versions.forget()


def run(*arguments: str | Path) -> Result:
    return CliRunner().invoke(import_whistles, [str(each) for each in arguments], catch_exceptions=False)


def problems(file: Path) -> dict[int, list[str]]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        return {int(line[0]): line[1:] for line in list(csv.reader(lines))[1:]}


def test_it_files_what_it_can_and_names_every_fault(db, county, tmp_path):
    file, errors = tmp_path / "a.csv", tmp_path / "errors.csv"
    file.write_text(ROWS, encoding="gb18030")
    mapping = "id=编号,text=内容,at=时间,phone=电话,lon=经度,lat=纬度"
    result = run(file, "--map", mapping, "--crs", "WGS-84", "--errors", errors)
    assert result.exit_code == 1
    assert "共 5 行：新立 1 件" in result.output
    assert [(row, said[1]) for row, said in problems(errors).items()] == [
        (3, "时间"), (4, "经度"), (5, "电话"), (6, "内容")
    ]  # fmt: skip
    assert all("。" in said[2] for said in problems(errors).values())
    case = Case.objects.get()
    assert (case.channel, case.external_system, case.external_id) == ("import", "import", "1")
    assert Receipt.objects.count() == 1, "nothing half-written"
    mended = (
        ROWS.replace("昨天", "2026-03-01").replace("116.4,39.9", "126.0428,42.6835").replace(",12,", ",,")
    )
    file.write_text(mended.replace("5,,", "5,垃圾没人收,"), encoding="utf-8")
    result = run(file, "--map", mapping, "--crs", "WGS-84", "--errors", errors)
    assert result.exit_code == 0
    assert "新立 4 件" in result.output
    assert "早已导入 1 行" in result.output
    assert not errors.exists()


def test_it_says_so_where_a_row_has_changed_since(db, county, tmp_path):
    file, errors = tmp_path / "a.csv", tmp_path / "errors.csv"
    for text in ("路灯不亮", "路灯不亮，三天了"):
        file.write_text(f"编号,内容\n1,{text}\n", encoding="utf-8")
        result = run(file, "--map", "id=编号,text=内容", "--errors", errors)
    assert result.exit_code == 1
    assert "没有改动" in problems(errors)[2][2]
    assert Case.objects.count() == 1


def test_it_goes_on_where_it_broke_off(db, county, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("内容\n" + "\n".join(f"第{n}盏路灯不亮" for n in range(6)), encoding="utf-8")
    run(file, "--map", "text=内容", "--limit", "3")
    assert Case.objects.count() == 3
    result = run(file, "--map", "text=内容")
    assert "新立 3 件" in result.output
    assert "早已导入 3 行" in result.output


def test_it_does_not_begin_a_clock_in_the_past(db, county, tmp_path):
    file = tmp_path / "a.csv"
    file.write_text("内容,时间\n路灯不亮,2019-02-28 11:25:05\n", encoding="utf-8")
    run(file, "--map", "text=内容,at=时间")
    case = Case.objects.get()
    assert case.reported_at > datetime(2026, 1, 1, tzinfo=UTC)
    assert case.next_due_at > case.reported_at


@pytest.mark.nightly
def test_it_imports_four_thousand_messages_of_another_city(fresh_db, county, tmp_path):
    """Must show 2: none lost, a quarter dispatched, the ledger verifies, the second run makes nothing."""
    if not MESSAGES.exists():
        pytest.skip("the messages are not here (shared/data/messages)")
    errors, report = tmp_path / "errors.csv", tmp_path / "report.csv"
    arguments = (MESSAGES, "--map", MAP, "--system", "mailbox", "--place-rule", "spread", "--errors", errors)
    first = run(*arguments, "--report", report)
    assert first.exit_code == 0, first.output
    dispatched, waiting = map(int, re.search(r"已派单 (\d+)，.*受理 (\d+)", first.output).groups())
    assert dispatched + waiting == Case.objects.filter(external_system="mailbox").count() == 4326
    assert dispatched >= 4326 / 4, first.output
    with report.open(encoding="utf-8-sig", newline="") as lines:
        assert sum(1 for _ in csv.reader(lines)) == 4327
    second = run(*arguments)
    assert "新立 0 件" in second.output
    assert "早已导入 4326 行" in second.output
    report_of_ledger = verify.run()
    assert report_of_ledger.clean, report_of_ledger.faults[:5]
