"""Messages that signing in sends."""

from datetime import datetime

from shaodao.county.people import persons
from shaodao.ground.messages import outbox


def phone_code(number: str, code: str, now: datetime) -> bool:
    """Send a code to a number the centre knows; to any other nothing is sent, so that nobody's phone can be flooded
    by strangers. The outbox names the person, never the number. Returns whether it was sent."""
    person = persons.find(number)
    if person is None:
        return False
    message = outbox.Message(
        channel="sms", recipient=f"person:{person}", template="phone_code", params={"code": code}
    )
    return outbox.post(message, now)
