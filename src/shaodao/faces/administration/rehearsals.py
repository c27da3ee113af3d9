"""演练 on screen: those who draft or approve a version ask what it would have done; the background process works it out."""

from __future__ import annotations

from uuid import UUID

from django import forms
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions
from shaodao.centre.rehearsal import waiting
from shaodao.centre.rehearsal.models import Rehearsal
from shaodao.centre.rehearsal.rehearse import Days
from shaodao.county.pack.models import PackVersion
from shaodao.faces import words
from shaodao.faces.administration.guard import needs
from shaodao.faces.administration.rehearsed import page, periods
from shaodao.faces.forms import Form
from shaodao.faces.work.capacity import Desk


class DaysForm(Form):
    since = forms.DateField(label="从", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))
    until = forms.DateField(label="到", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"))


def form_now() -> DaysForm:
    """The form filled in with the last three months."""
    _, since, until = periods(timezone.localdate())[1]
    return DaysForm(initial={"since": since, "until": until})


@require_POST
@needs("rehearse_pack")
def ask(request: HttpRequest, desk: Desk, id: UUID) -> HttpResponse:
    version = get_object_or_404(PackVersion, pk=id)
    form = DaysForm(request.POST)
    try:
        if not form.is_valid():
            raise waiting.AskRefused("bad_period")
        days = Days(form.cleaned_data["since"], form.cleaned_data["until"])
        one = waiting.ask(version, days, by=request.user, now=timezone.now())
    except waiting.AskRefused as refused:
        messages.error(request, words.word("rehearsal_fault", refused.code))
        return redirect("pack", id)
    return redirect("rehearsal", id, one.pk)


@needs("read_packs")
def rehearsal(request: HttpRequest, desk: Desk, id: UUID, one: int) -> HttpResponse:
    """One rehearsal: how far it is, or what it found."""
    found = get_object_or_404(
        Rehearsal.objects.select_related("version", "asked_by").defer("content"), pk=one, version=id
    )
    return render(
        request,
        "administration/rehearsal.html",
        {
            "one": found,
            "page": page(found.found) if found.found else None,
            "changed_since": found.version.hash != found.hash,
            "links": desk.by.role in permissions.CENTRE_DESK,
        },
    )
