"""The first password: the administrator hands over a link, the person chooses a password only they know.
So there are no default, shared or mailed passwords; the same way serves whoever forgot theirs."""

from allauth.account.adapter import get_adapter
from allauth.account.forms import default_token_generator
from allauth.account.utils import user_pk_to_url_str
from allauth.core import ratelimit
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest
from django.urls import reverse


def path(user: AbstractBaseUser) -> str:
    """The address at which this user sets a password: good once, for `PASSWORD_RESET_TIMEOUT`."""
    key = default_token_generator.make_token(user)
    return reverse("account_reset_password_from_key", args=[user_pk_to_url_str(user), key])


def unlock(request: HttpRequest, user: AbstractBaseUser) -> None:
    """Forget the failures that keep this user from signing in. The administrator has seen who asks for it."""
    key = get_adapter(request)._get_login_attempts_cache_key(request, username=user.get_username())
    ratelimit.clear(request, action="login_failed", key=key)
