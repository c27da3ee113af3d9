"""Who comes and by when, as whoever reported reads it: what the clocks say, and nothing that is no longer true."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.faces.resident.presenting import promise

AT = datetime(2026, 4, 15, 1, 30, tzinfo=UTC)


@pytest.fixture
def case(county):
    place = {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-84"}
    whistle = Whistle(text="井盖丢了", item="MS-07", place=place)
    return filing.file(whistle, Caller("test", "k", trusted=True), by=None, at=AT).case


def clock(case, kind, **changed):
    """The case with its lead's clock of this kind as told."""
    lead = case.lead.subject
    return replace(
        case,
        clocks=tuple(
            replace(c, **changed) if (c.kind, c.subject) == (kind, lead) else c for c in case.clocks
        ),
    )


def came(case):
    duties = tuple(replace(d, reported_in_at=AT) if d.id == case.lead.id else d for d in case.duties)
    return replace(case, duties=duties)


def test_it_says_by_when_somebody_comes(case, county):
    due = case.clock("report_in", case.lead.subject).due_at
    local = due + timedelta(hours=8)
    assert promise(case, county, AT) == f"已派单：住建局，今天 {local:%H:%M} 前到场"


def test_it_does_not_promise_what_is_past(case, county):
    due = case.clock("report_in", case.lead.subject).due_at
    late = promise(case, county, due + timedelta(hours=15, minutes=1))
    assert late == "住建局还没有到场，已超时 15 小时 1 分，正在催办"


def test_it_says_by_when_it_is_done_once_they_came(case, county):
    assert promise(came(case), county, AT).startswith("住建局正在办理，")
    due = case.clock("finish", case.lead.subject).due_at
    assert promise(came(case), county, due).startswith("住建局还没有办完，已超时")


@pytest.mark.parametrize("later", [timedelta(0), timedelta(days=90)])
def test_it_promises_nothing_while_the_clock_is_paused(case, county, later):
    assert promise(clock(came(case), "finish", paused_at=AT), county, AT + later) == ""
