"""The figures count what the cases hold."""

from __future__ import annotations

from datetime import timedelta
from fractions import Fraction

from tests.demo.conftest import SEED, UNTIL, County

from shaodao.centre.assessment import FIGURES, Figure, Period, figures
from shaodao.run.demo import replay, writing

EVER = Period(UNTIL - timedelta(days=1000), UNTIL + timedelta(seconds=1))


def test_it_is_nothing_over_zero(db):
    found = figures(EVER)
    assert found.keys() == FIGURES.keys()
    assert {figure.numerator for figure in found.values()} == {0}
    assert all(figure.share is None for figure in found.values())
    assert str(found["finished"]) == "—（0/0）"


def test_it_shows_both_numbers():
    figure = Figure("satisfied", 1, "满意率", 1960, 2000)
    assert figure.share == Fraction(49, 50)
    assert str(figure) == "98.0%（1,960/2,000）"


def test_it_counts_what_the_cases_hold(county: County):
    lived = [s for f in replay.families(county.plan(250)) for s in replay.family(county.world, f, SEED)]
    cases = [story.case for story in lived]
    writing.write(lived, UNTIL)
    found = figures(EVER)
    assert found["whistles"].numerator == len(cases)
    duties = [d for case in cases for d in case.duties if d.reported_in_at and not d.report_in_pending]
    assert found["report_in_units"].numerator == len(duties)
    assert found["report_in_persons"].numerator == sum(d.persons for d in duties)
    counted = [c for c in cases if c.nature != "ask" and not c.excluded]
    handled = [c for c in counted if c.outcome not in ("declined", "merged", "transferred")]
    done = [c for c in handled if c.verified_at or c.outcome in ("closed", "answered")]
    assert (found["finished"].numerator, found["finished"].denominator) == (len(done), len(handled))
    last = [
        [r for r in c.ratings if r.kind in ("own", "call_back", "leader")][-1:]
        for c in counted
    ]  # fmt: skip
    judged = [rating for [rating] in filter(None, last)]
    assert (found["solved"].numerator, found["solved"].denominator) == (
        sum(r.solved == "yes" for r in judged),
        len(judged),
    )
    levels = [one.level for r in judged for one in r.levels]
    assert (found["satisfied"].numerator, found["satisfied"].denominator) == (
        sum(level >= 3 for level in levels),
        len(levels),
    )
    asked = [r for c in cases for r in c.requests if r.kind == "return"]
    assert found["returned"].numerator == len(asked)
    met = [council for c in cases for council in c.councils if council.meet_at <= UNTIL]
    assert found["councils"].numerator == len(met)


def test_it_counts_only_its_period(county: County):
    lived = [s for f in replay.families(county.plan(80)) for s in replay.family(county.world, f, SEED)]
    writing.write(lived, UNTIL)
    middle = UNTIL - timedelta(days=200)
    parts = [figures(Period(a, b), ["whistles", "breaches", "finish_on_time"]) for a, b in
             ((EVER.since, middle), (middle, EVER.until))]  # fmt: skip
    whole = figures(EVER, ["whistles", "breaches", "finish_on_time"])
    for id, figure in whole.items():
        assert figure.numerator == sum(part[id].numerator for part in parts)
    assert whole["whistles"].numerator == len(lived)
