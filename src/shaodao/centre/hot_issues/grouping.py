"""From likeness of two to groups. Pure.

The two groups whose centres are most alike are joined, as long as they are alike enough. A centre is the mean of its
members, so what they have in common counts and what each says besides fades; a group that is drawn out along a chain
has a short mean and joins nothing more. The likeness of every two members must hold up too, on average.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from math import sqrt

from shaodao.centre.hot_issues.likeness import Edge

JOINED = 0.16  # likeness of centres
HELD = 0.04  # mean likeness between the members of two groups


def grouped(count: int, edges: Iterable[Edge], joined: float = JOINED, held: float = HELD) -> list[list[int]]:
    """Groups of two or more of the things 0 … count - 1, each sorted. What is alone is left out."""
    between: list[dict[int, float]] = [{} for _ in range(count)]  # sums of likeness of every two members
    for one, other, likeness in edges:
        between[one][other] = between[other][one] = likeness
    within = [1.0] * count  # the squared length of the members' sum
    members: list[list[int]] = [[i] for i in range(count)]  # empty: gone into another

    # A change to a group makes what waits about it out of date; its size tells.
    waiting = [
        (-likeness, one, other, 1, 1)
        for one, others in enumerate(between)
        for other, likeness in others.items()
        if other < one and likeness >= joined
    ]
    heapq.heapify(waiting)
    while waiting:
        _, one, other, size, its_size = heapq.heappop(waiting)
        if len(members[one]) != size or len(members[other]) != its_size:
            continue
        if len(between[one]) < len(between[other]):
            one, other = other, one
        within[one] += within[other] + 2 * between[one].pop(other)
        members[one] += members[other]
        members[other] = []
        for third, likeness in between[other].items():
            if third == one:
                continue
            del between[third][other]
            between[one][third] = between[third][one] = between[one].get(third, 0.0) + likeness
        between[other] = {}
        size = len(members[one])
        for third, likeness in between[one].items():
            its_size = len(members[third])
            alike = likeness / sqrt(within[one] * within[third])
            if alike >= joined and likeness >= held * size * its_size:
                heapq.heappush(waiting, (-alike, one, third, size, its_size))
    return [sorted(group) for group in members if len(group) > 1]
