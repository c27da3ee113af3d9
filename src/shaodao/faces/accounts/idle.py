"""Idle sign-out: staff who have not touched a page for the pack's minutes are signed out."""

import time
from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth import SESSION_KEY, logout
from django.http import HttpRequest, HttpResponseBase

from shaodao.faces.accounts import numbers

SEEN = "seen"
NOTED_EVERY = 60  # seconds: the session is written at most once a minute
BACKGROUND = "X-Background"  # header of requests that a page makes by itself; they keep nobody signed in

Respond = Callable[[HttpRequest], HttpResponseBase]


def idle_sign_out(respond: Respond) -> Respond:
    """Middleware, after authentication and messages."""

    def middleware(request: HttpRequest) -> HttpResponseBase:
        # Who brings no session is not asked for one: what they get may be kept for others.
        if settings.SESSION_COOKIE_NAME in request.COOKIES and SESSION_KEY in request.session:
            now, seen = int(time.time()), request.session.get(SEEN)
            if seen is not None and now - seen > numbers.idle_minutes() * 60:
                logout(request)
                messages.info(request, "您有一段时间没有操作，为了安全已退出登录。")
            elif (seen is None or now - seen >= NOTED_EVERY) and BACKGROUND not in request.headers:
                request.session[SEEN] = now
        return respond(request)

    return middleware
