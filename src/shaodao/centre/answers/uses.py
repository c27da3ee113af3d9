"""What became of answers: which case an article answered, and whether it helped."""

from __future__ import annotations

from shaodao.centre.answers import knowledge
from shaodao.centre.answers.models import Article, Use
from shaodao.ground.ledger.events import Recorded
from shaodao.ground.ledger.subscriptions import subscriber


@subscriber("answers", types={"Answered", "FoundHelpful", "Reopened"})
def count(recorded: Recorded, position: int) -> None:
    """Keep, by the number of the case, what answered it; a case that goes on was not helped."""
    number = recorded.stream.id
    if recorded.type != "Answered":
        Use.objects.filter(number=number).update(helpful=recorded.type == "FoundHelpful")
        return
    source = recorded.payload.get("source", "")
    article = knowledge.id_of(source)
    version = source.partition("/")[2]
    if not article or not version.isdigit() or not Article.objects.filter(pk=article).exists():
        return
    said = {"article_id": article, "version": int(version), "at": recorded.occurred_at, "helpful": None}
    Use.objects.update_or_create(number=number, defaults=said)
