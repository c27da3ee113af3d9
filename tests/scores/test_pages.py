"""Scores as people see them: the ranking, what made each point, appeals, publishing."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone
from tests.faces.conftest import county, staff  # noqa: F401
from tests.supervision.test_pages import desk  # noqa: F401

from shaodao.centre.scores import actions, models
from shaodao.centre.scores.month import Which
from shaodao.centre.scores.reckoning import period_of, reckon
from shaodao.centre.scores.scoring import Entry
from shaodao.centre.supervision.models import Note
from shaodao.ground.ledger import sealer

NUMBER = "260900000001"


def text(answer) -> str:
    return answer.content.decode()


@pytest.fixture
def month(county, desk):  # noqa: F811
    """Last month, published, with two late finishes of the housing department in it."""
    code = (timezone.localtime().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    found = reckon(period_of(code, county.zone), county)
    late = [Entry("D15", "D15", f"{NUMBER[:-1]}{n}", 7, -60, 60, 1, timezone.now()) for n in range(2)]
    made = type(found)(tuple(sorted((*found.entries, *late), key=lambda e: e.order)), {"D15": 9, "D13": 2})
    _, deputy = desk("centre_deputy", "C00")
    _, director = desk("centre_director", "C00")
    actions.propose_reckoned(code, made, sealer.size(), county, deputy)
    actions.publish(code, director)
    return code


def post(client, name, *args, **said):
    return client.post(reverse(f"staff:{name}", args=args), said, follow=True)


def test_it_ranks_by_group_and_gives_few_cases_no_rank(desk, month):  # noqa: F811
    client, _ = desk("county_leader", "L00")
    shown = text(client.get(reverse("staff:scores")))
    assert "县直部门" in shown
    assert "98.80" in shown
    assert "样本不足" in shown
    assert text(client.get(reverse("staff:scores_month", args=[month]))).count("<h2>") >= 4
    assert "98.80" in text(client.get(reverse("staff:scores_month", args=[month[:4]])))
    assert client.get(reverse("staff:scores_month", args=["2020-01"])).status_code == 404


def test_a_head_finds_each_point_and_contests_one(desk, month):  # noqa: F811
    client, _ = desk("unit_head", "D15")
    shown = text(client.get(reverse("staff:deductions"), follow=True))
    assert "98.80" in shown
    assert NUMBER[:-1] + "0" in shown
    assert reverse("staff:deductions") in text(client.get(reverse("staff:head")))
    said = {"rule": "D15", "number": NUMBER[:-1] + "0", "part": "7"}
    wrong = client.post(reverse("staff:score_appeal", args=[month, "D15"]), said | {"words": " "})
    assert wrong.status_code == 422
    assert "请写明情况" in text(wrong)
    assert "申诉待裁定" in text(post(client, "score_appeal", month, "D15", **said, words="那天停电"))
    client, _ = desk("centre_director", "C00")
    inbox = text(client.get(reverse("staff:score_appeals")))
    assert "那天停电" in inbox
    missing = client.post(reverse("staff:score_rule", args=[month, 1]), {"upheld": "1", "words": ""})
    assert missing.status_code == 422
    assert "更正 0.60" in text(post(client, "score_rule", month, 1, upheld="1", words="属实"))
    client, _ = desk("unit_head", "D15")
    shown = text(client.get(reverse("staff:scores_of", args=[month, "D15"])))
    assert "99.40" in shown  # corrected
    assert "-0.60" in shown  # and what was published is still there
    assert "裁定：属实" in shown


@pytest.mark.parametrize(
    ("role", "unit", "ranking", "entries", "appeals"),
    [
        ("handler", "D15", 200, 200, 403),
        ("unit_head", "D13", 200, 404, 403),
        ("street_head", "S01", 200, 404, 403),
        ("inspector", "J00", 200, 200, 200),
        ("system_admin", "C00", 403, 404, 403),
    ],
)
def test_each_sees_what_is_theirs(desk, month, role, unit, ranking, entries, appeals):  # noqa: F811
    client, _ = desk(role, unit)
    assert client.get(reverse("staff:scores_month", args=[month])).status_code == ranking
    assert client.get(reverse("staff:scores_of", args=[month, "D15"])).status_code == entries
    assert client.get(reverse("staff:score_appeals")).status_code == appeals
    said = {"rule": "D15", "number": NUMBER[:-1] + "0", "part": "7", "words": "不服"}
    assert client.post(reverse("staff:score_appeal", args=[month, "D15"]), said).status_code == 403
    assert client.post(reverse("staff:score_give", args=[month, "publish"])).status_code == 403
    assert not models.Appeal.objects.exists()


def test_what_is_proposed_is_seen_by_who_publishes_alone(desk, county):  # noqa: F811
    client, _ = desk("shift_leader", "C00")
    code = (timezone.localtime().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    assert f"{code} 还没有评分" in text(client.get(reverse("staff:scores")))
    assert "已算好" in text(post(client, "score_give", code, "propose"))
    for role, unit in (("county_leader", "L00"), ("unit_head", "D15")):
        client, _ = desk(role, unit)
        assert client.get(reverse("staff:scores_month", args=[code])).status_code == 404
        assert client.get(reverse("staff:scores_of", args=[code, "D15"])).status_code == 404
    client, _ = desk("centre_director", "C00")
    assert "请写明情况" in text(post(client, "score_give", code, "reject", words=""))
    assert "已退回" in text(post(client, "score_give", code, "reject", words="再核一遍"))
    post(client, "score_give", code, "propose")
    assert "由您公布" in text(client.get(reverse("staff:scores_month", args=[code])))
    post(client, "score_give", code, "publish")
    assert models.Month.objects.get().state == "proposed"  # not by the same person
    client, _ = desk("centre_deputy", "C00")
    assert "已公布" in text(post(client, "score_give", code, "publish"))


def test_more_entries_and_appeals_ask_no_more(desk, month):  # noqa: F811
    counts = []
    for n in range(2):
        client, head = desk("unit_head", "D15")
        which = models.Entry.objects.get(number=f"{NUMBER[:-1]}{n}")
        actions.appeal(month, Which("D15", "D15", which.number, 7), "停电", head)
        pages = []
        for role, unit, url in (
            ("unit_head", "D15", reverse("staff:scores_of", args=[month, "D15"])),
            ("centre_director", "C00", reverse("staff:score_appeals")),
        ):
            client, _ = desk(role, unit)
            client.get(url)
            with CaptureQueriesContext(connection) as asked:
                client.get(url)
            pages.append(len(asked))
        counts.append(pages)
    assert counts[0] == counts[1]


def test_a_leader_writes_on_the_ranking_and_it_becomes_a_case(desk, month):  # noqa: F811
    client, _ = desk("county_leader", "L00")
    there = reverse("staff:scores_month", args=[month])
    assert "圈阅、批示" in text(client.get(there))
    said = {
        "about": "ranking",
        "subject": month,
        "kind": "instructed",
        "words": "排名靠后的写出原因",
        "unit": "D13",
    }
    shown = text(client.post(reverse("staff:note"), said, follow=True))
    note = Note.objects.get()
    assert (note.about, note.subject) == ("ranking", month)
    assert f"立为领导交办件 {note.case}" in shown
    assert "排名靠后的写出原因" in text(client.get(there))
    assert f"排名 {month}" in text(client.get(reverse("staff:notes")))
    assert client.post(reverse("staff:note"), {**said, "subject": "2020-01"}).status_code == 404
    assert client.post(reverse("staff:note"), {**said, "subject": month[:4]}).status_code == 404
    client, _ = desk("unit_head", "D15")
    assert "排名靠后的写出原因" not in text(client.get(there))
    assert client.post(reverse("staff:note"), said).status_code == 403


def test_nobody_writes_on_a_ranking_that_is_not_published(county, desk):  # noqa: F811
    code = (timezone.localtime().replace(day=1) - timedelta(days=1)).strftime("%Y-%m")
    _, deputy = desk("centre_deputy", "C00")
    actions.propose(code, deputy)
    client, _ = desk("county_leader", "L00")
    said = {"about": "ranking", "subject": code, "kind": "circled"}
    assert client.post(reverse("staff:note"), said).status_code == 404
