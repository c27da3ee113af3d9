"""哨单: who was summoned, who came; persons sign in on the spot by a QR code that only the council's page shows."""

from __future__ import annotations

import io

import qrcode
import qrcode.image.svg
from django import forms
from django.contrib import messages
from django.core import signing
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.cache import never_cache

from shaodao.centre.cases import actions, permissions, queries
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.lifecycle.model import By, Council
from shaodao.county.pack import versions
from shaodao.faces import words
from shaodao.faces.forms import Form
from shaodao.faces.work.capacity import Desk, page
from shaodao.faces.work.presenting import short, summary

SALT = "council"
VALID = 12 * 3600  # seconds: a code on the spot is no good the next day


def code_of(number: str, council: int) -> str:
    """What the QR code carries: case and council, signed and dated."""
    return signing.dumps([number, council], salt=SALT, compress=True)


@page
def councils(request: HttpRequest, desk: Desk) -> HttpResponse:
    """The convening whistles of the actor's unit, and those it is summoned to."""
    rows = [
        {
            "number": row.case_id,
            "id": row.council_id,
            "by": short(row.unit, desk.pack),
            "meet_at": row.meet_at,
            "units": [short(unit, desk.pack) for unit in row.units],
            "arrived": row.arrived,
            "concluded": row.concluded_at,
            "ours": row.unit == desk.by.unit,
        }
        for row in queries.councils(desk.by, desk.pack)
    ]
    return render(request, "work/councils.html", {"rows": rows, "now": timezone.now()})


@page
def council(request: HttpRequest, desk: Desk, number: str, id: int) -> HttpResponse:
    """One council: who came and who did not, the code to sign in by, and its conclusions."""
    opened = queries.open_case(number, desk.by, desk.pack)
    found = opened.case.council(id)
    if found is None:
        raise Http404
    convened = desk.by.unit == found.by.unit or desk.by.role in permissions.CENTRE_HEADS
    address = (
        request.build_absolute_uri(reverse("arrive", args=[code_of(number, id)]))
        if convened and found.open
        else ""
    )
    return render(
        request,
        "work/council.html",
        {
            **summary(opened, desk.pack),
            "council": found,
            "units": [_attendance(found, unit, opened.words, desk) for unit in found.units],
            "words": opened.words.get(found.words, ""),
            "conclusions": opened.words.get(found.conclusions, ""),
            "qr": _svg(address) if address else "",
            "address": address,
            "may_conclude": any(
                cls.__name__ == "ConcludeCouncil" for cls, subject in opened.offered if subject == id
            ),
            "now": timezone.now(),
        },
    )


def _attendance(found: Council, unit: str, known: dict[str, str], desk: Desk) -> dict[str, object]:
    came = [a for a in found.arrivals if a.unit == unit]
    return {
        "name": short(unit, desk.pack),
        "persons": [{"name": known.get(a.person, "（已删除）"), "at": a.at} for a in came],
        "late": bool(came) and came[0].at > found.meet_at,
    }


def _svg(address: str) -> str:
    """The QR code as an SVG path, drawn in the page's own colour."""
    made = qrcode.make(address, image_factory=qrcode.image.svg.SvgPathImage, box_size=10, border=2)
    out = io.BytesIO()
    made.save(out)
    return out.getvalue().decode().split("?>", 1)[-1].strip()


class ArriveForm(Form):
    unit = forms.ChoiceField(label="您代表哪个单位", widget=forms.RadioSelect)
    person = forms.CharField(
        label="姓名", max_length=40, widget=forms.TextInput(attrs={"autocomplete": "name"})
    )


@never_cache
def arrive(request: HttpRequest, code: str) -> HttpResponse:
    """Signing in on the spot: whoever holds a phone at the place scans the code; no account is needed."""
    try:
        number, id = signing.loads(code, salt=SALT, max_age=VALID)
    except signing.BadSignature:
        return render(request, "work/arrive_expired.html", status=410)
    pack = versions.current()
    case = actions.load(number)
    found = case.council(id)
    if found is None or not found.open:
        return render(request, "work/arrive_expired.html", status=410)
    form = ArriveForm(request.POST or None)
    choices = [(unit, short(unit, pack)) for unit in found.units]
    form.fields["unit"].choices = choices
    if request.method == "POST" and form.is_valid():
        said = form.cleaned_data
        unit = said["unit"]
        try:
            actions.act(
                number,
                "arrive",
                {"council": id, "unit": unit, "person": said["person"]},
                By(f"system:council-{id}", permissions.ON_THE_SPOT, unit),
                source=actions.Source(channel="qr", request_id=getattr(request, "id", "")),
            )
        except Refusal as refusal:
            form.add_error(None, words.refusal(refusal.code, **words.said(refusal.params, pack)))
        else:
            messages.success(request, f"{short(unit, pack)} {said['person']}，已签到。")
            return redirect("arrive", code)
    context = {
        "form": form,
        "meet_at": found.meet_at,
        "by": short(found.by.unit, pack),
        "now": timezone.now(),
    }
    return render(request, "work/arrive.html", context, status=422 if form.errors else 200)
