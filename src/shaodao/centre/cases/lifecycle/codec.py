"""Events to ledger payloads and back: integers, strings, booleans, null, lists and objects of these.

Moments are epoch seconds, limits their text form. Converters are made once per type from its annotations.
"""

from __future__ import annotations

import types
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union, get_args, get_origin, get_type_hints

from shaodao.centre.cases.lifecycle.events import EVENTS
from shaodao.ground.clocks import Limit
from shaodao.ground.ledger.events import Recorded

State = TypeVar("State")
Convert = Callable[[Any], Any]


def to_payload(event: Any) -> dict[str, Any]:
    """The payload of an event; fields at their defaults are left out."""
    kind: Any = type(event)
    return _writer(kind)(event)


def from_payload(name: str, payload: dict[str, Any], events: Mapping[str, Any] = EVENTS) -> Any:
    """The event `name` with this payload. KeyError if there is no such event."""
    kind: Any = events[name]
    return _reader(kind)(payload)


def from_recorded(
    evolve: Callable[[State, Any, datetime], State], events: Mapping[str, Any] = EVENTS
) -> Callable[[State, Recorded], State]:
    """`evolve` of events as they stand in the ledger."""
    return lambda state, each: evolve(state, from_payload(each.type, each.payload, events), each.occurred_at)


def _same(value: Any) -> Any:
    return value


@cache
def _writer(kind: Any) -> Convert:
    origin = get_origin(kind)
    if kind is datetime:
        return lambda moment: int(moment.timestamp())
    if kind is Limit:
        return str
    if origin is tuple:
        each = _writer(get_args(kind)[0])
        return lambda values: [each(v) for v in values]
    if origin in (Union, types.UnionType):
        inner = _writer(_without_none(kind))
        return lambda value: None if value is None else inner(value)
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        parts = [(f.name, _writer(hints[f.name]), f.default) for f in fields(kind)]

        def write(value: Any) -> dict[str, Any]:
            found = ((name, convert, default, getattr(value, name)) for name, convert, default in parts)
            return {
                name: convert(v) for name, convert, default, v in found if default is MISSING or v != default
            }

        return write
    return _same


@cache
def _reader(kind: Any) -> Convert:
    origin = get_origin(kind)
    if kind is datetime:
        return lambda seconds: datetime.fromtimestamp(seconds, UTC)
    if kind is Limit:
        return Limit.parse
    if origin is tuple:
        each = _reader(get_args(kind)[0])
        return lambda values: tuple(each(v) for v in values)
    if origin in (Union, types.UnionType):
        inner = _reader(_without_none(kind))
        return lambda value: None if value is None else inner(value)
    if isinstance(kind, type) and is_dataclass(kind):
        hints = get_type_hints(kind)
        readers = {f.name: _reader(hints[f.name]) for f in fields(kind)}
        make: Callable[..., Any] = kind
        return lambda data: make(**{name: readers[name](value) for name, value in data.items()})
    return _same


def _without_none(kind: Any) -> Any:
    """The one type besides None of an optional; a union of literals is written as it is."""
    rest = [arg for arg in get_args(kind) if arg is not types.NoneType]
    return rest[0] if len(rest) == 1 else Literal
