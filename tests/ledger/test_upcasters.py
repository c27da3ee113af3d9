"""Old events in today's words."""

from datetime import UTC, datetime

import pytest

from shaodao.ground.ledger import Context, Draft, Head, Stream, canonical, events, upcasters

NOW = datetime(2026, 3, 2, tzinfo=UTC)


@pytest.fixture(autouse=True)
def _own_registry(monkeypatch):
    monkeypatch.setattr(upcasters, "_steps", {})
    monkeypatch.setattr(upcasters, "_newest", {})


def written(version=1, payload=None):
    draft = Draft("moved", payload or {"unit": "d01"}, NOW, version)
    return events.follow(
        Stream("case", "1"), Head(), draft, Context("system:x"), now=NOW, hash_=canonical.hash_named("sha256")
    )


def test_it_reads_an_old_event_in_its_newest_version_and_keeps_its_hash():
    line = written()
    upcasters.register("moved", 1, lambda payload: {"units": [payload["unit"]]})
    upcasters.register("moved", 2, lambda payload: {**payload, "reason": ""})
    event = events.read_today(line.data, line.event.hash)
    assert event.version == 3
    assert event.payload == {"units": ["d01"], "reason": ""}
    assert event.hash == line.event.hash


def test_it_leaves_events_of_the_newest_version_alone():
    upcasters.register("moved", 1, lambda payload: {"units": [payload["unit"]]})
    line = written(2, {"units": []})
    assert events.read_today(line.data, line.event.hash) == line.event


def test_it_refuses_to_write_an_old_version():
    upcasters.register("moved", 1, lambda payload: payload)
    with pytest.raises(ValueError, match="at version 2"):
        written(1)


def test_it_refuses_a_gap_or_a_second_step():
    upcasters.register("moved", 1, lambda payload: payload)
    with pytest.raises(ValueError, match="from version 2, not 3"):
        upcasters.register("moved", 3, lambda payload: payload)
    with pytest.raises(ValueError, match="from version 2, not 1"):
        upcasters.register("moved", 1, lambda payload: payload)
