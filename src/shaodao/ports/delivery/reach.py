"""From a recipient to the ways by which those behind it are reached: one message for each way, each delivered and given up
by itself. Repeating it writes nothing twice."""

from __future__ import annotations

from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.people import contacts, holders
from shaodao.ground.messages import outbox
from shaodao.ground.messages.adapters import Outbound
from shaodao.ports.delivery import channels
from shaodao.ports.delivery.configuration import PERSONAL


def reach(message: Outbound) -> None:
    """The adapter of the channel `reach`."""
    config = channels.current()
    if not config.channels:
        return
    urgent = bool(message.params.get("urgent"))
    by_kind = {kind: name for name, kind in PERSONAL.items() if name in config.channels}
    people = holders.of(message.recipient, message.at)
    ways = [
        (by_kind[way.kind], way.actor)
        for found in contacts.ways(people).values()
        for way in found
        if way.kind in by_kind and (way.when == "always" or (way.when == "urgent" and urgent))
    ]
    pack = versions.current(message.at)
    ways += [
        (robot.name, message.recipient)
        for robot in config.robots
        if any(_within(_unit(message.recipient), unit, pack) for unit in robot.units)
    ]
    outbox.post_many(
        [
            outbox.Message(
                channel, who, message.template, message.params, f"{message.key}>{channel}:{who}", message.at
            )
            for channel, who in ways
        ],
        message.at,
    )


def _unit(reference: str) -> str:
    """The unit that a reference names; none for a person, whom a group does not hear of."""
    kind, _, name = reference.partition(":")
    return name.partition("@")[2] if kind == "role" else name if kind == "unit" else ""


def _within(unit: str, other: str, pack: Pack) -> bool:
    return unit in pack.units and other in pack.units and pack.tree.is_within(unit, other)
