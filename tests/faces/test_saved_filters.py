"""常用条件: kept under a name for one capacity, seen by nobody else, without what was typed."""

from __future__ import annotations

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from tests.faces.test_case_map import file
from tests.faces.test_flow import sign_in

from shaodao.faces.models import SavedFilter
from shaodao.faces.work.saved import MOST

pytestmark = pytest.mark.usefixtures("county")
SAVE, FORGET, SEARCH = "/work/cases/saved", "/work/cases/saved/forget", "/work/cases"


@pytest.fixture
def desk(staff):
    def as_(name: str, *capacities: tuple[str, str]) -> Client:
        client = Client()
        sign_in(client, staff(name, *(capacities or [("seat", "C00")])))
        return client

    return as_


def keep(client: Client, name: str = "住建没办结", **said: str) -> str:
    said = said or {"unit": "D15", "open": "1", "q": "王小明", "phone": "13812345678"}
    return client.post(SAVE, {"name": name, **said}, follow=True).content.decode()


def test_it_is_kept_without_what_was_typed(desk):
    seat = desk("seat")
    assert "已存为“住建没办结”" in keep(seat)
    (row,) = SavedFilter.objects.all()
    assert row.query == "unit=D15&amp;open=1".replace("amp;", "")
    page = seat.get(SEARCH).content.decode()
    assert 'href="/work/cases?unit=D15&amp;open=1"' in page
    assert "住建没办结" in page
    keep(seat, item="MS-08")  # under the same name: instead of that
    assert SavedFilter.objects.get().query == "item=MS-08"


def test_nobody_else_sees_or_forgets_it(desk):
    keep(desk("seat"))
    saved = SavedFilter.objects.get()
    for other in (
        desk("colleague"),
        desk("outsider", ("liaison", "D15")),
        desk("leader", ("shift_leader", "C00")),
    ):
        assert "住建没办结" not in other.get(SEARCH).content.decode()
        assert other.post(FORGET, {"saved": saved.pk}).status_code == 404
    assert Client().post(SAVE, {"name": "x", "open": "1"}).status_code == 302
    assert SavedFilter.objects.get() == saved


def test_another_capacity_of_the_same_person_has_its_own(desk):
    SavedFilter.objects.all().delete()
    seat = desk("both", ("seat", "C00"))
    keep(seat)
    SavedFilter.objects.update(role="shift_leader")
    assert "住建没办结" not in seat.get(SEARCH).content.decode()
    assert seat.post(FORGET, {"saved": SavedFilter.objects.get().pk}).status_code == 404


def test_it_can_be_forgotten(desk):
    seat = desk("seat")
    keep(seat)
    assert (
        "已删掉" in seat.post(FORGET, {"saved": SavedFilter.objects.get().pk}, follow=True).content.decode()
    )
    assert not SavedFilter.objects.exists()
    assert seat.post(FORGET, {"saved": "x"}).status_code == 404


@pytest.mark.parametrize(
    ("name", "said", "told"),
    [
        ("", {"open": "1"}, "请起一个名字"),
        ("很长" * 10, {"open": "1"}, "请起一个名字"),
        ("空", {"q": "井盖"}, "先选条件"),
        ("大", {"item": "M" * 500}, "先选条件"),
    ],
)
def test_bad_ones_are_refused_with_a_reason(desk, name, said, told):
    assert told in keep(desk("seat"), name, **said)
    assert not SavedFilter.objects.exists()


def test_there_are_so_many_at_most(desk):
    seat = desk("seat")
    for n in range(MOST):
        keep(seat, f"第{n}个", open="1")
    assert "最多存" in keep(seat, "再一个", open="1")
    assert SavedFilter.objects.count() == MOST
    assert "已存为" in keep(seat, "第0个", overdue="1")


def test_each_condition_can_be_taken_off(desk):
    page = desk("seat").get(f"{SEARCH}?item=MS-08&open=1&unit=D15").content.decode()
    assert 'href="/work/cases?item=MS-08&amp;unit=D15" aria-label="去掉条件：只看没办结的"' in page
    assert "全部清空" in page
    odd = desk("other").get(f"{SEARCH}?item=no&unit=no&place=no&state=no&nature=no&since=no")
    assert odd.status_code == 200


def test_a_hundred_on_a_page_and_few_statements(desk):
    for index in range(1, 61):
        file(index)
    seat = desk("seat")
    keep(seat)
    page = seat.get(SEARCH).content.decode()
    assert page.count('class="item"') == 50
    assert "每页 100 条" in page
    with CaptureQueriesContext(
        connection,
    ) as asked:
        page = seat.get(f"{SEARCH}?size=100").content.decode()
    assert page.count('class="item"') == 60
    assert len([q for q in asked if "cases_" in q["sql"] or "saved" in q["sql"]]) <= 8
