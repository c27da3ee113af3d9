"""Why a file is not taken, as a code and its parameters; faces put it into words."""

from typing import Any


class Refusal(Exception):
    """`code` and `params`:

    empty · too_big(limit, size) · too_many(limit) · not_a_picture · unsupported(kind) · broken_picture(why:
    content, memory or limits) · too_many_pixels(limit, width, height) · busy · no_such_file · erased · not_allowed
    """

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code} {params}" if params else code)
