"""The Merkle log of RFC 6962 / RFC 9162: one root for a million events, short proofs for one of them. Pure.

A log is kept as its compact range: the roots ("peaks") of the perfect subtrees it falls into, largest first.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from .canonical import SIZE, Hash

RangeHash = Callable[[int, int], bytes]
"""`(start, stop)` to the tree hash of these leaves; lets a caller answer from stored subtrees."""


@dataclass(frozen=True, slots=True)
class Log:
    """A log of `size` entries; `peaks` has one 32-byte hash for every 1 in the binary form of `size`."""

    size: int = 0
    peaks: tuple[bytes, ...] = ()

    def __post_init__(self) -> None:
        if len(self.peaks) != self.size.bit_count():
            raise ValueError(
                f"a log of {self.size} entries has {self.size.bit_count()} peaks, not {len(self.peaks)}"
            )

    def extend(self, entries: Iterable[bytes], hash_: Hash) -> "Log":
        """The log with these entries added at its end."""
        size, peaks = self.size, list(self.peaks)
        for entry in entries:
            carry = leaf(entry, hash_)
            merging = size
            while merging & 1:
                carry = node(peaks.pop(), carry, hash_)
                merging >>= 1
            peaks.append(carry)
            size += 1
        return Log(size, tuple(peaks))

    def root(self, hash_: Hash) -> bytes:
        """The tree hash of the whole log; that of an empty log is H of nothing."""
        if not self.peaks:
            return hash_(b"")
        *left, root = self.peaks
        for peak in reversed(left):
            root = node(peak, root, hash_)
        return root

    def spans(self) -> list[tuple[int, int]]:
        """The range of positions `(start, stop)` under each peak."""
        return _perfect(0, self.size)


def pack(log: Log) -> bytes:
    """The peaks as one string of bytes, for a column."""
    return b"".join(log.peaks)


def unpack(size: int, peaks: bytes) -> Log:
    """The log of `pack`. Raises ValueError if the bytes do not fit the size."""
    return Log(size, tuple(peaks[at : at + SIZE] for at in range(0, len(peaks), SIZE)))


def leaf(entry: bytes, hash_: Hash) -> bytes:
    """The hash of one entry; the leading 0 keeps leaves and nodes apart."""
    return hash_(b"\x00" + entry)


def node(left: bytes, right: bytes, hash_: Hash) -> bytes:
    """The hash of two subtrees."""
    return hash_(b"\x01" + left + right)


def over(entries: Sequence[bytes], hash_: Hash) -> RangeHash:
    """Tree hashes of ranges of entries held in memory."""

    def range_hash(start: int, stop: int) -> bytes:
        return Log().extend(entries[start:stop], hash_).root(hash_)

    return range_hash


def subtrees(entries: Iterable[bytes], wanted: Iterable[tuple[int, int]], hash_: Hash) -> RangeHash:
    """Tree hashes of the wanted ranges of a log too long for memory, which is read once."""
    known: dict[tuple[int, int], bytes] = dict.fromkeys(
        (part for start, stop in wanted for part in _perfect(start, stop)), b""
    )
    waiting: list[tuple[int, int, bytes]] = []  # perfect subtrees that have no right sibling yet
    for position, entry in enumerate(entries):
        start, stop, current = position, position + 1, leaf(entry, hash_)
        while True:
            if (start, stop) in known:
                known[start, stop] = current
            if not waiting or waiting[-1][1] - waiting[-1][0] != stop - start:
                break
            start, _, left = waiting.pop()
            current = node(left, current, hash_)
        waiting.append((start, stop, current))

    def range_hash(start: int, stop: int) -> bytes:
        *left, last = _perfect(start, stop)
        current = known[last]
        for part in reversed(left):
            current = node(known[part], current, hash_)
        return current

    return range_hash


def inclusion(tree: RangeHash, index: int, size: int) -> list[bytes]:
    """The proof that entry `index` is in the log of `size`: the sibling at each level, lowest first."""
    if not 0 <= index < size:
        raise IndexError(f"entry {index} is not in a log of {size}")
    proof: list[bytes] = []
    start, stop = 0, size
    while stop - start > 1:
        middle = start + _split(stop - start)
        if index < middle:
            proof.append(tree(middle, stop))
            stop = middle
        else:
            proof.append(tree(start, middle))
            start = middle
    return proof[::-1]


def included(
    entry: bytes, index: int, size: int, proof: Sequence[bytes], *, root: bytes, hash_: Hash
) -> bool:
    """Whether the proof shows that `entry` is number `index` (from 0) of the log of `size` with this root."""
    if not 0 <= index < size:
        return False
    at, last, current = index, size - 1, leaf(entry, hash_)
    for sibling in proof:
        if last == 0:
            return False
        if at & 1 or at == last:
            current = node(sibling, current, hash_)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            current = node(current, sibling, hash_)
        at, last = at >> 1, last >> 1
    return last == 0 and current == root


def consistency(tree: RangeHash, old: int, size: int) -> list[bytes]:
    """The proof that the log of `size` begins with the log of `old` entries."""
    if not 0 < old <= size:
        raise IndexError(f"a log of {size} has no earlier log of {old}")
    proof: list[bytes] = []
    start, stop, whole = 0, size, True
    while old != stop:
        middle = start + _split(stop - start)
        if old <= middle:
            proof.append(tree(middle, stop))
            stop = middle
        else:
            proof.append(tree(start, middle))
            start, whole = middle, False
    if not whole:
        proof.append(tree(start, stop))
    return proof[::-1]


def consistent(
    old: int, size: int, proof: Sequence[bytes], *, old_root: bytes, root: bytes, hash_: Hash
) -> bool:
    """Whether the proof shows that nothing of the old log was changed or removed in the new one."""
    if old == size:
        return old_root == root and not proof
    if not 0 < old < size:
        return False
    path = list(proof)
    if old & (old - 1) == 0:  # the old log is one perfect subtree: its root begins the path
        path.insert(0, old_root)
    if not path:
        return False
    at, last = old - 1, size - 1
    while at & 1:
        at, last = at >> 1, last >> 1
    before = after = path[0]
    for sibling in path[1:]:
        if last == 0:
            return False
        if at & 1 or at == last:
            before, after = node(sibling, before, hash_), node(sibling, after, hash_)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            after = node(after, sibling, hash_)
        at, last = at >> 1, last >> 1
    return last == 0 and before == old_root and after == root


def _perfect(start: int, stop: int) -> list[tuple[int, int]]:
    """The perfect subtrees that a range of the tree falls into, largest first."""
    parts = []
    while stop - start > 0:
        end = start + (1 << (stop - start).bit_length() - 1)
        parts.append((start, end))
        start = end
    return parts


def _split(size: int) -> int:
    """The largest power of two below `size`."""
    return 1 << (size - 1).bit_length() - 1
