"""Numbers of a year, for orders, notes and meetings."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import models

from shaodao.county.pack.model import Pack


def year_of(at: datetime, pack: Pack) -> int:
    return at.astimezone(ZoneInfo(pack.zone)).year


def next_number(model: type[models.Model], at: datetime, pack: Pack) -> str:
    """The next number of the year; a unique key settles it where several are asked for at once."""
    year = year_of(at, pack)
    rows = model._default_manager.filter(number__startswith=f"{year}-").order_by("-number")
    last = rows.values_list("number", flat=True).first()
    return f"{year}-{int(last.partition('-')[2]) + 1 if last else 1:04}"
