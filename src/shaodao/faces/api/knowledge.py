"""`/answers`: the knowledge base, for everybody."""

from __future__ import annotations

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from ninja import Query, Router

from shaodao.centre.answers import knowledge as base
from shaodao.centre.cases import actions
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.faces.api import answers, shapes
from shaodao.faces.api.exchange import answer

router = Router(tags=["知识库"])
FOUND: Any = {200: shapes.FoundAnswers, **shapes.REFUSED}


@router.get("/answers", summary="查答复", response=FOUND, operation_id="find_answers")
def find(request: HttpRequest, asked: Query[shapes.AnswersAsked]) -> HttpResponse:
    """按问的话找知识库的答复，最相近的在前；每条写明依据和日期。反映之前先查，能省一件。"""
    now = actions.now()
    pack = versions.current(now)
    found = base.find(asked.q, pack.day(now), asked.most)
    return answer({"q": asked.q, "answers": [_answer(each, pack) for each in found]})


def _answer(found: base.Found, pack: Pack) -> answers.Json:
    article = found.article
    return {
        "id": article.id,
        "question": article.question,
        "text": article.text,
        "source": article.source,
        "source_date": article.source_date.isoformat(),
        "valid_until": article.valid_until.isoformat() if article.valid_until else None,
        "unit": answers.unit_of(article.unit, pack) if article.unit else None,
        "item": article.item or None,
        "demonstration": article.demonstration,
        "score": round(found.score, 3),
        "url": reverse("resident:answer", args=[article.id]),
    }
