"""监督: what somebody says about a unit, to the discipline side alone. What is typed is sealed in this very request: it is
in no case, no list, no log; and nobody's account, number or address is kept with it."""

from __future__ import annotations

from typing import Any

from allauth.core import ratelimit
from django import forms
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.discipline import actions, keyring, scope
from shaodao.centre.intake import gate
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.units import KIND_WORDS
from shaodao.faces import words
from shaodao.faces.discipline.guard import Dropped
from shaodao.faces.forms import Form

LONGEST = 2000


class SuperviseForm(Form):
    unit = forms.ChoiceField(label=_("反映哪个单位"))
    words = forms.CharField(
        label=_("反映什么"),
        max_length=LONGEST,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_("什么时间、在哪里、办什么事、怎么对待的。"),
    )
    contact = forms.CharField(
        label=_("联系方式"), max_length=60, required=False, help_text=_("只有纪检监察机关看得到，可以不留。")
    )

    def __init__(self, pack: Pack, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["unit"].choices = [("", _("请选择")), *_units(pack)]


class ReceiptForm(Form):
    receipt = forms.CharField(label=_("回执号"), max_length=40)


@csrf_exempt
@never_cache
def supervise(request: HttpRequest) -> HttpResponse:
    """The form, its receipt, and how it stands with one. A file that somebody sends along is dropped before anything of
    the request is read: it would lie in the temporary folder otherwise."""
    request.upload_handlers = [Dropped(request)]
    return _supervise(request)


@csrf_protect
def _supervise(request: HttpRequest) -> HttpResponse:
    pack = versions.current()
    asks = "receipt" in request.POST
    form = SuperviseForm(pack, request.POST if request.method == "POST" and not asks else None)
    lookup = ReceiptForm(request.POST if asks else None)
    context: dict[str, Any] = {"form": form, "lookup": lookup, "ready": keyring.is_ready()}
    if request.method == "POST" and not _not_too_often(request):
        (lookup if asks else form).add_error(None, _("次数太多了。请过一会儿再来。"))
    elif asks and lookup.is_valid():
        state = actions.state_of_receipt(lookup.cleaned_data["receipt"])
        if not state:
            lookup.add_error("receipt", _("没有这个回执号。请核对。"))
        context["state"] = words.word("discipline_receipt", state) if state else ""
    elif request.method == "POST" and not asks and form.is_valid():
        said = form.cleaned_data
        try:
            body = {"unit": said["unit"], "text": said["words"], "contact": said["contact"]}
            context["receipt"] = actions.supervise(body, pack, at=timezone.now())
        except keyring.NotReady:
            form.add_error(None, words.refusal("supervise_closed"))
        except Refusal as refusal:
            form.add_error(None, words.refusal(refusal.code, **words.said(refusal.params, pack)))
    status = 422 if form.errors or lookup.errors else 200
    return render(request, "resident/supervise.html", context, status=status)


def _not_too_often(request: HttpRequest) -> bool:
    """Counted for an hour by a keyed hash of the address: a dump does not tell from where somebody wrote."""
    source = gate.blind(f"supervise:{getattr(request, 'address', '')}")
    return bool(ratelimit.consume(request, action="supervise", key=source))


def _units(pack: Pack) -> list[tuple[str, list[tuple[str, str]]]]:
    """Whom one may complain of, under the heading of its kind or street."""
    day = pack.day(timezone.now())
    groups: dict[str, list[tuple[str, str]]] = {}
    for unit in pack.units.values():
        if unit.kind in scope.COMPLAINED_OF and unit.in_force(day):
            local = pack.tree.local_of(unit.code)
            heading = local.name if local is not None else KIND_WORDS[unit.kind]
            groups.setdefault(heading, []).append((unit.code, unit.short))
    return list(groups.items())
