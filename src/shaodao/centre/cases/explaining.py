"""Why it goes there: one sentence that a clerk can read out on the phone, made of the pack's words alone. Pure.

It is written when the dispatch is made and kept in its event: another pack, later, changes nothing of it.
"""

from __future__ import annotations

from collections.abc import Iterable

from shaodao.centre.cases.lifecycle.model import DutyPlan, Place, Plan
from shaodao.county.pack.model import Pack

# On what a dispatch rests that no row of the routing decided, by its reason, else by the rule of its plan.
GROUNDS = {
    "ruling": "经中心确权",
    "return": "原单位退单获准，改派后",
    "redispatch": "经中心转派",
    "called": "应请求增加协办，",
    "council": "按现场会商的结论，",
    "coordination": "按县级统筹的安排，",
    "by_hand": "由中心人工研判，",
}


def about(pack: Pack, item: str, situation: str, place: Place, spot: str = "") -> str:
    """What it is and where it lies: 这是“井盖丢失破损”（有权属标识的井盖），地点在东凤街道凤鸣社区（国省道），."""
    known = pack.items.get(item)
    said = f"这是“{known.name}”" if known else "这件事不在事项手册里"
    if situation in pack.situations:
        said += f"（{pack.situations[situation].name}）"
    where = place_name(pack, place)
    if where:
        said += f"，地点在{where}" + (f"（{spot}）" if spot else "")
    return f"{said}，"


def place_name(pack: Pack, place: Place) -> str:
    """东凤街道凤鸣社区; empty where nobody knows it."""
    codes = (place.township, place.community)
    return "".join(pack.places[code].name for code in codes if code and code in pack.places)


def by_hand(pack: Pack, plan: Plan, item: str, situation: str, place: Place, reason: str) -> str:
    """The sentence of a dispatch that persons decided."""
    ground = GROUNDS.get(reason) or GROUNDS.get(plan.rule) or GROUNDS["by_hand"]
    return f"{about(pack, item, situation, place)}{ground}{_who(pack, plan.duties)}。"


def by_precedent(pack: Pack, plan: Plan, number: str, item: str, situation: str, place: Place) -> str:
    """The sentence of a dispatch by a precedent, naming the case that was ruled on."""
    like = f"和哨件 {number} 是同一类，按那次确权的判例"
    return f"{about(pack, item, situation, place)}{like}{_who(pack, plan.duties)}。"


def _who(pack: Pack, duties: Iterable[DutyPlan]) -> str:
    given = [duty for duty in duties if duty.unit in pack.units]
    parts = []
    for role, word in (("lead", "主办"), ("assist", "协办"), ("local", "属地配合")):
        if names := "、".join(pack.units[duty.unit].short for duty in given if duty.role == role):
            parts.append(f"由{names}{word}" if role == "lead" else f"{names}{word}")
    return "，".join(parts)
