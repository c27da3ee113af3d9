"""What the words say: an item, none of these, or "I don't know". Pure."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Guess:
    """`item` None with `none_of_these`: it fits no item; None without: nobody can say, a person must look.

    `confidence` is the calibrated probability of what is answered, or of the best candidate where nothing is.
    `why` holds the deciding words; `top` the likeliest items with their probabilities, best first.
    `rule`: code of the pack's rule that decided; `named` where the whistler chose; empty where the model did.
    `model`: version of the model that was asked; empty where none was.
    `reason`: one sentence a clerk can read out."""

    item: str | None
    confidence: float
    why: tuple[str, ...] = ()
    top: tuple[tuple[str, float], ...] = ()
    rule: str = ""
    none_of_these: bool = False
    reason: str = ""
    model: str = ""

    @property
    def by(self) -> str:
        """What a case keeps of who guessed: a rule, `named`, `model:…` with its version, or `nobody`."""
        return self.rule or (f"model:{self.model}" if self.model else "nobody")

    @property
    def margin(self) -> int:
        """Per mille: how far the likeliest item is ahead of the next one; 1000 where a rule or a person named it."""
        if self.rule or not self.top[1:]:
            return 1000 if self.item else 0
        return round((self.top[0][1] - self.top[1][1]) * 1000)

    @classmethod
    def named(cls, item: str) -> Guess:
        """The whistler chose the item."""
        return cls(item, 1.0, top=((item, 1.0),), rule="named", reason="反映人自选事项")

    @classmethod
    def unknown(cls, reason: str) -> Guess:
        return cls(None, 0.0, reason=reason)
