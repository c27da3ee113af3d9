"""Check this evidence bundle. 核验本证据包。

    python -I verify.py [FOLDER] [--anchor anchors.jsonl]

Needs Python 3.8 or newer and nothing else. FOLDER: where the bundle lies, if not beside this file; so a copy that you trust
checks any bundle. It checks that no file was changed, added or removed; that the events follow each other and lie in the log
under the anchored root; and that the words and pictures are those which the events commit to. With
--anchor it also asks whether that root is in an anchor file you kept: without one, whoever made the whole bundle anew could
have made the root anew as well. What only the sums vouch for, and the sum of the sums, is said at the end: the ledger of the
county keeps that sum of every bundle it made.
"""

import sys

if __name__ == "__main__" and not (sys.flags.isolated or getattr(sys.flags, "safe_path", False)):
    del sys.path[0]  # this folder: a json.py that somebody put beside this file is not to be run

import hashlib
import json
from pathlib import Path

SUMS, SELF = "SHA256SUMS", "# this file: "
HASHES = ("sha256", "sm3")  # the ledger's


class Wrong(Exception):
    """A file and what is wrong with it."""


def main(folder, anchor_file):
    names = check_files(folder)
    read = {name: load(folder, name) for name in sorted(names) if name.startswith("ledger/")}
    anchor = read["ledger/anchor.json"]
    if anchor["algorithm"] not in HASHES:
        raise Wrong(f"ledger/anchor.json: no hash of the ledger's 不是台账的算法: {anchor['algorithm']}")
    hash_ = lambda data: hashlib.new(anchor["algorithm"], data).digest()  # noqa: E731
    check_anchor(anchor, anchor_file, hash_)
    committed: set = set()
    events, withheld = 0, 0
    for name, stream in read.items():
        if "events" in stream:
            check_stream(name, stream, anchor, hash_, committed)
            events += len(stream["events"])
            withheld += sum("bytes" not in event for event in stream["events"])
    values = read["ledger/values.json"]
    for number, value in enumerate(values["words"] + values["files"], 1):
        check_value(folder, names, number, value, hash_, committed)
    said = (
        "anchor: your own 以另存的锚点核对" if anchor_file else "anchor: none of your own 未用另存的锚点核对"
    )
    print(f"相符 OK: {len(names)} files, {events} events ({withheld} withheld),")
    print(f"{len(values['words'])} texts, {len(values['files'])} pictures; {said}")
    vouched = {value["file"] for value in values["files"]}
    alone = sorted(name for name in names if name not in read and name not in vouched)
    print(f"by the sums alone 只有校验和: {', '.join(alone)}")
    print(f"{SUMS}: {hashlib.sha256((folder / SUMS).read_bytes()).hexdigest()} (on record 台账有记录)")


def check_files(folder):
    """Every file is listed, is there, and has the sum it is listed with."""
    text = (folder / SUMS).read_bytes().decode("utf-8", "replace") if (folder / SUMS).is_file() else ""
    lines, found, own = text.rpartition(SELF)
    if not found or hashlib.sha256(lines.encode()).hexdigest() + "\n" != own:
        raise Wrong(f"{SUMS}: missing or changed 缺失或被改动")
    listed = {}
    for line in lines.splitlines():
        total, _, name = line.partition("  ")
        listed[name] = total
    there = {path.relative_to(folder).as_posix() for path in folder.rglob("*") if not path.is_dir()}
    for name in sorted(there - listed.keys() - {SUMS}):
        raise Wrong(f"{name}: does not belong here 不属于本证据包")
    for name, total in listed.items():
        if name not in there:
            raise Wrong(f"{name}: missing 缺失")
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != total:
            raise Wrong(f"{name}: changed 被改动")
    return listed


def load(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"), object_pairs_hook=once)


def once(pairs):
    """An object in which no name stands twice: a person might read the one and this program the other."""
    found = dict(pairs)
    if len(found) < len(pairs):
        raise ValueError("a name stands twice 名称重复")
    return found


def check_anchor(anchor, file, hash_):
    """The peaks hash to the root, and the root is one you kept."""
    root = None
    for peak in map(bytes.fromhex, reversed(anchor["peaks"])):
        root = peak if root is None else hash_(b"\1" + peak + root)
    if root is None or root.hex() != anchor["root"]:
        raise Wrong("ledger/anchor.json: the root is not that of its peaks 根不相符")
    if file is None:
        return
    kept = [json.loads(line) for line in Path(file).read_text(encoding="utf-8").splitlines() if line.strip()]
    if (anchor["size"], anchor["root"]) not in [(one["size"], one["root"]) for one in kept]:
        raise Wrong(f"ledger/anchor.json: not among the anchors of {file} 不在另存的锚点之中")


def check_stream(name, stream, anchor, hash_, committed):
    """Each event follows the one before it and lies under the root. Collects every text that an event holds."""
    if (stream["size"], stream["root"]) != (anchor["size"], anchor["root"]):
        raise Wrong(f"{name}: proved under another root 不是同一个根")
    before, named = bytes(32), (stream["stream"]["kind"], stream["stream"]["id"])
    for seq, event in enumerate(stream["events"], 1):
        entry = bytes.fromhex(event["hash"])
        if "bytes" in event:
            header = json.loads(event["bytes"])
            if (header["kind"], header["id"], header["seq"]) != (*named, seq):
                raise Wrong(f"{name}: event {seq} is out of place 次序不对")
            if hash_(before + event["bytes"].encode()) != entry:
                raise Wrong(f"{name}: event {seq} was changed 被改动")
            collect(header["payload"], committed)
        if not lies_under(entry, event, stream["size"], bytes.fromhex(stream["root"]), hash_):
            raise Wrong(f"{name}: event {seq} is not under the root 不在锚定的日志中")
        before = entry


def lies_under(entry, event, size, root, hash_):
    """RFC 6962, 2.1.1: the path from a leaf to the root."""
    node, at, last = hash_(b"\0" + entry), event["position"], size - 1
    if not 0 <= at <= last:
        return False
    for sibling in map(bytes.fromhex, event["proof"]):
        if not last:
            return False
        if at & 1 or at == last:
            node = hash_(b"\1" + sibling + node)
            while not at & 1 and at:
                at, last = at >> 1, last >> 1
        else:
            node = hash_(b"\1" + node + sibling)
        at, last = at >> 1, last >> 1
    return last == 0 and node == root


def collect(value, into):
    if isinstance(value, str):
        into.add(value)
    for part in value.values() if isinstance(value, dict) else value if isinstance(value, list) else ():
        collect(part, into)


def check_value(folder, names, number, value, hash_, committed):
    """A text or picture is the one that an event committed to."""
    if "file" in value and value["file"] not in names:
        raise Wrong(f"{value['file']}: does not belong here 不属于本证据包")
    data = (folder / value["file"]).read_bytes() if "file" in value else value["text"].encode()
    what = value.get("file") or f"ledger/values.json: text {number}"
    if hash_(bytes.fromhex(value["salt"]) + data).hex() != value["commitment"]:
        raise Wrong(f"{what}: is not what was committed to 与承诺不符")
    if value["commitment"] not in committed:
        raise Wrong(f"{what}: no event commits to it 没有事件承诺过它")


def asked(words):
    """Folder and anchor file from the command line."""
    words, kept = list(words), None
    if "--anchor" in words:
        at = words.index("--anchor")
        kept = words[at + 1]
        del words[at : at + 2]
    return Path(words[0] if words else Path(__file__).resolve().parent).resolve(), kept


if __name__ == "__main__":
    sys.stdout.reconfigure(errors="replace")  # type: ignore[union-attr]  # also on a screen without Chinese
    try:
        main(*asked(sys.argv[1:]))
    except Wrong as wrong:
        sys.exit(f"不符 NOT OK: {wrong}")
    except (LookupError, ValueError, TypeError, AttributeError, OSError, RecursionError) as broken:
        sys.exit(f"不符 NOT OK: unreadable 无法读取: {type(broken).__name__}: {broken}")
