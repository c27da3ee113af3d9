"""Old events in today's words: pure functions from one version of a payload to the next."""

from collections.abc import Callable
from typing import Any

Upcaster = Callable[[dict[str, Any]], dict[str, Any]]

_steps: dict[tuple[str, int], Upcaster] = {}
_newest: dict[str, int] = {}


def register(type: str, from_version: int, step: Upcaster) -> None:
    """`step` turns a payload of `from_version` into one of `from_version + 1`. Register versions in order.

    Raises ValueError for a version that is already registered or leaves a gap.
    """
    expected = _newest.get(type, from_version)
    if from_version != expected:
        raise ValueError(f"{type}: the next upcaster starts from version {expected}, not {from_version}")
    _steps[type, from_version] = step
    _newest[type] = from_version + 1


def newest(type: str) -> int | None:
    """The version that upcasting ends at; None for a type that was never changed."""
    return _newest.get(type)


def upcast(type: str, version: int, payload: dict[str, Any]) -> tuple[int, dict[str, Any]]:
    """The newest version and the payload in it."""
    while step := _steps.get((type, version)):
        version, payload = version + 1, step(payload)
    return version, payload
