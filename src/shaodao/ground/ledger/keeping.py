"""What this installation's ledger is set to."""

from pathlib import Path

from django.conf import settings

from . import canonical
from .canonical import Hash


def algorithm() -> str:
    """`sha256` or `sm3` (setting LEDGER_HASH). Chosen before the first migration and kept for ever."""
    return getattr(settings, "LEDGER_HASH", "sha256")


def hash_() -> Hash:
    """The hash function of that name."""
    return canonical.hash_named(algorithm())


def anchor_file() -> Path:
    """The file outside the database that anchors are appended to."""
    return Path(settings.DATA) / "anchors" / "anchors.jsonl"
