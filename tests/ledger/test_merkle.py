"""The Merkle log against RFC 6962's own words, written naively."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shaodao.ground.ledger import canonical, merkle
from shaodao.ground.ledger.merkle import Log

H = canonical.hash_named("sha256")
logs = st.lists(st.binary(min_size=1, max_size=4), max_size=70)


def naive_root(entries):
    if not entries:
        return H(b"")
    if len(entries) == 1:
        return H(b"\x00" + entries[0])
    split = 1
    while split * 2 < len(entries):
        split *= 2
    return H(b"\x01" + naive_root(entries[:split]) + naive_root(entries[split:]))


@given(logs, st.data())
def test_it_has_the_root_of_the_rfc_however_the_entries_came(entries, data):
    cut = data.draw(st.integers(0, len(entries)))
    log = Log().extend(entries[:cut], H).extend(entries[cut:], H)
    assert log.size == len(entries)
    assert log.root(H) == naive_root(entries)
    assert merkle.unpack(log.size, merkle.pack(log)) == log


@given(logs)
def test_it_says_which_positions_lie_under_each_peak(entries):
    log = Log().extend(entries, H)
    assert [naive_root(entries[start:stop]) for start, stop in log.spans()] == list(log.peaks)


@given(logs.filter(bool), st.data())
def test_it_proves_each_entry_and_nothing_else(entries, data):
    index = data.draw(st.integers(0, len(entries) - 1))
    root = naive_root(entries)
    proof = merkle.inclusion(merkle.over(entries, H), index, len(entries))
    assert merkle.included(entries[index], index, len(entries), proof, root=root, hash_=H)
    assert len(proof) <= (len(entries) - 1).bit_length()
    assert not merkle.included(entries[index] + b"!", index, len(entries), proof, root=root, hash_=H)
    assert not merkle.included(entries[index], index, len(entries), [*proof, root], root=root, hash_=H)
    assert not merkle.included(entries[index], len(entries), len(entries), proof, root=root, hash_=H)
    if proof:
        assert not merkle.included(entries[index], index, len(entries), proof[:-1], root=root, hash_=H)
        turned = data.draw(st.integers(0, len(proof) - 1))
        forged = [H(p) if at == turned else p for at, p in enumerate(proof)]
        assert not merkle.included(entries[index], index, len(entries), forged, root=root, hash_=H)


@given(logs.filter(bool), st.data())
def test_it_finds_the_same_proofs_while_reading_the_log_once(entries, data):
    size = len(entries)
    indices = data.draw(st.lists(st.integers(0, size - 1), min_size=1, max_size=4))
    wanted = [(0, size)]
    for index in indices:
        merkle.inclusion(lambda start, stop: wanted.append((start, stop)) or b"", index, size)
    tree = merkle.subtrees(iter(entries), wanted, H)
    assert tree(0, size) == naive_root(entries)
    for index in indices:
        assert merkle.inclusion(tree, index, size) == merkle.inclusion(merkle.over(entries, H), index, size)


@given(logs.filter(bool), st.data())
def test_it_proves_that_a_log_only_grew(entries, data):
    old = data.draw(st.integers(1, len(entries)))
    size, old_root, root = len(entries), naive_root(entries[:old]), naive_root(entries)
    proof = merkle.consistency(merkle.over(entries, H), old, size)
    assert merkle.consistent(old, size, proof, old_root=old_root, root=root, hash_=H)
    assert not merkle.consistent(old, size, proof, old_root=H(old_root), root=root, hash_=H)
    assert not merkle.consistent(old, size, proof, old_root=old_root, root=H(root), hash_=H)
    assert not merkle.consistent(old, size, [*proof, root], old_root=old_root, root=root, hash_=H)


@given(logs.filter(lambda entries: len(entries) > 1), st.data())
def test_it_cannot_prove_a_log_that_was_rewritten(entries, data):
    old = data.draw(st.integers(1, len(entries) - 1))
    at = data.draw(st.integers(0, old - 1))
    rewritten = [entry + b"!" if place == at else entry for place, entry in enumerate(entries)]
    proof = merkle.consistency(merkle.over(rewritten, H), old, len(entries))
    old_root, root = naive_root(entries[:old]), naive_root(rewritten)
    assert not merkle.consistent(old, len(entries), proof, old_root=old_root, root=root, hash_=H)


def test_it_refuses_places_outside_the_log():
    tree = merkle.over([b"a", b"b"], H)
    with pytest.raises(IndexError):
        merkle.inclusion(tree, 2, 2)
    with pytest.raises(IndexError):
        merkle.consistency(tree, 3, 2)
    with pytest.raises(IndexError):
        merkle.consistency(tree, 0, 2)
    with pytest.raises(ValueError, match="2 peaks, not 1"):
        merkle.unpack(3, bytes(32))
