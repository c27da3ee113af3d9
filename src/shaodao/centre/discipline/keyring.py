"""Whose keys open what. The only writer of keys, wraps and unlocked halves.

    person's passphrase → person's private key → the matter's key → the key of one text → the text

A matter's key is new, and enclosed for everybody who may read the matter and is admitted, and for the recovery key; that
needs nobody's private key, so whoever has no key at all can seal. To open, one unlocks one's own private key with the
passphrase; it is held in two halves, one in the browser's cookie and one here, each worth nothing alone.

When a member leaves (`tidy`), their envelopes are emptied. The next member who opens the matter makes a new key for it and
locks the keys of all its texts anew under that; the old one is destroyed (`renew`). Whoever kept it cannot use it on the
database of tomorrow.

Anybody who writes to the database could enclose a key for anybody, so what lies there is believed only as far as it proves
itself. A person's row bears a seal made with a secret that is not in the database. Who may read a matter is what the ledger
says. A matter's key is written with only if it opens what the ledger committed to when the matter was opened.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.db import transaction
from django.db.models import Q

from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.permissions import DISCIPLINE
from shaodao.centre.discipline import scope
from shaodao.centre.discipline.models import RECOVERY, Key, Matter, Sealed, Unlocked, Wrap, keyed, seal_of
from shaodao.centre.discipline.projection import KEYS, MATTERS
from shaodao.county.pack import versions
from shaodao.county.pack.model import Pack
from shaodao.county.people.models import Post
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Context, Draft, Stream
from shaodao.ground.secrecy import boxes, passphrase, shares
from shaodao.ground.secrecy.boxes import Shut
from shaodao.ground.secrecy.shares import Share

IDLE = timedelta(minutes=15)
LONGEST = timedelta(hours=4)  # after which the passphrase is asked for whatever one does
NOTED_EVERY = timedelta(minutes=1)


class NotReady(Exception):
    """The workspace has not been set up: there is no recovery key yet, so nothing may be sealed."""


@dataclass(frozen=True, slots=True)
class Holder:
    """A member with an unlocked key."""

    whom: str
    private: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Member:
    """Somebody with a post on the discipline side, and how it stands with their key."""

    whom: str
    units: frozenset[str]
    public: bytes = b""
    admitted: frozenset[str] = frozenset()  # for which of the units
    made_at: datetime | None = None

    @property
    def waits(self) -> bool:
        """Whether another member is to let them in."""
        return bool(self.public) and not self.units <= self.admitted


# --- members -------------------------------------------------------------------------------------------------------


def members(pack: Pack, at: datetime) -> dict[str, Member]:
    """Everybody with a post that makes a member, by actor. Two statements."""
    units: dict[str, set[str]] = {}
    posts = Post.objects.filter(
        Q(until=None) | Q(until__gt=at), role__in=DISCIPLINE, since__lte=at, user__is_active=True
    )
    for user, role, unit in posts.values_list("user_id", "role", "unit"):
        if scope.is_member(By(f"user:{user}", role, unit), pack):
            units.setdefault(f"user:{user}", set()).add(unit)
    keys = _keys(units)
    return {
        whom: Member(
            whom,
            frozenset(held),
            bytes(keys[whom].public) if whom in keys else b"",
            frozenset(keys[whom].admitted) & held if whom in keys else frozenset(),
            keys[whom].made_at if whom in keys else None,
        )
        for whom, held in units.items()
    }


def is_ready() -> bool:
    return RECOVERY in _keys([RECOVERY])


def has_key(whom: str) -> bool:
    return Key.objects.filter(whom=whom).exists()


def make(whom: str, words: str, by: Context, at: datetime) -> None:
    """A new pair for a person; a former one and all that it opened are gone for them until they are admitted again."""
    if len(words.strip()) < passphrase.SHORTEST:
        raise Refusal("passphrase_short", least=passphrase.SHORTEST)
    pair = boxes.new_pair()
    _keep_pair(whom, pair.public, passphrase.lock(pair.private, words, whom), by, at)


def change_passphrase(whom: str, old: str, new: str, at: datetime) -> None:
    """Lock the same private key with other words. Raises Shut, Refusal."""
    if len(new.strip()) < passphrase.SHORTEST:
        raise Refusal("passphrase_short", least=passphrase.SHORTEST)
    private = _try(whom, old, at)
    Key.objects.filter(whom=whom).update(private=passphrase.lock(private, new, whom))
    Unlocked.objects.filter(whom=whom).delete()


def set_up(holder: Holder, by: Context, pack: Pack, at: datetime) -> list[Share]:
    """A new recovery key in three shares, shown once and kept nowhere. Whoever does it is admitted by it the first time;
    later only who was let in at the county may, and must be able to open all there is: every matter gets a new key, so that
    the former shares open nothing. Raises Refusal."""
    pair = boxes.new_pair()
    with transaction.atomic():
        found = members(pack, at)[holder.whom]
        first = not store.heads_of(Stream(KEYS, RECOVERY))[Stream(KEYS, RECOVERY)].seq
        if not first and scope.county_of(pack) not in found.admitted:
            raise Refusal("not_allowed")
        if Wrap.objects.exclude(number__in=_numbers_of(holder.whom)).exists():
            raise Refusal("cannot_open_all")
        _keep_pair(RECOVERY, pair.public, "", by, at)
        if first:
            _admit(found, by, at)
        for number in _numbers_of(holder.whom):
            renew(number, holder, pack, at)
    return shares.split(pair.private)


def admit(whom: str, compared: str, holder: Holder, by: Context, pack: Pack, at: datetime) -> int:
    """Let a member in whose key has the fingerprint that was compared, and enclose for them whatever both may read; return
    how many matters. Raises Refusal."""
    if whom == holder.whom:
        raise Refusal("not_oneself")
    with transaction.atomic():
        everybody = members(pack, at)
        found = everybody.get(whom)
        if found is None or not found.public:
            raise Refusal("no_key_yet")
        if boxes.fingerprint(found.public) != compared:
            raise Refusal("other_key")
        if not may_admit(everybody.get(holder.whom), found, pack):
            raise Refusal("not_allowed")
        if found.waits:
            _admit(found, by, at)
        return _share_with(found, holder)


def may_admit(by: Member | None, whom: Member, pack: Pack) -> bool:
    """Whoever lets in may read all that the other may: the county's members, and colleagues of the same unit."""
    if by is None or by.whom == whom.whom:
        return False
    return scope.county_of(pack) in by.admitted or whom.units <= by.admitted


def recover(typed: Sequence[str], whom: str, by: Context, pack: Pack, at: datetime) -> int:
    """Let a member in with two of the printed shares instead of another member; return how many matters were enclosed for
    them. Raises shares.BadShare, Shut, Refusal."""
    private = shares.combine([shares.typed(text) for text in typed if text.strip()])
    with transaction.atomic():
        kept = _keys([RECOVERY]).get(RECOVERY)
        if kept is None or boxes.pair_of(private).public != bytes(kept.public):
            raise Shut
        found = members(pack, at).get(whom)
        if found is None or not found.public:
            raise Refusal("no_key_yet")
        _record(whom, "AccessRecovered", {"public": found.public.hex()}, by, at)
        if found.waits:
            _admit(found, by, at)
        return _share_with(found, Holder(RECOVERY, private))


# --- unlocking -----------------------------------------------------------------------------------------------------


def unlock(whom: str, words: str, session: str, at: datetime) -> bytes:
    """Unlock one's private key for a session; return the half that only the cookie may hold. Raises Shut, Refusal."""
    private = _try(whom, words, at)
    half = boxes.new_key()
    box = boxes.lock(half, private, _about(whom, session))
    Unlocked.objects.update_or_create(
        id=_session(session), defaults={"whom": whom, "box": box, "since": at, "until": at + IDLE}
    )
    return half


def holder(whom: str, session: str, half: bytes, at: datetime) -> Holder | None:
    """The unlocked key of this session, if cookie and row still fit each other; looking keeps it open a while longer."""
    row = Unlocked.objects.filter(id=_session(session), whom=whom, until__gt=at).first()
    if row is None:
        return None
    try:
        private = boxes.unlock(half, bytes(row.box), _about(whom, session))
    except Shut:
        return None
    until = min(at + IDLE, row.since + LONGEST)
    if until - row.until >= NOTED_EVERY:
        Unlocked.objects.filter(pk=row.pk).update(until=until)
    return Holder(whom, private)


def shut(session: str) -> None:
    Unlocked.objects.filter(id=_session(session)).delete()


# --- sealing and opening -------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Sealing:
    """What was sealed and is not stored yet: the secrets for the vault, and the rows of their keys."""

    secrets: tuple[vault.Secret, ...]
    rows: tuple[Sealed, ...]
    wraps: tuple[Wrap, ...] = ()

    @property
    def commitments(self) -> tuple[str, ...]:
        return tuple(secret.commitment for secret in self.secrets)

    def store(self, at: datetime) -> None:
        vault.insert_many((at, secret) for secret in self.secrets)
        Sealed.objects.bulk_create(self.rows)
        Wrap.objects.bulk_create(self.wraps)


def seal_new(
    number: str, texts: Iterable[bytes], readers: Collection[str], pack: Pack, at: datetime
) -> Sealing:
    """Seal the first texts of a matter for those who may read it. Raises NotReady."""
    key, wraps = _new_key(number, readers, pack, at)
    return _seal(number, key, texts, wraps)


def seal_more(number: str, opening: str, texts: Iterable[bytes], holder: Holder) -> Sealing:
    """Seal further texts of a matter with its key; `opening` is the commitment of its first text. Raises Shut for whoever
    may not open it, and where the key is not the one which that was sealed with."""
    key = _key_of(number, holder)
    row = Sealed.objects.filter(pk=opening, number=number).first()
    if row is None:
        raise Shut
    _opened(row, vault.read_proven([opening]), key)
    return _seal(number, key, texts, ())


def read(number: str, holder: Holder) -> dict[str, bytes]:
    """Every text of a matter that is still there, by commitment. Raises Shut. Three statements."""
    key = _key_of(number, holder)
    rows = list(Sealed.objects.filter(number=number))
    kept = vault.read_proven(row.commitment for row in rows)
    return {row.commitment: _opened(row, kept, key) for row in rows}


def read_many(commitments: Mapping[str, str], holder: Holder) -> dict[str, bytes]:
    """One text of each of many matters, named by its commitment, by the matters' numbers; those that the holder cannot open
    are left out. Three statements however many they are."""
    rows = list(Sealed.objects.filter(pk__in=list(commitments.values())))
    envelopes = {
        wrap.number: wrap for wrap in Wrap.objects.filter(whom=holder.whom, number__in=list(commitments))
    }
    kept = vault.read_proven(row.commitment for row in rows)
    texts = {}
    for row in rows:
        if (wrap := envelopes.get(row.number)) is not None:
            with suppress(Shut):
                texts[row.number] = _opened(row, kept, _disclosed(wrap, holder))
    return texts


def renew(number: str, holder: Holder, pack: Pack, at: datetime) -> None:
    """Where an envelope was emptied: a new key for the matter, enclosed for whoever may read it now, under which the keys of
    its texts are locked anew; the old one is destroyed. One statement where nothing is to be done. Raises Shut."""
    emptied = Wrap.objects.filter(number=number, envelope=b"")
    if not emptied.exists():
        return
    with transaction.atomic():
        readers = _readers_locked([number])[number]  # nobody seals with the old key meanwhile
        if not emptied.exists():
            return
        old = _key_of(number, holder)
        new, wraps = _new_key(number, readers, pack, at)
        if holder.whom not in {wrap.whom for wrap in wraps}:
            return  # whoever may not read it any more leaves it to those who may
        rows = list(Sealed.objects.filter(number=number))
        for row in rows:
            about = _about_key(number, row.commitment)
            row.key = boxes.lock(new, boxes.unlock(old, bytes(row.key), about), about)
        Sealed.objects.bulk_update(rows, ["key"])
        Wrap.objects.filter(number=number).delete()
        Wrap.objects.bulk_create(wraps)


def destroy(number: str, at: datetime) -> None:
    """Destroy every text of a matter, and every key to them; the caller's event says so."""
    vault.erase(_subject(number), at)
    Sealed.objects.filter(number=number).delete()
    # What is written afterwards is sealed with the matter's key as before; of the texts' own keys nothing is left.


# --- leaving -------------------------------------------------------------------------------------------------------


def tidy(at: datetime | None = None) -> int:
    """Empty the envelopes of whoever is no longer a member, so that these matters get a new key; forget what was left
    unlocked. Return how many matters changed. Doing it again changes nothing."""
    moment = at or datetime.now(UTC)
    pack = versions.current(moment)
    Unlocked.objects.filter(until__lte=moment).delete()
    now = members(pack, moment)
    with transaction.atomic():
        for key in _keys(Key.objects.exclude(admitted=[]).values_list("whom", flat=True)).values():
            left = sorted(now[key.whom].admitted) if key.whom in now else []
            if left != sorted(key.admitted):
                _remove(key, left, moment)
    held: dict[str, set[str]] = {}
    for whom, number in (
        Wrap.objects.exclude(whom=RECOVERY).exclude(envelope=b"").values_list("whom", "number")
    ):
        held.setdefault(number, set()).add(whom)
    changed = 0
    for number, readers in Matter.objects.filter(number__in=list(held)).values_list("number", "readers"):
        gone = {whom for whom in held[number] if not _may_read(now.get(whom), readers)}
        if gone:
            Wrap.objects.filter(number=number, whom__in=gone).update(envelope=b"")
            changed += 1
    return changed


def tick(stop: threading.Event) -> bool:
    """The loop of the background process."""
    try:
        tidy()
    except versions.NoPack:
        return False
    return False


# --- receipts ------------------------------------------------------------------------------------------------------


def receipt_hash(receipt: str) -> str:
    """By which a receipt is found: keyed, so that a dump cannot be searched by guessing."""
    said = "".join(receipt.upper().split()).replace("-", "")
    return keyed(f"receipt:{said}")


# --- private -------------------------------------------------------------------------------------------------------


def _try(whom: str, words: str, at: datetime) -> bytes:
    """The private key, if these are the words; too many wrong ones shut it for a while. A try counts before it is made, so
    that many at once are no more than many after another."""
    numbers = versions.current(at).settings.numbers
    with transaction.atomic():
        key = Key.objects.select_for_update().filter(whom=whom).first()
        if key is None or not key.private:
            raise Shut
        if key.shut_until and key.shut_until > at:
            raise Refusal("passphrase_locked", minutes=numbers.sign_in_locked_minutes)
        over = key.failures + 1 >= numbers.sign_in_failures
        until = at + timedelta(minutes=numbers.sign_in_locked_minutes) if over else None
        Key.objects.filter(whom=whom).update(failures=0 if over else key.failures + 1, shut_until=until)
    private = passphrase.unlock(key.private, words, whom)
    Key.objects.filter(whom=whom).update(failures=0, shut_until=None)
    return private


def _keep_pair(whom: str, public: bytes, private: str, by: Context, at: datetime) -> None:
    with transaction.atomic():
        Wrap.objects.filter(whom=whom).update(envelope=b"")
        Unlocked.objects.filter(whom=whom).delete()
        made = {
            "public": public, "private": private, "made_at": at, "admitted": [], "seal": seal_of(whom, public, []),
            "failures": 0, "shut_until": None,
        }  # fmt: skip
        Key.objects.update_or_create(whom=whom, defaults=made)
        _record(whom, "KeyMade", {"public": public.hex()}, by, at)


def _admit(member: Member, by: Context, at: datetime) -> None:
    units = sorted(member.units)
    Key.objects.filter(whom=member.whom).update(
        admitted=units, seal=seal_of(member.whom, member.public, units)
    )
    _record(member.whom, "MemberAdmitted", {"public": member.public.hex(), "units": units}, by, at)


def _remove(key: Key, left: list[str], at: datetime) -> None:
    Key.objects.filter(whom=key.whom).update(admitted=left, seal=seal_of(key.whom, bytes(key.public), left))
    if not left:
        Unlocked.objects.filter(whom=key.whom).delete()
    _record(key.whom, "MemberRemoved", {"left": left}, Context(actor="system:discipline"), at)


def _record(whom: str, type: str, payload: dict[str, object], by: Context, at: datetime) -> None:
    stream = Stream(KEYS, whom)
    store.append([(stream, [Draft(type, payload, at)])], by, at, store.lock(stream))


def _may_read(member: Member | None, readers: Collection[str]) -> bool:
    return member is not None and not member.admitted.isdisjoint(readers)


def _keys(whom: Iterable[str]) -> dict[str, Key]:
    """The rows of these persons that bear their seal. One statement."""
    return {name: key for name, key in Key.objects.in_bulk(list(whom)).items() if key.sound}


def _new_key(
    number: str, readers: Collection[str], pack: Pack, at: datetime
) -> tuple[bytes, tuple[Wrap, ...]]:
    """A new key of a matter, enclosed for its readers and for recovery. Three statements. Raises NotReady."""
    recovery = _keys([RECOVERY]).get(RECOVERY)
    if recovery is None:
        raise NotReady
    able = {m.whom: m.public for m in members(pack, at).values() if _may_read(m, readers)}
    key = boxes.new_key()
    return key, tuple(
        _wrap(number, whom, public, key)
        for whom, public in {**able, RECOVERY: bytes(recovery.public)}.items()
    )


def _wrap(number: str, whom: str, public: bytes, key: bytes) -> Wrap:
    return Wrap(number=number, whom=whom, envelope=boxes.enclose(public, key, _about_wrap(number, whom)))


def _seal(number: str, key: bytes, texts: Iterable[bytes], wraps: tuple[Wrap, ...]) -> Sealing:
    kept, rows = [], []
    for text in texts:
        own = boxes.new_key()
        secret = vault.commit("sealed", boxes.lock(own, text, f"text of {number}"), _subject(number))
        locked = boxes.lock(key, own, _about_key(number, secret.commitment))
        kept.append(secret)
        rows.append(Sealed(commitment=secret.commitment, number=number, key=locked))
    return Sealing(tuple(kept), tuple(rows), wraps)


def _opened(row: Sealed, kept: Mapping[str, bytes], key: bytes) -> bytes:
    """A text, of what the vault still keeps as it was committed to. Raises Shut."""
    if row.commitment not in kept:
        raise Shut
    own = boxes.unlock(key, bytes(row.key), _about_key(row.number, row.commitment))
    return boxes.unlock(own, kept[row.commitment], f"text of {row.number}")


def _key_of(number: str, holder: Holder) -> bytes:
    """The key of a matter, if it is enclosed for the holder. Raises Shut."""
    wrap = Wrap.objects.filter(number=number, whom=holder.whom).first()
    if wrap is None:
        raise Shut
    return _disclosed(wrap, holder)


def _disclosed(wrap: Wrap, holder: Holder) -> bytes:
    return boxes.disclose(holder.private, bytes(wrap.envelope), _about_wrap(wrap.number, wrap.whom))


def _numbers_of(whom: str) -> list[str]:
    """The matters that somebody has an envelope of."""
    found = Wrap.objects.filter(whom=whom).exclude(envelope=b"")
    return list(found.values_list("number", flat=True))


def _share_with(member: Member, holder: Holder) -> int:
    """Enclose for a member what they may read and the holder can open, where they have not got it."""
    wanted = Matter.objects.filter(readers__overlap=sorted(member.units), number__in=_numbers_of(holder.whom))
    missing = set(wanted.values_list("number", flat=True)) - set(_numbers_of(member.whom))
    readers = _readers_locked(missing)
    found = [number for number in sorted(missing) if not member.units.isdisjoint(readers[number])]
    wraps = [_wrap(number, member.whom, member.public, _key_of(number, holder)) for number in found]
    Wrap.objects.bulk_create(
        wraps, update_conflicts=True, unique_fields=["number", "whom"], update_fields=["envelope"]
    )
    return len(found)


def _readers_locked(numbers: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """Who may read these matters, as they were recorded; nobody writes to them until the transaction ends."""
    streams = [MATTERS.stream(number) for number in numbers]
    store.lock(*streams)
    found = {stream.id: MATTERS.fold(events).readers for stream, events in store.histories(streams)}
    return {stream.id: found.get(stream.id, ()) for stream in streams}


def _subject(number: str) -> str:
    return f"discipline:{number}"


def _about_wrap(number: str, whom: str) -> str:
    return f"key of {number} for {whom}"


def _about_key(number: str, commitment: str) -> str:
    return f"key of text {commitment} of {number}"


def _session(session: str) -> str:
    return hashlib.sha256(f"discipline:{session}".encode()).hexdigest()


def _about(whom: str, session: str) -> str:
    return f"private key of {whom} in {_session(session)}"
