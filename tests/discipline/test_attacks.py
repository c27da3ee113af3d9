"""What somebody tries who may write to the database, hands out posts, or has copied a key: each attempt, and what becomes
of it."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from tests.cases.conftest import NOW
from tests.discipline.conftest import WORDS

from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.discipline import actions, keyring
from shaodao.centre.discipline.models import RECOVERY, Key, Matter, Sealed, Wrap
from shaodao.centre.discipline.projection import MATTERS
from shaodao.county.people import grants
from shaodao.county.people.models import Post
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Context
from shaodao.ground.secrecy import boxes
from shaodao.ground.secrecy.boxes import Shut

SAID = {"title": "核一核反复超期", "text": "绿色的铁皮箱子"}
LATER = NOW + timedelta(minutes=2)


@pytest.fixture
def task(town, pack):
    return actions.open_matter("task", SAID, town.head.by, pack, holder="J04", at=NOW)


def look(number, someone, pack, at=NOW):
    return actions.look(number, someone.by, someone.unlocked(at=at), pack, at=at)


def note(number, someone, pack, at=NOW):
    return actions.act(number, "note", {"text": "后来的话"}, someone.by, someone.unlocked(at=at), pack, at=at)


def revoke(someone, at=NOW):
    for post in Post.objects.filter(user=someone.user, until=None):
        grants.revoke(post, by=Context(actor="user:0"), now=at)


def opened_with(key: bytes, number: str) -> list[str]:
    """The texts that a matter's key opens with everything that lies in the database."""
    found = []
    for row in Sealed.objects.filter(number=number):
        try:
            own = boxes.unlock(key, bytes(row.key), keyring._about_key(number, row.commitment))
        except Shut:
            continue
        box = vault.read([row.commitment])[row.commitment]
        found.append(boxes.unlock(own, bytes(box), f"text of {number}").decode())
    return found


# --- who writes to the database ------------------------------------------------------------------------------------


def test_a_key_slipped_under_a_matter_opens_nothing_and_is_not_written_with(task, town, pack):
    """Anybody can enclose a key of their own for the members: envelopes say not from whom they are."""
    own = boxes.new_key()
    for wrap in Wrap.objects.filter(number=task):
        public = bytes(Key.objects.get(whom=wrap.whom).public)
        envelope = boxes.enclose(public, own, keyring._about_wrap(task, wrap.whom))
        Wrap.objects.filter(pk=wrap.pk).update(envelope=envelope)
    with pytest.raises(Shut):
        look(task, town.group, pack)
    with pytest.raises(Shut):
        note(task, town.group, pack)
    assert opened_with(own, task) == []


def test_nor_where_the_text_itself_was_exchanged_too(task, town, pack):
    """All that a forger can make: envelopes, the text's key, the text; only what the ledger committed to is not theirs."""
    own, theirs = boxes.new_key(), boxes.new_key()
    for wrap in Wrap.objects.filter(number=task):
        public = bytes(Key.objects.get(whom=wrap.whom).public)
        envelope = boxes.enclose(public, own, keyring._about_wrap(task, wrap.whom))
        Wrap.objects.filter(pk=wrap.pk).update(envelope=envelope)
    (row,) = Sealed.objects.filter(number=task)
    row.key = boxes.lock(own, theirs, keyring._about_key(task, row.commitment))
    row.save()
    box = boxes.lock(theirs, '{"title": "别的"}'.encode(), f"text of {task}")
    with connection.cursor() as cursor:
        cursor.execute(
            "UPDATE ledger_vault SET value = %s WHERE commitment = %s", [box, bytes.fromhex(row.commitment)]
        )
    for attempt in (look, note):
        with pytest.raises(Shut):
            attempt(task, town.group, pack)
    assert Sealed.objects.filter(number=task).count() == 1


def test_a_public_key_put_in_the_place_of_a_members_is_sealed_for_by_nobody(task, town, pack):
    intruder = boxes.new_pair()
    Key.objects.filter(whom=town.county.by.actor).update(public=intruder.public)
    Key.objects.create(
        whom=f"user:{town.village.user.pk + 100}", public=intruder.public, made_at=NOW, admitted=["J00"]
    )
    later = actions.open_matter("task", SAID, town.head.by, pack, holder="J04", at=NOW)
    revoke(town.group)  # a further key for what there is
    keyring.tidy(LATER)
    assert look(task, town.head, pack, LATER).steps[0].said == SAID
    assert set(Wrap.objects.filter(number__in=[task, later]).exclude(envelope=b"").values_list("whom", flat=True)) == {
        town.head.by.actor, RECOVERY
    }  # fmt: skip
    for wrap in Wrap.objects.exclude(envelope=b""):
        with pytest.raises(Shut):
            boxes.disclose(
                intruder.private, bytes(wrap.envelope), keyring._about_wrap(wrap.number, wrap.whom)
            )


def test_nobody_admits_themselves_in_a_row(member, town, pack):
    newcomer = member("inspector", "J00")
    Key.objects.filter(whom=newcomer.by.actor).update(admitted=["J00"])
    number = actions.open_matter("task", SAID, town.head.by, pack, holder="J04", at=NOW)
    with pytest.raises(Shut):
        look(number, newcomer, pack)


def test_a_recovery_key_of_somebody_elses_is_none(town, pack):
    Key.objects.filter(whom=RECOVERY).update(public=boxes.new_pair().public)
    with pytest.raises(keyring.NotReady):
        actions.supervise({"unit": "D13", "words": "态度生硬"}, pack, at=NOW)


def test_readers_are_those_on_record_not_those_of_the_row(task, town, member, pack):
    Matter.objects.filter(number=task).update(readers=["J04", "J00", "T06-02"])
    other = member("village_supervisor", "T06-02")
    assert town.head.admit(other, pack) == 0
    assert not Wrap.objects.filter(whom=other.by.actor).exists()
    (fault,) = faults()
    assert (fault.where, fault.detail) == (f"discipline/{task}", "discipline_matter：readers 与记录不同")


def faults():
    streams = [MATTERS.stream(row.number) for row in Matter.objects.all()]
    return list(MATTERS.check([(stream.id, events) for stream, events in store.histories(streams)]))


def test_one_row_that_was_spoilt_shuts_one_matter_and_not_the_list(task, town, pack):
    other = actions.open_matter("task", SAID, town.head.by, pack, holder="J04", at=NOW)
    Sealed.objects.filter(number=other).update(key=b"nothing of the kind")
    titles = {
        each.row.number: each.title for each in actions.listed(town.head.by, town.head.unlocked(), pack)[0]
    }
    assert titles == {task: SAID["title"], other: ""}
    Wrap.objects.filter(number=other).update(envelope=b"nor this")
    assert look(task, town.head, pack).steps[0].said == SAID
    assert len(actions.listed(town.head.by, town.head.unlocked(), pack)[0]) == 2
    with pytest.raises(Shut):
        look(other, town.head, pack)


def test_texts_do_not_change_places(task, town, pack):
    note(task, town.head, pack)
    one, two = Sealed.objects.filter(number=task)
    Sealed.objects.filter(pk=one.pk).update(key=two.key)
    with pytest.raises(Shut):
        look(task, town.head, pack)


# --- who hands out posts -------------------------------------------------------------------------------------------


def test_new_shares_are_made_by_nobody_who_was_not_let_in(town, member, pack):
    """Also where nothing was written yet, and everything there is could be opened."""
    newcomer = member("discipline_head", "J00")
    with pytest.raises(Refusal, match="not_allowed"):
        keyring.set_up(newcomer.unlocked(), newcomer.context, pack, NOW)
    Key.objects.filter(whom=RECOVERY).delete()
    with pytest.raises(Refusal, match="not_allowed"):
        keyring.set_up(newcomer.unlocked(), newcomer.context, pack, NOW)
    assert Key.objects.get(whom=newcomer.by.actor).admitted == []


def test_whoever_is_let_in_has_the_key_that_was_compared(town, member, pack):
    newcomer = member("inspector", "J04")
    shown = newcomer.fingerprint
    keyring.make(newcomer.by.actor, WORDS, newcomer.context, NOW)  # in between, by whoever has the account
    with pytest.raises(Refusal, match="other_key"):
        keyring.admit(newcomer.by.actor, shown, town.head.unlocked(), town.head.context, pack, NOW)
    assert Key.objects.get(whom=newcomer.by.actor).admitted == []


# --- who has copied a key ------------------------------------------------------------------------------------------


def key_of(number, someone, at=NOW):
    return keyring._key_of(number, someone.unlocked(at=at))


def test_a_copied_key_of_a_matter_opens_nothing_after_its_owner_left(task, town, pack):
    old = key_of(task, town.group)
    assert len(opened_with(old, task)) == 1
    revoke(town.group)
    keyring.tidy(NOW + timedelta(minutes=1))
    note(task, town.county, pack, LATER)
    assert Sealed.objects.filter(number=task).count() == 2
    assert opened_with(old, task) == []
    assert len(opened_with(key_of(task, town.head, LATER), task)) == 2


def test_nor_after_a_passphrase_was_given_up_or_the_shares_were_made_anew(task, town, pack):
    """Whoever knows the passphrase or two shares, and has an old dump, has the matters' keys of that time."""
    old = key_of(task, town.group)
    keyring.make(town.group.by.actor, "quite other words", town.group.context, NOW)
    note(task, town.county, pack)
    assert opened_with(old, task) == []
    old = key_of(task, town.head)
    keyring.set_up(town.head.unlocked(), town.head.context, pack, NOW)
    assert opened_with(old, task) == []
    assert len(opened_with(key_of(task, town.county), task)) == 2


def test_who_was_let_in_again_before_anybody_opened_it_reads_on(task, town, pack):
    keyring.make(town.group.by.actor, WORDS, town.group.context, NOW)
    assert town.county.admit(town.group, pack) == 1
    for one in (town.group, town.head, town.county):
        assert look(task, one, pack).steps[0].said == SAID


# --- who guesses ---------------------------------------------------------------------------------------------------


def test_tries_at_once_are_as_many_as_tries_after_another(town, pack, monkeypatch):
    """Each is counted before it is tried: while one is being tried, the others see it."""
    whom, seen = town.head.by.actor, []
    unlock = keyring.passphrase.unlock

    def trying(kept, words, about):
        seen.append(Key.objects.get(whom=whom).failures)
        return unlock(kept, words, about)

    monkeypatch.setattr(keyring.passphrase, "unlock", trying)
    for _ in range(2):
        with pytest.raises(Shut):
            keyring.unlock(whom, "wrong words altogether", "s", NOW)
    assert seen == [1, 2]
    keyring.unlock(whom, WORDS, "s", NOW)
    assert Key.objects.get(whom=whom).failures == 0
