"""删除我的个人信息: whoever reported erases themself. Whoever left a number proves it first; without one, the link of the
case is all there is to prove."""

from __future__ import annotations

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache

from shaodao.centre.cases import actions, erasure, permissions
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import gate
from shaodao.county.people import persons
from shaodao.faces.accounts import resident
from shaodao.faces.requests import web_source


@never_cache
def by_phone(request: HttpRequest) -> HttpResponse:
    """All the cases of the number that was proved in this browser."""
    if not resident.signed_in(request):
        return redirect("/mine/sign-in?next=/mine/erase")
    person = resident.person(request)
    return _page(request, f"person:{person}" if person else "")


@never_cache
def by_link(request: HttpRequest, token: str) -> HttpResponse:
    """The case of a link whose person left no number."""
    found = gate.place_of(token)
    if found is None:
        raise Http404
    number, seat = found
    case = actions.load(number)
    person = case.behind(case.at(seat))
    if person in case.erased_persons or not person.startswith("person:"):
        raise Http404
    if persons.has_number(person.removeprefix("person:")):
        return redirect("resident:erase")
    return _page(request, person)


def _page(request: HttpRequest, actor: str) -> HttpResponse:
    """What goes and what stays; when it is confirmed, it is done at once."""
    numbers = erasure.cases_of(actor) if actor else []
    confirmed = request.method == "POST" and request.POST.get("sure") == "1"
    if numbers and confirmed:
        source = web_source(request)
        actions.erase_person(actor, By(actor, permissions.WHISTLER), reason="own", source=source)
        if resident.signed_in(request):
            resident.sign_out(request)
        messages.success(request, gettext("您的个人信息已经删除。"))
        return redirect("resident:home")
    context = {"numbers": numbers, "unsure": request.method == "POST"}
    return render(request, "resident/erase.html", context, status=422 if request.method == "POST" else 200)
