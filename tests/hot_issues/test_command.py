"""`shaodao hot-issues`: a file in, a list out, and plain words where a column is missing."""

from __future__ import annotations

import csv
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shaodao.run.commands.hot_issues import command

ROOT = Path(__file__).resolve().parents[2]
MESSAGES = ROOT.parent / "shared" / "data" / "messages" / "annex3_messages.xlsx"
MAP = "id=编号,title=主题,text=详情,at=时间,person=用户,likes=点赞"
COLUMNS = ("编号", "主题", "详情", "时间", "用户", "点赞")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    endings, text = ("太吵", "扰民", "噪音大"), "工地夜里施工，噪音很大，睡不着"
    rows = [
        (f"N{n}", f"银杏小区旁边工地夜里施工{endings[n % 3]}", text, f"2026/4/{n + 1} 22:10", f"u{n}", n)
        for n in range(6)
    ]
    rows.append(("N9", "希望高铁站设在城北", "方便大家出行", "2026/4/3", "u9", "9999"))
    rows.append(("N10", "没有时间的一行", "什么时候说的", "", "u10", ""))
    return table(tmp_path, rows)


def table(folder: Path, rows: list[tuple]) -> Path:
    path = folder / "messages.csv"
    with path.open("w", encoding="utf-8", newline="") as out:
        csv.writer(out).writerows([COLUMNS, *rows])
    return path


def ask(*words: object) -> Result:
    return CliRunner().invoke(command, [str(word) for word in words])


def test_it_prints_a_list_hottest_first(file):
    answer = ask(file, "--map", MAP, "--json")
    assert answer.exit_code == 0, answer.output
    found = json.loads(answer.stdout)
    assert [set(issue) for issue in found] == [{"heat", "why", "title", "ids"}]
    assert found[0]["ids"] == [f"N{n}" for n in range(6)]
    assert "6 人反映 6 件" in found[0]["why"]
    assert "银杏小区" in found[0]["title"]


def test_it_names_rows_that_cannot_be_used(file):
    answer = ask(file, "--map", MAP, "--json")
    assert "第 9 行略过：“时间”" in answer.stderr


def test_it_prints_a_table_for_people(file):
    answer = ask(file, "--map", MAP)
    assert "热度" in answer.output
    assert "银杏小区" in answer.output


@pytest.mark.parametrize(
    ("mapping", "said"),
    [
        ("id=编号,text=正文,at=时间", "没有“正文”这一列；有：编号、主题、详情、时间、用户、点赞"),
        ("id=编号,body=详情,at=时间", "不认识“body”"),
        ("id=编号,at=时间", "至少要指明 text 或 title"),
        ("id=编号,text=详情", "还要指明 at"),
    ],
)
def test_it_says_which_column_is_wrong(file, mapping, said):
    answer = ask(file, "--map", mapping)
    assert answer.exit_code == 1
    assert said in answer.output


def test_it_says_so_where_there_is_nothing(tmp_path):
    empty = table(tmp_path, [])
    assert ask(empty, "--map", MAP, "--json").stdout.strip() == "[]"
    assert "没有找到" in ask(empty, "--map", MAP).output


def test_it_needs_no_data_folder(file, tmp_path):
    said = [sys.executable, "-m", "shaodao.run", "hot-issues", str(file), "--map", MAP, "--json"]
    answer = subprocess.run(
        said,
        env=os.environ | {"SHAODAO_DATA": str(tmp_path / "none")},
        capture_output=True,
        text=True,
        check=False,
    )
    assert answer.returncode == 0, answer.stderr
    assert json.loads(answer.stdout)


def test_it_finds_the_known_issues_of_real_messages():
    """Hot issues that the givers of these 4,326 messages named themselves."""
    if not MESSAGES.exists():
        pytest.skip("the messages are not here (shared/data/messages)")
    columns = "id=留言编号,title=留言主题,text=留言详情,at=留言时间,person=留言用户,likes=点赞数"
    found = json.loads(ask(MESSAGES, "--map", columns, "--json").stdout)
    assert len(found) == 10
    titles = [issue["title"] for issue in found]
    for known, least in (("丽发新城", 50), ("伊景园", 50), ("58车贷", 14)):
        issue = next((issue for issue in found if known in issue["title"]), None)
        assert issue, titles
        assert len(issue["ids"]) >= least
    assert not any("高铁站选址" in title for title in titles)  # one message, liked by most
