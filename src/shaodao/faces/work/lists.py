"""Lists: the inbox of a role, the centre's queues, approvals, and search."""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from zoneinfo import ZoneInfo

from django.db.models import F, Value
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone

from shaodao.centre.answers.models import Article
from shaodao.centre.cases import permissions, queries
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.models import Clock, Request
from shaodao.centre.cases.queries import Filters
from shaodao.centre.topics import actions as topics
from shaodao.centre.topics.models import Topic
from shaodao.county.people import persons, phones
from shaodao.faces import words
from shaodao.faces.forms import whole
from shaodao.faces.work import presenting, saved, triage
from shaodao.faces.work.articles import waits_for_somebody
from shaodao.faces.work.capacity import Desk, page

LOCAL = ZoneInfo("Asia/Shanghai")
CENTRE_QUEUES = ("triage", "ruling", "summary", "verification", "call_back")
# Their work begins with what waits for their word.
APPROVERS = frozenset({"section_head", "unit_head", "street_head", "centre_deputy", "centre_director"})
LONG = 100  # lines of a page, for who asks for so many
PAGES = ("topics", "answers")  # lists that are pages of their own
STEPS: dict[str, tuple[str, type[c.DutyCommand]]] = {"sign": ("签收", c.Sign), "assign": ("分办", c.Assign)}
COUNTY_QUEUES = ("county_ruling", "coordination")


@dataclass(frozen=True, slots=True)
class Tab:
    code: str
    name: str
    url: str
    count: int | None = None


def tabs(desk: Desk) -> list[Tab]:
    """What this role works through, each with how many wait. One statement."""
    by = desk.by
    lists, queues = ["duties"] if by.role in permissions.HANDS else [], []
    owners = [by.unit, desk.capacity.unit]
    if by.role in permissions.CENTRE_DESK | {"stationed", "caller"}:
        queues, owners = list(CENTRE_QUEUES), [desk.centre]
    elif by.role in permissions.FIRST_TIER_HANDS | permissions.STREET:
        queues = ["verification"]
    elif by.role == "county_leader":
        queues = list(COUNTY_QUEUES)
    if by.role in permissions.VOICE:
        queues.append("view")
    counts = _waiting(queues, owners, desk)
    found: list[tuple[str, int | None]] = [(code, None) for code in lists]
    found += [(code, counts.get(code, 0)) for code in [*queues, "approvals"]]
    if by.role in permissions.CENTRE_HEADS | permissions.VOICE:
        found.append(("shelf_review", None))
    if by.role in APPROVERS:
        found.sort(key=lambda pair: pair[0] != "approvals")
    shown = [Tab(code, name_of(code), reverse("staff:list", args=[code]), count) for code, count in found]
    if waiting := counts.get("topics"):
        shown.append(Tab("topics", name_of("topics"), reverse("staff:topics"), waiting))
    if permissions.may_keep_answers(by, "write"):
        shown.append(Tab("answers", name_of("answers"), reverse("staff:articles"), counts.get("answers", 0)))
    return shown


def _waiting(kinds: list[str], units: list[str], desk: Desk) -> dict[str, int]:
    """How many wait in these queues of these units, for this very role's approval, as topics of the own unit, and of the
    knowledge base for whoever keeps it; counted up to a thousand."""
    by = desk.by
    clocks = Clock.objects.filter(kind__in=kinds, unit__in=units, stopped_at=None, cancelled=False)
    requests = Request.objects.filter(unit=by.unit, role=by.role, outcome="")
    rows = requests.annotate(code=Value("approvals")).values_list("code")
    if kinds:
        rows = rows.union(clocks.annotate(code=F("kind")).values_list("code"), all=True)
    if leads := topics.leads_of(by, desk.pack):
        given = Topic.objects.filter(lead__in=leads, state__in=("given", "signed"))
        rows = rows.union(given.annotate(code=Value("topics")).values_list("code"), all=True)
    if permissions.may_keep_answers(by, "write"):
        articles = Article.objects.filter(waits_for_somebody(desk.pack.day(timezone.now())))
        rows = rows.union(articles.annotate(list=Value("answers")).values_list("list"), all=True)
    return Counter(code for (code,) in rows[:1000])


def name_of(code: str) -> str:
    return words.word("list" if code in words.WORDS["list"] else "queue", code)


@page
def inbox(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Where work begins: the first list of the role in which something waits."""
    shown = tabs(desk)
    lists = [tab for tab in shown if tab.code not in PAGES]
    first = next((tab for tab in lists if tab.count or tab.count is None), lists[0])
    return _list(request, desk, first.code, shown)


@page
def queue(request: HttpRequest, desk: Desk, code: str) -> HttpResponse:
    shown = tabs(desk)
    if code in PAGES or code not in {tab.code for tab in shown}:
        raise Http404
    return _list(request, desk, code, shown)


def _list(request: HttpRequest, desk: Desk, code: str, shown: list[Tab]) -> HttpResponse:
    after = str(whole(request.GET.get("after")) or "")
    mine = request.GET.get("mine") == "1"
    found = waiting_in(code, desk, after=after, mine=mine)
    lines = [line(each, desk) for each in found.lines]
    offers = triage.offers_in(found.lines, desk) if code == "triage" else {}
    for each in lines:
        each["offer"] = offers.get(each["number"])
    return render(
        request,
        "work/triage.html" if code == "triage" else "work/list.html",
        {
            "tabs": shown,
            "code": code,
            "name": name_of(code),
            "lines": lines,
            "groups": triage.groups(offers),
            "after": found.after,
            "first": not after,
            "now": timezone.now(),
            "mine": mine,
            "steps": steps(desk) if code == "duties" else (),
            "export": {"list": code, "mine": "1" if mine else ""},
        },
    )


def waiting_in(
    code: str, desk: Desk, *, after: str = "", mine: bool = False, size: int = queries.PAGE
) -> queries.Page:
    """A page of one of this role's lists."""
    if code == "duties":
        return queries.duties(desk.by, desk.pack, after=after, size=size, mine=mine)
    if code == "approvals":
        return queries.approvals(desk.by, desk.pack, size=size)
    centre = desk.by.role in permissions.CENTRE_DESK | {"stationed", "caller"}
    units = [desk.centre] if centre else list(dict.fromkeys([desk.by.unit, desk.capacity.unit]))
    return queries.queue(desk.by, code, desk.pack, units=units, after=after, size=size)


def steps(desk: Desk) -> list[tuple[str, str]]:
    """The steps that this capacity may take for several duties at once, with their names."""
    table = permissions.TABLE
    return [
        (code, name)
        for code, (name, command) in STEPS.items()
        if any(desk.by.role in grant.roles for grant in table[command])
    ]


@page
def search(request: HttpRequest, desk: Desk) -> HttpResponse:
    """All cases one may see, by number, words, phone, item, unit, place, state and time."""
    asked = asked_of(request)
    size = LONG if request.GET.get("size") == str(LONG) else queries.PAGE
    page = queries.cases(
        desk.by, filters(asked, desk), desk.pack, after=request.GET.get("after", ""), size=size
    )
    context = choices(asked, desk) | {
        "lines": [line(each, desk) for each in page.lines],
        "chips": saved.chips(asked, desk),
        "saved": saved.mine(desk),
        "keepable": {name: asked[name] for name in saved.KEPT if asked[name]},
        "long": size == LONG,
        "longer": f"?{urlencode({name: value for name, value in asked.items() if value} | {'size': LONG})}",
        "map": f"{reverse('staff:map')}?{urlencode(asked)}",
        "export": {"list": "search", **asked},
        "after": page.after,
        "first": "after" not in request.GET,
        "now": timezone.now(),
    }
    return render(request, "work/search.html", context)


def asked_of(request: HttpRequest) -> dict[str, str]:
    """The filters in an address; list and map have the same."""
    return {name: request.GET.get(name, "").strip() for name in SEARCHED}


def choices(asked: dict[str, str], desk: Desk) -> dict[str, Any]:
    """What `work/filters.html` needs."""
    units = desk.pack.units.values()
    return {
        "asked": asked,
        "narrowed": any(value for name, value in asked.items() if name not in ("q", "phone", "open")),
        "states": words.WORDS["state"].items(),
        "natures": words.WORDS["nature"].items(),
        "items": [(i.code, i.name) for i in desk.pack.items.values()],
        "units": [(u.code, u.short) for u in units if u.kind in ("department", "utility")],
        "places": [(u.code, u.name) for u in units if u.kind in ("street", "township", "zone")],
        "may_phone": desk.by.role in permissions.CENTRE_DESK | {"caller"},
    }


def found(asked: dict[str, str], desk: Desk, *, size: int) -> list[queries.Listed]:
    """The newest cases that these filters ask for."""
    return queries.cases(desk.by, filters(asked, desk), desk.pack, size=size).lines


SEARCHED = ("q", "phone", "state", "nature", "item", "unit", "place", "since", "until", "overdue", "open")


def filters(asked: dict[str, str], desk: Desk) -> Filters:
    """A telephone number is looked for as one, in whichever field it was typed."""
    person, q = "", asked["q"]
    if permissions.may_search_phone(desk.by) and (phone := asked["phone"] or _mobile(q)):
        try:
            known = persons.find(phone)
        except phones.NotAPhone:
            known = None
        person, q = f"person:{known}" if known else "person:nobody", q if asked["phone"] else ""
    return Filters(
        q=q,
        phone_person=person,
        states=(asked["state"],) if asked["state"] else (),
        item=asked["item"],
        nature=asked["nature"],
        unit=asked["unit"],
        place=asked["place"],
        overdue=asked["overdue"] == "1",
        open=asked["open"] == "1",
        since=_day(asked["since"]),
        until=_day(asked["until"], timedelta(days=1)),
    )


def _mobile(text: str) -> str:
    """The text if it is a mobile number; the number of a case has twelve digits and begins with its year."""
    digits = text.replace("-", "").replace(" ", "")
    return digits if re.fullmatch(r"1[3-9][0-9]{9}", digits) else ""


def _day(text: str, plus: timedelta = timedelta()) -> datetime | None:
    try:
        return datetime.fromisoformat(text).replace(tzinfo=LOCAL) + plus if text else None
    except (ValueError, OverflowError):
        return None


def line(listed: queries.Listed, desk: Desk) -> dict[str, Any]:
    """One line of any list."""
    case, pack = listed.case, desk.pack
    item = pack.items.get(case.item)
    clock = listed.clock
    nearest = (
        (clock.due_at, clock.started_at)
        if clock
        else next(((k.due_at, k.started_at) for k in listed.clocks if _is_for(k, listed)), (None, None))
    )
    return {
        "number": case.number,
        "title": item.name if item else "未定事项",
        "known": item is not None,
        "text": listed.words[:120]
        if listed.words
        else (listed.summary[:120] or "原文保密" if case.identity_mode == "protected" else ""),
        "place": presenting.place_name(case, pack),
        "unit": presenting.short(case.lead_unit, pack) if case.lead_unit else "",
        "state": case.state,
        "nature": case.nature,
        "due": nearest[0],
        "started": nearest[1],
        "emergency": case.emergency,
        "level": case.level,
        "duty": listed.duty,
        "request": words.word("request", listed.request.kind) if listed.request else "",
        "reported_at": case.reported_at,
        "lon": f"{case.lon / 1e7:.6f}" if case.lon is not None else "",
        "lat": f"{case.lat / 1e7:.6f}" if case.lat is not None else "",
    }


def _is_for(clock: Clock, listed: queries.Listed) -> bool:
    """The clock that a line shows: of the line's own duty, or of the case."""
    if listed.duty is not None:
        return clock.subject == f"duty:{listed.duty.duty_id}"
    return clock.kind not in ("resume",)
