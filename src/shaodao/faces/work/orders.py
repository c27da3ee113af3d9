"""督办单: what is demanded of whom, the register of what was put right (整改台账), one order, drafting one."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.supervision import papers
from shaodao.centre.supervision.models import Order as Row
from shaodao.centre.supervision.orders import actions, order
from shaodao.centre.supervision.orders.actions import (
    LEADS,
    LIMITS,
    LONGEST_LINE,
    LONGEST_TITLE,
    LONGEST_WORDS,
)
from shaodao.centre.supervision.orders.facts import still_late
from shaodao.centre.supervision.orders.proposals import Proposal, proposals
from shaodao.centre.supervision.papers import official, source_of
from shaodao.faces import exports, moments, words
from shaodao.faces import papers as files
from shaodao.faces.accounts import second_factor
from shaodao.faces.forms import Form, version
from shaodao.faces.requests import web_source
from shaodao.faces.work import leaders_notes, overtaken, presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.forms import Several
from shaodao.faces.work.lists import line

# What is written with a command: its label, help, and whether it must be.
WORDS = {
    "reply": ("整改情况", "做了什么、结果怎样、以后怎样不再发生。写好后由单位主要负责人签字报送。", True),
    "return": ("退回的理由", "哪里没有做到，要怎样补。时限按原来的继续算。", True),
    "follow": ("跟踪要求", "措施已报，成效还要看。到期回头看，再定销号或退回。", True),
    "strike": ("复核结论", "怎样核实的，是否已整改到位。销号后本单办结。", True),
    "withdraw": ("撤销的理由", "撤销后不再督办，记录保留。", True),
    "remind": ("催办的话", "会通知单位和主要负责人。", False),
}
MAIN = (
    "issue",
    "sign",
    "sign_reply",
    "reply",
    "strike",
)  # the first that is offered is what the order waits for
GRAVE = ("withdraw", "return")
STATES = (("open", "整改中"), ("late", "逾期未报"), ("right", "已整改销号"), ("all", "全部"))
COLUMNS = (
    "文号", "编号", "等级", "来源", "主责单位", "事由", "状态", "印发", "回复时限", "报送", "逾期", "退回次数", "销号",
)  # fmt: skip

FILTERS = ("state", "unit", "year", "grade")


@page
def orders(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Orders still to be worked off, and for those who draft what the last briefing named and nobody has put right."""
    if not permissions.may_read_orders(desk.by, desk.pack):
        return _forbidden(request)
    now = timezone.now()
    rows = [row for row in actions.visible(desk.by, desk.pack) if row.ended_at is None]
    context = {
        "lines": lines(rows, desk),
        "proposed": [_proposed(each, desk) for each in proposals(desk.by, desk.pack, now)],
        "sees_notes": permissions.may_see_note(desk.by, "") or permissions.may_note(desk.by),
        "may_draft": desk.by.role in permissions.ORDERS["draft"],
        "now": now,
    }
    return render(request, "work/orders.html", context)


@page
def register(request: HttpRequest, desk: Desk) -> HttpResponse:
    """整改台账: every order issued, by state, unit and year, with what each unit has put right; `format=csv` as a table."""
    if not permissions.may_read_orders(desk.by, desk.pack):
        return _forbidden(request)
    asked = {name: request.GET.get(name, "") for name in FILTERS}
    now = timezone.now()
    every = [row for row in actions.visible(desk.by, desk.pack) if row.issued_at]
    rows = [row for row in every if _wanted(row, asked, now)]
    if request.GET.get("format") == "csv":
        return exports.table(request, desk, "register", COLUMNS, _cells(rows, desk))
    units = sorted({row.lead for row in every})
    context = {
        "lines": lines(rows, desk),
        "units": [_of_unit(unit, [row for row in rows if row.lead == unit], desk, now) for unit in units
                  if any(row.lead == unit for row in rows)],
        "asked": asked,
        "states": STATES,
        "choices": [(unit, presenting.short(unit, desk.pack)) for unit in units],
        "years": sorted({row.year for row in every}, reverse=True),
        "grades": words.WORDS["order_grade"].items(),
        "put_right": len({row.lead for row in rows if row.state == "struck"}),
        "query": request.GET.urlencode(),
        "export": {"list": "orders", **asked},
        "now": now,
    }  # fmt: skip
    return render(request, "work/order_register.html", context)


@page
def one(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    return _page(request, desk, _look(number, desk))


@require_POST
@page
def command(request: HttpRequest, desk: Desk, number: str, name: str) -> HttpResponse:
    if name not in actions.COMMANDS:
        raise Http404
    factor, seen = False, version(request.POST)
    if name == "sign_reply" and seen in (None, _look(number, desk).order.version):
        wrong = second_factor.confirm(request.user, request.POST.get("code", ""))  # a code serves once
        if wrong:
            return _page(request, desk, _look(number, desk), (name, wrong))
        factor = True
    try:
        actions.act(
            number,
            name,
            request.POST.get("words", ""),
            desk.by,
            factor=factor,
            version=seen,
            source=web_source(request),
        )
    except actions.NoSuchOrder:
        raise Http404 from None
    except permissions.Forbidden:
        return _forbidden(request)
    except Refusal as refusal:
        said, opened = words.refusal(refusal.code, **refusal.params), _look(number, desk)
        if name not in opened.offered:
            return overtaken.to(request, reverse("staff:order", args=[number]), said)
        return _page(request, desk, opened, (name, said))
    messages.success(request, f"{words.word('order_command', name)}：已办。")
    return redirect("staff:order", number)


@page
def document(request: HttpRequest, desk: Desk, number: str, form: str) -> HttpResponse:
    """The order on paper, once it is issued."""
    opened = _look(number, desk)
    if not opened.order.issued_at:
        raise Http404
    paper = papers.order(opened.order, opened.words, desk.pack)
    return files.answer(request, paper, f"order-{number}", form, reverse("staff:order", args=[number]))


@page
def new(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Drafting: from a proposal (`briefing` and `unit`), or a direct order to a unit, marked as such."""
    if desk.by.role not in permissions.ORDERS["draft"]:
        return _forbidden(request)
    sent = request.method == "POST"
    asked = request.POST if sent else request.GET
    unit, now = str(asked.get("unit", asked.get("lead", ""))), timezone.now()
    named = next((p for p in proposals(desk.by, desk.pack, now) if p.unit == unit), None)
    proposal = named if named and asked.get("briefing") == named.briefing else None
    known = unit in desk.pack.units
    numbers = proposal.cases if proposal else (still_late(unit, desk.pack) if known else [])
    extra = [n for n in asked.getlist("case") if n.isdigit()][: order.MOST]
    listed = queries.these(desk.by, [*extra, *numbers], desk.pack)
    form = OrderForm(
        [(each.number, _choice(each, desk)) for each in listed], desk, request.POST if sent else None,
        initial=_initial(proposal, unit, [*extra, *(proposal.cases if proposal else ())], desk),
    )  # fmt: skip
    if sent and asked.get("briefing") and proposal is None:  # the page drawn now says that it is a direct one
        form.add_error(
            "unit",
            "这个单位点名的问题已经有督办单，或已整改，或没有被点名。要另外督办，请再提交一次，会标明是直接督办。",
        )
    if sent and "choose" not in request.POST and form.is_valid():
        said = form.cleaned_data
        made = actions.Drafted(
            **{
                name: said[name]
                for name in ("title", "words", "basis", "demand", "contact", "grade", "assists", "cases")
            },
            lead=said["unit"],
            workdays=int(said["workdays"]),
            briefing=proposal.briefing if proposal else "",
            problem=f"{proposal.briefing}:{unit}" if proposal else "",
        )
        source = web_source(request)
        try:
            number = actions.draft(made, desk.by, source=source)
        except permissions.Forbidden:
            form.add_error("unit", "不能督办自己的单位。请换一个单位。")
        except Refusal as refusal:
            if refusal.params.get("why") == "avoid":
                form.add_error("cases", "选的哨件里有反映这个单位的，须回避。请不选那几件。")
            else:
                form.add_error(None, words.refusal(refusal.code, **words.said(refusal.params, desk.pack)))
        else:
            messages.success(request, "督办单已起草，等有权签发的人签发。")
            return redirect("staff:order", number)
    context = {
        "form": form,
        "proposal": proposal and _proposed(proposal, desk),
        "unit": unit,
        "offered": bool(listed),
    }
    return render(request, "work/order_new.html", context, status=422 if sent else 200)


class OrderForm(Form):
    unit = forms.ChoiceField(label="主责单位")
    grade = forms.ChoiceField(
        label="等级", widget=forms.RadioSelect, initial="general", help_text="挂牌督办只能由县领导签发。"
    )
    title = forms.CharField(label="事由", max_length=LONGEST_TITLE, help_text="不写人名和电话。")
    words = forms.CharField(
        label="存在的问题",
        max_length=LONGEST_WORDS,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text="哪里没有做到。下面选中的哨件会带编号和超期天数列入。",
    )
    cases = forms.MultipleChoiceField(label="列入的哨件", widget=forms.CheckboxSelectMultiple, required=False)
    basis = forms.CharField(label="督办依据", max_length=LONGEST_LINE)
    demand = forms.CharField(
        label="整改要求", max_length=LONGEST_WORDS, widget=forms.Textarea(attrs={"rows": 3})
    )
    workdays = forms.TypedChoiceField(
        label="回复时限", coerce=int, choices=[(days, f"{days} 个工作日") for days in LIMITS],
        help_text="书面回复，由单位主要负责人签字。",
    )  # fmt: skip
    contact = forms.CharField(label="联系人和电话", max_length=LONGEST_LINE)
    assists = forms.MultipleChoiceField(label="配合单位", widget=Several, required=False)

    def __init__(self, cases: list[tuple[str, str]], desk: Desk, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        units = _units(desk)
        self.fields["unit"].choices = [("", "请选择"), *units]
        self.fields["assists"].choices = units
        self.fields["grade"].choices = list(words.WORDS["order_grade"].items())
        self.fields["cases"].choices = cases


def lines(rows: Iterable[Row], desk: Desk) -> list[dict[str, Any]]:
    """Orders as lists show them. One statement for their titles."""
    rows = list(rows)
    texts = queries.read_words(row.title for row in rows)
    return [
        {
            "number": row.number,
            "official": official(row.year, row.serial, desk.pack),
            "title": texts.get(row.title, "（事由已删除）"),
            "lead": presenting.short(row.lead, desk.pack),
            "state": row.state,
            "grade": row.grade,
            "direct": row.source == "direct",
            "cases": len(row.cases),
            "to_sign": bool(row.reply) and row.state == "signed",
            "issued_at": row.issued_at,
            "due": row.due_at,
            "started": row.issued_at,
            "stopped": row.replied_at or row.ended_at,
            "breached": row.breached_at is not None,
            "returns": row.returns,
            "ended_at": row.ended_at,
        }
        for row in rows
    ]


# --- private -----------------------------------------------------------------------------------------------------


def _page(
    request: HttpRequest, desk: Desk, opened: actions.Opened, wrong: tuple[str, str] = ("", "")
) -> HttpResponse:
    found, pack = opened.order, desk.pack
    known = opened.words
    seen = queries.seen_of([fact.case for fact in found.facts], desk.by, pack)
    written = known.get(found.reply, "") if found.reply else ""
    typed = request.POST.get("words", "")
    context = {
        "number": opened.number,
        "order": found,
        "official": official(found.year, found.serial, pack),
        "title": known.get(found.title, "（事由已删除）"),
        "texts": [(name, known.get(text, "（已删除）")) for name, text in
                  (("存在的问题", found.words), ("督办依据", found.basis), ("整改要求", found.demand))],
        "reply": written,
        "lead": presenting.short(found.lead, pack),
        "assists": "、".join(presenting.short(unit, pack) for unit in found.assists),
        "copies": "、".join(presenting.short(unit, pack) for unit in found.copies),
        "source": source_of(found.source, found.briefing),
        "contact": known.get(found.contact, ""),
        "facts": [(fact, fact.case in seen) for fact in found.facts],
        "issuer": pack.capacity_name(found.issuer.role, found.issuer.unit) if found.issued_at else "",
        "signer": pack.capacity_name(found.signer.role, found.signer.unit) if found.replied_at else "",
        "clocks": [
            {"name": words.word("order_clock", k.kind), "due": k.due_at, "started": k.started_at, "stopped": k.stopped_at}
            for k in found.clocks if k is found.clock(k.kind)
        ],
        "documents": [
            (reverse("staff:order_document", args=[opened.number, form]), name)
            for form, name in (("pdf", "PDF"), ("docx", "Word")) if found.issued_at
        ],
        "forms": [
            _form(name, wrong, typed if name == wrong[0] else written if name == "reply" else "") for name in opened.offered
        ],
        "main": next((name for name in MAIN if name in opened.offered), ""),
        "history": [_entry(event, at, opened, desk) for event, at in reversed(opened.history)],
        "now": timezone.now(),
        **leaders_notes.beside("order", opened.number, desk),
    }  # fmt: skip
    return render(request, "work/order.html", context, status=422 if wrong[1] else 200)


def _form(name: str, wrong: tuple[str, str], typed: str) -> dict[str, Any]:
    label, help_text, needed = WORDS.get(name, ("", "", False))
    return {
        "name": name,
        "title": words.word("order_command", name),
        "label": label,
        "help": help_text,
        "needed": needed,
        "grave": name in GRAVE,
        "code": name == "sign_reply",
        "error": wrong[1] if wrong[0] == name else "",
        "typed": typed,
    }


def _entry(event: order.Event, at: Any, opened: actions.Opened, desk: Desk) -> dict[str, Any]:
    by = getattr(event, "by", None)
    kind = words.word("order_clock", getattr(event, "kind", ""))
    params = {"unit": presenting.short(opened.order.lead, desk.pack), "kind": kind}
    text = "" if isinstance(event, order.OrderDrafted) else opened.words.get(getattr(event, "words", ""), "")
    return {
        "at": at,
        "title": words.word("order_event", type(event).__name__).format_map(params),
        "text": text,
        "who": desk.pack.capacity_name(by.role, by.unit) if by else "",
        "late": isinstance(event, order.OrderBreached),
    }


def _wanted(row: Row, asked: dict[str, str], now: Any) -> bool:
    late = row.ended_at is None and row.due_at is not None and not row.replied_at and row.due_at < now
    states = {"open": row.ended_at is None, "late": late, "right": row.state == "struck"}
    return (
        states.get(asked["state"], True)
        and asked["unit"] in ("", row.lead)
        and asked["year"] in ("", str(row.year))
        and asked["grade"] in ("", row.grade)
    )


def _of_unit(unit: str, rows: list[Row], desk: Desk, now: Any) -> dict[str, Any]:
    """How one unit stands: orders, those put right, those not, those whose reply came late."""
    return {
        "name": presenting.short(unit, desk.pack),
        "code": unit,
        "orders": len(rows),
        "right": sum(row.state == "struck" for row in rows),
        "open": sum(row.ended_at is None for row in rows),
        "late": sum(row.breached_at is not None for row in rows),
    }


def table(asked: dict[str, str], desk: Desk) -> list[tuple[object, ...]]:
    """The cells of the register under the filters asked for, below `COLUMNS`."""
    now = timezone.now()
    rows = [row for row in actions.visible(desk.by, desk.pack) if row.issued_at and _wanted(row, asked, now)]
    return _cells(rows, desk)


def _cells(rows: list[Row], desk: Desk) -> list[tuple[object, ...]]:
    return [
        (
            shown["official"], row.number, words.word("order_grade", row.grade), source_of(row.source, row.briefing),
            shown["lead"], shown["title"], words.word("order_state", row.state),
            *(_day(at) for at in (row.issued_at, row.due_at, row.replied_at)),
            "是" if row.breached_at else "", row.returns, _day(row.ended_at) if row.state == "struck" else "",
        )
        for row, shown in zip(rows, lines(rows, desk), strict=True)
    ]  # fmt: skip


def _day(at: Any) -> str:
    return moments.to_the_minute(at) if at else ""


def _proposed(each: Proposal, desk: Desk) -> dict[str, Any]:
    return {
        "briefing": each.briefing,
        "issue": each.issue,
        "unit": each.unit,
        "name": presenting.short(each.unit, desk.pack),
        "kinds": "、".join(words.word("problem", kind) for kind in each.kinds),
        "cases": len(each.cases),
        "days": each.days,
    }


def _initial(proposal: Proposal | None, unit: str, cases: list[str], desk: Desk) -> dict[str, Any]:
    found: dict[str, Any] = {"unit": unit, "cases": cases, "workdays": LIMITS[2], "grade": "general"}
    if proposal:
        name = presenting.short(unit, desk.pack)
        kinds = "、".join(words.word("problem", kind) for kind in proposal.kinds)
        named = source_of("briefing", proposal.briefing).partition("点名")[0]
        found |= {
            "title": f"{name}{kinds}问题整改"[:LONGEST_TITLE],
            "words": f"{named}点名的 {len(proposal.cases)} 件至今仍未整改，最长已超过时限 {proposal.days} 天。",
            "basis": f"{named}第 {proposal.issue} 期",
        }
    return found


def _choice(listed: queries.Listed, desk: Desk) -> str:
    said = line(listed, desk)
    return " · ".join(filter(None, (said["title"], said["place"], listed.number)))


def _units(desk: Desk) -> list[tuple[str, str]]:
    day = desk.pack.day(timezone.now())
    units = [u for u in desk.pack.units.values() if u.kind in LEADS and u.in_force(day)]
    units.sort(key=lambda unit: LEADS.index(unit.kind))
    return [(unit.code, unit.name) for unit in units]


def _look(number: str, desk: Desk) -> actions.Opened:
    try:
        return actions.look(number, desk.by, desk.pack)
    except actions.NoSuchOrder:
        raise Http404 from None


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
