"""A resident who has shown to hold a telephone number. Only its keyed hash is kept in the session."""

from django.conf import settings
from django.http import HttpRequest

from shaodao.county.people import phones

SESSION_KEY = "phone"
DAYS = 7


def sign_in(request: HttpRequest, phone: str) -> None:
    """From now on this browser may see what this number reported."""
    request.session.cycle_key()
    request.session[SESSION_KEY] = phones.keyed(phone, settings.PHONE_HASH_KEY)
    request.session.set_expiry(DAYS * 24 * 3600)


def sign_out(request: HttpRequest) -> None:
    request.session.flush()


def phone_key(request: HttpRequest) -> str | None:
    """The keyed hash of the number proved in this session (see `phones.keyed`), or None."""
    return request.session.get(SESSION_KEY)
