"""Pages around signing in that are ours: where work begins, the choice of capacity, one's account, the phone code."""

from allauth.core import ratelimit
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_POST

from shaodao.centre.cases.lifecycle.model import By
from shaodao.county.people import phones
from shaodao.county.people.capacity import Capacity
from shaodao.faces import county, navigation
from shaodao.faces.accounts import capacity, resident, second_factor, send
from shaodao.faces.accounts import phone_code as codes
from shaodao.faces.accounts.forms import Code, Phone
from shaodao.faces.navigation import placed

PENDING = "phone_pending"


def _onward(request: HttpRequest, default: str) -> HttpResponse:
    """To `next`, if it is an address of ours."""
    target = request.POST.get("next") or request.GET.get("next") or ""
    if not url_has_allowed_host_and_scheme(target, {request.get_host()}, require_https=request.is_secure()):
        return redirect(default)
    return HttpResponseRedirect(target)


@capacity.required
def work(request: HttpRequest) -> HttpResponse:
    """Where work begins: the first page of the role."""
    chosen = capacity.current(request)
    pack = county.pack()
    by = By(chosen.actor, chosen.role, chosen.grid or chosen.unit) if chosen else None
    pages = placed(navigation.of(by, pack) if by and pack else (), request.path)
    return HttpResponseRedirect(pages[0].url) if pages else redirect("account")


@never_cache
@login_required
def capacities(request: HttpRequest) -> HttpResponse:
    """The chooser (身份). Whoever holds one post only never sees it."""
    held = capacity.held(request)
    if request.method == "POST":
        wanted = next((c for c in held if str(c.post_id) == request.POST.get("post")), None)
        if wanted is None:
            messages.error(request, "这个身份已经不在您名下。请重新选择。")
            return redirect("capacity")
        return _act_as(request, wanted)
    if len(held) == 1 and capacity.current(request) is None:
        return _act_as(request, held[0])
    return render(
        request,
        "account/capacity.html",
        {
            "rows": [(c, county.unit_name(c.unit)) for c in held],
            "current": capacity.current(request),
            "next": request.GET.get("next", ""),
        },
    )


def _act_as(request: HttpRequest, wanted: Capacity) -> HttpResponse:
    if capacity.needs_second_factor(wanted) and not second_factor.shown(request):
        if second_factor.has_one(request.user):  # set up elsewhere after this session began
            logout(request)
            return redirect("account_login")
        messages.info(request, "这个身份要用两步验证。请先设置验证器，只需一次。")
        return redirect("mfa_activate_totp")
    capacity.choose(request, wanted)
    return _onward(request, "work")


@never_cache
@login_required
def account(request: HttpRequest) -> HttpResponse:
    """One's own account: posts, second factor, password, sign-out."""
    return render(
        request,
        "account/account.html",
        {
            "rows": [(c, county.unit_name(c.unit)) for c in capacity.held(request)],
            "factor": second_factor.has_one(request.user),
        },
    )


@login_required
def factor_kept(request: HttpRequest) -> HttpResponse:
    """A second factor is there and stays: the administrator replaces a lost one."""
    return redirect("account")


@never_cache
def phone(request: HttpRequest) -> HttpResponse:
    """A resident gives a telephone number and is sent a code; the answer is the same for every number."""
    form = Phone(request.POST or None)
    if request.method == "POST" and form.is_valid():
        number = form.cleaned_data["phone"]
        key = phones.keyed(number, settings.PHONE_HASH_KEY)
        if not ratelimit.consume(request, action="phone_code", key=key):
            form.add_error("phone", gettext("验证码发得太频繁了。请一分钟后再试；一天最多十次。"))
        else:
            now = timezone.now()
            send.phone_code(number, codes.issue(number, now), now)
            request.session[PENDING] = [
                key,
                phones.masked(number),
            ]  # sessions are rows: never the number itself
            return redirect(f"{reverse('resident_code')}?{request.GET.urlencode()}")
    return render(request, "account/phone.html", {"form": form}, status=200 if not form.errors else 422)


@never_cache
def phone_code(request: HttpRequest) -> HttpResponse:
    """The code from the text message."""
    if PENDING not in request.session:
        return redirect("resident_sign_in")
    key, masked = request.session[PENDING]
    form = Code(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if codes.redeem(key, form.cleaned_data["code"], timezone.now()):
            del request.session[PENDING]
            resident.sign_in(request, key)
            return _onward(request, "/")
        form.add_error("code", gettext("验证码不对或已过期。输错 5 次要重新获取。"))
    return render(
        request,
        "account/phone_code.html",
        {"form": form, "masked": masked},
        status=200 if not form.errors else 422,
    )


@require_POST
def resident_sign_out(request: HttpRequest) -> HttpResponse:
    if not resident.signed_in(request):
        raise Http404
    resident.sign_out(request)
    return redirect("/")
