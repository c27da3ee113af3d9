"""Pictures of finished work that were seen before: in the report itself, or with another case or duty. A computed fact for
whoever verifies, never a finding."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from uuid import UUID

from django.db.models import Q

from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.events import Event
from shaodao.centre.cases.lifecycle.model import Case
from shaodao.ground.files.fingerprints import same
from shaodao.ground.files.models import Evidence as File

# What units show for their work, and what whistlers show of the matter.
WORK = (e.ReportedIn, e.MadeSafe, e.MilestoneReached, e.PartFinished, e.Requested)
MOST = 50  # files looked at for each picture


@dataclass(frozen=True, slots=True)
class Seen:
    """A picture of work, the picture it equals, and the case that one belongs to. `how`: before (it is the report's own),
    step (shown for another duty of this case) or case (of another case)."""

    photo: str
    like: str
    number: str
    how: str


@dataclass(frozen=True, slots=True)
class Shown:
    """A picture that somebody showed: for which duty (0: none), and whether for work done."""

    photo: str
    duty: int
    work: bool


def shown(case: Case, happened: Iterable[Event]) -> list[Shown]:
    """The pictures of a case in order, each where it was shown first. Pure."""
    found = {photo: Shown(photo, 0, False) for photo in case.photos}
    for event in happened:
        request = event.request if isinstance(event, e.Requested) else None
        photos: Sequence[str] = request.photos if request else getattr(event, "photos", ())
        work = isinstance(event, WORK) and (request is None or request.kind == "claim")
        duty = request.duty if request else getattr(event, "duty", 0)
        for photo in photos:
            found.setdefault(photo, Shown(photo, duty, work))
    return list(found.values())


def seen_before(case: Case, happened: Iterable[Event]) -> list[Seen]:
    """The pictures of work that were seen before, each with the first it equals. Two statements at most."""
    pictures = shown(case, happened)
    if not any(each.work for each in pictures):
        return []
    files = {str(row.pk): row for row in _files(Q(pk__in=[UUID(each.photo) for each in pictures]))}
    prints = {id: bytes(row.phash) for id, row in files.items()}
    found: dict[str, Seen] = {}
    for index, mine in enumerate(pictures):
        if not mine.work or mine.photo not in prints:
            continue
        for other in pictures[:index]:
            own = not other.work or other.duty != mine.duty
            if own and other.photo in prints and same(prints[mine.photo], prints[other.photo]):
                how = "step" if other.work else "before"
                found[mine.photo] = Seen(mine.photo, other.photo, case.number, how)
                break
    rest = [each.photo for each in pictures if each.work and each.photo in prints and each.photo not in found]
    bands = sorted({band for photo in rest for band in files[photo].phash_bands})
    if bands:
        elsewhere = ~Q(attached_to__in=("", case.number)) & Q(phash_bands__overlap=bands)
        older = list(_files(elsewhere).order_by("uploaded_at", "id")[: MOST * len(rest)])
        for photo in rest:
            first = next(
                (
                    row
                    for row in older
                    if row.uploaded_at < files[photo].uploaded_at and same(prints[photo], bytes(row.phash))
                ),
                None,
            )
            if first:
                found[photo] = Seen(photo, str(first.pk), first.attached_to, "case")
    return [found[each.photo] for each in pictures if each.photo in found]


def _files(wanted: Q):
    rows = File.objects.filter(wanted, phash__isnull=False, erased_at=None)
    return rows.only("id", "attached_to", "phash", "phash_bands", "uploaded_at")
