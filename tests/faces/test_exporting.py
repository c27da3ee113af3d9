"""导出 Excel: who may ask and fetch, what the file holds, what becomes of it when a process dies."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from io import BytesIO

import pytest
from django.test import Client
from openpyxl import load_workbook
from tests.faces.conftest import code, password

from shaodao.centre.cases import exports as ledger
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.county.people.models import Post
from shaodao.faces import exports
from shaodao.faces.models import Export
from shaodao.faces.work import exporting

SPOT = {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}
GO = threading.Event()


@pytest.fixture
def act(staff):
    def sign_in(username: str, role: str, unit: str) -> Client:
        client = Client()
        password(client, staff(username, (role, unit)).username)
        assert client.post("/accounts/factor/", {"code": code()}).status_code == 302
        client.get("/work/capacity")
        return client

    return sign_in


def whistles(count: int) -> None:
    for n in range(count):
        filing.file(Whistle(text=f"第 {n} 个井盖丢了", item="MS-07", place=SPOT), Caller("t", ""), by=None)


def ask(client: Client, **asked: str) -> Export:
    assert client.post("/work/exports/ask", {"list": "search", **asked})["Location"] == "/work/exports"
    return Export.objects.latest("pk")


def test_it_is_written_in_the_background_and_fetched_by_whoever_asked_alone(act):
    whistles(3)
    owner, colleague = act("owner", "seat", "C00"), act("colleague", "seat", "C00")
    one = ask(owner)
    assert "排队中" in owner.get("/work/exports").content.decode()
    assert exporting.tick(GO)
    assert not exporting.tick(GO)
    assert "下载" in owner.get("/work/exports").content.decode()
    address = f"/work/exports/{one.pk}/file"
    sheet = load_workbook(BytesIO(owner.get(address).content)).active
    rows = list(sheet.iter_rows(values_only=True))
    assert f"共 3 行，导出编号 E{one.pk}" in rows[0][0]
    assert rows[1][: len(exporting.COLUMNS)] == exporting.COLUMNS
    assert len(rows) == 5
    assert "井盖丢了" not in str(rows)  # no free text
    assert [each.rows for each in ledger.of("search")] == [3]
    assert colleague.get(address).status_code == 404
    assert Client().get(address).status_code == 302
    exporting.forget(datetime.now(UTC) + timedelta(hours=25))
    assert owner.get(address).status_code == 404
    assert "已过期" not in colleague.get("/work/exports").content.decode()


def test_it_gives_nothing_to_whoever_lost_the_capacity_meanwhile(act):
    owner = act("owner", "seat", "C00")
    one = ask(owner)
    now = datetime.now(UTC)
    Post.objects.filter(pk=one.post).update(since=now - timedelta(days=1), until=now - timedelta(seconds=1))
    assert exporting.tick(GO)
    one.refresh_from_db()
    assert (one.fault, one.file) == ("not_held", None)
    assert ledger.of("search") == []


def test_it_begins_anew_after_a_crash_and_makes_one_file(act, monkeypatch):
    whistles(2)
    one = ask(act("owner", "seat", "C00"))
    dead = exporting._take(datetime.now(UTC))
    assert not exporting.tick(GO)  # somebody is at it
    Export.objects.update(seen_at=datetime.now(UTC) - exporting.SILENT - timedelta(seconds=1))
    assert exporting.tick(GO)
    assert dead is not None
    with pytest.raises(exporting._Stopped):  # the one taken for dead comes back
        exporting._write(dead, lambda done, rows: None)
    assert [each.rows for each in ledger.of("search")] == [2]
    one.refresh_from_db()
    assert one.rows == 2


def test_it_exports_an_empty_list_and_asks_once_for_the_same(act):
    owner = act("owner", "seat", "C00")
    first, second = ask(owner, state="in_triage"), ask(owner, state="in_triage")
    assert first == second
    assert exporting.tick(GO)
    rows = list(
        load_workbook(BytesIO(owner.get(f"/work/exports/{first.pk}/file").content)).active.iter_rows(
            values_only=True
        )
    )
    assert len(rows) == 2
    assert "共 0 行" in rows[0][0]


def test_it_does_not_keep_a_telephone_number(act):
    one = ask(act("owner", "seat", "C00"), q="13812345678")
    assert "13812345678" not in str(one.asked)


def test_it_refuses_a_list_that_is_not_this_capacitys(act):
    assert act("unit", "handler", "D15").post("/work/exports/ask", {"list": "triage"}).status_code == 404


@pytest.mark.parametrize("cell", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\x00=1", " =1"])
def test_it_writes_no_formula(cell):
    book = exporting._workbook("mark", ["a"], iter([[exports.plain(cell)]]), lambda done: None)
    found = load_workbook(BytesIO(book)).active["A3"]
    assert found.data_type == "s"
    assert found.value.startswith("'")


def test_it_reads_many_rows_with_few_statements(act, django_assert_max_num_queries):
    whistles(30)
    ask(act("owner", "seat", "C00"))
    with django_assert_max_num_queries(40):
        assert exporting.tick(GO)
