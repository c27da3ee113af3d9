"""公开审核 of the demonstration: the centre's deputy reviews what has just ended; most is published, some is not, and more
waits."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from random import Random

from shaodao.centre.cases import queries
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.publishing import actions
from shaodao.centre.publishing.masking import asks_secrecy
from shaodao.county.pack.model import Pack
from shaodao.county.units import Kind

from .people import Cast

LATEST, REVIEWED_IN = 100, timedelta(hours=20)
DECLINED = 6  # every sixth
# What masking cannot know, and a person reads: the name of an estate, a lane, a school.
_NAMED = re.compile(
    "[^老旧个们本]小区|新城|花园|家园|家属|胡同|市场|大街|路一带|村民|道桥|学校|小学|中学|医院|旁边"
)
REASONS = ("写的是邻里之间的事，认得出人。", "同一地点刚公开过一件。", "照片和文字都说明不了问题。")


def review(pack: Pack, cast: Cast, until: datetime, seed: int) -> None:
    """Of the latest ended, in the order in which they ended."""
    rng = Random(f"{seed}/publishing")
    centre = next(unit.code for unit in pack.units.values() if unit.kind is Kind.CENTRE)
    reviewer = cast.pick("centre_deputy", centre, rng)
    if reviewer is None:
        return
    for row in reversed(actions.waiting(reviewer, pack)[:LATEST]):
        assert row.ended_at
        at = row.ended_at + REVIEWED_IN
        if at > until:
            continue
        if rng.randrange(DECLINED) == 0:
            actions.decline(row.number, rng.choice(REASONS), reviewer, at=at)
            continue
        opened = queries.open_case(row.number, reviewer, pack)
        said = opened.words.get(opened.case.words, "")
        if asks_secrecy(said):
            actions.decline(row.number, "反映人要求保密。", reviewer, at=at)
        elif _NAMED.search(said):
            actions.decline(row.number, "写出了小区、街巷或单位的名字，认得出是哪里。", reviewer, at=at)
        elif said.strip():
            actions.publish(row.number, said, _result(opened), {}, reviewer, at=at)


def _result(opened: queries.Opened) -> str:
    """What the unit, or whoever answered, said last."""
    told = [
        step.event.words
        for step in opened.steps
        if isinstance(step.event, e.Answered | e.PartFinished) and step.event.words
    ]
    return opened.words.get(told[-1], "") if told else ""
