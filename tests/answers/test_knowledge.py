"""The knowledge base in the ledger and the vault: what is proven, what is erased, what is served."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from tests.answers.conftest import (
    ANSWER,
    DEPUTY,
    LEADER,
    QUESTION,
    SEAT,
    context,
    facts,
    publish,
    tell,
    wording,
    write,
)
from tests.trust.conftest import PACK, PHONE, file, give

from shaodao.centre.answers import knowledge, starters
from shaodao.centre.answers.article import fold
from shaodao.centre.answers.models import Article, Use
from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.lifecycle.model import By
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Context, Stream

TODAY = date(2026, 4, 15)
SECURITY = By("user:9", "security_admin", "C00")


def found(words: str = QUESTION) -> list[str]:
    knowledge.forget()
    return [each.article.question for each in knowledge.find(words, TODAY)]


def test_only_what_two_persons_wrote_and_published_is_found(pack):
    row = write()
    assert found() == []
    with pytest.raises(Refusal, match="second_person_needed"):
        publish(row, SEAT)
    publish(row)
    assert found() == [QUESTION]
    assert found("老人坐车的卡") == [QUESTION]


def test_every_change_is_one_event_without_a_word_in_it(pack):
    row = publish(write())
    knowledge.review(row.pk, TODAY + timedelta(days=400), context(DEPUTY), actions.now(), TODAY)
    knowledge.withdraw(row.pk, context(LEADER), actions.now())
    events = store.history(Stream("article", str(row.pk)))
    assert [each.type for each in events] == [
        "ArticleWritten",
        "ArticlePublished",
        "ArticleReviewed",
        "ArticleWithdrawn",
    ]
    assert [each.context.actor for each in events] == ["user:1", "user:2", "user:3", "user:2"]
    told = json.dumps([each.payload for each in events], ensure_ascii=False)
    assert QUESTION not in told
    assert ANSWER not in told
    assert "公告" not in told


def test_the_row_is_what_the_events_fold_to(pack):
    row = publish(write())
    write(LEADER, id=row.pk, text="改过的答复")
    row = Article.objects.get(pk=row.pk)
    state = fold(store.history(Stream("article", str(row.pk))))
    for name, value in knowledge.columns(state).items():
        assert getattr(row, name) == value, name


def test_the_old_words_are_served_until_the_new_ones_are_published(pack):
    row = publish(write())
    later = write(LEADER, id=row.pk, text="改过的答复")
    assert knowledge.find(QUESTION, TODAY)[0].article.text == ANSWER
    with pytest.raises(Refusal, match="stale"):
        knowledge.publish(row.pk, 1, context(SEAT), actions.now())
    publish(later, SEAT)
    assert knowledge.find(QUESTION, TODAY)[0].article.text == "改过的答复"
    assert knowledge.find(QUESTION, TODAY)[0].article.version == 2


def test_what_has_ended_is_not_served(pack):
    row = publish(write(facts=facts(valid_until=TODAY + timedelta(days=1))))
    assert found() == [QUESTION]
    assert knowledge.find(QUESTION, TODAY + timedelta(days=1)) == []
    assert knowledge.published(row.pk, TODAY + timedelta(days=1)) is None
    knowledge.withdraw(row.pk, context(LEADER), actions.now())
    assert found() == []


def answered(text: str = "老人坐车的卡在哪办") -> str:
    number = file(text, phone=PHONE).case.number
    give(number, "answer", SEAT, words=f"王奶奶您好：{ANSWER}", source="县交通局")
    return number


def test_a_draft_made_of_somebodys_answer_goes_with_them(pack):
    number = answered()
    row = write(case=number, text=f"王奶奶您好：{ANSWER}")
    row = write(LEADER, id=row.pk, text=f"王奶奶：{ANSWER}")  # still made of that case
    keys = [each.payload["words"] for each in store.history(Stream("article", str(row.pk)))]
    assert all(vault.read(keys).values())
    actions.erase_person(actions.load(number).whose, SECURITY)
    assert list(vault.read(keys).values()) == [None, None]
    assert knowledge.wording_of(Article.objects.get(pk=row.pk)) is None
    with pytest.raises(Refusal, match="words_needed"):
        publish(row, SEAT)


def test_what_was_published_from_somebodys_answer_stays(pack):
    number = answered()
    publish(write(case=number))
    actions.erase_person(actions.load(number).whose, SECURITY)
    assert found() == [QUESTION]


def test_it_counts_what_an_answer_did(pack):
    row = publish(write())
    numbers = [file("老人坐车的卡在哪办", phone=f"1381234000{n}").case.number for n in range(3)]
    article = knowledge.published(row.pk, TODAY)
    assert article is not None
    for number in numbers:
        give(number, "answer", SEAT, words=article.text, source=article.ref)
    by_hand = answered()
    tell()
    assert set(Use.objects.values_list("number", flat=True)) == set(numbers)
    assert by_hand not in numbers
    whose = [By(actions.load(number).whose, "whistler") for number in numbers]
    give(numbers[0], "find_helpful", whose[0])
    give(numbers[1], "reopen", whose[1], reason="not_solved")
    tell()
    assert dict(Use.objects.values_list("number", "helpful")) == dict(
        zip(numbers, (True, False, None), strict=True)
    )


def test_the_packs_articles_are_installed_once(base):
    again = starters.install(starters.read(PACK, base, TODAY), actions.now())
    assert again == 0
    assert Article.objects.filter(state="published").count() >= 50
    ledger = [
        store.history(Stream("article", str(pk))) for pk in Article.objects.values_list("pk", flat=True)
    ]
    assert all({each.context.actor for each in events} == {"system:pack", "system:init"} for events in ledger)


def test_a_changed_file_waits_for_a_person(base, tmp_path):
    read = starters.read(PACK, base, TODAY)
    assert starters.propose(read, actions.now()) == 0
    one = read[0]
    changed = starters.Starter(one.code, wording(question=one.wording.question), one.facts)
    assert starters.propose([changed, *read[1:]], actions.now()) == 1
    row = Article.objects.get(code=one.code)
    assert (row.waits, row.live_version, row.version) == (True, 1, 2)


def test_faults_of_the_files_are_all_named(pack, tmp_path):
    folder = tmp_path / "answers"
    folder.mkdir()
    good = 'code = "A1"\nquestion = "问"\ntext = "答"\nsource = "据"\nsource_date = 2026-01-01\n'
    entries = [
        good,
        good,  # the same code
        good.replace("A1", "A2") + 'unit = "D99"\n',
        good.replace("A1", "A3").replace("2026-01-01", '"2026"'),
        'code = "A4"\nquestion = "问"\n',
        good.replace("A1", "A5") + 'oops = "x"\n',
    ]
    (folder / "a.toml").write_text("".join(f"[[answer]]\n{entry}" for entry in entries), encoding="utf-8")
    (folder / "b.toml").write_text("[[answer", encoding="utf-8")
    with pytest.raises(starters.Faulty) as faulty:
        starters.read(tmp_path, pack, TODAY)
    assert [fault.split("：")[1] for fault in faulty.value.faults] == [
        "第 2 条 A1", "第 3 条 A2", "第 4 条 A3", "第 5 条 A4", "第 6 条 A5", "读不出来",
    ]  # fmt: skip


def test_searching_asks_the_database_once_in_a_while(base, django_assert_num_queries):
    knowledge.forget()
    with django_assert_num_queries(3):  # stamp, rows, words
        knowledge.find("医保怎么报销", TODAY)
    with django_assert_num_queries(0):
        for _ in range(20):
            knowledge.find("户口怎么迁", TODAY)


def test_words_are_read_again_only_when_something_has_changed(base, django_assert_num_queries, monkeypatch):
    knowledge.find("医保", TODAY)
    monkeypatch.setattr(knowledge, "LOOK_AGAIN", -1.0)
    with django_assert_num_queries(1):
        knowledge.find("医保", TODAY)


def test_an_answer_names_its_article(pack):
    assert knowledge.id_of("article:12/3") == 12
    for other in ("县交通局", "article:", "article:x/1", "praise:D05", "", "article:１２/3"):
        assert knowledge.id_of(other) == 0


def test_a_context_that_is_a_machine_can_be_the_other_one(pack):
    """What the pack brought is published by a person, whoever that is."""
    row = knowledge.write(wording(), facts(), Context(actor="system:pack"), actions.now(), code="X1")
    publish(row, LEADER)
    assert found() == [QUESTION]
