"""The capacity (身份) one acts in: chosen after sign-in, one at a time, kept in the session, checked on every request."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect

from shaodao.county import people
from shaodao.county.people.capacity import Capacity, excluded
from shaodao.faces import county
from shaodao.faces.accounts import second_factor

SESSION_KEY = "capacity"
_CACHED = "_capacity"

View = Callable[..., HttpResponseBase]


def held(request: HttpRequest) -> tuple[Capacity, ...]:
    """Every capacity of the signed-in person that may be chosen now."""
    return choosable(people.capacities(request.user)) if request.user.is_authenticated else ()


def choosable(every: tuple[Capacity, ...]) -> tuple[Capacity, ...]:
    """Posts that exclude each other are left out, all of them: a grant that should never have been made gives no right."""
    wrong = excluded({c.role for c in every}, {code: role.excludes for code, role in county.roles().items()})
    return tuple(c for c in every if c.role not in wrong)


def needs_second_factor(capacity: Capacity) -> bool:
    role = county.roles().get(capacity.role)
    return role is None or role.second_factor


def current(request: HttpRequest) -> Capacity | None:
    """The capacity of this request: chosen, still held, and with a second factor where the role asks for one."""
    if not hasattr(request, _CACHED):
        chosen = request.session.get(SESSION_KEY)
        found = next((c for c in held(request) if c.post_id == chosen), None) if chosen is not None else None
        if found is not None and needs_second_factor(found) and not second_factor.shown(request):
            found = None
        setattr(request, _CACHED, found)
    return getattr(request, _CACHED)


def choose(request: HttpRequest, capacity: Capacity) -> None:
    """Act in this capacity from now on."""
    request.session[SESSION_KEY] = capacity.post_id
    if hasattr(request, _CACHED):
        delattr(request, _CACHED)


def required(view: View) -> View:
    """A page for people who act in a capacity; others sign in, set up their second factor or choose first.
    The view finds it as `request.capacity`."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        capacity = current(request)
        if capacity is None:
            return ask(request)
        request.capacity = capacity
        return view(request, *args, **kwargs)

    return guarded


def ask(request: HttpRequest) -> HttpResponse:
    """To the chooser, and back here afterwards."""
    query = f"?next={request.path}" if request.method == "GET" else ""
    response = redirect("capacity")
    response["Location"] += query
    return response
