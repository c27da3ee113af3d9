"""What becomes of the gate's receipts: they are of use for as long as a phone may send the same whistle again."""

from __future__ import annotations

from datetime import datetime

from shaodao.centre.cases import erasure
from shaodao.centre.intake.models import Receipt

# The key stays: a phone that still sends the erased whistle again is refused, and makes no second case of it.
FORGOTTEN = {"request_hash": b"", "address": "", "phone": "", "device": ""}


@erasure.forgets
def forget(leaving: erasure.Leaving) -> None:
    """Nobody can tell any more by which number, address or device the person's whistles came, or what was in them."""
    Receipt.objects.filter(number__in=leaving.numbers).update(**FORGOTTEN)


def prune(before: datetime) -> int:
    """Delete receipts from before a moment; return how many."""
    return Receipt.objects.filter(at__lt=before).delete()[0]
