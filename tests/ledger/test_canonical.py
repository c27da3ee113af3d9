"""One value, one spelling: canonical bytes and the chain over them."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shaodao.ground.ledger import Context, Draft, Head, Stream, canonical, events

NOW = datetime(2026, 3, 2, 1, 30, 0, 250, tzinfo=UTC)
SHA256 = canonical.hash_named("sha256")

texts = st.text(st.characters(exclude_categories=["Cs"]))
keys = st.text(st.characters(max_codepoint=0xD7FF), max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=20,
)
documents = st.dictionaries(keys, values, max_size=6)


@given(documents)
def test_it_reads_back_what_it_wrote(document):
    assert canonical.decode(canonical.encode(document)) == document


@given(documents, st.randoms())
def test_it_writes_the_same_bytes_whatever_the_order_of_keys(document, random):
    shuffled = list(document.items())
    random.shuffle(shuffled)
    assert canonical.encode(dict(shuffled)) == canonical.encode(document)


@given(documents)
def test_it_sorts_keys_as_every_jcs_library_does(document):
    written = list(json.loads(canonical.encode(document)))
    assert written == sorted(document, key=lambda key: key.encode("utf-16-be"))


def test_it_writes_chinese_as_utf8_without_spaces():
    document = {"b": [1, None, True], "a": "哨件\n"}
    assert canonical.encode(document) == '{"a":"哨件\\n","b":[1,null,true]}'.encode()


@pytest.mark.parametrize(
    ("value", "place"),
    [
        (1.0, r"\$\.payload\.x\[1\]: float"),
        ((1, 2), r"\$\.payload\.x\[1\]: tuple"),
        (NOW, r"\$\.payload\.x\[1\]: datetime"),
        (b"\x00", r"\$\.payload\.x\[1\]: bytes"),
        ({1: 2}, r"\$\.payload\.x\[1\]: key 1 is not a string"),
        (2**53, "does not fit into 53 bits"),
        ({"\U0001f600": 1}, "order"),
        ("\ud800", "surrogate"),
    ],
)
def test_it_refuses_what_has_no_single_spelling_and_says_where(value, place):
    with pytest.raises(canonical.NotCanonical, match=place):
        canonical.encode({"payload": {"x": [0, value]}})


def test_it_knows_two_hashes_and_no_third():
    assert canonical.hash_named("sha256")(b"abc") == hashlib.sha256(b"abc").digest()
    sm3 = "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"  # GB/T 32905-2016, example 1
    assert canonical.hash_named("sm3")(b"abc").hex() == sm3
    with pytest.raises(ValueError, match="md5"):
        canonical.hash_named("md5")


GOLDEN = (
    '{"actor":"person:p1","capacity":"resident","id":"2026-000001","kind":"case","occurred_at":1772415000000250,'
    '"on_behalf_of":"person:p2","payload":{"grid":"g-07","words":null},"recorded_at":1772415001000250,'
    '"request_id":"r-9","schema_version":1,"seq":1,"source":{"channel":"app","external_id":"","system":""},'
    '"type":"reported"}'
)


def golden_line():
    return events.follow(
        Stream("case", "2026-000001"),
        Head(),
        Draft("reported", {"words": None, "grid": "g-07"}, NOW),
        Context("person:p1", "resident", on_behalf_of="person:p2", channel="app", request_id="r-9"),
        now=NOW + timedelta(seconds=1),
        hash_=SHA256,
    )


def test_it_keeps_the_bytes_of_an_event_for_ever():
    line = golden_line()
    assert line.data.decode() == GOLDEN
    assert line.event.hash == hashlib.sha256(bytes(32) + GOLDEN.encode()).digest()


def test_it_reads_an_event_out_of_its_bytes():
    line = golden_line()
    assert events.read(line.data, line.event.hash) == line.event


def test_it_never_records_backwards_in_a_stream():
    first = golden_line().event
    late = events.advance(Head(), first)
    slow_clock = events.follow(
        first.stream,
        late,
        Draft("signed", {}, NOW),
        first.context,
        now=NOW - timedelta(hours=1),
        hash_=SHA256,
    )
    assert slow_clock.event.recorded_at == first.recorded_at


payloads = st.lists(st.dictionaries(keys, values, max_size=3), min_size=2, max_size=6)


def chain(payloads):
    head, lines = Head(), []
    for payload in payloads:
        line = events.follow(
            Stream("case", "1"), head, Draft("t", payload, NOW), Context("system:x"), now=NOW, hash_=SHA256
        )
        head = events.advance(head, line.event)
        lines.append(line)
    return lines


@given(payloads, st.data())
def test_it_breaks_the_chain_wherever_a_bit_is_turned(payloads, data):
    lines = chain(payloads)
    at = data.draw(st.integers(0, len(lines) - 1))
    turned = bytearray(lines[at].data)
    turned[data.draw(st.integers(0, len(turned) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    before = lines[at - 1].event.hash if at else canonical.ZERO
    assert SHA256(before + bytes(turned)) != lines[at].event.hash


@given(payloads)
def test_it_binds_every_event_to_the_one_before(payloads):
    lines = chain(payloads)
    for before, after in pairwise(lines):
        assert after.event.hash == SHA256(before.event.hash + after.data)
        assert after.event.hash != SHA256(canonical.ZERO + after.data)
