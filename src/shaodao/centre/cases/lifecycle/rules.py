"""What deciding needs to know of the county, and nothing more. `centre.cases.rules` reads it from the pack."""

from __future__ import annotations

from typing import Protocol

from shaodao.centre.cases.lifecycle.model import By, Case, Duty, IdentityMode, Place, Plan, Step, Tier
from shaodao.ground.clocks import Calendar, Limit


class Rules(Protocol):
    def calendar(self, unit: str) -> Calendar:
        """The calendar that a unit's limits count on."""
        ...

    @property
    def centre(self) -> str:
        """Code of the centre's unit."""
        ...

    @property
    def leaders(self) -> str:
        """Code of the unit of the county's leaders."""
        ...

    def limit(self, queue: str, *, emergency: bool = False) -> Limit:
        """How long a place in a queue may last."""
        ...

    def number(self, name: str) -> int:
        """A number of the pack's settings."""
        ...

    def steps(self, kind: str, case: Case, duty: Duty | None, by: By, minutes: int = 0) -> tuple[Step, ...]:
        """Who must approve, in order. `minutes` is the length of an extension in working time."""
        ...

    def seniors(self, case: Case, limit: Limit) -> tuple[Step, ...]:
        """Who decides, in order, where nobody holds the posts that should."""
        ...

    def verifier(self, case: Case) -> str:
        """The unit that verifies: never the handler's own."""
        ...

    def identity(self, item: str, situation: str) -> tuple[IdentityMode, bool, bool]:
        """Identity mode, whether sensitive, whether an emergency."""
        ...

    def may_own(self, unit: str, item: str) -> bool:
        """Whether a unit exists and may be given this item: what was taken back never goes to a township."""
        ...

    def tier_of(self, unit: str) -> Tier:
        """The tier on which a unit that exists handles."""
        ...

    def is_theirs(self, unit: str, item: str) -> bool:
        """Whether an item is a whistling unit's own to do: blowing the whistle for it would be wrongful."""
        ...

    def same_unit(self, one: str, other: str) -> bool:
        """Whether two codes belong to the same department, township or enterprise (sections count as it)."""
        ...

    def in_manual(self, item: str) -> bool:
        """Whether an item of the manual is in force."""
        ...

    def explain(self, plan: Plan, item: str, situation: str, place: Place, reason: str) -> str:
        """Why a plan that routing did not make goes to its units: one sentence that a clerk can read out."""
        ...
