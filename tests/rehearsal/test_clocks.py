"""Other limits and other holidays, applied to what really happened when. Moments are the county's, 2026, winter hours."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from tests.rehearsal.conftest import UNTIL, Lived, items_changed, live, text_changed

from shaodao.centre.cases.lifecycle import commands as c
from shaodao.centre.cases.lifecycle.model import By, Kept
from shaodao.centre.cases.rules import PackRules
from shaodao.centre.rehearsal import manual
from shaodao.centre.rehearsal.clocks import Timed, follow, limit_of, timed
from shaodao.county.pack import load_files

ADS = "XZ-05"  # sign 60m working, report in 4h working, finish 7wd; led by D13
UNIT = By("user:5", "handler", "D13")
DESK = By("user:7", "shift_leader", "C00")
WORDS = Kept("w" * 64)


def at(day: int, hour: int, minute: int = 0, month: int = 4) -> datetime:
    return datetime(2026, month, day, hour - 8, minute, tzinfo=UTC)


LATER = at(30, 9)


def reported(pack: Any, **said: Any) -> Lived:
    """On Wednesday the 15th at nine: signed until 10:00, reported in until 14:30, finished until the 24th at 9:00."""
    return live(pack, "门头牌匾太大挡住窗户", at(15, 9), item=ADS, **said)


def turned_out(lived: Lived) -> Lived:
    """Signed at half past nine, on the spot at two in the afternoon."""
    lived.give(c.Sign(by=UNIT, duty=1), at(15, 9, 30))
    return lived.give(c.ReportIn(by=UNIT, duty=1, mode="site", distance=10), at(15, 14))


def grant(lived: Lived, moment: datetime) -> Lived:
    """Everybody who is asked agrees to the last request, one minute after the other."""
    for step in range(1, 5):
        request = lived.case.requests[-1]
        if request.open:
            by = By(f"user:{20 + step}", request.current.role, request.current.unit)
            command = c.Decide(by=by, request=request.id, approve=True)
            lived.give(command, moment + timedelta(minutes=step))
    assert lived.case.requests[-1].outcome == "granted"
    return lived


def finished(lived: Lived, moment: datetime) -> Lived:
    return grant(lived.give(c.ClaimFinished(by=UNIT, duty=1, way="done", words=WORDS), moment), moment)


def shown(lived: Lived, changed: Any, as_of: datetime = LATER) -> dict[str, Timed]:
    pack = load_files(changed)
    found = timed(lived.heard(), lambda _: lived.pack, manual.as_on(pack, as_of.date()), as_of)
    return {one.kind: one for one in found}


def test_a_shorter_limit_makes_late_what_came_in_time(pack, files):
    """Two working hours from nine end at eleven."""
    found = shown(turned_out(reported(pack)), items_changed(files, XZ_05={"report_in": "2h working"}))
    one = found["report_in"]
    assert (one.before.late, one.before.given) == (False, 5 * 60 + 30)
    assert one.after
    assert (one.after.late, one.after.given) == (True, 2 * 60)
    assert found["sign"].before == found["sign"].after


def test_a_longer_limit_forgives(pack, files):
    lived = turned_out(reported(pack)).let_pass(at(27, 8))
    finished(lived, at(27, 10))
    one = shown(lived, items_changed(files, XZ_05={"finish": "9wd"}))["finish"]
    assert one.before.late
    assert one.after
    assert not one.after.late


def test_another_holiday_moves_the_deadline(pack, files):
    """Seven workdays after the 15th are over on the 24th at nine; with the 16th off, on the 27th."""
    lived = turned_out(reported(pack))
    finished(lived, at(24, 10))
    changed = text_changed(files, "holidays.csv", "2026-04-06,off", "2026-04-16,off,试,试\n2026-04-06,off")
    one = shown(lived, changed)["finish"]
    assert one.before.late
    assert one.after
    assert not one.after.late
    assert one.after.given - one.before.given == 3 * 24 * 60


def test_what_still_runs_counts_only_once_it_is_late(pack, files):
    lived = reported(pack)
    found = shown(lived, items_changed(files, XZ_05={"report_in": "2h working"}), as_of=at(15, 13))
    assert not found["report_in"].before.counts
    assert found["report_in"].after
    assert found["report_in"].after.counts
    assert found["report_in"].after.late


def test_a_limit_set_by_hand_stays(pack, files):
    """The desk gave three days; the manual's seven workdays become two, and nothing changes for this one."""
    lived = live(pack, "说不清的事情", at(15, 9), place={"unknown": True})
    rules = PackRules(pack, at(15, 9, 5))
    plan = rules.plan_by_hand("D13", item=ADS, finish=pack.items["XZ-11"].finish)
    place = reported(pack).case.place
    lived.give(c.Dispatch(by=DESK, plan=plan, item=ADS, place=place), at(15, 9, 5))
    changed = load_files(items_changed(files, XZ_05={"finish": "2wd", "report_in": "2h working"}))
    limits = {k.first.kind: limit_of(k, pack, changed) for k in lived.heard().clocks}
    assert str(limits["report_in"]) == "2h working"
    assert limits["finish"] == plan.duties[0].limits.finish != pack.items[ADS].finish


def test_a_stage_that_is_gone_shows_nothing(pack, files):
    lived = live(pack, "有人在楼顶盖房子", at(15, 9), item="XZ-01")
    found = shown(lived, items_changed(files, XZ_01={"make_safe": ""}))
    assert found["make_safe"].after is None
    assert found["finish"].after is not None


def test_a_date_agreed_by_hand_holds_under_any_limit(pack, files):
    lived = turned_out(reported(pack))
    lived.give(c.AskExtension(by=UNIT, duty=1, until=at(28, 9), reason="material", words=WORDS), at(16, 10))
    grant(lived, at(16, 11))
    for limit in ("9wd", "7wd", "20wd"):
        (clock,) = (k for k in lived.heard().clocks if k.first.kind == "finish")
        changed = load_files(items_changed(files, XZ_05={"finish": limit}))
        limit_now = limit_of(clock, pack, changed)
        assert limit_now
        _, ended = follow(clock, limit_now, changed.calendar_of("D13"), None, LATER)
        assert (ended.due_at == at(28, 9)) == (limit != "20wd")


def test_a_breach_before_the_extension_stays(pack, files):
    """Agreed on the 16th; under one workday it was over that very morning at nine."""
    lived = turned_out(reported(pack))
    lived.give(c.AskExtension(by=UNIT, duty=1, until=at(28, 9), reason="material", words=WORDS), at(16, 10))
    grant(lived, at(16, 11))
    finished(lived, at(24, 10))
    one = shown(lived, items_changed(files, XZ_05={"finish": "1wd"}))["finish"]
    assert not one.before.late
    assert one.after
    assert one.after.late


def test_a_granted_return_cancels_what_ran_out_after_it_was_asked_for(pack, files):
    lived = reported(pack).give(c.AskReturn(by=UNIT, duty=1, reason="not_ours", words=WORDS), at(15, 10, 30))
    lived.let_pass(at(15, 16))
    grant(lived, at(15, 16))
    assert lived.case.duties[0].ended == "returned"
    one = shown(lived, items_changed(files, XZ_05={"report_in": "2h working"}))["report_in"]
    assert not one.before.counts
    assert one.after
    assert not one.after.counts
    early = shown(lived, items_changed(files, XZ_05={"report_in": "60m working"}))["report_in"]
    assert early.after
    assert early.after.counts
    assert early.after.late


def test_the_same_pack_shows_the_same_clocks(stories, pack):
    """Every clock of every duty: paused, extended, run on or broken, it comes out as the ledger has it."""
    followed = 0
    for heard in stories:
        for clock in heard.clocks:
            limit = limit_of(clock, pack, pack)
            assert limit == clock.first.limit
            _, ended = follow(
                clock, limit, pack.calendar_of(clock.first.unit), heard.said.external_due, UNTIL
            )
            last = clock.last
            assert (ended.due_at, ended.stopped_at) == (last.due_at, last.stopped_at), heard.number
            assert (ended.breached_at, ended.cancelled) == (last.breached_at, last.cancelled), heard.number
            followed += 1
        for one in timed(heard, lambda _: pack, pack, UNTIL):
            assert one.before == one.after
    assert followed > 400
    steps = {len(clock.steps) for heard in stories for clock in heard.clocks}
    assert max(steps) > 2
