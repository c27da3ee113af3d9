"""Versions of the pack in the database: draft → proposed → approved by a second person, in force from a date.

Every step is one event on the stream ('pack', id). Each process holds the packs it needs in memory, by hash;
which version is in force is looked up again every few seconds, by one small statement."""

from __future__ import annotations

import threading
import time
import uuid
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from datetime import time as clock_time
from functools import lru_cache
from zoneinfo import ZoneInfo

from django.db import transaction

from shaodao.county.people.grants import held
from shaodao.county.people.models import User
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Context, Draft, Stream

from .check import check_files
from .files import Fault, Files, PackError, canonical, from_canonical, version_of
from .model import Pack
from .models import PackVersion
from .reader import load_files

STREAM = "pack"
LOOK_AGAIN = 3.0  # seconds
State = PackVersion.State


class NoPack(LookupError):
    """No version of the pack is in force: `shaodao init --pack DIR` loads the first one."""


class VersionRefused(Exception):
    """The step is not possible; `code` says why."""

    def __init__(self, code: str) -> None:
        self.code = code
        super().__init__(code)


@dataclass(frozen=True, slots=True)
class InForce:
    """An approved version, without its content."""

    id: uuid.UUID
    hash: str
    effective_from: datetime


# --- which pack ---

_lock = threading.Lock()
_approved: tuple[float, tuple[InForce, ...]] | None = None  # (looked up at, versions by date of effect)


def current(at: datetime | None = None) -> Pack:
    """The pack in force at a moment (None: now); before the first version's date, the first one. Raises NoPack."""
    return load_version(in_force(at).hash)


def in_force(at: datetime | None = None) -> InForce:
    """The version in force at a moment. Raises NoPack."""
    moment = at or datetime.now(UTC)
    versions = _versions()
    if not versions:
        raise NoPack("no version of the pack is in force")
    begun = [version for version in versions if version.effective_from <= moment]
    return begun[-1] if begun else versions[0]


def forget() -> None:
    """Look up which version is in force at the next question."""
    global _approved  # noqa: PLW0603  # one small table held once per process
    with _lock:
        _approved = None


def _versions() -> tuple[InForce, ...]:
    global _approved  # noqa: PLW0603
    held = _approved
    if held is not None and time.monotonic() - held[0] < LOOK_AGAIN:
        return held[1]
    rows = PackVersion.objects.filter(state=State.APPROVED).order_by("effective_from", "approved_at")
    found = tuple(InForce(*row) for row in rows.values_list("id", "hash", "effective_from"))
    if found:  # an empty installation is about to change
        with _lock:
            _approved = (time.monotonic(), found)
    return found


@lru_cache(maxsize=8)
def load_version(hash: str) -> Pack:
    """The pack with this hash. LookupError if no version has it, or its stored content is not what was hashed."""
    content = PackVersion.objects.filter(hash=hash).values_list("content", flat=True).first()
    if content is None:
        raise LookupError(f"no version {hash}")
    pack = load_files(from_canonical(zlib.decompress(content)))
    if pack.version != hash:
        raise LookupError(f"the content of version {hash} was changed")
    return pack


def files_of(version: PackVersion) -> dict[str, bytes]:
    return from_canonical(zlib.decompress(version.content))


# --- steps ---


@transaction.atomic
def draft(
    files: Files, *, by: User, now: datetime, based_on: PackVersion | None = None, note: str = ""
) -> PackVersion:
    """Begin a changed pack. A draft may still have faults."""
    version = PackVersion.objects.create(
        hash=version_of(files),
        content=zlib.compress(canonical(files)),
        state=State.DRAFT,
        based_on=based_on,
        proposed_by=by,
        created_at=now,
        note=note,
    )
    _record(version, "PackDrafted", {"hash": version.hash}, _by(by), now)
    return version


@transaction.atomic
def change(version: PackVersion, changed: Mapping[str, bytes], *, by: User, now: datetime) -> PackVersion:
    """Replace some files of a draft. Whoever changes it last is its proposer. Raises VersionRefused."""
    version = _locked(version)
    if version.state != State.DRAFT:
        raise VersionRefused("not_a_draft")
    files = files_of(version) | dict(changed)
    version.hash, version.content, version.proposed_by = (
        version_of(files),
        zlib.compress(canonical(files)),
        by,
    )
    version.save(update_fields=["hash", "content", "proposed_by"])
    _record(version, "PackChanged", {"hash": version.hash}, _by(by), now)
    return version


@transaction.atomic
def propose(version: PackVersion, *, effective_from: datetime, by: User, now: datetime) -> PackVersion:
    """Ask for approval. Raises PackError with the faults of the draft, VersionRefused."""
    version = _locked(version)
    if version.state != State.DRAFT:
        raise VersionRefused("not_a_draft")
    if effective_from < now:
        raise VersionRefused("effective_in_the_past")
    if PackVersion.objects.filter(hash=version.hash, state__in=[State.PROPOSED, State.APPROVED]).exists():
        raise VersionRefused("nothing_changed")
    if faults := check_version(version):
        raise PackError(faults)
    version.state, version.effective_from, version.proposed_by = State.PROPOSED, effective_from, by
    version.save(update_fields=["state", "effective_from", "proposed_by"])
    payload = {"hash": version.hash, "effective_from": int(effective_from.timestamp())}
    _record(version, "PackProposed", payload, _by(by), now)
    return version


@transaction.atomic
def approve(version: PackVersion, *, by: User, now: datetime) -> PackVersion:
    """Put a proposed version in force from its date, at the earliest now. Raises VersionRefused:
    `own_proposal` where the approver proposed it, `not_an_approver` where the pack in force gives it to others."""
    version = _locked(version)
    if version.state != State.PROPOSED:
        raise VersionRefused("not_proposed")
    if version.proposed_by_id == by.pk:
        raise VersionRefused("own_proposal")
    if not may_approve(by, now):
        raise VersionRefused("not_an_approver")
    assert version.effective_from is not None
    version.state, version.approved_by, version.approved_at = State.APPROVED, by, now
    version.effective_from = max(version.effective_from, now)
    version.save(update_fields=["state", "approved_by", "approved_at", "effective_from"])
    payload = {"hash": version.hash, "effective_from": int(version.effective_from.timestamp())}
    _record(version, "PackApproved", payload, _by(by), now)
    _changed()
    return version


@transaction.atomic
def retire(version: PackVersion, *, by: User, now: datetime) -> PackVersion:
    """Withdraw a version that is not yet in force. Raises VersionRefused."""
    version = _locked(version)
    if version.state == State.RETIRED:
        raise VersionRefused("retired_already")
    if (
        version.state == State.APPROVED
        and version.effective_from is not None
        and version.effective_from <= now
    ):
        raise VersionRefused("in_force")
    version.state = State.RETIRED
    version.save(update_fields=["state"])
    _record(version, "PackRetired", {"hash": version.hash}, _by(by), now)
    _changed()
    return version


@transaction.atomic
def install(files: Files, *, now: datetime, effective_from: datetime | None = None) -> PackVersion:
    """The first version of an installation, which nobody is there yet to approve; in force (unless told
    otherwise) from the day of the manual's first edition. Raises PackError, VersionRefused where a version
    is in force already."""
    if PackVersion.objects.filter(state=State.APPROVED).exists():
        raise VersionRefused("installed_already")
    content = canonical(files)
    if faults := _faults(content):
        raise PackError(list(faults))
    if effective_from is None:
        pack = load_files(files)
        effective_from = datetime.combine(pack.editions[0].valid_from, clock_time.min, ZoneInfo(pack.zone))
    version = PackVersion.objects.create(
        hash=version_of(files),
        content=zlib.compress(content),
        state=State.APPROVED,
        effective_from=effective_from,
        created_at=now,
        approved_at=now,
    )
    payload = {"hash": version.hash, "effective_from": int(effective_from.timestamp())}
    _record(version, "PackInstalled", payload, Context(actor="system:init"), now)
    _changed()
    return version


def may_approve(user: User, now: datetime) -> bool:
    """Whether a user holds a post that approves a changed pack (`approvals.csv`, kind `pack`)."""
    roles = {step.role for step in current(now).approval("pack").steps}
    return held(user, now).filter(role__in=roles).exists()


def check_version(version: PackVersion) -> list[Fault]:
    """Every fault of a version's content."""
    return list(_faults(zlib.decompress(version.content)))


@lru_cache(maxsize=8)
def _faults(content: bytes) -> tuple[Fault, ...]:
    return tuple(check_files(from_canonical(content)))


def _locked(version: PackVersion) -> PackVersion:
    return PackVersion.objects.select_for_update(of=("self",)).get(pk=version.pk)


def _by(user: User) -> Context:
    return Context(actor=f"user:{user.pk}")


def _changed() -> None:
    forget()
    transaction.on_commit(forget)


def _record(version: PackVersion, type: str, payload: dict[str, object], by: Context, now: datetime) -> None:
    stream = Stream(STREAM, str(version.pk))
    heads = store.lock(stream)
    store.append([(stream, [Draft(type, payload, now)])], by, now, heads)
