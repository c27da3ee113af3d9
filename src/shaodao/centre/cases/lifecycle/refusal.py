"""A typed "no": a code that faces turn into words, with its parameters."""

from __future__ import annotations


class Refusal(Exception):
    """`code` is stable and documented in `faces/words.py`; `params` fill its sentence."""

    def __init__(self, code: str, **params: object) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code} {params}" if params else code)


def unchanged(seen: int | None, is_at: int) -> None:
    """Raises Refusal where somebody else was faster: what was acted on showed another version than
    this is at. None: nobody looked at one."""
    if seen is not None and seen != is_at:
        raise Refusal("stale")
