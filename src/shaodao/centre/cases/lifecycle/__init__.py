"""The life of a case, pure: `decide(case, command, rules, now) -> events`, `evolve(case, event, at) -> case`."""

from shaodao.centre.cases.lifecycle.deciding import Happened, decide, possible
from shaodao.centre.cases.lifecycle.evolve import evolve, replay
from shaodao.centre.cases.lifecycle.model import Case, state_of
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.lifecycle.rules import Rules

__all__ = ["Case", "Happened", "Refusal", "Rules", "decide", "evolve", "possible", "replay", "state_of"]
