"""Who gets in. For everybody but members every address here is not found, whoever asks and however. What members need
further is their unlocked key: half of it in a cookie that is sent to these addresses alone."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from functools import wraps
from io import BytesIO
from typing import Any

from django.conf import settings
from django.contrib.auth.signals import user_logged_out
from django.core.files.uploadedfile import InMemoryUploadedFile
from django.core.files.uploadhandler import FileUploadHandler, SkipFile
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt, csrf_protect

from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.discipline import keyring, scope
from shaodao.centre.discipline.actions import FILE_BYTES, NoSuchMatter
from shaodao.centre.discipline.keyring import Holder, NotReady
from shaodao.faces import words
from shaodao.faces.accounts import capacity as chosen
from shaodao.faces.work.capacity import Desk
from shaodao.ground.secrecy.boxes import Shut

COOKIE, PATH = "discipline", "/discipline/"
View = Callable[..., HttpResponseBase]
BODY = FILE_BYTES * 4  # of one request


class Seat(Desk):
    """A member on this page, with the key as far as it is unlocked."""

    holder: Holder | None = None

    @property
    def key(self) -> Holder:
        assert self.holder is not None
        return self.holder

    @property
    def level(self) -> str:
        return scope.level_of(self.by.unit, self.pack)


class InMemory(FileUploadHandler):
    """Files stay in memory: Django's own handlers would put larger ones, as they are, into the temporary folder."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        self.kept = BytesIO()

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        if start <= FILE_BYTES:  # a byte too many says that it is too big; the rest is dropped
            self.kept.write(raw_data)

    def file_complete(self, file_size: int) -> InMemoryUploadedFile:
        self.kept.seek(0)
        size = self.kept.getbuffer().nbytes
        return InMemoryUploadedFile(
            self.kept, self.field_name, self.file_name or "", self.content_type, size, self.charset, None
        )


class Dropped(FileUploadHandler):
    """Files are read past: for forms that ask for none."""

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        raise SkipFile

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None: ...

    def file_complete(self, file_size: int) -> None: ...


def member(view: View) -> View:
    """A page for members, unlocked or not: the view gets `(request, seat, …)`. Not found for everybody else, before anything
    of the request is read."""

    @csrf_exempt
    @never_cache
    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        # Whoever brings no session is not asked for one, as where there is nothing: the answer would vary by cookie.
        known = settings.SESSION_COOKIE_NAME in request.COOKIES
        capacity = chosen.current(request) if known else None
        if capacity is None:
            raise Http404
        seat = Seat(capacity)
        if not scope.is_member(seat.by, seat.pack):
            raise Http404
        if int(request.META.get("CONTENT_LENGTH") or 0) > BODY:
            return HttpResponse(status=413)
        request.upload_handlers = [InMemory(request)]
        seat.holder = _holder(request, seat)

        @csrf_protect
        def inside(request: HttpRequest) -> HttpResponseBase:
            try:
                return view(request, seat, *args, **kwargs)
            except NoSuchMatter:
                raise Http404 from None

        return inside(request)

    return guarded


def unlocked(view: View) -> View:
    """A page that needs the member's key. Whoever has not unlocked it is asked for the passphrase, and goes on from there:
    what was being sent is asked for again in the same answer, and kept nowhere in between."""

    @wraps(view)
    def guarded(request: HttpRequest, seat: Seat, *args: Any, **kwargs: Any) -> HttpResponseBase:
        if seat.holder is not None:
            return _or_shut(request, seat, view, args, kwargs)
        if not keyring.has_key(seat.by.actor) or not keyring.is_ready():
            return redirect("discipline:keys")
        error, half = "", b""
        if "passphrase" in request.POST:
            half, error = unlock(request, seat)
        if not half:
            asked = [
                (name, value) for name, values in request.POST.lists() for value in values if name not in OWN
            ]
            context = {
                "error": error,
                "asked": asked,
                "files": bool(request.FILES),
                "posted": request.method == "POST",
            }
            return render(request, "discipline/unlock.html", context, status=422 if error else 200)
        seat.holder = keyring.holder(seat.by.actor, session_of(request), half, timezone.now())
        sent = request.POST.get("going_on") == "post"
        response = _or_shut(request, seat, view, args, kwargs) if sent else redirect(request.get_full_path())
        give(response, half)
        return response

    return member(guarded)


OWN = ("csrfmiddlewaretoken", "passphrase", "going_on")


def unlock(request: HttpRequest, seat: Seat) -> tuple[bytes, str]:
    """The cookie's half, or what is wrong with the passphrase."""
    try:
        return keyring.unlock(
            seat.by.actor, request.POST.get("passphrase", ""), session_of(request), timezone.now()
        ), ""
    except Shut:
        return b"", words.refusal("passphrase_wrong")
    except Refusal as refusal:
        return b"", words.refusal(refusal.code, **refusal.params)


def give(response: HttpResponseBase, half: bytes) -> None:
    """Let the browser hold its half: sent to these addresses alone, read by no script, gone with the browser."""
    response.set_cookie(
        COOKIE,
        base64.urlsafe_b64encode(half).decode(),
        path=PATH,
        httponly=True,
        secure=settings.SESSION_COOKIE_SECURE,
        samesite="Strict",
    )


def take_back(response: HttpResponseBase) -> None:
    response.delete_cookie(COOKIE, path=PATH, samesite="Strict")


def connect() -> None:
    """Listen to signing out; called once when the app is ready."""
    user_logged_out.connect(_shut, dispatch_uid="shaodao discipline key shut")


def _shut(request: HttpRequest | None = None, **given: object) -> None:
    """Whoever signs out, or is signed out, leaves nothing unlocked: sent before the session ends."""
    if request is not None and session_of(request):
        keyring.shut(session_of(request))


def session_of(request: HttpRequest) -> str:
    return request.session.session_key or ""


def _holder(request: HttpRequest, seat: Seat) -> Holder | None:
    try:
        half = base64.urlsafe_b64decode(request.COOKIES.get(COOKIE, ""))
    except (binascii.Error, ValueError):
        return None
    if len(half) != keyring.boxes.KEY:
        return None
    return keyring.holder(seat.by.actor, session_of(request), half, timezone.now())


def _or_shut(request: HttpRequest, seat: Seat, view: View, args: Any, kwargs: Any) -> HttpResponseBase:
    try:
        return view(request, seat, *args, **kwargs)
    except Shut:
        return render(request, "discipline/shut.html", status=403)
    except NotReady:
        return redirect("discipline:keys")
