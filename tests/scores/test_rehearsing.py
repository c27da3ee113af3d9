"""What if: published months by other rules."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.scores.test_months import HEAD, late, published  # noqa: F401

from shaodao.centre.scores import actions, models
from shaodao.centre.scores.month import Which
from shaodao.centre.scores.reckoning import period_of
from shaodao.centre.scores.rehearsing import what_if
from shaodao.faces.administration import rehearsed


def test_it_says_what_other_rules_would_have_given_and_writes_nothing(late, pack):  # noqa: F811
    published(late)
    code, at = late[2], late[3]
    whole = period_of(code, pack.zone)
    entry = models.Entry.objects.get(month=code, rule="D15", number__gt="")
    actions.appeal(code, Which("D15", "D15", entry.number, entry.part), "停电", HEAD, at=at)
    kept = list(models.Entry.objects.values())
    mild = replace(
        pack, score_rules=tuple(replace(r, points=0) if r.code == "D15" else r for r in pack.score_rules)
    )
    found = what_if(mild, whole.since, whole.until)
    (own,) = [one for one in found["units"] if one["unit"] == "D15"]
    assert found["months"] == [code]
    assert own["after"] == own["before"] - entry.points
    assert [one for one in found["units"] if one["after"] != one["before"]] == [own]
    assert list(models.Entry.objects.values()) == kept
    names = {"units": {"D15": "住建局"}, "items": {}}
    (table,) = rehearsed._scores({"scores": found, "names": names})
    assert f"{own['after'] / 100:.2f}" in [line.cells[3] for line in table.lines if line.cells[0] == "住建局"]


def test_it_says_nothing_where_no_rule_differs_or_no_month_is_whole(late, pack):  # noqa: F811
    published(late)
    whole = period_of(late[2], pack.zone)
    nothing = {"months": [], "units": []}
    assert what_if(pack, whole.since, whole.until) == nothing
    other = replace(pack, score_rules=pack.score_rules[:-1])
    assert what_if(other, whole.since + timedelta(days=1), whole.until) == nothing
    assert rehearsed._scores({"scores": nothing}) == []
