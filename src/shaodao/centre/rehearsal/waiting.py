"""Rehearsals asked for on screen wait in a table; a background loop works through them, one at a time, and writes down how
far it is. What a process left behind when it died is begun anew by another."""

from __future__ import annotations

import logging
import threading
import zlib
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils.timezone import localdate

from shaodao.centre.cases import actions
from shaodao.centre.rehearsal.models import Rehearsal
from shaodao.centre.rehearsal.rehearse import Changed, Days, rehearse
from shaodao.county.pack import PackError, canonical, from_canonical, versions
from shaodao.county.pack.models import PackVersion
from shaodao.county.people.models import User

SILENT = timedelta(minutes=2)  # after which whoever worked on it is taken for dead
LONGEST = timedelta(days=800)  # a period

log = logging.getLogger(__name__)


class AskRefused(Exception):
    """It cannot be rehearsed; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


class _Stopped(Exception):
    """The process is ending; somebody else begins anew."""


@transaction.atomic
def ask(version: PackVersion, days: Days, *, by: User, now: datetime) -> Rehearsal:
    """Ask for a rehearsal. Asked again while it waits, it is the same one. Raises AskRefused: `faulty`, `bad_period`."""
    if not days.since <= days.until or days.until - days.since > LONGEST:
        raise AskRefused("bad_period")
    if versions.check_version(version):
        raise AskRefused("faulty")
    PackVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)  # two who ask at once ask once
    same = Rehearsal.objects.filter(version=version, hash=version.hash, since=days.since, until=days.until)
    waiting = same.filter(ended_at=None).first()
    if waiting is not None:
        return waiting
    return Rehearsal.objects.create(
        version=version,
        hash=version.hash,
        content=zlib.compress(canonical(versions.files_of(version))),
        since=days.since,
        until=days.until,
        asked_by=by,
        asked_at=now,
    )


def of(version: PackVersion, most: int = 10) -> list[Rehearsal]:
    """The latest rehearsals of a version, without what they found."""
    found = Rehearsal.objects.filter(version=version).defer("found", "content")
    return list(found.select_related("asked_by").order_by("-asked_at", "-pk")[:most])


def tick(stop: threading.Event) -> bool:
    """Work through the one that has waited longest; whether there was one."""
    one = _take(actions.now())
    if one is None:
        return False

    def say(done: int, cases: int) -> None:
        if stop.is_set():
            raise _Stopped
        Rehearsal.objects.filter(pk=one.pk).update(done=done, cases=cases, seen_at=actions.now())

    try:
        found = rehearse(_changed(one), Days(one.since, one.until), now=actions.now(), say=say)
    except _Stopped:
        Rehearsal.objects.filter(pk=one.pk).update(seen_at=None, done=0)
    except Exception as error:
        log.exception("rehearsal %s failed", one.pk)
        fault = "faulty" if isinstance(error, PackError) else "failed"
        Rehearsal.objects.filter(pk=one.pk).update(fault=fault, ended_at=actions.now())
    else:
        Rehearsal.objects.filter(pk=one.pk).update(found=found, ended_at=actions.now())
    return True


def _changed(one: Rehearsal) -> Changed:
    """A proposed version is rehearsed as on the day from which it is to hold."""
    start = one.version.effective_from
    return Changed(from_canonical(zlib.decompress(one.content)), localdate(start) if start else None)


@transaction.atomic
def _take(now: datetime) -> Rehearsal | None:
    free = Q(seen_at=None) | Q(seen_at__lt=now - SILENT)
    waiting = Rehearsal.objects.filter(free, ended_at=None).order_by("asked_at", "pk")
    one = waiting.select_for_update(of=("self",), skip_locked=True).select_related("version").first()
    if one is not None:
        one.seen_at = now
        one.save(update_fields=["seen_at"])
    return one
