"""An article: written by one, published by another, withdrawn; pure."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from shaodao.centre.answers import article as core
from shaodao.centre.answers.article import Article, Facts, Wording
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.ground.ledger.events import Context, Recorded, Stream

AT = datetime(2026, 4, 15, tzinfo=UTC)
FACTS = Facts(date(2026, 1, 1), date(2026, 10, 1), "D21", "MS-37", date(2027, 1, 1))


def happen(article: Article, actor: str, happened: tuple[str, dict[str, Any]]) -> Article:
    name, payload = happened
    recorded = Recorded(Stream("article", "1"), 1, name, 1, AT, AT, Context(actor), payload, b"")
    return core.evolve(article, recorded)


def written(actor: str = "user:1", facts: Facts = FACTS) -> Article:
    return happen(Article(), actor, core.write(Article(), "w1", facts))


def published() -> Article:
    article = written()
    return happen(article, "user:2", core.publish(article, 1, "user:2", "w1-public"))


def test_a_draft_is_not_read_by_residents():
    article = written()
    assert (article.state, article.waits, article.live) == ("draft", True, None)


def test_nobody_publishes_what_they_wrote():
    with pytest.raises(Refusal, match="second_person_needed"):
        core.publish(written(), 1, "user:1", "w")


def test_a_second_person_publishes_the_version_they_have_read():
    with pytest.raises(Refusal, match="stale"):
        core.publish(written(), 2, "user:2", "w")
    article = published()
    assert (article.state, article.waits, article.approver) == ("published", False, "user:2")
    assert article.live is not None
    assert article.live.words == "w1-public"
    with pytest.raises(Refusal, match="article_not_waiting"):
        core.publish(article, 1, "user:3", "w")


def test_what_is_published_stays_while_a_new_version_waits():
    article = published()
    article = happen(article, "user:3", core.write(article, "w2", FACTS))
    assert article.live is not None
    assert article.latest is not None
    assert (article.live.number, article.latest.number, article.state, article.waits) == (
        1,
        2,
        "published",
        True,
    )
    article = happen(article, "user:1", core.publish(article, 2, "user:1", "w2"))
    assert article.live == article.latest


def test_a_review_moves_the_next_look_and_nothing_else():
    article = published()
    with pytest.raises(Refusal, match="field_wrong"):
        core.review(article, date(2026, 10, 1), date(2026, 10, 1))
    after = happen(article, "user:2", core.review(article, date(2027, 4, 1), date(2026, 10, 1)))
    assert after.live is not None
    assert after.live.facts.review_on == date(2027, 4, 1)
    assert not after.waits
    with pytest.raises(Refusal, match="article_not_published"):
        core.review(written(), date(2027, 4, 1), date(2026, 10, 1))


def test_what_is_withdrawn_comes_back_only_by_two_persons():
    article = happen(published(), "user:2", core.withdraw(published()))
    assert (article.state, article.live, article.waits) == ("withdrawn", None, False)
    with pytest.raises(Refusal, match="article_not_published"):
        core.withdraw(article)
    again = happen(article, "user:1", core.write(article, "w2", FACTS))
    assert (again.state, again.waits) == ("draft", True)


def test_facts_survive_the_event():
    assert Facts.read(FACTS.payload()) == FACTS
    plain = Facts(date(2026, 1, 1), date(2026, 2, 1))
    assert Facts.read(plain.payload()) == plain
    with pytest.raises(Refusal, match="field_wrong"):
        core.write(Article(), "w", Facts(date(2026, 1, 1), date(2026, 2, 1), valid_until=date(2026, 1, 1)))


@pytest.mark.parametrize(
    ("said", "field"),
    [
        ({"question": " "}, "question"),
        ({"text": ""}, "text"),
        ({"source": ""}, "source"),
        ({"question": "问" * 201}, "question"),
        ({"also": ("问" * 201,)}, "also"),
        ({"also": ("问",) * 41}, "also"),
        ({"text": "答" * 4001}, "text"),
    ],
)
def test_a_wording_says_all_and_not_too_much(said, field):
    with pytest.raises(Refusal) as refused:
        Wording(**({"question": "问", "text": "答", "source": "据"} | said)).check()
    assert refused.value.params["field"] == field
