"""A resident proves a telephone number by a code: six digits, five minutes, five tries, used once."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.db.models import F

from shaodao.centre.cases import erasure
from shaodao.county.people import phones
from shaodao.faces.models import PhoneCode

DIGITS = 6
VALID = timedelta(minutes=5)
TRIES = 5


def issue(phone: str, now: datetime) -> str:
    """A new code for a number in normal form; an older one is no longer good. The caller sends it."""
    code = f"{secrets.randbelow(10**DIGITS):0{DIGITS}}"
    key = phones.keyed(phone, settings.PHONE_HASH_KEY)
    PhoneCode.objects.update_or_create(
        phone=key, defaults={"code": _hash(key, code), "expires_at": now + VALID, "tries": 0}
    )
    return code


def redeem(key: str, code: str, now: datetime) -> bool:
    """Whether the code is right for a number's keyed hash. A try is counted before it is compared, so that trying in
    parallel gains nothing."""
    open_ = PhoneCode.objects.filter(phone=key, expires_at__gt=now, tries__lt=TRIES)
    if not open_.update(tries=F("tries") + 1):
        return False
    return PhoneCode.objects.filter(phone=key, code=_hash(key, code), expires_at__gt=now).delete()[0] == 1


@erasure.forgets
def forget(leaving: erasure.Leaving) -> None:
    """Forget the code last sent to somebody who is erased."""
    PhoneCode.objects.filter(phone=leaving.phone_key).delete()


def sweep(now: datetime) -> int:
    """Forget codes whose time is over; returns how many."""
    return PhoneCode.objects.filter(expires_at__lte=now).delete()[0]


def _hash(phone_key: str, code: str) -> str:
    return hmac.new(
        settings.PHONE_HASH_KEY.encode(), f"{phone_key}:{code}".encode(), hashlib.sha256
    ).hexdigest()
