"""Pages that belong to no role: the size of type, and the page that shows every component."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from shaodao.faces import sample

SIZE_COOKIE = "size"
YEAR = 365 * 24 * 3600


@require_POST
def size(request: HttpRequest) -> HttpResponse:
    """大字 on or off, kept in a cookie: it also serves people who never sign in."""
    target = request.POST.get("next", "/")
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        target = "/"
    response = HttpResponseRedirect(target)
    if request.COOKIES.get(SIZE_COOKIE) == "large":
        response.delete_cookie(SIZE_COOKIE)
    else:
        response.set_cookie(
            SIZE_COOKIE, "large", max_age=YEAR, samesite="Lax"
        )  # read by app.js, for pages kept on the phone
    return response


def design(request: HttpRequest) -> HttpResponse:
    """Every component in its states: for staff, and for everybody where DEBUG is on."""
    if not (settings.DEBUG or request.user.is_authenticated):
        raise Http404
    theme = request.GET.get("theme", "")  # "dark", "light", else what the device asks for
    return render(request, "shaodao/design.html", {**sample.page(timezone.now()), "theme": theme})
