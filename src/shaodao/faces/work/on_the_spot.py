"""当场办结: a community that stands before a small matter signs, reports in and claims it finished with one form."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone

from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.queries import Opened
from shaodao.faces import pictures, words
from shaodao.faces.forms import Form, version
from shaodao.faces.requests import web_source
from shaodao.faces.work import overtaken, presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.ground.files.refusals import Refusal as FileRefusal


class DoneForm(Form):
    words = forms.CharField(
        label="怎么办好的",
        max_length=2000,
        help_text="会留在记录里，由别人核查。",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    persons = forms.IntegerField(
        label="到场人数", min_value=1, initial=1, widget=forms.NumberInput(attrs={"inputmode": "numeric"})
    )
    lon = forms.CharField(required=False, widget=forms.HiddenInput)
    lat = forms.CharField(required=False, widget=forms.HiddenInput)
    crs = forms.CharField(required=False, widget=forms.HiddenInput)


def duty_of(opened: Opened) -> int:
    """The lead duty that may be finished on the spot: one that may be reported in now. 0 = none."""
    lead = opened.case.lead
    ready = lead is not None and (c.ReportIn, lead.id) in opened.offered and lead.report_in == "site"
    return lead.id if lead is not None and ready else 0


@page
def finish(request: HttpRequest, desk: Desk, number: str) -> HttpResponse:
    opened = queries.open_case(number, desk.by, desk.pack)
    duty = duty_of(opened) if desk.by.role in permissions.FIRST_TIER_HANDS else 0
    if not duty:
        if overtaken.typed(request):
            back, seen = reverse("staff:case", args=[number]), version(request.POST) or opened.case.version
            return overtaken.lost(request, back, entries=overtaken.meanwhile(opened, seen, desk.pack))
        raise Http404
    form = DoneForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            photos = pictures.taken(request, desk.by.actor)
            finish_now(request, desk, opened, duty, form.cleaned_data, photos)
        except (Refusal, FileRefusal) as refusal:
            form.add_error(None, words.refusal(refusal.code, **words.said(refusal.params, desk.pack)))
        else:
            messages.success(request, "当场办结，等待核查。")
            return redirect(reverse("staff:case", args=[number]))
    context = {**presenting.summary(opened, desk.pack), "form": form, "now": timezone.now()}
    return render(request, "work/on_the_spot.html", context, status=422 if form.errors else 200)


@transaction.atomic
def finish_now(
    request: HttpRequest, desk: Desk, opened: Opened, duty: int, said: dict[str, Any], photos: list[str]
) -> None:
    """All of it or nothing. `said` as in the form; `photos` were taken under the actor's name."""
    token, number = desk.by.actor, opened.case.number
    position = {name: said[name] for name in ("lon", "lat", "crs")} if said["lon"] else None
    steps: list[tuple[str, dict[str, Any]]] = [
        ("report_in", {"mode": "site", "persons": said["persons"], "position": position}),
        ("claim_finished", {"way": "done", "words": said["words"], "photos": photos}),
    ]
    if (c.Sign, duty) in opened.offered:
        steps.insert(0, ("sign", {}))
    if opened.case.waits("make_safe", f"duty:{duty}"):
        steps.insert(-1, ("make_safe", {"words": said["words"]}))
    source = web_source(request)
    for name, fields in steps:
        actions.act(number, name, {"duty": duty, **fields}, desk.by, source=source, upload_token=token)
