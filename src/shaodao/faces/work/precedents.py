"""判例: what rulings have decided for cases to come; how each has done; the centre limits, settles, ends."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import messages
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.dispatch import precedents as known
from shaodao.centre.dispatch.models import Precedent
from shaodao.county.pack.model import Pack
from shaodao.faces import moments, words
from shaodao.faces.forms import Form
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.lists import line
from shaodao.faces.work.presenting import cited, short
from shaodao.ground.ledger.events import Context

LOCAL = ZoneInfo("Asia/Shanghai")
SHOWN = 200
CASES = 20
STATES = (("now", "在用"), ("doubtful", "要复查"), ("over", "不再用"), ("all", "全部"))


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)


@page
def precedents(request: HttpRequest, desk: Desk) -> HttpResponse:
    """All, those that contradict each other first; `q` is an item, a unit or the number of a case."""
    if not permissions.may_read_precedents(desk.by):
        return _forbidden(request)
    q, state = request.GET.get("q", "").strip(), request.GET.get("state", "now")
    now, pack = timezone.now(), desk.pack
    rows = list(_found(q, pack).order_by("-ruled_at")[:SHOWN])
    uses = known.uses(rows)
    texts = queries.read_words(row.basis for row in rows)
    pairs = known.conflicts(pack)
    clashing = {p.pk for pair in pairs for p in pair}
    lines = [described(row, pack, now, uses, texts, row.pk in clashing) for row in rows]
    wanted = {
        "now": lambda one: one["binds"],
        "over": lambda one: not one["binds"],
        "doubtful": lambda one: one["binds"] and (one["use"].doubtful or one["clash"]),
    }.get(state, lambda one: True)
    context = {
        "lines": [one for one in lines if wanted(one)],
        "pairs": [tuple(described(p, pack, now, uses, texts, True) for p in pair) for pair in pairs],
        "q": q,
        "state": state,
        "states": STATES,
        "may_settle": permissions.may_end_precedents(desk.by),
    }
    return render(request, "work/precedents.html", context)


def _found(q: str, pack: Pack) -> Any:
    if not q:
        return Precedent.objects.all()
    items = [item.code for item in pack.items.values() if q in item.name or q == item.code]
    units = [unit.code for unit in pack.units.values() if q in unit.name or q in unit.short]
    return Precedent.objects.filter(Q(item__in=items) | Q(lead__in=units) | Q(number__startswith=q))


def described(
    row: Precedent, pack: Pack, now: datetime, uses: Any, texts: dict[str, str], clash: bool = False
) -> dict[str, Any]:
    """One precedent in words, as every page shows it."""
    binds = row.binds(now)
    over = "被替代" if row.superseded_by else "已停用" if row.ended_at else "已到期"
    return {
        "id": row.pk,
        "number": row.number,
        "item": pack.items[row.item].name if row.item in pack.items else "手册外事项（按字词比对）",
        "situation": pack.situations[row.situation].name if row.situation in pack.situations else "",
        "scope": _scope(row, pack),
        "lead": short(row.lead, pack),
        "assists": [short(unit, pack) for unit in row.assists],
        "basis": cited(row.kind, texts.get(row.basis, "")),
        "at": row.ruled_at,
        "until": row.until,
        "binds": binds,
        "state": "有效" if binds else over,
        "use": uses.get(row.name, known.Use()),
        "clash": clash,
    }


def _scope(row: Precedent, pack: Pack) -> str:
    parts = [short(row.area, pack) if row.area else "全县"]
    if row.place_kind:
        parts.append(words.word("place_kind", row.place_kind))
    return " · ".join(parts)


class LimitForm(Form):
    """Narrower, or until a day."""

    area = forms.ChoiceField(label="只在哪里用", required=False)
    place_kind = forms.ChoiceField(label="只对哪类地点用", required=False)
    until = forms.DateField(
        label="用到哪一天",
        required=False,
        help_text="当天仍用，次日起不用。",
        widget=forms.DateInput(attrs={"type": "date"}),
    )
    reason = forms.CharField(label="为什么", max_length=1000, widget=forms.Textarea(attrs={"rows": 3}))

    def __init__(self, row: Precedent, pack: Pack, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        below = pack.tree.below(row.area) if row.area else pack.tree.units.values()
        kinds = ("community", "village") if row.area else ("street", "township", "zone")
        areas = [(unit.code, unit.short) for unit in below if unit.kind in kinds and unit.valid_until is None]
        self.fields["area"].choices = [("", "不改"), *areas]
        held = (
            [(row.place_kind, "不改")]
            if row.place_kind
            else [("", "不改"), *words.WORDS["place_kind"].items()]
        )
        self.fields["place_kind"].choices = held


class ReasonForm(Form):
    reason = forms.CharField(label="为什么", max_length=1000, widget=forms.Textarea(attrs={"rows": 2}))


@page
def precedent(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    """One: the ruling, its basis, its life, and the cases it has dispatched."""
    if not permissions.may_read_precedents(desk.by):
        return _forbidden(request)
    row = _get(id)
    return _shown(request, desk, row, LimitForm(row, desk.pack))


def _shown(
    request: HttpRequest, desk: Desk, row: Precedent, form: LimitForm, status: int = 200
) -> HttpResponse:
    pack, now = desk.pack, timezone.now()
    events = known.history(row)
    texts = queries.read_words([row.basis, *(event.payload.get("reason", "") for event in events)])
    numbers = (
        CaseRow.objects.filter(routed_by=row.name)
        .order_by("-number")
        .values_list("number", flat=True)[:CASES]
    )
    found = queries.cases(desk.by, queries.Filters(numbers=tuple(numbers)), pack)
    rivals = [
        one if other.pk == row.pk else other
        for one, other in known.conflicts(pack)
        if row.pk in (one.pk, other.pk)
    ]
    uses = known.uses([row, *rivals])
    one = described(row, pack, now, uses, texts, bool(rivals))
    context = {
        "one": one,
        "life": [
            {
                "at": event.occurred_at,
                "title": _happened(event, pack),
                "text": texts.get(event.payload.get("reason", ""), ""),
            }
            for event in reversed(events)
        ],
        "lines": [line(each, desk) for each in found.lines],
        "rivals": [described(rival, pack, now, uses, texts, True) for rival in rivals],
        "form": form,
        "now": now,
        "may_limit": one["binds"] and permissions.may_limit_precedents(desk.by),
        "may_end": one["binds"] and permissions.may_end_precedents(desk.by),
    }
    return render(request, "work/precedent.html", context, status=status)


def _happened(event: Any, pack: Pack) -> str:
    said = event.payload
    if event.type == "PrecedentMade":
        return f"确权，作为判例：由{short(said['lead'], pack)}主办"
    if event.type == "PrecedentLimited":
        scope = [short(said["area"], pack) if said["area"] else "全县"]
        if said["place_kind"]:
            scope.append(words.word("place_kind", said["place_kind"]))
        if said["until"] is not None:
            scope.append(f"{moments.to_the_minute(datetime.fromtimestamp(said['until'], LOCAL))} 前")
        return f"限制使用：{'，'.join(scope)}"
    if event.type == "PrecedentSuperseded":
        return f"被哨件 {said['by'].partition('/')[0]} 的判例替代"
    return "停用"


def _get(id: int) -> Precedent:
    try:
        return Precedent.objects.get(pk=id)
    except Precedent.DoesNotExist:
        raise Http404 from None


def _context(request: HttpRequest, desk: Desk) -> Context:
    return Context(
        actor=desk.by.actor,
        capacity=f"{desk.by.role}@{desk.by.unit}",
        channel="web",
        request_id=getattr(request, "id", ""),
    )


@require_POST
@page
def limit(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    if not permissions.may_limit_precedents(desk.by):
        return _forbidden(request)
    row = _get(id)
    form = LimitForm(row, desk.pack, request.POST)
    if form.is_valid():
        said = form.cleaned_data
        until = None
        if said["until"]:
            day = datetime.combine(said["until"], datetime.max.time(), LOCAL).replace(microsecond=0)
            until = day
        try:
            known.limit(
                id, _context(request, desk), actions.now(), desk.pack,
                reason=said["reason"], area=said["area"], place_kind=said["place_kind"], until=until,
            )  # fmt: skip
        except Refusal as refusal:
            form.add_error(refusal.params.get("field"), words.refusal(refusal.code, **refusal.params))
        else:
            messages.success(request, "已限制。以后按新的范围派单，已派的不变。")
            return redirect("staff:precedent", id)
    return _shown(request, desk, row, form, 422)


@require_POST
@page
def end(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    if not permissions.may_end_precedents(desk.by):
        return _forbidden(request)
    try:
        known.end(id, _context(request, desk), actions.now(), reason=request.POST.get("reason", "")[:1000])
    except Precedent.DoesNotExist:
        messages.error(request, "没有这条判例。")
        return redirect("staff:precedents")
    except Refusal as refusal:
        messages.error(request, words.refusal(refusal.code, **refusal.params))
    else:
        messages.success(request, "这条判例不再用于派单。")
    return redirect("staff:precedent", id)


@require_POST
@page
def settle(request: HttpRequest, desk: Desk, id: int) -> HttpResponse:
    """This one stays; `yields` names the one it supersedes."""
    if not permissions.may_end_precedents(desk.by):
        return _forbidden(request)
    form = ReasonForm(request.POST)
    try:
        reason = form.cleaned_data["reason"] if form.is_valid() else ""
        known.settle(
            id, int(request.POST.get("yields") or 0), _context(request, desk), actions.now(), reason=reason
        )
    except (Precedent.DoesNotExist, ValueError):
        messages.error(request, "没有这条判例。")
    except Refusal as refusal:
        messages.error(request, words.refusal(refusal.code, **refusal.params))
    else:
        messages.success(request, "已定：只留一条，另一条被替代。")
    return redirect("staff:precedents")
