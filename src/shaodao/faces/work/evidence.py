"""证据包: asking for one of a case, and who asked before. A case one may not have one of is not found."""

from __future__ import annotations

from django import forms
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.template.loader import render_to_string
from django.utils import timezone

from shaodao.centre.bundles import making
from shaodao.centre.cases import permissions
from shaodao.centre.cases.actions import NoSuchCase
from shaodao.centre.cases.lifecycle import state_of
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.faces import words
from shaodao.faces.forms import Form
from shaodao.faces.requests import web_source
from shaodao.faces.work import presenting
from shaodao.faces.work.capacity import Desk, page
from shaodao.ground.ledger.events import Recorded


class EvidenceForm(Form):
    number = forms.CharField(label="哨件编号", max_length=16)
    reason = forms.CharField(
        label="用途", max_length=making.LONGEST_REASON, help_text="谁要、做什么用。会和这次制作一起记入台账。"
    )

    def clean_number(self) -> str:
        return "".join(filter(str.isdigit, self.cleaned_data["number"]))


@page
def evidence(request: HttpRequest, desk: Desk) -> HttpResponse:
    if not permissions.makes_bundles(desk.by.role):
        raise Http404
    sent = request.method == "POST"
    number = "".join(filter(str.isdigit, request.GET.get("number", "")))
    form = EvidenceForm(request.POST if sent else None, initial={"number": number})
    if sent and form.is_valid():
        number = form.cleaned_data["number"]
        try:
            made = making.make(
                number, form.cleaned_data["reason"], _documents(number, desk), desk.by, desk.pack,
                source=web_source(request),
            )  # fmt: skip
        except NoSuchCase:
            form.add_error("number", words.refusal("no_such_case"))
        except Refusal as refusal:
            form.add_error(None, words.refusal(refusal.code, **refusal.params))
        else:
            return HttpResponse(
                made.data,
                content_type="application/zip",
                headers={"Content-Disposition": f'attachment; filename="{made.name}"'},
            )
    context = {"form": form, "made": _made(number, desk), "now": timezone.now()}
    return render(request, "work/evidence.html", context, status=422 if sent else 200)


def _made(number: str, desk: Desk) -> list[dict[str, object]]:
    try:
        return [
            {
                "at": each.at,
                "who": desk.pack.capacity_name(*each.capacity.split("@"))
                if "@" in each.capacity
                else each.capacity,
                "reason": each.reason,
                "sums": each.sums,
            }
            for each in (making.makings(number, desk.by, desk.pack) if number else ())
        ]
    except NoSuchCase:
        return []


def _documents(number: str, desk: Desk) -> dict[str, bytes]:
    """The case as a page to read without us: its facts and what has happened. Nothing of who reported it."""
    shown = making.show(number, desk.by, desk.pack)
    case, pack = shown.case, desk.pack
    item = pack.items.get(case.item)
    context = {
        "number": number,
        "item": item.name if item else "手册外事项",
        "state": words.word("state", state_of(case)),
        "place": presenting.place_name(case.place, pack),
        "units": [
            (
                presenting.short(duty.unit, pack),
                words.word("duty_role", duty.role),
                presenting.duty_state(duty, case),
            )
            for duty in case.duties
        ],
        "events": [_event(each, shown, desk) for each in shown.events],
        "withheld": shown.withheld,
        "county": pack.name,
        "made_at": timezone.now(),
    }
    readme = render_to_string("work/bundle.txt", context)
    return {
        "case.html": render_to_string("work/bundle.html", context).encode(),
        "README.txt": readme.encode(),
    }


def _event(each: Recorded, shown: making.Shown, desk: Desk) -> dict[str, object]:
    event = from_payload(each.type, each.payload)
    role, _, unit = each.context.capacity.partition("@")
    return {
        "seq": each.seq,
        "at": each.occurred_at,
        "title": presenting.title(event, shown.case, desk.pack),
        "who": desk.pack.capacity_name(role, unit) if unit else "",
        "texts": [
            text
            for name in making.WORDS
            if isinstance(key := getattr(event, name, ""), str) and (text := shown.words.get(key))
        ],
    }
