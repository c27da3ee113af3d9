"""Whether this session has shown a second factor. Bound to the user, so that nothing carries over to another."""

import time
from typing import Any

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_used
from allauth.mfa.totp.internal import auth as totp
from allauth.mfa.utils import decrypt
from django.contrib.auth.base_user import AbstractBaseUser
from django.core.cache import cache
from django.http import HttpRequest

SESSION_KEY = "second_factor"


def shown(request: HttpRequest) -> bool:
    """True after a code was entered at sign-in, or the factor was set up, in this very session."""
    return request.user.is_authenticated and request.session.get(SESSION_KEY) == str(request.user.pk)


def has_one(user: AbstractBaseUser) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def set_up(user: AbstractBaseUser, secret: str) -> None:
    """Give a user a second factor with this base32 secret: for fresh installations and the demonstration."""
    totp.TOTP.activate(user, secret)


def code_now(user: AbstractBaseUser) -> str:
    """The code an authenticator app would show now. Only for the demonstration: nobody has a phone for its accounts."""
    factor = Authenticator.objects.get(user_id=user.pk, type=Authenticator.Type.TOTP)
    counter = int(time.time()) // app_settings.TOTP_PERIOD
    return totp.format_hotp_value(totp.hotp_value(decrypt(factor.data["secret"]), counter))


def new_secret() -> str:
    """A random base32 secret."""
    return totp.generate_totp_secret()


def _remember(request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    request.session[SESSION_KEY] = str(user.pk)


def connect() -> None:
    """Listen to allauth; called once when the app is ready."""
    authenticator_used.connect(_remember, dispatch_uid="shaodao second factor used")
    authenticator_added.connect(_remember, dispatch_uid="shaodao second factor added")


TRIES, LOCKED_S = 5, 30 * 60


def confirm(user: AbstractBaseUser, code: str) -> str:
    """Show the second factor once more for one weighty act; "" if it was right, else what to say. A code is good once."""
    key = f"confirm:{user.pk}"
    if cache.get(key, 0) >= TRIES:
        return "错误次数太多，请 30 分钟后再试。"
    factor = Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).first()
    if factor is not None and totp.TOTP(factor).validate_code(code.strip()):
        cache.delete(key)
        return ""
    if not cache.add(key, 1, LOCKED_S):
        cache.incr(key)
    return "验证码不对，或刚刚用过。请看验证器，等下一个。"
