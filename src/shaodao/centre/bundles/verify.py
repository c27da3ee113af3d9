"""Check this evidence bundle. 核验本证据包。

    python verify.py [--anchor anchors.jsonl]

Needs Python 3.8 or newer and nothing else. It checks that no file was changed, added or removed; that the events follow each
other and lie in the log under the anchored root; and that the words and pictures are those which the events commit to. With
--anchor it also asks whether that root is in an anchor file you kept: without one, whoever made the whole bundle anew could
have made the root anew as well.
"""

import hashlib
import json
import sys
from pathlib import Path

SUMS, SELF = "SHA256SUMS", "# this file: "


class Wrong(Exception):
    """A file and what is wrong with it."""


def main(folder, anchor_file):
    names = check_files(folder)
    read = {name: load(folder, name) for name in sorted(names) if name.startswith("ledger/")}
    anchor = read["ledger/anchor.json"]
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
        check_value(folder, number, value, hash_, committed)
    said = (
        "anchor: your own 以另存的锚点核对" if anchor_file else "anchor: none of your own 未用另存的锚点核对"
    )
    print(f"相符 OK: {len(names)} files, {events} events ({withheld} withheld),")
    print(f"{len(values['words'])} texts, {len(values['files'])} pictures; {said}")


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
    there = {
        path.relative_to(folder).as_posix()
        for path in folder.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    for name in sorted(there - listed.keys() - {SUMS}):
        raise Wrong(f"{name}: does not belong here 不属于本证据包")
    for name, total in listed.items():
        if name not in there:
            raise Wrong(f"{name}: missing 缺失")
        if hashlib.sha256((folder / name).read_bytes()).hexdigest() != total:
            raise Wrong(f"{name}: changed 被改动")
    return listed


def load(folder, name):
    return json.loads((folder / name).read_text(encoding="utf-8"))


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


def check_value(folder, number, value, hash_, committed):
    """A text or picture is the one that an event committed to."""
    data = (folder / value["file"]).read_bytes() if "file" in value else value["text"].encode()
    what = value.get("file") or f"ledger/values.json: text {number}"
    if hash_(bytes.fromhex(value["salt"]) + data).hex() != value["commitment"]:
        raise Wrong(f"{what}: is not what was committed to 与承诺不符")
    if value["commitment"] not in committed:
        raise Wrong(f"{what}: no event commits to it 没有事件承诺过它")


if __name__ == "__main__":
    try:
        kept = sys.argv[sys.argv.index("--anchor") + 1] if "--anchor" in sys.argv else None
        main(Path(__file__).resolve().parent, kept)
    except Wrong as wrong:
        sys.exit(f"不符 NOT OK: {wrong}")
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as broken:
        sys.exit(f"不符 NOT OK: unreadable 无法读取: {type(broken).__name__}: {broken}")
