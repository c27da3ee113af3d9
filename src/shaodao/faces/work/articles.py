"""知识库 at the desk: what is published, what waits for a second person, what must be looked at again; writing one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import messages
from django.db.models import Count, Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.answers import knowledge
from shaodao.centre.answers.article import LONGEST_LINE, LONGEST_TEXT, Facts, Wording
from shaodao.centre.answers.models import Article
from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.lifecycle import events as e
from shaodao.county.pack.model import Pack
from shaodao.faces import words
from shaodao.faces.forms import Form, whole
from shaodao.faces.requests import web_source
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.presenting import short
from shaodao.ground.ledger import vault
from shaodao.ground.ledger.events import Context

SHOWN = 50
NEXT_LOOK = timedelta(days=180)


def needs_a_look(today: date) -> Q:
    """Published, and its review date or its last day has come."""
    return Q(live_version__gt=0) & (Q(review_on__lte=today) | Q(valid_until__lte=today))


def waits_for_somebody(today: date) -> Q:
    return Q(waits=True) | needs_a_look(today)


def _lists(today: date) -> dict[str, tuple[str, Q]]:
    return {
        "published": ("已发布", Q(live_version__gt=0)),
        "waiting": ("待发布", Q(waits=True)),
        "review": ("到期复核", needs_a_look(today)),
        "withdrawn": ("已撤下", Q(state="withdrawn")),
    }


def needs(what: str) -> Callable[[Any], Any]:
    """A page for those who may do this to the knowledge base."""

    def guard(view: Any) -> Any:
        @page
        def guarded(request: HttpRequest, desk: Desk, *args: Any, **kwargs: Any) -> HttpResponse:
            if not permissions.may_keep_answers(desk.by, what):
                return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
            made: HttpResponse = view(request, desk, *args, **kwargs)
            return made

        return guarded

    return guard


@needs("read")
def articles(request: HttpRequest, desk: Desk) -> HttpResponse:
    """One list of the knowledge base, or what is found by words; four statements."""
    today = desk.pack.day(timezone.now())
    lists = _lists(today)
    code = request.GET.get("list", "")
    counts = Article.objects.aggregate(**{name: Count("id", filter=q) for name, (_, q) in lists.items()})
    if code not in lists:
        code = next((name for name in ("waiting", "review") if counts[name]), "published")
    q = request.GET.get("q", "").strip()
    rows = Article.objects.filter(lists[code][1])
    start = whole(request.GET.get("after"))
    if q:
        ids = [found.article.id for found in knowledge.find(q, today, SHOWN)]
        shown = sorted(Article.objects.filter(pk__in=ids), key=lambda row: ids.index(row.pk))
    else:
        shown = list(rows.order_by("review_on", "id")[start : start + SHOWN + 1])
    return render(
        request,
        "work/articles.html",
        {
            "lines": _lines(shown[:SHOWN], desk.pack, today),
            "tabs": [
                {"code": name, "name": title, "url": f"?list={name}", "count": counts[name]}
                for name, (title, _) in lists.items()
            ],
            "code": "" if q else code,
            "q": q,
            "after": str(start + SHOWN) if len(shown) > SHOWN else None,
            "first": not start,
            "may_write": permissions.may_keep_answers(desk.by, "write"),
        },
    )


def _lines(rows: list[Article], pack: Pack, today: date) -> list[dict[str, Any]]:
    said = vault.read(row.words for row in rows) if rows else {}
    used = {row.pk: row for row in _used(Article.objects.filter(pk__in=[row.pk for row in rows]))}
    return [
        {
            "id": row.pk,
            "question": _question(said.get(row.words)),
            "state": row.state,
            "waits": row.waits,
            "look": bool(row.live_version) and row.review_on <= today,
            "over": bool(row.live_version) and row.valid_until is not None and row.valid_until <= today,
            "unit": short(row.unit, pack) if row.unit else "",
            "demonstration": row.demonstration,
            "source_date": row.source_date,
            "review_on": row.review_on,
            "uses": used[row.pk].uses,
            "helpful": used[row.pk].helpful,
            "not_helpful": used[row.pk].not_helpful,
        }
        for row in rows
    ]


def _used(rows: QuerySet[Article]) -> QuerySet[Any]:
    return rows.annotate(
        uses=Count("use"),
        helpful=Count("use", filter=Q(use__helpful=True)),
        not_helpful=Count("use", filter=Q(use__helpful=False)),
    )


def _question(text: object) -> str:
    return Wording.unpacked(text).question if isinstance(text, str) else "（已按本人要求删除）"


# --- one article ------------------------------------------------------------------------------------------------


class ArticleForm(Form):
    question = forms.CharField(
        label="问题", max_length=LONGEST_LINE, help_text="用群众会说的话写，不要写成文件标题。"
    )
    also = forms.CharField(
        label="还会怎么问",
        required=False,
        help_text="一行一个。写得越多，越容易找到。",
        widget=forms.Textarea(attrs={"rows": 4}),
    )
    text = forms.CharField(
        label="答复",
        max_length=LONGEST_TEXT,
        help_text="先说去哪办、带什么，再说规定。不要写任何人的姓名、地址和电话。",
        widget=forms.Textarea(attrs={"rows": 9}),
    )
    source = forms.CharField(
        label="依据", max_length=LONGEST_LINE, help_text="文件名、文号和条款；没有文件的写哪个单位答复的。"
    )
    source_date = forms.DateField(
        label="依据的日期", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )
    unit = forms.ChoiceField(label="责任单位", required=False)
    item = forms.ChoiceField(label="有关事项", required=False)
    valid_until = forms.DateField(
        label="有效到",
        required=False,
        help_text="到了这一天就不再给群众看。不填：一直有效。",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    review_on = forms.DateField(
        label="哪天复核",
        help_text="到了这一天会提醒中心再看一遍。",
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
    )
    demonstration = forms.BooleanField(label="演示内容，未经主管部门核定", required=False)

    def __init__(self, pack: Pack, today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, choices in (
            (
                "unit",
                [
                    (u.code, u.short)
                    for u in pack.units.values()
                    if u.kind in ("department", "utility", "centre")
                ],
            ),
            ("item", [(i.code, f"{i.name}（{i.code}）") for i in pack.items_on(today).values()]),
        ):
            field = self.fields[name]
            assert isinstance(field, forms.ChoiceField)
            field.choices = [("", "不指定"), *choices]

    def wording(self) -> Wording:
        said = self.cleaned_data
        ways = tuple(line.strip() for line in said["also"].splitlines() if line.strip())
        return Wording(said["question"].strip(), said["text"].strip(), said["source"].strip(), ways)

    def facts(self) -> Facts:
        said = self.cleaned_data
        return Facts(
            said["source_date"],
            said["review_on"],
            said["unit"],
            said["item"],
            said["valid_until"],
            said["demonstration"],
        )


def initial(wording: Wording, facts: Facts) -> dict[str, Any]:
    """What the form shows of a version."""
    return {
        "question": wording.question,
        "also": "\n".join(wording.also),
        "text": wording.text,
        "source": wording.source,
        **{name: getattr(facts, name) for name in Facts.__dataclass_fields__},
    }


@needs("write")
def write(request: HttpRequest, desk: Desk, id: int = 0) -> HttpResponse:
    """Write a new article, or a new version; `from` names the case whose answer becomes a draft."""
    today = desk.pack.day(timezone.now())
    number = request.POST.get("from", "") or request.GET.get("from", "")
    sent = request.method == "POST"
    start = (
        _version(id) if id else _of_case(number, desk, today) if number else {"review_on": today + NEXT_LOOK}
    )
    form = ArticleForm(desk.pack, today, request.POST if sent else None, initial=start)
    if sent and form.is_valid():
        try:
            row = knowledge.write(
                form.wording(),
                form.facts(),
                _context(request, desk),
                actions.now(),
                id=id or None,
                case=number,
            )
        except Refusal as refusal:
            field = str(refusal.params.get("field", ""))
            text = words.refusal(refusal.code, **refusal.params)
            form.add_error(field if field in form.fields else None, text)
        else:
            messages.success(request, "已存为待发布，要由中心另一个人发布。")
            return redirect("staff:article", row.pk)
    return render(
        request,
        "work/article_form.html",
        {"form": form, "id": id, "number": number},
        status=422 if form.errors else 200,
    )


def _version(id: int) -> dict[str, Any]:
    row = Article.objects.filter(pk=id).first()
    latest = knowledge.load(id).latest
    said = knowledge.wording_of(row) if row else None
    if row is None or latest is None:
        raise Http404
    return initial(said or Wording("", "", ""), latest.facts)


def _of_case(number: str, desk: Desk, today: date) -> dict[str, Any]:
    """The answer given to a case, as the beginning of an article. Whoever may not read the case learns nothing."""
    opened = queries.open_case(number, desk.by, desk.pack)
    given = [step.event for step in opened.steps if isinstance(step.event, e.Answered)]
    if not given or not opened.sees_original:
        raise Http404
    return {
        "text": opened.words.get(given[-1].words, ""),
        "source": "" if ":" in given[-1].source else given[-1].source,
        "item": opened.case.item,
        "source_date": today,
        "review_on": today + NEXT_LOOK,
    }


@needs("read")
def article(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    """One article: what waits and what is published, and what this capacity may do with it."""
    row = _used(Article.objects.filter(pk=id)).first()
    if row is None:
        raise Http404
    state = knowledge.load(id)
    keys = [v.words for v in (state.latest, state.live) if v]
    said = vault.read(keys)
    shown = [
        {
            "name": "待发布" if version == state.latest and state.waits else "已发布",
            "number": version.number,
            "wording": Wording.unpacked(text) if isinstance(text := said.get(version.words), str) else None,
            "facts": version.facts,
            "unit": short(version.facts.unit, desk.pack) if version.facts.unit else "",
            "item": desk.pack.items[version.facts.item].name if version.facts.item in desk.pack.items else "",
        }
        for version in dict.fromkeys(
            v for v in (state.latest if state.waits or not state.live else None, state.live) if v
        )
    ]
    today = desk.pack.day(timezone.now())
    own = state.latest is not None and state.latest.author == desk.by.actor
    return render(
        request,
        "work/article.html",
        {
            "row": row,
            "versions": shown,
            "may_write": permissions.may_keep_answers(desk.by, "write"),
            "may_publish": permissions.may_keep_answers(desk.by, "publish") and state.waits and not own,
            "own": own and state.waits,
            "may_withdraw": permissions.may_keep_answers(desk.by, "withdraw") and not state.withdrawn,
            "may_review": permissions.may_keep_answers(desk.by, "publish") and state.live is not None,
            "look": state.live is not None and state.live.facts.review_on <= today,
            "next_look": today + NEXT_LOOK,
        },
    )


@require_POST
@needs("publish")
def publish(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    version = whole(request.POST.get("version"))
    return _done(
        request,
        id,
        "已发布。",
        lambda: knowledge.publish(id, version, _context(request, desk), actions.now()),
    )


@require_POST
@needs("publish")
def review(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    today = desk.pack.day(timezone.now())
    try:
        until = date.fromisoformat(request.POST.get("review_on", ""))
    except ValueError:
        until = today
    return _done(
        request,
        id,
        "已复核。",
        lambda: knowledge.review(id, until, _context(request, desk), actions.now(), today),
    )


@require_POST
@needs("withdraw")
def withdraw(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    return _done(
        request, id, "已撤下。", lambda: knowledge.withdraw(id, _context(request, desk), actions.now())
    )


def _done(request: HttpRequest, id: int, said: str, act: Callable[[], object]) -> HttpResponse:
    try:
        act()
    except Article.DoesNotExist:
        raise Http404 from None
    except Refusal as refusal:
        messages.error(request, words.refusal(refusal.code, **refusal.params))
    else:
        messages.success(request, said)
    return redirect("staff:article", id)


def _context(request: HttpRequest, desk: Desk) -> Context:
    return actions.context_of(desk.by, web_source(request))
