"""Whose keys open what; what is left to whoever leaves; how access comes back."""

from __future__ import annotations

from datetime import timedelta
from itertools import combinations

import pytest
from tests.cases.conftest import NOW
from tests.discipline.conftest import WORDS

from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.discipline import actions, keyring, projection
from shaodao.centre.discipline.keyring import Holder, NotReady
from shaodao.centre.discipline.models import RECOVERY, Key, Sealed, Unlocked, Wrap
from shaodao.county.people import grants
from shaodao.county.people.models import Post
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Stream
from shaodao.ground.secrecy import shares
from shaodao.ground.secrecy.boxes import Shut
from shaodao.ground.secrecy.shares import BadShare

SAID = {"title": "核一核反复超期", "text": "绿色的铁皮箱子"}


@pytest.fixture
def task(town, pack):
    return actions.open_matter("task", SAID, town.head.by, pack, holder="J04", at=NOW)


def read(number, someone, pack, at=NOW):
    return actions.look(number, someone.by, someone.unlocked(at=at), pack, at=at).steps[0].said


def revoke(someone, at=NOW):
    for post in Post.objects.filter(user=someone.user, until=None):
        grants.revoke(post, by=someone_else(), now=at)


def someone_else():
    from shaodao.ground.ledger.events import Context

    return Context(actor="user:0")


def test_it_is_read_by_its_readers_alone(task, town, pack):
    for one in (town.head, town.county, town.group):
        assert read(task, one, pack) == SAID
    for one in (town.street, town.village):
        with pytest.raises(actions.NoSuchMatter):
            read(task, one, pack)
        with pytest.raises(Shut):
            keyring.read(task, one.unlocked())
    assert {wrap.whom for wrap in Wrap.objects.filter(number=task)} == {
        town.head.by.actor, town.county.by.actor, town.group.by.actor, RECOVERY
    }  # fmt: skip


def test_it_seals_for_nobody_who_was_not_let_in(town, member, pack):
    newcomer = member("inspector", "J04")  # whoever grants posts could have made it
    number = actions.open_matter("task", SAID, town.head.by, pack, holder="J04", at=NOW)
    with pytest.raises(Shut):
        read(number, newcomer, pack)
    assert actions.listed(newcomer.by, newcomer.unlocked(), pack)[0][0].title == ""
    assert town.group.admit(newcomer, pack) == 1
    assert read(number, newcomer, pack) == SAID
    later = actions.open_matter("task", SAID, town.head.by, pack, holder="J04", at=NOW)
    assert read(later, newcomer, pack) == SAID


def test_nobody_lets_themselves_in(town, member, pack):
    newcomer = member("inspector", "J04")
    with pytest.raises(Refusal, match="not_oneself"):
        newcomer.admit(newcomer, pack)
    for other in (town.street, town.village):
        with pytest.raises(Refusal, match="not_allowed"):
            other.admit(newcomer, pack)
    keyless = member("inspector", "J04", key=False)
    with pytest.raises(Refusal, match="no_key_yet"):
        town.head.admit(keyless, pack)


def test_it_cannot_be_begun_before_recovery_is_on_paper(member, pack):
    head = member("discipline_head", "J00")
    with pytest.raises(NotReady):
        actions.open_matter("task", SAID, head.by, pack, holder="J04", at=NOW)
    with pytest.raises(NotReady):
        actions.supervise({"unit": "D13", "words": "态度生硬"}, pack, at=NOW)


def test_whoever_leaves_can_open_nothing_any_more(task, town, pack):
    before = town.group.unlocked()
    revoke(town.group)
    assert keyring.tidy(NOW + timedelta(minutes=1)) == 1
    assert keyring.tidy(NOW + timedelta(minutes=1)) == 0
    with pytest.raises(Shut):
        keyring.read(task, before)
    later = NOW + timedelta(minutes=2)
    actions.act(
        task, "note", {"text": "后来的话"}, town.head.by, town.head.unlocked(at=later), pack, at=later
    )
    # The first reader who opened it locked all texts anew; nothing is left of the old envelopes.
    assert not Wrap.objects.filter(number=task, envelope=b"").exists()
    assert town.group.by.actor not in Wrap.objects.filter(number=task).values_list("whom", flat=True)
    assert read(task, town.county, pack, later) == SAID
    assert Key.objects.get(whom=town.group.by.actor).admitted == []


def test_a_further_post_needs_a_further_admission(town, pack):
    """Whoever grants posts could give a member of a village one at the county."""
    grants.grant(town.village.user, "inspector", "J00", pack=pack, by=someone_else(), now=NOW)
    at = NOW + timedelta(minutes=1)
    number = actions.open_matter("task", SAID, town.head.by, pack, holder="J04", at=at)
    with pytest.raises(Shut):
        keyring.read(number, town.village.unlocked(at=at))
    town.head.admit(town.village, pack, at)
    assert keyring.read(number, town.village.unlocked(at=at))


def test_who_comes_back_is_let_in_anew(task, town, pack):
    revoke(town.group)
    keyring.tidy(NOW + timedelta(minutes=1))
    grants.grant(
        town.group.user, "inspector", "J04", pack=pack, by=someone_else(), now=NOW + timedelta(minutes=2)
    )
    at = NOW + timedelta(minutes=3)
    with pytest.raises(Shut):
        read(task, town.group, pack, at)
    town.head.admit(town.group, pack, at)
    assert read(task, town.group, pack, at) == SAID


def test_it_comes_back_by_any_two_of_three_shares(task, town, pack):
    printed = [shares.printed(share) for share in town.shares]
    for number, two in enumerate(combinations(printed, 2)):
        keyring.make(town.group.by.actor, f"quite other words {number}", town.group.context, NOW)  # forgotten
        with pytest.raises(Shut):
            actions.look(task, town.group.by, town.group.unlocked(words=f"quite other words {number}"), pack)
        assert keyring.recover(two, town.group.by.actor, town.group.context, pack, NOW) == 1
        opened = actions.look(
            task, town.group.by, town.group.unlocked(words=f"quite other words {number}"), pack
        )
        assert opened.steps[0].said == SAID
    types = [event.type for event in store.history(Stream(projection.KEYS, town.group.by.actor))]
    assert types[-3:] == ["KeyMade", "AccessRecovered", "MemberAdmitted"]


def test_it_does_not_come_back_by_less(task, town, pack):
    printed = [shares.printed(share) for share in town.shares]
    keyring.make(town.group.by.actor, "quite other words", town.group.context, NOW)
    strange = [shares.printed(share) for share in shares.split(bytes(32))]
    for typed, error in (
        (printed[:1], BadShare), ([printed[0]] * 2, BadShare), ([printed[0], strange[1]], BadShare),
        (strange[:2], Shut), (["hello", printed[1]], BadShare),
    ):  # fmt: skip
        with pytest.raises(error):
            keyring.recover(typed, town.group.by.actor, town.group.context, pack, NOW)
    with pytest.raises(Shut):
        actions.look(task, town.group.by, town.group.unlocked(words="quite other words"), pack)


def test_new_shares_replace_the_old_ones(task, town, pack):
    fresh = keyring.set_up(town.head.unlocked(), town.head.context, pack, NOW)
    keyring.make(town.group.by.actor, "quite other words", town.group.context, NOW)
    with pytest.raises(Shut):
        keyring.recover(
            [shares.printed(s) for s in town.shares[:2]], town.group.by.actor, town.group.context, pack, NOW
        )
    assert (
        keyring.recover(
            [shares.printed(s) for s in fresh[1:]], town.group.by.actor, town.group.context, pack, NOW
        )
        == 1
    )
    with pytest.raises(Refusal, match="not_allowed"):
        keyring.set_up(town.street.unlocked(), town.street.context, pack, NOW)
    Wrap.objects.filter(number=task, whom=town.county.by.actor).delete()
    with pytest.raises(Refusal, match="cannot_open_all"):
        keyring.set_up(town.county.unlocked(), town.county.context, pack, NOW)


def test_a_key_is_held_in_two_halves_for_a_while(town):
    whom = town.head.by.actor
    half = keyring.unlock(whom, WORDS, "session", NOW)
    assert keyring.holder(whom, "session", half, NOW)
    assert keyring.holder(whom, "another session", half, NOW) is None
    assert keyring.holder(town.county.by.actor, "session", half, NOW) is None
    assert keyring.holder(whom, "session", bytes(32), NOW) is None
    row = Unlocked.objects.get(whom=whom, id=keyring._session("session"))
    assert bytes(half) not in bytes(row.box)
    at = NOW
    for _ in range(100):  # in use all the time: until the longest, not longer
        at += timedelta(minutes=10)
        if keyring.holder(whom, "session", half, at) is None:
            break
    assert NOW + keyring.LONGEST <= at <= NOW + keyring.LONGEST + timedelta(minutes=20)
    half = keyring.unlock(whom, WORDS, "session", NOW)
    assert keyring.holder(whom, "session", half, NOW + keyring.IDLE) is None
    keyring.shut("session")
    assert keyring.holder(whom, "session", half, NOW) is None


def test_wrong_words_shut_a_key_for_a_while(town, pack):
    whom, numbers = town.head.by.actor, pack.settings.numbers
    for _ in range(numbers.sign_in_failures):
        with pytest.raises(Shut):
            keyring.unlock(whom, "wrong words altogether", "s", NOW)
    with pytest.raises(Refusal, match="passphrase_locked"):
        keyring.unlock(whom, WORDS, "s", NOW)
    assert keyring.unlock(whom, WORDS, "s", NOW + timedelta(minutes=numbers.sign_in_locked_minutes + 1))


def test_other_words_open_the_same_key(task, town, pack):
    with pytest.raises(Shut):
        keyring.change_passphrase(town.group.by.actor, "not the words", "quite other words", NOW)
    with pytest.raises(Refusal, match="passphrase_short"):
        keyring.change_passphrase(town.group.by.actor, WORDS, "short", NOW)
    keyring.change_passphrase(town.group.by.actor, WORDS, "quite other words", NOW)
    with pytest.raises(Shut):
        town.group.unlocked()
    assert isinstance(town.group.unlocked(words="quite other words"), Holder)


def test_a_key_put_there_by_somebody_else_is_found(town, pack):
    intruder = keyring.boxes.new_pair()
    Key.objects.filter(whom=town.county.by.actor).update(public=intruder.public)
    Key.objects.create(whom="user:0", public=intruder.public, made_at=NOW, admitted=["J00"])
    streams = [Stream(projection.KEYS, key.whom) for key in Key.objects.all()]
    histories = [(stream.id, events) for stream, events in store.histories(streams)]
    assert [fault.where for fault in projection.check_keys(histories)] == [
        f"discipline_key/{town.county.by.actor}"
    ]
    assert [fault.where for fault in projection.stray_keys()] == ["discipline_key/user:0"]


def test_what_was_destroyed_is_gone(town, pack):
    receipt = actions.supervise({"unit": "D13", "words": "态度生硬"}, pack, at=NOW)
    number = actions.listed(town.group.by, town.group.unlocked(), pack)[0][0].row.number
    kept = list(Sealed.objects.filter(number=number).values_list("commitment", flat=True))
    actions.act(
        number,
        "transfer",
        {"to": "信访举报", "receipt": "XF-7"},
        town.group.by,
        town.group.unlocked(),
        pack,
        at=NOW,
    )
    assert set(vault.read(kept).values()) == {None}
    steps = actions.look(number, town.county.by, town.county.unlocked(), pack).steps
    assert [step.said for step in steps] == [{}, {"to": "信访举报", "receipt": "XF-7"}]
    assert (
        actions.state_of_receipt(receipt)
        == actions.state_of_receipt(receipt.lower().replace("-", " "))
        == "transferred"
    )
    assert actions.state_of_receipt("AAAA-AAAA-AAAA-AAAA") == ""
