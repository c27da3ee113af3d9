"""A resident who has shown to hold a telephone number. The session holds the random id of the person, never the number."""

from uuid import UUID

from django.http import HttpRequest

from shaodao.county.people.models import Person

SESSION_KEY = "person"
DAYS = 7


def sign_in(request: HttpRequest, phone_key: str) -> None:
    """From now on this browser may see what the number with this keyed hash reported."""
    known = Person.objects.filter(phone_key=phone_key).values_list("pk", flat=True).first()
    request.session.cycle_key()
    request.session[SESSION_KEY] = str(known) if known else ""
    request.session.set_expiry(DAYS * 24 * 3600)


def sign_out(request: HttpRequest) -> None:
    request.session.flush()


def signed_in(request: HttpRequest) -> bool:
    return SESSION_KEY in request.session


def person(request: HttpRequest) -> UUID | None:
    """Who proved their number in this session; None where nobody did, or the number never reported anything."""
    id = request.session.get(SESSION_KEY)
    return UUID(id) if id else None
