"""From the chosen capacity to the actor of commands, and the pages' guard."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import Http404, HttpRequest, HttpResponseBase
from django.urls import reverse
from django.views.decorators.cache import never_cache

from shaodao.centre.cases.actions import NoSuchCase
from shaodao.centre.cases.lifecycle.model import By
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.people.capacity import Capacity
from shaodao.county.units import Kind
from shaodao.faces.accounts import capacity as chosen
from shaodao.faces.work import overtaken

View = Callable[..., HttpResponseBase]


class Desk:
    """Who acts on this page and under which pack."""

    def __init__(self, capacity: Capacity) -> None:
        self.capacity = capacity
        self.by = By(capacity.actor, capacity.role, capacity.grid or capacity.unit)
        self.pack: Pack = versions.current()

    @property
    def centre(self) -> str:
        """Code of the centre's unit."""
        return next(unit.code for unit in self.pack.units.values() if unit.kind is Kind.CENTRE)


def page(view: View) -> View:
    """A staff page: the view gets `(request, desk, …)`. A case one may not see is not found."""

    @never_cache
    @chosen.required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        desk = Desk(request.capacity)
        try:
            return view(request, desk, *args, **kwargs)
        except NoSuchCase:
            if overtaken.typed(request):
                said = "这一件现在不在您这里：可能已经转给别的单位，也可能编号不对。"
                return overtaken.lost(request, reverse("staff:inbox"), said, status=404)
            raise Http404 from None

    return guarded
