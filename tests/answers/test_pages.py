"""The pages of the knowledge base: residents before they file, and the centre that keeps it."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from tests.answers.conftest import ANSWER, QUESTION, SEAT, facts, publish, write

from shaodao.centre.answers import knowledge
from shaodao.centre.answers.models import Article
from shaodao.centre.cases import actions
from shaodao.county.people.models import User

TODAY = actions.now().date()
FORM = {
    "question": "夜间能不能办居住证",
    "also": "晚上办居住证\n周末办居住证",
    "text": "不能，请在工作时间到派出所办。",
    "source": "县公安局 2026 年公告",
    "source_date": "2026-02-01",
    "review_on": (TODAY + timedelta(days=100)).isoformat(),
    "unit": "D05",
    "item": "",
}


def text_of(answer: Any) -> str:
    return answer.content.decode()


# --- residents ----------------------------------------------------------------------------------------------------


def test_residents_search_answers_and_items_together(base, client):
    page = text_of(client.get("/guide", {"q": "低保"}))
    assert "低保怎么申请" in page
    assert "社会救助暂行办法" in page
    assert "2014年2月21日" in page
    assert "低保、特困和临时救助" in page  # the item, below


def test_an_answer_has_an_address(base, client):
    found = knowledge.find("异地就医怎么备案", TODAY)[0].article
    page = text_of(client.get(f"/answers/{found.id}"))
    assert found.question in page
    assert "依据：" in page
    assert client.get("/answers/999999").status_code == 404


def test_a_draft_has_none(pack, client):
    row = write()
    assert client.get(f"/answers/{row.pk}").status_code == 404
    assert ANSWER not in text_of(client.get("/guide", {"q": QUESTION}))
    publish(row)
    assert ANSWER in text_of(client.get(f"/answers/{row.pk}"))


def test_answers_are_offered_while_a_question_is_typed(base, client):
    said = text_of(client.post("/whistle/suggest", {"text": "请问身份证丢了怎么补办"}))
    assert "这些答复也许有用" in said
    assert "身份证丢了或到期怎么补办换领" in said


@pytest.mark.parametrize(
    "text", ["幸福小区门口的井盖丢了，晚上很危险", "路灯不亮好几天了", "楼下烧烤油烟太大"]
)
def test_a_report_is_not_disturbed_by_answers(base, client, text):
    assert "这些答复也许有用" not in text_of(client.post("/whistle/suggest", {"text": text}))


def test_programs_find_answers_too(base):
    found = Client().get("/api/v1/answers", {"q": "公积金怎么提取", "most": 2}).json()
    assert found["answers"][0]["question"] == "住房公积金怎么提取、怎么贷款"
    assert found["answers"][0]["source_date"] == "2019-03-24"
    assert len(found["answers"]) <= 2
    assert Client().get("/api/v1/answers").status_code == 422
    assert Client().get("/api/v1/answers", {"q": "x" * 201}).status_code == 422


# --- the centre -----------------------------------------------------------------------------------------------------


def test_one_writes_and_another_publishes(pack, sign_in):
    seat, leader = sign_in("seat", "C00"), sign_in("shift_leader", "C00")
    answer = seat.post("/work/answers/new", FORM)
    assert answer.status_code == 302
    row = Article.objects.get()
    assert row.unit == "D05"
    page = text_of(seat.get(f"/work/answers/{row.pk}"))
    assert "要由中心另一个人发布" in page
    assert "发布第" not in page
    assert seat.post(f"/work/answers/{row.pk}/publish", {"version": 1}).status_code == 403
    assert "发布第 1 版" in text_of(leader.get(f"/work/answers/{row.pk}"))
    leader.post(f"/work/answers/{row.pk}/publish", {"version": 1})
    knowledge.forget()
    assert knowledge.find("晚上办居住证", TODAY)[0].article.id == row.pk


def test_a_head_does_not_publish_their_own(pack, sign_in):
    leader = sign_in("shift_leader", "C00")
    leader.post("/work/answers/new", FORM)
    row = Article.objects.get()
    assert "发布第" not in text_of(leader.get(f"/work/answers/{row.pk}"))
    said = text_of(leader.post(f"/work/answers/{row.pk}/publish", {"version": 1}, follow=True))
    assert "要由另一个人同意" in said
    assert Article.objects.get().state == "draft"


def test_what_is_missing_is_said_at_its_field(pack, sign_in):
    answer = sign_in("seat", "C00").post("/work/answers/new", FORM | {"source": "", "source_date": ""})
    assert answer.status_code == 422
    assert text_of(answer).count('aria-invalid="true"') == 2
    assert not Article.objects.exists()


READERS = [("seat", "C00"), ("caller", "C00"), ("stationed", "D13"), ("county_leader", "L00")]
STRANGERS = [("liaison", "D15"), ("street_clerk", "S01"), ("security_admin", "C00"), ("supervisor", "V00")]


@pytest.mark.parametrize(("role", "unit"), [*READERS, *STRANGERS])
def test_who_reads_and_who_writes(pack, sign_in, role, unit):
    row = write()
    browser = sign_in(role, unit)
    reads = (role, unit) in READERS
    assert browser.get("/work/answers").status_code == (200 if reads else 403)
    assert browser.get(f"/work/answers/{row.pk}").status_code == (200 if reads else 403)
    writes = role == "seat"
    assert browser.get("/work/answers/new").status_code == (200 if writes else 403)
    for what in ("publish", "review", "withdraw"):
        assert browser.post(f"/work/answers/{row.pk}/{what}", {"version": 1}).status_code == 403
    assert Article.objects.get().state == "draft"


def test_what_must_be_looked_at_again_is_counted_in_the_inbox(pack, sign_in):
    publish(write(facts=facts(review_on=TODAY - timedelta(days=1))))
    seat = sign_in("seat", "C00")
    assert 'href="/work/answers"' in text_of(seat.get("/work/inbox"))
    page = text_of(seat.get("/work/answers"))
    assert "该复核了" in page
    leader = sign_in("shift_leader", "C00")
    row = Article.objects.get()
    later = (TODAY + timedelta(days=30)).isoformat()
    leader.post(f"/work/answers/{row.pk}/review", {"review_on": later})
    assert Article.objects.get().review_on.isoformat() == later
    assert "该复核了" not in text_of(seat.get("/work/answers"))


def test_the_list_costs_the_same_at_any_length(base, sign_in, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    seat = sign_in("seat", "C00")
    seat.get("/work/answers?list=waiting")
    write(SEAT)
    with CaptureQueriesContext(connection) as few:
        seat.get("/work/answers?list=waiting")
    for number in range(10):
        write(SEAT, question=f"第{number}个问题")
    with django_assert_num_queries(len(few)):
        seat.get("/work/answers?list=waiting")


def test_the_answer_form_takes_an_article_with_one_tap(base, sign_in):
    from tests.trust.conftest import PHONE, file

    number = file("请问身份证快到期了怎么换", phone=PHONE).case.number
    seat = sign_in("seat", "C00")
    page = text_of(seat.get(f"/work/cases/{number}/answer?subject=0"))
    assert "知识库里相近的" in page
    article = knowledge.find("身份证快到期了怎么换", TODAY)[0].article
    chosen = text_of(seat.get(f"/work/cases/{number}/answer?subject=0&article={article.id}"))
    assert article.text.splitlines()[0] in chosen
    assert article.ref in chosen
    assert User.objects.exists()
    seat.post(
        f"/work/cases/{number}/answer",
        {"subject": 0, "version": actions.load(number).version, "words": article.text, "source": article.ref},
    )
    assert knowledge.id_of(actions.load(number).outcome_detail) == article.id
