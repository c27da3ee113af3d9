"""A month is proposed by one, published by another, appealed against, and reckons again the same for ever."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from tests.trust.conftest import OPEN, PHONE, SPOT, by, file

from shaodao.centre.assessment.figures import Period, behind
from shaodao.centre.cases import actions as cases
from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.scores import actions, models
from shaodao.centre.scores.month import Which
from shaodao.centre.supervision.notes import actions as notes
from shaodao.county.pack import versions
from shaodao.ground.ledger import sealer, verify

DEPUTY, DIRECTOR = by("centre_deputy", "C00", 11), by("centre_director", "C00", 12)
HEAD, OTHER_HEAD = by("unit_head", "D15", 21), by("unit_head", "D13", 22)
HAND = by("handler", "D15", 23)


@pytest.fixture
def late(pack):
    """A month that is over, in which the housing department came and finished too late; returns its code and number."""
    now = cases.now()
    number = file("路面塌了一块", item=OPEN, phone=PHONE).case.number
    for n in range(5):
        file(f"路面塌了一块，第{n}处", item=OPEN, phone=PHONE)
    cases.let_time_pass(number, now + timedelta(days=40))
    give_at(number, "report_in", now + timedelta(days=40), duty=1, mode="site", persons=2, position=SPOT)
    sealer.seal_all(datetime.now(UTC))
    code = f"{now.astimezone(ZoneInfo(pack.zone)):%Y-%m}"
    due = cases.load(number).clock("finish", "duty:1").due_at.astimezone(ZoneInfo(pack.zone))
    return code, number, f"{due:%Y-%m}", now + timedelta(days=80)


def give_at(number, command, at, **said):
    return cases.act(number, command, said, HAND, at=at)


def published(late):
    _, _, code, at = late
    actions.propose(code, DEPUTY, at=at)
    return actions.publish(code, DIRECTOR, at=at)


def entry(code: str, rule: str) -> models.Entry:
    return models.Entry.objects.get(month=code, rule=rule, number__gt="")


def test_it_scores_what_was_late(late, pack):
    _, number, code, _ = late
    published(late)
    assert entry(code, "D15").points < -50
    assert entry(code, "D15").number == number
    assert not models.Entry.objects.filter(month=code, unit="D18", number__gt="").exists()
    standings = {s.unit: s for s in actions.ranking(code, pack)}
    own = sum(models.Entry.objects.filter(month=code, unit="D15").values_list("points", flat=True))
    assert standings["D15"].points == own
    assert standings["D18"].points == 100_00


def test_too_few_cases_have_no_rank(late, pack):
    code, *_, at = late
    actions.propose(code, DEPUTY, at=at)
    ranks = {s.unit: (s.cases, s.rank) for s in actions.ranking(code, pack)}
    assert ranks["D15"] == (6, 1)
    assert ranks["D18"] == (0, None)


def test_two_persons_publish_a_month_that_is_over(late):
    _, _, code, at = late
    with pytest.raises(Refusal, match="month_not_over"):
        actions.propose(f"{at + timedelta(days=70):%Y-%m}", DEPUTY, at=at)
    with pytest.raises(Refusal, match="field_wrong"):
        actions.propose("2026-13", DEPUTY, at=at)
    actions.propose(code, DEPUTY, at=at)
    with pytest.raises(Refusal, match="not_now"):
        actions.propose(code, DIRECTOR, at=at)
    with pytest.raises(Refusal, match="second_person_needed"):
        actions.publish(code, DEPUTY, at=at)
    actions.reject(code, "少算了一件", DIRECTOR, at=at)
    actions.propose(code, DEPUTY, at=at)
    assert actions.publish(code, DIRECTOR, at=at).state == "published"
    for who in (HEAD, by("county_leader", "L00"), by("system_admin", "C00")):
        with pytest.raises(permissions.Forbidden):
            actions.publish(code, who, at=at)


def test_an_upheld_appeal_leaves_a_correction_and_the_record(late, pack):
    _, number, code, at = late
    published(late)
    contested = entry(code, "D15")
    before = {s.unit: s.points for s in actions.ranking(code, pack)}["D15"]
    against = Which("D15", "D15", number, contested.part)
    with pytest.raises(permissions.Forbidden):
        actions.appeal(code, against, "不是我们的", OTHER_HEAD, at=at)
    with pytest.raises(Refusal, match="field_wrong"):
        actions.appeal(code, Which("D15", "D15", "261001000001", 1), "没有这一笔", HEAD, at=at)
    actions.appeal(code, against, "当天停电，系统登不上", HEAD, at=at)
    with pytest.raises(Refusal, match="appealed_already"):
        actions.appeal(code, against, "再说一遍", HEAD, at=at)
    with pytest.raises(permissions.Forbidden):
        actions.rule(code, 1, True, "同意", by("unit_head", "D15", 30), at=at)
    actions.rule(code, 1, True, "停电属实", DIRECTOR, at=at)
    with pytest.raises(Refusal, match="not_now"):
        actions.rule(code, 1, True, "再来", DIRECTOR, at=at)
    after = {s.unit: s.points for s in actions.ranking(code, pack)}["D15"]
    assert after == before - contested.points
    assert entry(code, "D15").points == contested.points  # what was published stands
    assert models.Appeal.objects.get(month=code).points == -contested.points


def test_an_appeal_that_is_refused_or_too_late_changes_nothing(late, pack):
    _, _, code, at = late
    month = published(late)
    before = actions.ranking(code, pack)
    against = Which("D15", "D02")
    actions.appeal(code, against, "分母不对", HEAD, at=at)
    actions.rule(code, 1, False, "分母是对的", DIRECTOR, at=at)
    assert actions.ranking(code, pack) == before
    with pytest.raises(Refusal, match="too_late_to_appeal"):
        actions.appeal(code, Which("D15", "D03"), "晚了", HEAD, at=month.appeal_until + timedelta(seconds=1))


def test_it_reckons_again_the_same_whatever_came_after(late):
    _, number, code, at = late
    published(late)
    assert [difference for _, difference in actions.recompute()] == [None]
    cases.erase_person(cases.load(number).whistler, by("security_admin", "C00"), at=at)
    file("又塌了", item=OPEN, phone="13900000000")
    sealer.seal_all(datetime.now(UTC))
    assert [difference for _, difference in actions.recompute()] == [None]
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE scores_entry SET points = points + 1 WHERE month = %s AND rule = 'D15'", [code]
        )
    assert any("scores_entry" in fault.detail for fault in verify.run().faults)


def test_a_rule_changed_for_later_changes_no_published_month(late, monkeypatch):
    published(late)
    now = versions.current()
    harder = replace(
        now, version="x" * 64, score_rules=tuple(replace(r, points=r.points * 2) for r in now.score_rules)
    )
    monkeypatch.setattr(versions, "current", lambda at=None: harder)
    assert [difference for _, difference in actions.recompute()] == [None]


def test_only_what_took_points_is_contested(late, pack):
    _, _, code, at = late
    published(late)
    models.Entry.objects.create(
        month=code, unit="D15", rule="D21", number="260301000001", part=0, points=20, counted=1, of=1, at=at
    )
    with pytest.raises(Refusal, match="field_wrong"):
        actions.appeal(code, Which("D15", "D21", "260301000001"), "应当多给", HEAD, at=at)


def test_a_return_refused_counts_double_where_a_leader_assigned_the_case(pack):
    first = file("路面塌了一块", item=OPEN, phone=PHONE).case.number
    said = notes.Said("case", first, "instructed", "抓紧办", "D15")
    second = notes.write(said, by("county_leader", "L00", 4)).case
    for number in (first, second):
        asked = {"duty": 1, "reason": "not_ours", "words": "不归我们"}
        cases.act(number, "ask_return", asked, by("liaison", "D15", 24))
        step = cases.load(number).request(1).current
        refused = {"request": 1, "approve": False, "words": "是你们的"}
        cases.act(number, "decide", refused, by(step.role, step.unit, 25))
    now = cases.now()
    found = behind("refused_returns", Period(now - timedelta(days=1), now + timedelta(days=1)))
    assert {each.number: each.weight for each in found} == {first: 1, second: 2}
