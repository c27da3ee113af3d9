"""The ledger: append-only event streams, their hash chains, the Merkle log over them, the erasable vault."""

from .events import Context, Draft, Head, Recorded, Stream

__all__ = ["Context", "Draft", "Head", "Recorded", "Stream"]
