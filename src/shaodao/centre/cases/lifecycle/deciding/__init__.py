"""Decide: what follows from a command in a case, as events; or a typed refusal.

Pure: the same case, command, rules and moment give the same events. Time is let pass first, so a command that comes
late records the breach before anything else. One module for each chapter of the life of a case.
"""

from shaodao.centre.cases.lifecycle.deciding import (  # each registers its commands
    anytime,
    duties,
    intake,
    judgement,
    later,
    owner,
    rating,
    returns,
    together,
    verification,
)
from shaodao.centre.cases.lifecycle.deciding.core import Happened, decide, possible

__all__ = [
    "Happened",
    "anytime",
    "decide",
    "duties",
    "intake",
    "judgement",
    "later",
    "owner",
    "possible",
    "rating",
    "returns",
    "together",
    "verification",
]
