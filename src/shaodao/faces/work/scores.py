"""考核评分: the ranking of a month or a year, what each point of a unit comes from, appeals, and publishing."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.assessment.figures import FIGURES
from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.scores import actions, models
from shaodao.centre.scores.month import Which
from shaodao.centre.scores.scoring import Standing
from shaodao.centre.supervision.orders import actions as orders
from shaodao.centre.supervision.papers import official
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack, ScoreRule
from shaodao.faces import words
from shaodao.faces.forms import whole
from shaodao.faces.requests import web_source
from shaodao.faces.work import leaders_notes, presenting
from shaodao.faces.work.capacity import Desk, page

PAGE = 100
ORDER = ("department", "utility", "street", "township", "centre")  # of the rankings on a page


@page
def latest(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The last published month."""
    if not permissions.may_see_ranking(desk.by):
        return _forbidden(request)
    months = _months(desk)
    published = next((row.code for row in months if row.state == "published"), "")
    return _ranking(request, desk, published, months)


@page
def ranking(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    """A month such as 2026-10, or a year."""
    if not permissions.may_see_ranking(desk.by):
        return _forbidden(request)
    months = _months(desk)
    if code not in {row.code for row in months} and code not in _years(months):
        raise Http404
    return _ranking(request, desk, code, months)


@page
def mine(request: HttpRequest, desk: Desk) -> HttpResponse:
    """我单位扣分明细: the own unit in the last published month."""
    unit = permissions.scored_as(desk.by.unit, desk.pack)
    last = models.Month.objects.filter(state="published").order_by("-code").first()
    if not unit or not permissions.may_see_scores_of(desk.by, unit, desk.pack):
        return _forbidden(request)
    return redirect("staff:scores_of", last.code, unit) if last else redirect("staff:scores")


@page
def unit(request: HttpRequest, desk: Desk, code: str, unit: str) -> HttpResponse:
    return _unit(request, desk, code, unit)


@require_POST
@page
def appeal(request: HttpRequest, desk: Desk, code: str, unit: str) -> HttpResponse:
    said = request.POST
    which = Which(unit, said.get("rule", ""), said.get("number", ""), _part(said.get("part", "")))
    try:
        actions.appeal(code, which, said.get("words", ""), desk.by, source=web_source(request))
    except Refusal as refusal:
        return _unit(request, desk, code, unit, (which, words.refusal(refusal.code, **refusal.params)))
    messages.success(request, "申诉已提交，会由另外的人裁定。")
    return redirect("staff:scores_of", code, unit)


@require_POST
@page
def give(request: HttpRequest, desk: Desk, code: str, name: str) -> HttpResponse:
    """Propose, publish or send back a month."""
    try:
        if name == "propose":
            actions.propose(code, desk.by, source=web_source(request))
        elif name == "publish":
            actions.publish(code, desk.by, source=web_source(request))
        elif name == "reject":
            actions.reject(code, request.POST.get("words", ""), desk.by, source=web_source(request))
        else:
            raise Http404
    except Refusal as refusal:
        messages.warning(request, words.refusal(refusal.code, **refusal.params))
    else:
        messages.success(request, DONE[name])
    return redirect("staff:scores") if name == "reject" else redirect("staff:scores_month", code)


DONE = {
    "propose": "已算好，等另一位负责人公布。",
    "publish": "已公布，各单位可以查看、申诉。",
    "reject": "已退回，可以重新提请。",
}


@page
def appeals(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Those that wait for a ruling first."""
    if not permissions.may_read_appeals(desk.by):
        return _forbidden(request)
    return _appeals(request, desk)


@require_POST
@page
def rule(request: HttpRequest, desk: Desk, code: str, id: int) -> HttpResponse:
    upheld = request.POST.get("upheld") == "1"
    try:
        actions.rule(code, id, upheld, request.POST.get("words", ""), desk.by, source=web_source(request))
    except Refusal as refusal:
        return _appeals(request, desk, (code, id, words.refusal(refusal.code, **refusal.params)))
    messages.success(request, "申诉成立，已更正。" if upheld else "已驳回。")
    return redirect("staff:score_appeals")


# --- private -----------------------------------------------------------------------------------------------------


def _months(desk: Desk) -> list[models.Month]:
    """What may be looked at, latest first: what is proposed only by who publishes it. One statement."""
    rows = models.Month.objects.order_by("-code").exclude(state="")
    return list(rows if permissions.may_prepare_scores(desk.by) else rows.filter(state="published"))


def _years(months: Sequence[models.Month]) -> list[str]:
    return list(dict.fromkeys(row.code[:4] for row in months if row.state == "published"))


def _ranking(request: HttpRequest, desk: Desk, code: str, months: list[models.Month]) -> HttpResponse:
    row = next((each for each in months if each.code == code), None)
    pack = _rules(row) if row else desk.pack
    yearly = bool(code) and row is None
    standings = (actions.year(code, pack) if yearly else actions.ranking(code, pack)) if code else []
    groups: dict[str, list[dict[str, Any]]] = {}
    for standing in standings:
        groups.setdefault(standing.ranking, []).append(_line(standing, code if row else "", desk, pack))
    prepares = permissions.may_prepare_scores(desk.by)
    context = {
        "code": code,
        "row": row,
        "yearly": yearly,
        "codes": [*(each.code for each in months), *_years(months)],
        "groups": [_group(ranking, groups[ranking]) for ranking in ORDER if ranking in groups],
        "least": pack.settings.numbers.ranking_cases,
        "waits": _to_propose(desk.pack, timezone.now()) if prepares else "",
        "may": [
            name
            for name in ("publish", "reject")
            if row and row.state == "proposed" and permissions.may_score(desk.by, name, "", desk.pack)
        ],
        "own_proposal": bool(row and row.proposed_by == desk.by.actor),
        "may_appeals": permissions.may_read_appeals(desk.by),
        "own": permissions.scored_as(desk.by.unit, desk.pack) if not prepares else "",
        "now": timezone.now(),
        **(leaders_notes.beside("ranking", code, desk) if row and row.published_at else {}),
    }
    return render(request, "work/scores.html", context)


def _group(ranking: str, lines: list[dict[str, Any]]) -> dict[str, Any]:
    """Those with too few cases stand apart, without their points; the centre is compared with nobody."""
    numbered = ranking != "centre"
    return {
        "name": words.word("score_ranking", ranking),
        "numbered": numbered,
        "lines": [line for line in lines if line["rank"] or not numbered],
        "few": [line for line in lines if not line["rank"] and numbered],
    }


def _to_propose(pack: Pack, now: datetime) -> str:
    """The last month that is over, where nobody has proposed it yet. One statement."""
    first = now.astimezone(ZoneInfo(pack.zone)).replace(day=1)
    code = f"{first.year - (first.month == 1)}-{(first.month - 2) % 12 + 1:02}"
    return "" if models.Month.objects.filter(code=code).exclude(state="").exists() else code


def _line(standing: Standing, month: str, desk: Desk, pack: Pack) -> dict[str, Any]:
    may = bool(month) and permissions.may_see_scores_of(desk.by, standing.unit, desk.pack)
    return {
        "rank": standing.rank,
        "name": presenting.short(standing.unit, pack),
        "points": standing.points / 100,
        "cases": standing.cases,
        "url": reverse("staff:scores_of", args=[month, standing.unit]) if may else "",
    }


def _unit(
    request: HttpRequest, desk: Desk, code: str, unit: str, wrong: tuple[Which, str] | None = None
) -> HttpResponse:
    """The rules with what each came to, and below them one line for each fact."""
    row = models.Month.objects.filter(code=code).exclude(state="").first()
    if row is None or not permissions.may_see_scores_of(desk.by, unit, desk.pack):
        raise Http404
    if row.state != "published" and not permissions.may_prepare_scores(desk.by):
        raise Http404
    pack, now = _rules(row), timezone.now()
    found = list(models.Entry.objects.filter(month=code, unit=unit).order_by("rule", "at", "number", "part"))
    if not found:
        raise Http404
    contested = {
        Which(a.unit, a.rule, a.number, a.part): a
        for a in models.Appeal.objects.filter(month=code, unit=unit).order_by("appeal")
    }
    rules = {rule.code: rule for rule in pack.score_rules}
    wanted = request.GET.get("rule", "")
    singles = [e for e in found if e.number and wanted in ("", e.rule)]
    begin = whole(request.GET.get("after"))
    shown = singles[begin : begin + PAGE]
    places = _places(((e.number, rules[e.rule]) for e in shown), desk)
    texts = queries.read_words(text for a in contested.values() for text in (a.words, a.answer) if text)
    may_appeal = (
        permissions.may_score(desk.by, "appeal", unit, desk.pack)
        and row.appeal_until is not None
        and now <= row.appeal_until
    )

    def entry(one: models.Entry) -> dict[str, Any]:
        which = Which(one.unit, one.rule, one.number, one.part)
        filed = contested.get(which)
        lost = one.points < (0 if one.number else rules[one.rule].points)
        return {
            "rule": rules[one.rule],
            "number": one.number,
            "part": one.part,
            "place": places.get(one.number),
            "points": one.points / 100,
            "at": one.at,
            "counted": one.counted,
            "of": one.of,
            "full": rules[one.rule].points / 100,
            "appeal": _filed(filed, texts) if filed else None,
            "may_appeal": may_appeal and filed is None and lost,
            "error": wrong[1] if wrong and wrong[0] == which else "",
        }

    standing = next((s for s in actions.ranking(code, pack) if s.unit == unit), None)
    totals: dict[str, list[int]] = {}
    for one in found:
        if one.number:
            totals.setdefault(one.rule, []).append(one.points)
    context = {
        "code": code,
        "row": row,
        "unit": unit,
        "name": presenting.short(unit, pack),
        "standing": standing,
        "points": standing.points / 100 if standing else 0,
        "shares": [entry(e) for e in found if not e.number],
        "rules": [_total(rule, totals.get(rule.code, []), wanted) for rule in _singles(pack, found)],
        "lines": [entry(e) for e in shown],
        "corrected": sum(a.points for a in contested.values() if a.upheld) / 100,
        "may_appeal": may_appeal,
        "after": str(begin + PAGE) if len(singles) > begin + PAGE else None,
        "first": not begin,
        "now": now,
    }
    return render(request, "work/scores_of.html", context, status=422 if wrong else 200)


def _singles(pack: Pack, found: Sequence[models.Entry]) -> list[ScoreRule]:
    """The rules of single facts for whoever these entries are of."""
    codes = {e.rule for e in found}
    group = next(rule.group for rule in pack.score_rules if rule.code in codes)
    return [rule for rule in pack.score_rules if rule.group is group and rule.how.value == "each"]


def _total(rule: ScoreRule, points: Sequence[int], wanted: str) -> dict[str, Any]:
    return {
        "rule": rule,
        "count": len(points),
        "points": sum(points) / 100,
        "here": rule.code == wanted,
    }


def _filed(row: models.Appeal, texts: dict[str, str]) -> dict[str, Any]:
    return {
        "text": texts.get(row.words, "（已删除）"),
        "at": row.filed_at,
        "ruled_at": row.ruled_at,
        "upheld": row.upheld,
        "points": row.points / 100,
        "answer": texts.get(row.answer, "") if row.answer else "",
    }


def _appeals(request: HttpRequest, desk: Desk, wrong: tuple[str, int, str] | None = None) -> HttpResponse:
    open_ones = list(models.Appeal.objects.filter(ruled_at=None).order_by("filed_at")[:PAGE])
    over = list(models.Appeal.objects.exclude(ruled_at=None).order_by("-ruled_at")[:PAGE])
    both = [*open_ones, *over]
    texts = queries.read_words(text for a in both for text in (a.words, a.answer) if text)
    months = {row.code: row for row in models.Month.objects.filter(code__in={a.month for a in both})}
    rules = {(row.code, rule.code): rule for row in months.values() for rule in _rules(row).score_rules}
    places = _places(((a.number, rules[a.month, a.rule]) for a in both if a.number), desk)
    entries = _entries_of(both)

    def line(a: models.Appeal) -> dict[str, Any]:
        one = entries[a.month, a.unit, a.rule, a.number, a.part]
        return {
            **_filed(a, texts),
            "month": a.month,
            "id": a.appeal,
            "unit": presenting.short(a.unit, desk.pack),
            "url": reverse("staff:scores_of", args=[a.month, a.unit]),
            "rule": rules[a.month, a.rule],
            "number": a.number,
            "place": places.get(a.number),
            "took": one.points / 100,
            "may": a.ruled_at is None
            and a.filed_by != desk.by.actor
            and permissions.may_score(desk.by, "rule", a.unit, desk.pack),
            "error": wrong[2] if wrong and wrong[:2] == (a.month, a.appeal) else "",
        }

    context = {
        "open": [line(a) for a in open_ones],
        "over": [line(a) for a in over],
        "now": timezone.now(),
    }
    return render(request, "work/score_appeals.html", context, status=422 if wrong else 200)


def _entries_of(filed: Sequence[models.Appeal]) -> dict[tuple[str, str, str, str, int], models.Entry]:
    """The entries that appeals are against. One statement."""
    rows = models.Entry.objects.filter(
        month__in={a.month for a in filed},
        unit__in={a.unit for a in filed},
        rule__in={a.rule for a in filed},
        number__in={a.number for a in filed},
    )
    return {(e.month, e.unit, e.rule, e.number, e.part): e for e in rows}


def _places(facts: Iterable[tuple[str, ScoreRule]], desk: Desk) -> dict[str, tuple[str, str]]:
    """By number, what is behind an entry and where it is looked at: a case, or an order; those that may be seen. Two
    statements."""
    numbers: dict[str, set[str]] = {"case": set(), "order": set()}
    for number, rule in facts:
        numbers[FIGURES[rule.fact].of].add(number)
    cases = queries.seen_of(numbers["case"], desk.by, desk.pack)
    found = {number: (number, reverse("staff:case", args=[number])) for number in cases}
    for number, row in orders.these(numbers["order"], desk.by, desk.pack).items():
        found[number] = (official(row.year, row.serial, desk.pack), reverse("staff:order", args=[number]))
    return found


def _rules(row: models.Month) -> Pack:
    """The pack by which a month was scored."""
    return versions.load_version(row.pack)


def _part(text: str) -> int:
    sign = -1 if text.startswith("-") else 1
    return sign * whole(text.removeprefix("-"), 10)


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
