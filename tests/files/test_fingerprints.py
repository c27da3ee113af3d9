"""Fingerprints: two copies of a picture are found, whatever bits they differ in."""

from hypothesis import assume, given
from hypothesis import strategies as st

from shaodao.ground.files.fingerprints import SAME, bands, distance, plain, same

prints = st.binary(min_size=32, max_size=32)


@given(prints, st.sets(st.integers(0, 255), max_size=SAME))
def test_whatever_differs_in_a_few_bits_has_a_band_in_common(one, flipped):
    other = (int.from_bytes(one) ^ sum(1 << bit for bit in flipped)).to_bytes(32)
    assume(not plain(one) and not plain(other))
    assert distance(one, other) == len(flipped)
    assert same(one, other)
    assert set(bands(one)) & set(bands(other))


@given(prints, prints)
def test_being_the_same_is_mutual(one, other):
    assert same(one, other) == same(other, one)


def test_a_plain_picture_is_like_nothing():
    for value in (b"\x00" * 32, b"\xff" * 32, b"\x01" + b"\x00" * 31):
        assert plain(value)
        assert bands(value) == []
        assert not same(value, value)
