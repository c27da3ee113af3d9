"""撤回申请: only whoever asked takes it back."""

from datetime import timedelta

import pytest
from tests.cases.conftest import NOW, by

from shaodao.centre.cases import actions, permissions
from shaodao.ground.messages import outbox

OWNER, COLLEAGUE, OUTSIDER = by("liaison", "D15", 1), by("liaison", "D15", 2), by("liaison", "D31", 3)


def test_it_is_taken_back_only_by_whoever_asked(whistle):
    number = whistle(item="MS-08", text="路面有个大坑").case.number
    actions.act(
        number,
        "ask_return",
        {"duty": 1, "reason": "not_ours", "words": "不归我们"},
        OWNER,
        at=NOW + timedelta(minutes=5),
    )
    later = NOW + timedelta(minutes=9)
    for who in (COLLEAGUE, OUTSIDER, by("section_head", "D15", 4), by("shift_leader", "C00", 5)):
        with pytest.raises(permissions.Forbidden):
            actions.act(number, "withdraw_request", {"request": 1}, who, at=later)
    step = actions.load(number).request(1).current
    case = actions.act(number, "withdraw_request", {"request": 1, "words": "查明是我们的"}, OWNER, at=later)
    assert case.request(1).outcome == "withdrawn"
    told = outbox.notices([f"role:{step.role}@{step.unit}"], later + timedelta(days=1))
    assert told[0].template == "request_withdrawn"
