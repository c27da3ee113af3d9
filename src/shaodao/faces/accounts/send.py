"""Messages that signing in sends."""

from datetime import datetime


def phone_code(number: str, code: str, now: datetime) -> None:
    """Put the code for a resident's number into the outbox, in the caller's transaction."""
    from shaodao.ground.messages import outbox

    key = f"phone_code:{number}:{int(now.timestamp())}"
    outbox.post_many(
        [
            outbox.Message(
                channel="sms", recipient=number, template="phone_code", params={"code": code}, dedupe_key=key
            )
        ],
        now,
    )
