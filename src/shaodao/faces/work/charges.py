"""分管: which county leader is in charge of which unit."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_POST

from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.pressing import watch
from shaodao.county.people import holders
from shaodao.county.people.models import User
from shaodao.faces import words
from shaodao.faces.requests import web_source
from shaodao.faces.work.capacity import Desk, page


@page
def charges(request: HttpRequest, desk: Desk) -> HttpResponse:
    if not permissions.may_read_charges(desk.by):
        return _forbidden(request)
    now = timezone.now()
    ids = [int(who.partition(":")[2]) for who in holders.of(f"role:{watch.LEADER}", now)]
    leaders = [
        (f"user:{pk}", name)
        for pk, name in User.objects.filter(pk__in=ids).order_by("id").values_list("pk", "name")
    ]
    in_charge = watch.present(now).in_charge
    rows = [(unit, in_charge.get(unit.code, "")) for unit in watch.units_of(desk.pack, now)]
    context = {
        "rows": [(unit, leader, dict(leaders).get(leader, "")) for unit, leader in rows],
        "leaders": leaders,
        "missing": sum(not leader for _, leader in rows),
        "may": permissions.may_put_in_charge(desk.by),
    }
    return render(request, "work/charges.html", context)


@require_POST
@page
def put(request: HttpRequest, desk: Desk) -> HttpResponse:
    """Take what was chosen for each unit; those that stay the same are no change."""
    source = web_source(request)
    try:
        for name, leader in request.POST.items():
            if name.startswith("unit-"):
                watch.put_in_charge(name.removeprefix("unit-"), str(leader), desk.by, source=source)
    except permissions.Forbidden:
        return _forbidden(request)
    except Refusal as refusal:
        messages.error(request, words.refusal(refusal.code, **words.said(refusal.params, desk.pack)))
        return redirect("staff:charges")
    messages.success(request, "分管县领导已保存。")
    return redirect("staff:charges")


def _forbidden(request: HttpRequest) -> HttpResponse:
    return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
