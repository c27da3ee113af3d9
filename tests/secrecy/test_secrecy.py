"""Boxes, envelopes, passphrases, shares: they open for whoever holds the key and for nobody else."""

from __future__ import annotations

import secrets
from itertools import combinations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shaodao.ground.secrecy import boxes, passphrase, shares
from shaodao.ground.secrecy.boxes import Shut
from shaodao.ground.secrecy.passphrase import Cost
from shaodao.ground.secrecy.shares import PRIME, BadShare

CHEAP = Cost(1, 8)
keys = st.binary(min_size=32, max_size=32)


@given(keys, st.binary(max_size=300), st.text(max_size=20))
def test_it_opens_with_the_key_it_was_locked_with(key, data, about):
    box = boxes.lock(key, data, about)
    assert boxes.unlock(key, box, about) == data
    assert boxes.lock(key, data, about) != box
    assert len(data) < 4 or data not in box


@given(keys, st.binary(max_size=50), st.data())
def test_it_stays_shut_when_one_bit_is_another(key, data, draw):
    box = bytearray(boxes.lock(key, data, "matter"))
    at = draw.draw(st.integers(0, len(box) * 8 - 1))
    box[at // 8] ^= 1 << at % 8
    with pytest.raises(Shut):
        boxes.unlock(key, bytes(box), "matter")


@given(keys, keys, st.binary(max_size=50))
def test_it_stays_shut_for_another_key_or_matter(key, other, data):
    box = boxes.lock(key, data, "matter 1")
    with pytest.raises(Shut):
        boxes.unlock(key, box, "matter 2")
    if other != key:
        with pytest.raises(Shut):
            boxes.unlock(other, box, "matter 1")


@given(st.binary(max_size=100), st.binary(max_size=40))
def test_it_is_read_by_whom_it_was_enclosed_to_alone(data, noise):
    one, other = boxes.new_pair(), boxes.new_pair()
    envelope = boxes.enclose(one.public, data, "key of 7")
    assert boxes.disclose(one.private, envelope, "key of 7") == data
    for private, letter, about in (
        (other.private, envelope, "key of 7"),
        (one.private, envelope, "key of 8"),
        (one.private, noise, "key of 7"),
    ):
        with pytest.raises(Shut):
            boxes.disclose(private, letter, about)


def test_it_knows_the_public_half_of_a_private_one():
    pair = boxes.new_pair()
    assert boxes.pair_of(pair.private) == pair
    assert "private" not in repr(pair)
    with pytest.raises(Shut):
        boxes.pair_of(b"short")
    assert boxes.fingerprint(pair.public) == boxes.fingerprint(pair.public)
    assert boxes.fingerprint(pair.public) != boxes.fingerprint(boxes.new_pair().public)


@settings(max_examples=30)
@given(st.text(min_size=1, max_size=30), st.text(min_size=1, max_size=30))
def test_it_opens_with_the_passphrase_alone(right, wrong):
    kept = passphrase.lock(b"private", right, "user:1", CHEAP)
    assert passphrase.unlock(kept, right, "user:1") == b"private"
    assert passphrase.unlock(kept, f" {right} ", "user:1") == b"private"
    with pytest.raises(Shut):
        passphrase.unlock(kept, right, "user:2")
    if passphrase._key(wrong, bytes(16), CHEAP) != passphrase._key(right, bytes(16), CHEAP):
        with pytest.raises(Shut):
            passphrase.unlock(kept, wrong, "user:1")


@pytest.mark.parametrize(
    "kept", ["", "argon2id$1$8$AAAA", "scrypt$1$8$AAAAAAAAAAAAAAAAAAAAAA==$AAAA", "argon2id$x$8$!$!"]
)
def test_it_opens_nothing_that_is_none_of_ours(kept):
    with pytest.raises(Shut):
        passphrase.unlock(kept, "whatever it is", "user:1")


def test_it_takes_time_and_memory_to_try_a_passphrase():
    assert passphrase.lock(b"private", "whatever it is", "user:1").startswith("argon2id$3$65536$")


@given(keys)
def test_it_comes_back_from_any_two_of_three(key):
    three = shares.split(key)
    assert all(shares.combine(pair) == key for pair in combinations(three, 2))
    assert all(shares.combine(pair[::-1]) == key for pair in combinations(three, 2))
    assert [shares.typed(shares.printed(share)) for share in three] == three


@given(keys, st.integers(2, 5), st.integers(0, 3))
def test_it_comes_back_from_as_many_as_are_needed(key, needed, spare):
    made = shares.split(key, needed, needed + spare)
    assert all(shares.combine(some, needed) == key for some in combinations(made, needed))
    with pytest.raises(BadShare, match="few"):
        shares.combine(made[: needed - 1], needed)


@given(keys, keys, st.integers(1, 3))
def test_one_share_is_as_likely_for_every_key(key, other, number):
    """For each key there is exactly one line through the point that somebody holds."""
    share = shares.split(key)[number - 1]
    slope = (share.value - int.from_bytes(other)) * pow(number, -1, PRIME) % PRIME
    assert (int.from_bytes(other) + slope * number) % PRIME == share.value


def test_shares_of_one_key_differ_each_time_it_is_split():
    key = secrets.token_bytes(32)
    seen = {share.value for _ in range(50) for share in shares.split(key)}
    assert len(seen) == 150
    assert shares.combine([shares.split(key)[0]] * 1, 1) != key


def test_it_says_what_is_wrong_with_shares():
    first, _, third = shares.split(secrets.token_bytes(32))
    stranger = shares.split(secrets.token_bytes(32))[1]
    for wrong, code in (([first], "few"), ([first, first], "same"), ([first, stranger], "strangers")):
        with pytest.raises(BadShare, match=code):
            shares.combine(wrong)
    said = shares.printed(third)
    assert len(said.split()) == 16
    assert shares.typed(said.lower().replace(" ", "-")) == third
    for wrong in (
        "",
        "hello",
        said[:-1],
        said[:7] + ("A" if said[7] != "A" else "B") + said[8:],
        said + " AAAA",
    ):
        with pytest.raises(BadShare, match="mistyped"):
            shares.typed(wrong)
    with pytest.raises(ValueError, match="32 bytes"):
        shares.split(b"short")


def test_the_field_is_one():
    """Miller and Rabin, with forty random witnesses: PRIME is one, and none lies between 2^256 and it."""

    def prime(n: int) -> bool:
        odd, twos = n - 1, 0
        while odd % 2 == 0:
            odd, twos = odd // 2, twos + 1
        for _ in range(40):
            x = pow(secrets.randbelow(n - 3) + 2, odd, n)
            if x in (1, n - 1):
                continue
            if not any((x := x * x % n) == n - 1 for _ in range(twos - 1)):
                return False
        return True

    assert prime(PRIME)
    assert not any(prime(n) for n in range(2**256 + 1, PRIME, 2))
