"""The pages' guard: one entry of `permissions.ADMINISTRATION`."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from shaodao.centre.cases import permissions
from shaodao.faces import words
from shaodao.faces.work.capacity import Desk, page

View = Callable[..., HttpResponseBase]


def needs(what: str) -> Callable[[View], View]:
    """A page for roles that may do `what`."""

    def guard(view: View) -> View:
        @page
        @wraps(view)
        def guarded(request: HttpRequest, desk: Desk, *args: Any, **kwargs: Any) -> HttpResponseBase:
            if not permissions.may_administer(desk.by.role, what):
                return render(request, "403.html", {"refusal": words.refusal("not_allowed")}, status=403)
            return view(request, desk, *args, **kwargs)

        return guarded

    return guard
