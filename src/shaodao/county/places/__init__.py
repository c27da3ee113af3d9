"""Places and coordinates. Pure."""

from .tree import LINE_KINDS, PLACE_WORDS, Level, Line, Place, PlaceKind, Places

__all__ = ["LINE_KINDS", "PLACE_WORDS", "Level", "Line", "Place", "PlaceKind", "Places"]
