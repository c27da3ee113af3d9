"""Members and their keys: making one's own, unlocking and locking it, letting others in, the printed shares."""

from __future__ import annotations

from django.contrib import messages
from django.contrib.auth import password_validation
from django.core.exceptions import ValidationError
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme
from django.views.decorators.http import require_POST

from shaodao.centre.cases.actions import context_of
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.discipline import keyring, scope
from shaodao.county.people.models import User
from shaodao.faces import words
from shaodao.faces.discipline import guard
from shaodao.faces.discipline.guard import Seat, member, unlocked
from shaodao.faces.requests import web_source
from shaodao.ground.ledger.events import Context
from shaodao.ground.secrecy import boxes
from shaodao.ground.secrecy import shares as sharing
from shaodao.ground.secrecy.boxes import Shut
from shaodao.ground.secrecy.passphrase import SHORTEST
from shaodao.ground.secrecy.shares import BadShare


@member
def keys(request: HttpRequest, seat: Seat) -> HttpResponse:
    return _page(request, seat)


@member
def unlock(request: HttpRequest, seat: Seat) -> HttpResponse:
    after = request.POST.get("next") or request.GET.get("next") or "/discipline/"
    if not url_has_allowed_host_and_scheme(after, None) or not after.startswith(guard.PATH):
        after = guard.PATH
    half, error = guard.unlock(request, seat) if request.method == "POST" else (b"", "")
    if not half:
        context = {"error": error, "asked": [("next", after)]}
        return render(request, "discipline/unlock.html", context, status=422 if error else 200)
    response = redirect(after)
    guard.give(response, half)
    return response


@member
@require_POST
def lock(request: HttpRequest, seat: Seat) -> HttpResponse:
    keyring.shut(guard.session_of(request))
    response = redirect("discipline:keys")
    guard.take_back(response)
    messages.success(request, "已锁定。")
    return response


@member
@require_POST
def make(request: HttpRequest, seat: Seat) -> HttpResponse:
    """One's own pair. A second one is made only by whoever says that the passphrase is lost: what it opened is shut then."""
    first, again = request.POST.get("words", ""), request.POST.get("again", "")
    if keyring.has_key(seat.by.actor) and "lost" not in request.POST:
        return _page(request, seat, {"make": "请先勾选。"})
    try:
        _check_new(first, again, seat)
        keyring.make(seat.by.actor, first, _context(request, seat), timezone.now())
    except Refusal as refusal:
        return _page(request, seat, {"make": words.refusal(refusal.code, **refusal.params)})
    messages.success(request, "密钥已生成。请其他成员核对指纹后接纳您。")
    return redirect("discipline:keys")


@member
@require_POST
def passphrase(request: HttpRequest, seat: Seat) -> HttpResponse:
    new = request.POST.get("new", "")
    try:
        _check_new(new, request.POST.get("again", ""), seat)
        keyring.change_passphrase(seat.by.actor, request.POST.get("words", ""), new, timezone.now())
    except Shut:
        return _page(request, seat, {"passphrase": words.refusal("passphrase_wrong")})
    except Refusal as refusal:
        return _page(request, seat, {"passphrase": words.refusal(refusal.code, **refusal.params)})
    messages.success(request, "口令已修改，请用新口令解锁。")
    response = redirect("discipline:keys")
    guard.take_back(response)
    return response


@member
@require_POST
def shares(request: HttpRequest, seat: Seat) -> HttpResponse:
    """The printed shares, on this one answer and nowhere else."""
    if not _may_set_up(seat):
        raise Http404
    if seat.holder is None:
        return redirect("discipline:unlock")
    if keyring.is_ready() and "replaces" not in request.POST:
        return _page(request, seat, {"shares": "请先勾选。"})
    try:
        made = keyring.set_up(seat.holder, _context(request, seat), seat.pack, timezone.now())
    except Refusal as refusal:
        return _page(request, seat, {"shares": words.refusal(refusal.code)})
    printed = [(share.number, sharing.printed(share)) for share in made]
    return render(request, "discipline/shares.html", {"shares": printed, "on": timezone.now()})


@unlocked
@require_POST
def admit(request: HttpRequest, seat: Seat) -> HttpResponse:
    try:
        whom, compared = request.POST.get("whom", ""), request.POST.get("print", "")
        count = keyring.admit(whom, compared, seat.key, _context(request, seat), seat.pack, timezone.now())
    except Refusal as refusal:
        return _page(request, seat, {"admit": words.refusal(refusal.code)})
    messages.success(request, f"已接纳，并补授 {count} 件。")
    return redirect("discipline:keys")


@member
@require_POST
def recover(request: HttpRequest, seat: Seat) -> HttpResponse:
    typed = [request.POST.get("one", ""), request.POST.get("two", "")]
    try:
        count = keyring.recover(typed, seat.by.actor, _context(request, seat), seat.pack, timezone.now())
    except BadShare as bad:
        return _page(request, seat, {"recover": words.refusal(f"share_{bad.code}")})
    except Shut:
        return _page(request, seat, {"recover": words.refusal("share_strangers")})
    except Refusal as refusal:
        return _page(request, seat, {"recover": words.refusal(refusal.code)})
    messages.success(request, f"已恢复 {count} 件。请解锁后查看。")
    return redirect("discipline:keys")


def _page(request: HttpRequest, seat: Seat, errors: dict[str, str] | None = None) -> HttpResponse:
    now = timezone.now()
    everybody = keyring.members(seat.pack, now)
    own = everybody[seat.by.actor]
    names = dict(
        User.objects.filter(pk__in=[m.partition(":")[2] for m in everybody]).values_list("pk", "name")
    )
    near = [
        each
        for each in everybody.values()
        if seat.level == "county"
        or not each.units.isdisjoint({seat.by.unit, scope.above(seat.by.unit, seat.pack)})
    ]
    context = {
        "own": own,
        "print": boxes.fingerprint(own.public) if own.public else "",
        "ready": keyring.is_ready(),
        "may_set_up": _may_set_up(seat),
        "unlocked": seat.holder is not None,
        "members": [
            {
                "whom": each.whom,
                "name": names.get(int(each.whom.partition(":")[2]), ""),
                "units": "、".join(seat.pack.units[unit].short for unit in sorted(each.units)),
                "print": boxes.fingerprint(each.public) if each.public else "",
                "waits": each.waits,
                "mine": each.whom == seat.by.actor,
                "admits": keyring.may_admit(own, each, seat.pack) and bool(each.public),
            }
            for each in sorted(near, key=lambda each: (not each.waits, sorted(each.units), each.whom))
        ],
        "errors": errors or {},
        "least": SHORTEST,
        "now": now,
    }
    return render(request, "discipline/keys.html", context, status=422 if errors else 200)


def _check_new(new: str, again: str, seat: Seat) -> None:
    """A passphrase is all that stands between a dump and the texts: nothing that is guessed first. Raises Refusal."""
    user = User.objects.get(pk=seat.capacity.user_id)
    if new != again:
        raise Refusal("passphrases_differ")
    if user.check_password(new):
        raise Refusal("passphrase_is_password")
    if len(new.strip()) >= SHORTEST:
        try:
            password_validation.validate_password(new, user)
        except ValidationError:
            raise Refusal("passphrase_guessed") from None


def _may_set_up(seat: Seat) -> bool:
    return scope.may_set_up(seat.by, seat.pack)


def _context(request: HttpRequest, seat: Seat) -> Context:
    return context_of(seat.by, web_source(request))
