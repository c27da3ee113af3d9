"""Whether two reports are of one matter: the evidence, and what it is worth. Pure; a person decides."""

from __future__ import annotations

from dataclasses import dataclass
from math import cos, hypot, radians

from shaodao.centre.likeness.words import NEAR_DUPLICATE, SIMILAR
from shaodao.county.places.coordinates import METRES_PER_DEGREE

METRES = METRES_PER_DEGREE / 1e7


@dataclass(frozen=True, slots=True)
class Evidence:
    """What two reports have in common. `metres`: None where not both have a point."""

    metres: int | None
    minutes: int
    same_grid: bool
    same_item: bool
    words: float  # share of what either says
    picture: bool = False  # one and the same picture came with both

    def together(self, most_metres: int) -> bool:
        """One place: near enough, or in one grid where nothing nearer is known."""
        return self.same_grid if self.metres is None else self.metres <= most_metres

    def likely(self, most_metres: int) -> bool:
        """Worth asking whether it is one matter. The same picture says so in the same grid; the same words anywhere,
        if they are nearly the same; similar ones, or the same item, only at one place."""
        if self.words >= NEAR_DUPLICATE:
            return True
        if self.picture:
            return self.same_grid or self.together(most_metres)
        if not self.together(most_metres):
            return False
        return self.words >= SIMILAR or (
            self.same_item and (self.metres is not None or self.words >= SIMILAR / 2)
        )

    def score(self, most_metres: int) -> int:
        """Per mille, to show the likeliest first."""
        near = max(0.0, 1 - (self.metres or 0) / (2 * most_metres)) if self.together(most_metres) else 0.0
        parts = 0.45 * min(1.0, self.words / 0.6) + 0.25 * near + 0.15 * self.same_item + 0.15 * self.picture
        return round(1000 * parts)


def metres_between(one: tuple[int | None, int | None], other: tuple[int | None, int | None]) -> int | None:
    """Between two points (lon, lat) in 1e-7 degrees; None where one is unknown."""
    (east, north), (lon, lat) = one, other
    if east is None or north is None or lon is None or lat is None:
        return None
    return round(hypot((east - lon) * cos(radians(lat / 1e7)), north - lat) * METRES)
