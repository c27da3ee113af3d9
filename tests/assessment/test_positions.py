"""What was published can be reckoned again from the ledger alone, whatever came after."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.trust.conftest import OPEN, PHONE, SPOT, by, file, give

from shaodao.centre.assessment.figures import Period, behind, broken_down, figures
from shaodao.centre.assessment.positions import NotSealed, past
from shaodao.centre.cases import actions
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.ground.ledger import sealer

EVER = Period(datetime(2021, 1, 1, tzinfo=UTC), datetime(2099, 1, 1, tzinfo=UTC))
HAND = by("handler", "D15")


def sealed() -> int:
    sealer.seal_all(datetime.now(UTC))
    return sealer.size()


def test_the_figures_of_then_are_found_again_whatever_came_after(pack):
    first = file("路面塌了一块", item=OPEN, phone=PHONE).case
    file("路灯不亮", item="MS-16", phone=PHONE)
    then, told, units = sealed(), figures(EVER), broken_down(EVER, "unit", ["whistles"])
    give(first.number, "report_in", HAND, duty=1, mode="site", persons=2, position=SPOT)
    actions.let_time_pass(first.number, datetime.now(UTC) + timedelta(days=60))
    actions.erase_person(first.whistler, by("security_admin", "C00"))
    file("又塌了一块", item=OPEN, phone="13900000000")
    later, told_later = sealed(), figures(EVER)
    assert told != told_later

    with past() as rows:
        rows.go(then)
        assert figures(EVER) == told
        assert broken_down(EVER, "unit", ["whistles"]) == units
        assert {each.number for each in behind("whistles", EVER)} == {
            row for row in CaseRow.objects.values_list("number", flat=True)
        }
        rows.go(later)
        assert figures(EVER) == told_later
    assert figures(EVER) == told_later
    assert CaseRow.objects.count() == 3


def test_it_goes_forward_only_and_no_further_than_what_is_sealed(pack):
    file("路面塌了一块", item=OPEN, phone=PHONE)
    end = sealed()
    with past() as rows:
        with pytest.raises(NotSealed):
            rows.go(end + 1)
        rows.go(end)
        with pytest.raises(NotSealed):
            rows.go(end - 1)


def test_a_fault_inside_leaves_the_rows_of_today(pack):
    file("路面塌了一块", item=OPEN, phone=PHONE)
    with pytest.raises(ZeroDivisionError):
        fail_inside()
    assert CaseRow.objects.count() == 1


def fail_inside() -> None:
    with past():
        assert not CaseRow.objects.exists()
        raise ZeroDivisionError
