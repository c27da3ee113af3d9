"""Whistling and following."""

from __future__ import annotations

import re
import secrets
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from allauth.core import ratelimit
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from shaodao.centre.answers import knowledge
from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle import Case, Refusal, state_of
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.dispatch import classifier
from shaodao.centre.dispatch import words as reading
from shaodao.centre.intake import filing, gate, placing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.centre.likeness import joining
from shaodao.centre.publishing import actions as publishing
from shaodao.centre.publishing import masking
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.people import persons
from shaodao.county.people.models import Person
from shaodao.faces import pictures, sending, words
from shaodao.faces.accounts import resident
from shaodao.faces.requests import web_source
from shaodao.faces.resident import alike, presenting
from shaodao.faces.resident.forms import LookupForm, RatingForm, WhistleForm, WordsForm
from shaodao.ground.files import intake
from shaodao.ground.files.refusals import Refusal as FileRefusal
from shaodao.ground.ledger.store import Conflict

# How well an answer must fit before it is shown to whoever types: less for a question than for a report.
ASKED, SAID = 0.25, 0.5
DEVICE_COOKIE = "device"
UNGUESSABLE = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
MAY = {
    "rate": c.Rate,
    "reopen": c.Reopen,
    "comment": c.Comment,
    "review": c.AskReview,
    "helpful": c.FindHelpful,
    "came": c.ConfirmReportIn,
    "same": c.Merge,
}


def home(request: HttpRequest) -> HttpResponse:
    return render(request, "resident/home.html", {"lookup": LookupForm()})


# --- whistling ---


@never_cache
def whistle(request: HttpRequest) -> HttpResponse:
    """The whistle form. In danger of life the page first says whom to call, then goes on."""
    pack = versions.current()
    form = WhistleForm(pack, request.POST or None, request.FILES or None)
    danger = None
    if request.POST.get("joins"):
        form.fields["text"].required = False
        if form.is_valid() and (answer := alike.join(request, form, _caller(request, form))):
            return answer
    elif request.method == "POST" and form.is_valid():
        danger = None if form.cleaned_data["danger_seen"] else reading.life_danger(form.cleaned_data["text"])
        if danger and sending.wanted(request):
            return sending.danger(request, danger)
        if danger is None and (answer := _file(request, form)):
            return answer
    if sending.wanted(request):
        return sending.refused(form)
    status = 422 if form.errors else 200
    calls = words.danger_calls(danger.number) if danger else ()
    context = {
        "form": form,
        "danger": danger,
        "danger_calls": calls,
        "picked": pack.items.get(form["item"].value() or ""),
    }
    return known_again(request, render(request, "resident/whistle.html", context, status=status))


def known_again(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """The answer, with a name for this browser where it has none: how much one device sends is counted by it."""
    if DEVICE_COOKIE not in request.COOKIES:
        year = 365 * 24 * 3600
        response.set_cookie(
            DEVICE_COOKIE, secrets.token_urlsafe(16), max_age=year, httponly=True, samesite="Lax"
        )
    return response


def _file(request: HttpRequest, form: WhistleForm) -> HttpResponse | None:
    said = form.cleaned_data
    token = secrets.token_urlsafe(16)
    caller = _caller(request, form)
    try:
        photos = pictures.taken(request, token)
        filed = filing.file(
            Whistle(
                text=form.whole_text(),
                place=form.place(),
                mark=said["mark"],
                item=said["item"],
                phone=said["phone"],
                name=said["name"],
                channel="h5" if "micromessenger" in request.headers.get("User-Agent", "").lower() else "web",
                occurred_at=form.occurred_at(),
                photos=photos,
                upload_token=token,
            ),
            caller,
            request_id=getattr(request, "id", ""),
        )
    except gate.KeyReused:
        form.add_error(None, sending.refusal("same_key"))
        return None
    except (Refusal, FileRefusal) as refusal:
        form.add_error(None, sending.refusal(refusal.code, **refusal.params))
        return None
    url = reverse("resident:follow", args=[filed.token]) + "?new=1"
    if sending.wanted(request):
        return sending.filed(filed, url, versions.current(), said["text"])
    return redirect(url)


def _caller(request: HttpRequest, form: WhistleForm) -> Caller:
    """The caller as the gate counts it. A key made by our own pages is good on its own: it travels with the whistle, also
    where the browser has lost its cookies since; any other one means something only from the same device."""
    device, key = request.COOKIES.get(DEVICE_COOKIE, ""), form.cleaned_data["key"]
    own = UNGUESSABLE.fullmatch(key)
    return Caller(
        client="web" if own else f"web:{gate.blind(device)}",
        key=key if own or device else "",
        address=getattr(request, "address", ""),
        device=device,
    )


@require_POST
def suggest(request: HttpRequest) -> HttpResponse:
    """The likeliest items for words being typed, one tap takes one; and answers that may save the report."""
    pack = versions.current()
    day = pack.day(timezone.now())
    items = pack.items_on(day)
    text = request.POST.get("text", "")[:500]
    if len(text) <= 3:
        return render(request, "resident/suggest.html", {"top": (), "answers": ()})
    guess = classifier.current(pack).classify(text, items, pack.settings.dispatch)
    least = pack.settings.dispatch.suggest / 1000
    top = [items[code] for code, share in guess.top if code in items and share >= least / 3]
    asks = reading.nature(text) == "ask" or guess.none_of_these
    found = knowledge.find(text, day, 2, ASKED if asks else SAID)
    return render(request, "resident/suggest.html", {"top": top, "answers": [f.article for f in found]})


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """What others would see of the words being written, masked by the very rule of publication."""
    pack = versions.current()
    form = WhistleForm(pack, request.POST)
    form.is_valid()  # what is not yet right is not yet shown
    said, address = (str(form.data.get(name) or "").strip()[:2000] for name in ("text", "address"))
    said = f"{said}\n地点：{address}" if address else said  # as it is filed: `WhistleForm.whole_text`
    names = [str(form.data.get("name") or "")]
    masked = masking.masked(said, names, publishing.below_the_street(pack))
    return render(
        request,
        "resident/preview.html",
        {"said": said, "text": masked, "street": _street(form, pack)},
    )


def _street(form: WhistleForm, pack: Pack) -> str:
    """The street or township of the place that was given, as far as it is known."""
    try:
        place = placing.place_of(form.place(), "", pack)
    except (Refusal, KeyError):
        return ""
    return pack.places[place.township].name if place.township in pack.places else ""


# --- following ---


@never_cache
def track(request: HttpRequest) -> HttpResponse:
    """By number and the last four digits of the phone left with it."""
    form = LookupForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = "".join(filter(str.isdigit, form.cleaned_data["number"]))
        if not ratelimit.consume(request, action="lookup", key=number):
            form.add_error(None, gettext("查得太频繁了。请一分钟后再试。"))
        elif token := _of_phone(number, form.cleaned_data["last_four"]):
            return redirect("resident:follow", token)
        else:
            form.add_error(
                None, gettext("编号和手机号后四位对不上。请核对后再试；匿名反映的只能凭链接查看。")
            )
    return render(request, "resident/track.html", {"form": form}, status=422 if form.errors else 200)


def _of_phone(number: str, last_four: str) -> str:
    """The token of whoever reported or joined this case and left a number that ends so; empty where nobody did."""
    try:
        case = actions.load(number)
    except actions.NoSuchCase:
        return ""
    seats = [(f.person, f.seat) for f in case.followers if f.seat and f.number == number]
    for actor, seat in ((case.requester, 0), (case.whistler, 0), *seats):
        kind, _, person = actor.partition(":")
        if kind != "person":
            continue
        try:
            phone, _ = persons.contact(UUID(person))
        except Person.DoesNotExist:
            continue
        if phone.endswith(last_four):
            return gate.token_of(number, seat)
    return ""


class Erased(Http404):
    """Nobody can follow this case any more."""


def _follow(token: str) -> tuple[Case, By]:
    """The case of a token and the actor that its holder is."""
    found = gate.place_of(token)
    if found is None:
        raise Http404
    number, seat = found
    case = actions.load(number)
    actor = case.at(seat)
    if not actor:
        raise Http404
    if case.behind(actor) in case.erased_persons:
        raise Erased(number)
    return case, By(actor, permissions.WHISTLER)


@never_cache
def follow(request: HttpRequest, token: str, form: Any = None, status: int = 200) -> HttpResponse:
    """A case as whoever reported it follows it."""
    try:
        case, by = _follow(token)
    except Erased as erased:
        return render(request, "resident/erased.html", {"number": str(erased)}, status=410)
    pack = versions.current()
    opened = queries.open_case(case.number, by, pack)
    seat = case.seat_of(by.actor)
    allowed = {c.name_of(cls) for cls, _ in opened.offered}
    asked = [d for d in case.active_duties if d.report_in_pending and "confirm_report_in" in allowed]
    return render(
        request,
        "resident/follow.html",
        {
            **presenting.page(opened, pack, timezone.now()),
            "token": token,
            "new": request.GET.get("new"),
            "alike": alike.after_filing(opened, pack, timezone.now()) if request.GET.get("new") else (),
            "seat": seat,
            "anonymous": seat.anonymous if seat else case.anonymous,
            "may": allowed,
            "asked": [{"id": d.id, "unit": presenting.short(d.unit, pack)} for d in asked],
            "form": form,
            "state": state_of(opened.progress),
            "merged": state_of(case) == "merged",
            "ending": presenting.ending(opened, pack, timezone.now(), allowed),
            **_pictures(opened, token),
            "own_photos": bool(set(case.photos) & pictures.ids(opened)),
        },
        status=status,
    )


def _pictures(opened: queries.Opened, token: str) -> dict[str, Any]:
    """The pictures, and of these how it was before and after, where both are there."""
    photos = pictures.for_whistler(opened, token)
    before, after = pictures.before_and_after(photos)
    return {"photos": photos, "before": before, "after": after}


@require_POST
def say(request: HttpRequest, token: str, what: str) -> HttpResponse:
    """Rate, reopen, merge, add something, ask for a review, or confirm that somebody came."""
    case, by = _follow(token)
    if what not in MAY:
        raise Http404
    try:
        made = _said(what, request.POST)
    except Refusal as refusal:
        made = words.refusal(refusal.code, **refusal.params)
    if isinstance(made, str):
        messages.error(request, made)
        return redirect("resident:follow", token)
    try:
        upload = secrets.token_urlsafe(16)
        photos = pictures.taken(request, upload) if what in ("reopen", "comment") else []
        if photos:
            made["photos"] = photos
        source = web_source(request)
        name = c.name_of(MAY[what])
        actions.act(case.number, name, made, by, source=source, upload_token=upload)
    except Refusal as refusal:
        if refusal.code == "too_late_to_reopen":
            messages.info(request, words.refusal(refusal.code, **refusal.params))
            return redirect("resident:whistle")
        messages.error(request, words.refusal(refusal.code, **refusal.params))
    except FileRefusal as refusal:
        messages.error(request, words.refusal(refusal.code, **refusal.params))
    except permissions.Forbidden:
        messages.error(request, words.refusal("not_now"))
    except Conflict:
        messages.warning(request, words.refusal("stale"))
    else:
        messages.success(request, gettext(presenting.THANKS[what]))
    return redirect("resident:follow", token)


def _said(what: str, posted: Mapping[str, Any]) -> dict[str, Any] | str:
    """The fields of the command, or a sentence about what is missing."""
    if what == "rate":
        rating = RatingForm(posted)
        if not rating.is_valid():
            return gettext("请先选择解决了没有，再提交评价。")
        return {
            "solved": rating.cleaned_data["solved"],
            "levels": rating.levels(),
            "words": rating.cleaned_data["words"],
        }
    if what == "same":
        return {"into": joining.offered(posted.get("joins", ""))}
    if what == "came":
        return {"duty": posted.get("duty", ""), "came": posted.get("came") == "1"}
    if what == "helpful":
        return {}
    if what == "reopen":
        reason = "broken_again" if posted.get("reason") == "broken_again" else "not_solved"
        return {"reason": reason, "words": posted.get("words", "")}
    form = WordsForm(posted)
    return {"words": form.cleaned_data["words"]} if form.is_valid() else gettext("请写几句说明再提交。")


@never_cache
def photo(request: HttpRequest, token: str, id: UUID, variant: str) -> HttpResponse:
    case, by = _follow(token)
    opened = queries.open_case(case.number, by, versions.current())
    if str(id) not in pictures.ids(opened):
        raise Http404
    return pictures.send(request, str(id), variant, by.actor)


@never_cache
def cover(request: HttpRequest, token: str) -> HttpResponse:
    """What of their own photos whoever reported wants painted over, should the case be published."""
    case, by = _follow(token)
    opened = queries.open_case(case.number, by, versions.current())
    own = set(case.photos) & pictures.ids(opened) - intake.voices(case.photos)
    if not own:
        raise Http404
    wrong = False
    if request.method == "POST":
        try:
            drawn = {id: pictures.boxes_sent(request, id) for id in own}
        except ValueError:
            wrong = True
        else:
            for id, boxes in drawn.items():
                intake.cover(UUID(id), boxes)
            messages.success(request, gettext("记下了。这一件要公开时，审核的人照您框的遮，还会再看一遍。"))
            return redirect("resident:follow", token)
    photos = pictures.to_cover(own, lambda id: pictures.of_whistler(token, id), request)
    context = {"case": case, "token": token, "photos": photos, "wrong": wrong}
    return render(request, "resident/cover.html", context, status=422 if wrong else 200)


@never_cache
def mine(request: HttpRequest) -> HttpResponse:
    """我的哨件, for the number proved by a code in this browser."""
    if not resident.signed_in(request):
        return redirect("/mine/sign-in?next=/mine")
    person = resident.person(request)
    lines, seen = [], []
    after = None
    if person:
        pack = versions.current()
        by = By(f"person:{person}", permissions.WHISTLER)
        since = queries.unbroken_since(by.actor, timezone.now())
        found = queries.cases(
            by,
            queries.Filters(since=since),
            pack,
            after=request.GET.get("after", ""),
        )
        after = found.after
        lines = [presenting.line(listed, pack, gate.token_of(listed.number)) for listed in found.lines]
        seen = [
            presenting.seen_line(f, pack, gate.token_of(f.case_id, f.seat))
            for f in queries.joined(by.actor, since)
        ]
    return render(
        request,
        "resident/mine.html",
        {
            "lines": lines,
            "seen": seen,
            "after": after,
            "first": "after" not in request.GET,
            "now": timezone.now(),
        },
    )


def guide(request: HttpRequest) -> HttpResponse:
    """Answers of the knowledge base, and the manual of items: what may be whistled for, who deals with it, how soon."""
    pack = versions.current()
    q = request.GET.get("q", "").strip()[:200]
    day = pack.day(timezone.now())
    items = [i for i in pack.items_on(day).values() if not q or q in i.name or q in i.scope]
    answers = [f.article for f in knowledge.find(q, day, 8)] if q else knowledge.every(day)
    groups: dict[str, list[Any]] = {}
    for item in items:
        groups.setdefault(item.group, []).append(presenting.item_line(item, pack))
    return render(
        request,
        "resident/guide.html",
        {"groups": groups.items(), "q": q, "count": len(items), "answers": answers},
    )


def answer(request: HttpRequest, id: int) -> HttpResponse:
    """One answer of the knowledge base, with its source and date."""
    pack = versions.current()
    found = knowledge.published(id, pack.day(timezone.now()))
    if found is None:
        raise Http404
    return render(
        request, "resident/answer.html", {"answer": found, "unit": presenting.short(found.unit, pack)}
    )
