"""One case: the page, and giving it a command."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.db.models import Q, QuerySet
from django.forms import HiddenInput
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from shaodao.centre.answers import knowledge
from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle import Case, Refusal, possible
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.dispatch import precedents
from shaodao.centre.supervision.meetings import actions as meetings
from shaodao.centre.supervision.orders import actions as orders
from shaodao.centre.topics import actions as topics
from shaodao.county.pack.model import Pack
from shaodao.county.people import persons
from shaodao.county.people.models import Person, Post
from shaodao.faces import pictures, sources, words
from shaodao.faces.forms import version, whole
from shaodao.faces.requests import web_source
from shaodao.faces.work import (
    alarms,
    leaders_notes,
    likeness,
    on_the_spot,
    overtaken,
    presenting,
    triage,
    wording,
)
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.forms import CommandForm
from shaodao.faces.work.precedents import described
from shaodao.ground.files.refusals import Refusal as FileRefusal
from shaodao.ground.ledger.store import Conflict

# Commands that judge what was done: its words and pictures stand above the form.
LOOKS_BACK = (c.Verify, c.CallBack, c.RateUnits, c.Rate)
# And those where it is told what a finished case of the item has to show.
SHOWS_EVIDENCE = (c.ClaimFinished, c.Verify)


@page
def case(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    opened = queries.open_case(number, desk.by, desk.pack)
    reported, later = pictures.of_report(opened), pictures.by_step(opened)
    before, after = pictures.before_and_after([*reported, *(p for shown in later.values() for p in shown)])
    return render(
        request,
        "work/case.html",
        {
            **presenting.summary(opened, desk.pack),
            "now": timezone.now(),
            "buttons": presenting.buttons(opened, desk.pack),
            "offers": triage.offers_of(opened, desk),
            "answered_by": sources.of(opened.case, desk.pack, timezone.now()),
            "may_collect": _may_collect(opened, desk),
            "due": presenting.due(opened.case, desk.pack, desk.by),
            "waits": presenting.waits(opened.case, desk.pack),
            "parties": presenting.parties(opened.case, desk.pack, desk.by.unit),
            "history": presenting.history(opened, desk.pack, later),
            "views": presenting.views(opened, desk.pack),
            "councils": opened.case.councils,
            "on_the_spot": on_the_spot.duty_of(opened) if desk.by.role in permissions.FIRST_TIER_HANDS else 0,
            "photos": reported,
            "before": before,
            "after": after,
            "alike": likeness.suggestions(opened, desk),
            "seen_before": likeness.seen_before(opened, desk),
            "recurred": likeness.recurred(opened, desk),
            "may_contact": opened.knows_whistler and (c.SeeIdentity, 0) in opened.offered,
            "topics": topics.of_cases([number], desk.by, desk.pack),
            "orders": orders.of_cases([number], desk.by, desk.pack),
            "meetings": meetings.of_case(number, desk.by, desk.pack),
            "bundles": permissions.makes_bundles(desk.by.role),
            "may_call": (c.Coordinate, 0) in opened.offered,
            **leaders_notes.beside("case", number, desk),
            "pressed": alarms.steps(number, desk),
            "answers_alarms": permissions.may_answer_alarms(desk.by),
        },
    )


def _may_collect(opened: queries.Opened, desk: Desk) -> bool:
    """Whether the answer given by hand may become a draft of the knowledge base."""
    case = opened.case
    written = case.outcome == "answered" and not knowledge.id_of(case.outcome_detail) and not case.praised
    return written and opened.sees_original and permissions.may_keep_answers(desk.by, "write")


@page
def command(request: HttpRequest, desk: Desk, number: str, name: str) -> HttpResponse:
    """The form of a command, and giving it."""
    cls = c.COMMANDS.get(name)
    if cls is None or cls in presenting.ELSEWHERE or cls is c.Report:
        raise Http404
    opened = queries.open_case(number, desk.by, desk.pack)
    sent = request.method == "POST"
    subject = whole(request.POST.get("subject") if sent else request.GET.get("subject"))
    seen = _seen(request, opened)
    allowed = permissions.may(desk.by, cls, opened.case, subject, desk.pack)
    if not allowed or subject not in possible(opened.case, cls):
        back = reverse("staff:case", args=[number])
        if seen != opened.case.version:
            return overtaken.lost(request, back, entries=overtaken.meanwhile(opened, seen, desk.pack))
        if allowed:
            return overtaken.to(request, back, words.refusal("not_now"))
        return render(request, "403.html", {"typed": overtaken.typed(request)}, status=403)
    form = _form(desk, cls, opened, subject, request.POST if sent else None)
    chosen = _chosen(request, desk) if cls is c.Answer else None
    if chosen:
        form.initial = {"words": chosen.text}
        form.fields["source"].widget = HiddenInput()
    files = _files(request, desk, cls, form) if sent else []
    if sent and seen == opened.case.version and form.is_valid():
        said = form.said() | _subject(cls, subject) | _position(request, cls)
        try:
            if answer := _give(request, desk, opened, name, said, files, form):
                return answer
        except (actions.Stale, Conflict):  # in this very moment, here or at the case it is merged into
            opened = queries.open_case(number, desk.by, desk.pack)
            form.add_error(None, words.refusal("stale"))
    late = overtaken.meanwhile(opened, seen, desk.pack) if seen != opened.case.version else []
    if late and subject not in possible(opened.case, cls):
        return overtaken.lost(request, reverse("staff:case", args=[number]), entries=late)
    context = _page(opened, desk, cls, subject, form) | {
        "chosen": chosen,
        "entries": late,
        "overtaken": seen != opened.case.version,
        "kept": files,
        "posted": request.POST,
    }
    status = 200 if not sent else 409 if seen != opened.case.version else 422
    return render(request, "work/command.html", context, status=status)


def _seen(request: HttpRequest, opened: queries.Opened) -> int:
    """The version that a form was drawn from. Where nothing but time has passed since, it is as good as the one the case
    is at."""
    seen = version(request.POST)
    at = opened.case.version
    return at if seen is None or overtaken.only_time(opened, seen) else seen


def _files(
    request: HttpRequest, desk: Desk, cls: type[c.Command], form: CommandForm
) -> list[pictures.Brought]:
    """What a form brings: it is kept even where the form must be sent again."""
    if "photos" not in cls.__dataclass_fields__:
        return []
    kept = pictures.kept(request)
    try:
        return [*kept, *pictures.brought(request, desk.by.actor)]
    except FileRefusal as refusal:
        form.add_error(None, words.refusal(refusal.code, **refusal.params))
        return kept


def _chosen(request: HttpRequest, desk: Desk) -> knowledge.Published | None:
    """The article that was chosen to answer with."""
    return knowledge.published(whole(request.GET.get("article")), desk.pack.day(timezone.now()))


def _known(opened: queries.Opened, desk: Desk) -> list[knowledge.Published]:
    """Articles that may answer a case, for whoever reads its words."""
    text = opened.words.get(opened.case.words, "") if opened.sees_original else ""
    return [found.article for found in knowledge.find(text, desk.pack.day(timezone.now()), 4)]


def _form(desk: Desk, cls: type[c.Command], opened: queries.Opened, subject: int, posted: Any) -> CommandForm:
    names = cls.__dataclass_fields__
    return CommandForm(
        cls,
        opened.case,
        desk.pack,
        desk.capacity.unit,
        colleagues(desk) if "handler" in names else (),
        leaders() if "leader" in names else (),
        subject,
        posted,
    )


def _give(
    request: HttpRequest,
    desk: Desk,
    opened: queries.Opened,
    name: str,
    said: dict[str, Any],
    files: list[pictures.Brought],
    form: CommandForm,
) -> HttpResponse | None:
    """Give the command; None where the form must be shown again with what is wrong. Raises Stale or Conflict where somebody
    was faster."""
    number = opened.case.number
    if files:
        said["photos"] = [file.id for file in files]
    try:
        after = actions.act(
            number,
            name,
            said,
            desk.by,
            source=web_source(request),
            version=opened.case.version if version(request.POST) is not None else None,
            upload_token=desk.by.actor,
        )
    except permissions.Forbidden:
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    except FileRefusal as refusal:
        form.add_error(None, words.refusal(refusal.code, **refusal.params))
        return None
    except Refusal as refusal:
        text = words.refusal(refusal.code, **words.said(refusal.params, desk.pack))
        field = str(refusal.params.get("field") or wording.FIELD_OF.get(refusal.code, ""))
        form.add_error(field if field in {shown.name for shown in form.shown()} else None, text)
        return None
    messages.success(request, f"{words.word('command', name)}：已办。")
    if permissions.may_see(desk.by, after, desk.pack):
        return redirect(reverse("staff:case", args=[number]))
    return redirect("staff:inbox")  # it is in other hands now


def _page(
    opened: queries.Opened, desk: Desk, cls: type[c.Command], subject: int, form: CommandForm
) -> dict[str, Any]:
    case, pack = opened.case, desk.pack
    request = case.request(subject) if "request" in cls.__dataclass_fields__ else None
    return {
        **presenting.summary(opened, pack),
        "now": timezone.now(),
        "form": form,
        "command": c.name_of(cls),
        "command_name": presenting.title_of(cls, subject, case),
        "grave": cls in presenting.GRAVE,
        "subject": subject,
        "version": case.version,
        "takes_photos": "photos" in cls.__dataclass_fields__,
        "asks_position": cls is c.ReportIn,
        "due": presenting.due(case, pack, desk.by),
        "answer": form.answers,
        "photos": pictures.of_case(opened) if cls in LOOKS_BACK else pictures.of_report(opened),
        "views": presenting.views(opened, pack) if cls in (c.Rule, c.Coordinate, c.SendToRuling) else (),
        "similar": _similar(opened, desk) if cls is c.Rule else (),
        "seen_before": likeness.seen_before(opened, desk) if cls is c.Verify else (),
        "done": presenting.done(opened, pack) if cls in LOOKS_BACK else (),
        "evidence": presenting.evidence(case, pack) if cls in SHOWS_EVIDENCE else "",
        "alike": likeness.may_be(opened, desk) if cls is c.Merge else (),
        "known": _known(opened, desk) if cls is c.Answer else (),
        "rating_rows": _rated(case, pack, cls, form) if form.rates else [],
        "asks_solved": "solved" in form.fields,
        "request_asked": request,
        "request_about": presenting.about(request, pack) if request else "",
        "request_text": opened.words.get(request.words, "") if request else "",
        "request_photos": pictures.of_request(opened, request) if request else (),
    }


def _rated(case: Case, pack: Pack, cls: type[c.Command], form: CommandForm) -> list[dict[str, Any]]:
    """The units to rate, each as it was rated in the form just sent."""
    rows = presenting.rated_units(case, pack, cls)
    return [row | {"level": form.data.get(f"level-{row['id']}", "")} for row in rows]


def _similar(opened: queries.Opened, desk: Desk) -> list[dict[str, Any]]:
    """What was ruled about cases like this one."""
    known = precedents.similar(opened.case, opened.words.get(opened.case.words, ""))
    uses, now = precedents.uses(known), timezone.now()
    texts = queries.read_words(each.basis for each in known)
    return [described(each, desk.pack, now, uses, texts) for each in known]


def _subject(cls: type[c.Command], subject: int) -> dict[str, int]:
    return {name: subject for name in ("duty", "request", "council") if name in cls.__dataclass_fields__}


def _position(request: HttpRequest, cls: type[c.Command]) -> dict[str, Any]:
    """Where the phone says it is, for commands that are measured against the place of the case."""
    if "distance" not in cls.__dataclass_fields__ or not request.POST.get("lon"):
        return {}
    return {"position": {name: request.POST.get(name, "") for name in ("lon", "lat", "crs")}}


def colleagues(desk: Desk) -> list[tuple[str, str]]:
    """Colleagues a duty may be handed to: handlers of the unit and its parts."""
    head = desk.pack.tree.head_unit(desk.capacity.unit).code
    units = [head, *(unit.code for unit in desk.pack.tree.below(head))]
    posts = _held(unit__in=units, role="handler")
    return [
        (f"user:{post.user_id}", f"{post.user.name}（{presenting.short(post.unit, desk.pack)}）")
        for post in posts
    ]


def _held(**which: Any) -> QuerySet[Post]:
    """Posts that somebody holds now, for good or standing in."""
    now = timezone.now()
    held = Post.objects.filter(Q(until=None) | Q(until__gt=now), since__lte=now, **which)
    return held.select_related("user").order_by("id")


def leaders() -> list[tuple[str, str]]:
    """County leaders who may be put in charge."""
    posts = _held(role="county_leader")
    return [(f"user:{post.user_id}", post.user.name) for post in posts]


@page
def contact(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    """Who reported: each look needs a reason and leaves an event; the number is shown in this answer only."""
    opened = queries.open_case(number, desk.by, desk.pack)
    if not opened.knows_whistler or not permissions.may(desk.by, c.SeeIdentity, opened.case, 0, desk.pack):
        return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
    sent = request.method == "POST"
    form = _form(desk, c.SeeIdentity, opened, 0, request.POST if sent else None)
    told = None
    if sent and form.is_valid():
        source = web_source(request)
        case = actions.act(number, "see_identity", form.said(), desk.by, source=source)
        told = _contact(case.requester or case.whistler)
    context = {**presenting.summary(opened, desk.pack), "form": form, "told": told}
    return render(request, "work/contact.html", context, status=422 if sent and told is None else 200)


def _contact(actor: str) -> tuple[str, str]:
    """(number, name) of a person; both empty where nothing is known."""
    kind, _, id = actor.partition(":")
    if kind != "person":
        return "", ""
    try:
        return persons.contact(UUID(id))
    except Person.DoesNotExist:
        return "", ""


@page
def photo(request: HttpRequest, desk: Desk, number: str, id: UUID, variant: str) -> HttpResponse:
    opened = queries.open_case(number, desk.by, desk.pack)
    if str(id) not in pictures.ids(opened):
        raise Http404
    return pictures.send(request, str(id), variant, desk.by.actor)
