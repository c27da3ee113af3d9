"""What the forms of commands offer before anybody has typed."""

from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shaodao.centre.cases.lifecycle import Case
from shaodao.centre.cases.lifecycle import commands as c
from shaodao.county.pack import load
from shaodao.faces.work import forms
from shaodao.faces.work.forms import CommandForm

PACK = load(Path(__file__).resolve().parents[2] / "county" / "huinan")
LOCAL = ZoneInfo("Asia/Shanghai")
SPRING = next(item.code for item in PACK.items.values() if item.season_block)
OTHER = next(item.code for item in PACK.items.values() if not item.season_block)


@pytest.mark.parametrize(
    ("day", "item", "until", "reason"),
    [
        ("2026-11-25", SPRING, "2027-04-16T09:00", "season"),
        ("2027-02-01", SPRING, "2027-04-16T09:00", "season"),
        ("2026-07-01", SPRING, None, None),
        ("2026-11-25", OTHER, None, None),
    ],
)
def test_it_offers_spring_for_what_cannot_be_done_in_winter(monkeypatch, day, item, until, reason):
    now = datetime.fromisoformat(f"{day}T10:00").replace(tzinfo=LOCAL)
    monkeypatch.setattr(forms.timezone, "now", lambda: now)
    form = CommandForm(c.AskShelving, Case(item=item), PACK, "D15")
    assert form.fields["until"].initial == until
    assert form.fields["reason"].initial == reason
