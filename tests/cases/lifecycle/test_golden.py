"""The shapes of events as they were written: each stays readable for ever.

`golden/<Event>.v<n>.json` is the payload of version n of an event with every field filled. A payload that is written
differently from its newest file (but for an added field with a default) needs a new version: an upcaster in
`ground.ledger.upcasters` and a new file beside the old one. `python -m tests.cases.lifecycle.test_golden` writes the
files of events that have none yet.
"""

from __future__ import annotations

import json
import types
from collections.abc import Iterator
from dataclasses import MISSING, fields, is_dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest

from shaodao.centre.cases.lifecycle.codec import from_payload, to_payload
from shaodao.centre.cases.lifecycle.events import EVENTS
from shaodao.ground.clocks import Clock, Limit
from shaodao.ground.ledger import upcasters
from shaodao.ground.ledger.canonical import encode

GOLDEN = Path(__file__).with_name("golden")
MOMENT = datetime(2026, 3, 3, 1, 0, tzinfo=UTC)
LIMIT = Limit(2, "hour", "working")


def example(kind: Any, name: str) -> Any:
    """A value of a type, with every field filled by something that is not its default."""
    origin, args = get_origin(kind), get_args(kind)
    if kind is Clock:
        return Clock(
            *("finish", "duty:1", 2, "D15", LIMIT, MOMENT, MOMENT, True, MOMENT, 60, MOMENT, MOMENT, True),
            *(MOMENT, 60, (LIMIT,)),
        )
    if kind is Limit:
        return LIMIT
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return kind(**{field.name: example(hints[field.name], field.name) for field in fields(kind)})  # type: ignore[operator]
    if origin is tuple:
        return (example(args[0], name),)
    if origin is Literal:
        return args[-1]
    if origin in (Union, types.UnionType):
        return example(next(arg for arg in args if arg is not types.NoneType), name)
    simple = {bool: True, int: 7, datetime: MOMENT}
    return simple.get(kind, f"{name}-1")


def files() -> Iterator[tuple[str, int, Path]]:
    for path in sorted(GOLDEN.glob("*.json")):
        name, version, _ = path.name.split(".")
        yield name, int(version.removeprefix("v")), path


def newest(name: str) -> Path:
    return GOLDEN / f"{name}.v{upcasters.newest(name) or 1}.json"


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_it_writes_every_event_as_its_newest_golden_file_says(name: str) -> None:
    """Fields with a default may have been added since: left out, they mean the same as ever."""
    written = to_payload(example(EVENTS[name], name))
    golden = json.loads(newest(name).read_text(encoding="utf-8"))
    added = {field.name for field in fields(EVENTS[name]) if field.default is not MISSING} - golden.keys()
    assert {key: value for key, value in written.items() if key not in added} == golden
    assert encode(written)


@pytest.mark.parametrize(
    ("name", "version", "path"), [pytest.param(*each, id=each[2].stem) for each in files()]
)
def test_it_reads_every_event_that_was_ever_written(name: str, version: int, path: Path) -> None:
    _, payload = upcasters.upcast(name, version, json.loads(path.read_text(encoding="utf-8")))
    event = from_payload(name, payload)
    assert type(event) is EVENTS[name]
    assert to_payload(event) == payload


@pytest.mark.parametrize("name", sorted(EVENTS))
def test_it_reads_an_event_whose_optional_fields_were_left_out(name: str) -> None:
    """Fields at their defaults are not written: one with a default may be added without a new version."""
    full = json.loads(newest(name).read_text(encoding="utf-8"))
    bare = {field.name: full[field.name] for field in fields(EVENTS[name]) if field.default is MISSING}
    assert to_payload(from_payload(name, bare)) == bare


if __name__ == "__main__":
    GOLDEN.mkdir(exist_ok=True)
    for missing in (name for name in EVENTS if not newest(name).exists()):
        payload = to_payload(example(EVENTS[missing], missing))
        newest(missing).write_text(json.dumps(payload, ensure_ascii=False, indent=1, sort_keys=True) + "\n")
