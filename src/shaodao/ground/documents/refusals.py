"""Why a document cannot be written. Words are made at the face."""

from typing import Any


class Refusal(Exception):
    """`code` and `params`:

    no_glyph(characters: '𡋾（U+212FE）', several joined by 、) · no_fonts(font) · broken_figure(caption)
    """

    def __init__(self, code: str, **params: Any) -> None:
        self.code = code
        self.params = params
        super().__init__(f"{code} {params}" if params else code)
