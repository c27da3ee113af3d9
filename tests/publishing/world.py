"""A case that was dealt with, verified, rated and closed."""

from __future__ import annotations

from datetime import datetime, timedelta

from tests.cases.conftest import SPOT, by

from shaodao.centre.cases import actions, permissions
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller

SAID = "西门口路面塌了一块，请打13812345678找王小明"


def closed(at: datetime, index: int = 1, **said: object) -> str:
    said.setdefault("phone", "13812345678")
    whistle = Whistle(text=SAID, item="MS-08", place=SPOT, name="王小明", **said)  # type: ignore[arg-type]
    number = filing.file(whistle, Caller("test", f"k{index}", trusted=True), at=at).case.number
    hand, head = by("handler", "D15", 2), by("section_head", "D15", 3)

    def give(command: str, who: By, minutes: int, **said: object) -> None:
        actions.act(number, command, said, who, at=at + timedelta(minutes=minutes))

    give("report_in", hand, 10, duty=1, mode="site", persons=2, position=SPOT)
    give("make_safe", hand, 11, duty=1, words="围上了")
    give("claim_finished", hand, 12, duty=1, way="done", words="补好了")
    give("decide", head, 13, request=1, approve=True)
    clock = actions.load(number).clock("verification")
    assert clock
    give(
        "verify", by("seat" if clock.unit == "C00" else "community_secretary", clock.unit, 4), 14, passed=True
    )
    give("rate", By(actions.load(number).requester, permissions.WHISTLER), 15, solved="yes")
    return number
