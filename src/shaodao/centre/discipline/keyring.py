"""Whose keys open what. The only writer of keys, wraps and unlocked halves.

    person's passphrase → person's private key → the matter's key → the key of one text → the text

A matter's key is new, and enclosed for everybody who may read the matter and is admitted, and for the recovery key; that
needs nobody's private key, so whoever has no key at all can seal. To open, one unlocks one's own private key with the
passphrase; it is held in two halves, one in the browser's cookie and one here, each worth nothing alone.

When a member leaves (`tidy`), their envelopes are destroyed and the matter gets a further key for what comes after. The keys
of what came before are locked anew under it when the next member opens the matter (`renew`), and the old key is destroyed:
whoever kept it cannot use it on the database of tomorrow.
"""

from __future__ import annotations

import hashlib
import hmac
import secrets
import threading
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.db.models import Max, Q

from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.permissions import DISCIPLINE
from shaodao.centre.discipline import scope
from shaodao.centre.discipline.models import RECOVERY, Key, Matter, Sealed, Unlocked, Wrap
from shaodao.centre.discipline.projection import KEYS
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
    keys = Key.objects.in_bulk(list(units))
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
    return Key.objects.filter(whom=RECOVERY).exists()


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
    later it replaces the former shares, and everything is enclosed for it anew: whoever does it must be able to open all
    there is. Raises Refusal."""
    pair = boxes.new_pair()
    with transaction.atomic():
        first = not is_ready()
        if set(_numbers_of(RECOVERY)) - set(_numbers_of(holder.whom)):
            raise Refusal("cannot_open_all")
        _keep_pair(RECOVERY, pair.public, "", by, at)
        if first:
            _admit(members(pack, at)[holder.whom], by, at)
        for number in _numbers_of(holder.whom):
            _hand_on(number, holder, {RECOVERY: pair.public})
    return shares.split(pair.private)


def admit(whom: str, holder: Holder, by: Context, pack: Pack, at: datetime) -> int:
    """Let a member in, and enclose for them whatever both may read; return how many matters. Raises Refusal."""
    if whom == holder.whom:
        raise Refusal("not_oneself")
    with transaction.atomic():
        everybody = members(pack, at)
        found = everybody.get(whom)
        if found is None or not found.public:
            raise Refusal("no_key_yet")
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
        kept = Key.objects.filter(whom=RECOVERY).first()
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
    key, wraps = _new_key(number, 1, readers, pack, at)
    return _seal(number, key, 1, texts, wraps)


def seal_more(number: str, texts: Iterable[bytes], holder: Holder) -> Sealing:
    """Seal further texts of a matter with its present key. Raises Shut for whoever may not open it."""
    keys = _keys_of(number, holder)
    no = max(keys)
    return _seal(number, keys[no], no, texts, ())


def read(number: str, holder: Holder) -> dict[str, bytes]:
    """Every text of a matter that is still there, by commitment. Raises Shut. Three statements."""
    return read_many([number], holder).get(number) or _nothing(number, holder)


def read_many(
    numbers: Sequence[str], holder: Holder, only: Collection[str] = ()
) -> dict[str, dict[str, bytes]]:
    """The texts of many matters (`only` these commitments, if any are named), by number and commitment; matters that the
    holder cannot open are left out. Three statements however many they are."""
    keys = _keys_of_many(numbers, holder)
    rows = Sealed.objects.filter(number__in=list(keys))
    if only:
        rows = rows.filter(commitment__in=list(only))
    found = list(rows)
    kept = vault.read(row.commitment for row in found) if found else {}
    texts: dict[str, dict[str, bytes]] = {number: {} for number in keys}
    for row in found:
        box, matter_key = kept.get(row.commitment), keys[row.number].get(row.key_no)
        if isinstance(box, bytes | memoryview) and matter_key:
            own = boxes.unlock(matter_key, bytes(row.key), _about_key(row.number, row.commitment))
            texts[row.number][row.commitment] = boxes.unlock(own, bytes(box), f"text of {row.number}")
    return texts


def renew(number: str, holder: Holder) -> None:
    """Lock the keys of earlier texts under the matter's newest key, and destroy the older ones. Cheap where nothing is to be
    done: one statement."""
    last = Wrap.objects.filter(number=number).aggregate(last=Max("key_no"))["last"] or 0
    if last < 2 or not Wrap.objects.filter(number=number, key_no__lt=last).exists():
        return
    with transaction.atomic():
        keys = _keys_of(number, holder)
        if last not in keys:
            return
        old = Sealed.objects.select_for_update().filter(number=number, key_no__lt=last)
        for row in old:
            if row.key_no not in keys:
                return  # somebody who can open all of them will do it
            about = _about_key(number, row.commitment)
            row.key = boxes.lock(keys[last], boxes.unlock(keys[row.key_no], bytes(row.key), about), about)
            row.key_no = last
            row.save(update_fields=["key", "key_no"])
        Wrap.objects.filter(number=number, key_no__lt=last).delete()


def destroy(number: str, at: datetime) -> None:
    """Destroy every text of a matter, and every key to them; the caller's event says so."""
    vault.erase(_subject(number), at)
    Sealed.objects.filter(number=number).delete()
    # What is written afterwards is sealed with the matter's key as before; of the texts' own keys nothing is left.


# --- leaving -------------------------------------------------------------------------------------------------------


def tidy(at: datetime | None = None) -> int:
    """Take from whoever is no longer a member what they could open, and give these matters a further key; forget what was
    left unlocked. Return how many matters changed. Doing it again changes nothing."""
    moment = at or datetime.now(UTC)
    pack = versions.current(moment)
    Unlocked.objects.filter(until__lte=moment).delete()
    now = members(pack, moment)
    with transaction.atomic():
        for key in Key.objects.exclude(admitted=[]):
            left = sorted(now[key.whom].admitted) if key.whom in now else []
            if left != sorted(key.admitted):
                _remove(key.whom, left, moment)
    held: dict[str, set[str]] = {}
    for whom, number in Wrap.objects.exclude(whom=RECOVERY).values_list("whom", "number").distinct():
        held.setdefault(number, set()).add(whom)
    changed = 0
    for number, readers in Matter.objects.filter(number__in=list(held)).values_list("number", "readers"):
        gone = {whom for whom in held[number] if not _may_read(now.get(whom), readers)}
        if gone:
            _take_from(number, gone, readers, pack, moment)
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
    return hmac.new(settings.PHONE_HASH_KEY.encode(), f"receipt:{said}".encode(), hashlib.sha256).hexdigest()


# --- private -------------------------------------------------------------------------------------------------------


def _try(whom: str, words: str, at: datetime) -> bytes:
    """The private key, if these are the words; too many wrong ones shut it for a while."""
    numbers = versions.current(at).settings.numbers
    key = Key.objects.filter(whom=whom).first()
    if key is None or not key.private:
        raise Shut
    if key.shut_until and key.shut_until > at:
        raise Refusal("passphrase_locked", minutes=numbers.sign_in_locked_minutes)
    try:
        private = passphrase.unlock(key.private, words, whom)
    except Shut:
        failures = key.failures + 1
        over = failures >= numbers.sign_in_failures
        until = at + timedelta(minutes=numbers.sign_in_locked_minutes) if over else None
        Key.objects.filter(whom=whom).update(failures=0 if over else failures, shut_until=until)
        raise
    if key.failures or key.shut_until:
        Key.objects.filter(whom=whom).update(failures=0, shut_until=None)
    return private


def _keep_pair(whom: str, public: bytes, private: str, by: Context, at: datetime) -> None:
    with transaction.atomic():
        Wrap.objects.filter(whom=whom).delete()
        Unlocked.objects.filter(whom=whom).delete()
        made = {
            "public": public, "private": private, "made_at": at, "admitted": [], "failures": 0, "shut_until": None,
        }  # fmt: skip
        Key.objects.update_or_create(whom=whom, defaults=made)
        _record(whom, "KeyMade", {"public": public.hex()}, by, at)


def _admit(member: Member, by: Context, at: datetime) -> None:
    units = sorted(member.units)
    Key.objects.filter(whom=member.whom).update(admitted=units)
    _record(member.whom, "MemberAdmitted", {"public": member.public.hex(), "units": units}, by, at)


def _remove(whom: str, left: list[str], at: datetime) -> None:
    Key.objects.filter(whom=whom).update(admitted=left)
    if not left:
        Unlocked.objects.filter(whom=whom).delete()
    _record(whom, "MemberRemoved", {"left": left}, Context(actor="system:discipline"), at)


def _record(whom: str, type: str, payload: dict[str, object], by: Context, at: datetime) -> None:
    stream = Stream(KEYS, whom)
    store.append([(stream, [Draft(type, payload, at)])], by, at, store.lock(stream))


def _may_read(member: Member | None, readers: Collection[str]) -> bool:
    return member is not None and not member.admitted.isdisjoint(readers)


def _new_key(
    number: str, no: int, readers: Collection[str], pack: Pack, at: datetime
) -> tuple[bytes, tuple[Wrap, ...]]:
    """A new key of a matter, enclosed for its readers and for recovery. Two statements. Raises NotReady."""
    recovery = Key.objects.filter(whom=RECOVERY).first()
    if recovery is None:
        raise NotReady
    able = {m.whom: m.public for m in members(pack, at).values() if _may_read(m, readers)}
    key = boxes.new_key()
    return key, tuple(
        _wrap(number, no, whom, public, key) for whom, public in {**able, RECOVERY: recovery.public}.items()
    )


def _wrap(number: str, no: int, whom: str, public: bytes, key: bytes) -> Wrap:
    envelope = boxes.enclose(bytes(public), key, _about_wrap(number, no, whom))
    return Wrap(number=number, key_no=no, whom=whom, envelope=envelope)


def _seal(number: str, key: bytes, no: int, texts: Iterable[bytes], wraps: tuple[Wrap, ...]) -> Sealing:
    kept, rows = [], []
    for text in texts:
        own = secrets.token_bytes(boxes.KEY)
        secret = vault.commit("sealed", boxes.lock(own, text, f"text of {number}"), _subject(number))
        locked = boxes.lock(key, own, _about_key(number, secret.commitment))
        kept.append(secret)
        rows.append(Sealed(commitment=secret.commitment, number=number, key_no=no, key=locked))
    return Sealing(tuple(kept), tuple(rows), wraps)


def _keys_of(number: str, holder: Holder) -> Mapping[int, bytes]:
    """Every key of a matter that is enclosed for the holder, by its number. Raises Shut where there is none."""
    found = _keys_of_many([number], holder).get(number)
    if not found:
        raise Shut
    return found


def _keys_of_many(numbers: Sequence[str], holder: Holder) -> dict[str, dict[int, bytes]]:
    keys: dict[str, dict[int, bytes]] = {}
    for wrap in Wrap.objects.filter(whom=holder.whom, number__in=list(numbers)):
        about = _about_wrap(wrap.number, wrap.key_no, wrap.whom)
        key = boxes.disclose(holder.private, bytes(wrap.envelope), about)
        keys.setdefault(wrap.number, {})[wrap.key_no] = key
    return keys


def _nothing(number: str, holder: Holder) -> dict[str, bytes]:
    _keys_of(number, holder)
    return {}


def _numbers_of(whom: str) -> list[str]:
    return list(Wrap.objects.filter(whom=whom).values_list("number", flat=True).distinct())


def _share_with(member: Member, holder: Holder) -> int:
    """Enclose for a member what they may read and the holder can open, where they have not got it."""
    theirs = set(_numbers_of(member.whom))
    wanted = Matter.objects.filter(readers__overlap=sorted(member.units)).values_list("number", flat=True)
    can = set(_numbers_of(holder.whom))
    missing = [number for number in wanted if number in can - theirs]
    for number in missing:
        _hand_on(number, holder, {member.whom: member.public})
    return len(missing)


def _hand_on(number: str, holder: Holder, whom: Mapping[str, bytes]) -> None:
    keys = _keys_of(number, holder)
    Wrap.objects.bulk_create(
        [_wrap(number, no, name, public, key) for no, key in keys.items() for name, public in whom.items()],
        ignore_conflicts=True,
    )


def _take_from(
    number: str, gone: Collection[str], readers: Collection[str], pack: Pack, at: datetime
) -> None:
    with transaction.atomic():
        Wrap.objects.filter(number=number, whom__in=list(gone)).delete()
        last = Wrap.objects.filter(number=number).aggregate(last=Max("key_no"))["last"] or 0
        _, wraps = _new_key(number, last + 1, readers, pack, at)
        Wrap.objects.bulk_create(wraps)


def _subject(number: str) -> str:
    return f"discipline:{number}"


def _about_wrap(number: str, no: int, whom: str) -> str:
    return f"key {no} of {number} for {whom}"


def _about_key(number: str, commitment: str) -> str:
    return f"key of text {commitment} of {number}"


def _session(session: str) -> str:
    return hashlib.sha256(f"discipline:{session}".encode()).hexdigest()


def _about(whom: str, session: str) -> str:
    return f"private key of {whom} in {_session(session)}"
