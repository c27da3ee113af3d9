"""The schema holds: whatever fits it or not, the answer is one that it names, and never a failure of ours."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks
from tests.api.conftest import token_of
from tests.api.scenes import PLAY, Scenes

from shaodao.centre.cases import actions, compose, permissions
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import gate
from shaodao.centre.likeness import joining
from shaodao.county.pack import versions
from shaodao.ground.files.refusals import Refusal as FileRefusal
from shaodao.run.wsgi import application

CHECKS = [
    checks.not_a_server_error,
    checks.status_code_conformance,
    checks.content_type_conformance,
    checks.response_schema_conformance,
]
QUICK = {
    "deadline": None,
    "derandomize": True,
    "phases": [Phase.explicit, Phase.generate],
    "suppress_health_check": list(HealthCheck),
}


SCHEMA = schemathesis.openapi.from_wsgi("/api/v1/openapi.json", application)


@pytest.fixture
def one_connection() -> Iterator[None]:
    """The site's connection is the test's own: no request may close it."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture
def known(pack) -> dict[str, str]:
    """What stands for the path's variables in every second request, so that not all ends at 404."""
    scenes = Scenes(actions.now())
    number = scenes.dispatched()
    return {
        "number": number,
        "token": gate.token_of(number),
        "command": "comment",
        "offer": joining.offer(number),
        "staff": token_of(pack, "seat", "C00"),
    }


@SCHEMA.parametrize()
@settings(max_examples=20, **QUICK)
def test_it_answers_as_the_schema_says(case, known, one_connection):
    headers = {}
    if hash(str(case.body)) % 2 == 0:
        case.path_parameters = {name: known[name] for name in case.path_parameters or {}}
        headers["Authorization"] = f"Bearer {known['staff']}"
    with transaction.atomic():
        case.call_and_validate(checks=CHECKS, headers=headers)
        transaction.set_rollback(True)


# --- commands: fields that are not what they should be ---

IN_WORDS = (Refusal, FileRefusal, actions.NoSuchCase, permissions.Forbidden)
JUNK = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=80)
    | st.sampled_from(
        ["D15", "MS-08", "yes", "2026-12-01T00:00:00Z", "9999-12-31T23:59:59Z", -1, 2**31, 10**30, 1.5]
    ),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["unit", "role", "duty", "level", "lon", "lat", "crs", "grid"]), inner, max_size=4
        )
    ),
    max_leaves=6,
)


@pytest.mark.parametrize("name", sorted(PLAY))
def test_it_refuses_what_a_command_cannot_hold(pack, name):
    """Each field of each command in turn holds anything at all: the command is given or refused in words."""
    scenes = Scenes(actions.now())
    scenes.at -= timedelta(minutes=20)
    scenes.other = scenes.dispatched()
    scene, body = PLAY[name]
    scenes.number = getattr(scenes, scene)()
    said, cls = body(scenes), c.COMMANDS[name]
    fields = sorted({*compose.kinds_of(cls), *said, *compose.PLAN_PARTS, "position"})
    by = _somebody(cls, scenes)

    @settings(max_examples=15, **QUICK)
    @given(st.sampled_from(fields), JUNK)
    def anything(field: str, value: Any) -> None:
        json.dumps(value)
        with transaction.atomic():
            with suppress(*IN_WORDS):
                actions.act(scenes.number, name, {**said, field: value}, by, at=scenes.now)
            transaction.set_rollback(True)

    anything()


def _somebody(cls: type[c.Command], scenes: Scenes) -> By:
    """Somebody who may, found by asking the table."""
    case, pack = actions.load(scenes.number), versions.current()
    subject = compose.subject_in(cls, PLAY[c.name_of(cls)][1](scenes))
    units = ("D15", "D13", "C00", "L00", *scenes.place)
    actors = ("user:1", case.whistler, case.requester, *(asked.by.actor for asked in case.requests))
    roles = sorted({role for grant in permissions.TABLE[cls] for role in grant.roles})
    found = (By(actor, role, unit) for role in roles for unit in units for actor in actors)
    return next(by for by in found if permissions.may(by, cls, case, subject, pack))
