"""Whether this session has shown a second factor. Bound to the user, so that nothing carries over to another."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authenticator_added, authenticator_used
from allauth.mfa.totp.internal.auth import TOTP
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest

SESSION_KEY = "second_factor"


def shown(request: HttpRequest) -> bool:
    """True after a code was entered at sign-in, or the factor was set up, in this very session."""
    return request.user.is_authenticated and request.session.get(SESSION_KEY) == str(request.user.pk)


def has_one(user: AbstractBaseUser) -> bool:
    return Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists()


def set_up(user: AbstractBaseUser, secret: str) -> None:
    """Give a user a second factor with this base32 secret: for fresh installations and the demonstration."""
    TOTP.activate(user, secret)


def _remember(request: HttpRequest, user: AbstractBaseUser, **_: Any) -> None:
    request.session[SESSION_KEY] = str(user.pk)


def connect() -> None:
    """Listen to allauth; called once when the app is ready."""
    authenticator_used.connect(_remember, dispatch_uid="shaodao second factor used")
    authenticator_added.connect(_remember, dispatch_uid="shaodao second factor added")
