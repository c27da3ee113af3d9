"""What goes into an evidence bundle and what is withheld from it. Pure.

Who reported is in no file of it. An event that would tell is left out and its hash stands in its place: the chain goes
through it, and its position under the root is proved like every other, so that nothing can be slipped in or taken out there.
"""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any

from shaodao.centre.cases.lifecycle.model import Case

SUMS = "SHA256SUMS"
SELF = "# this file: "


def tells(case: Case) -> frozenset[str]:
    """What gives away who reported a case: accounts and foreign numbers always, the random ids of persons where the item
    protects whoever reports it."""
    known = {
        case.whistler,
        case.requester,
        *(f.person for f in case.followers),
        *(f.actor for f in case.followers),
    }
    accounts = {one for one in known if not one.startswith("person:")}
    persons = known - accounts if case.identity_mode == "protected" else set()
    return frozenset(one for one in accounts | persons | {case.external_id} if one)


def withheld(data: bytes, telling: frozenset[str]) -> bool:
    """Whether an event, in its canonical bytes, would tell."""
    return tells_in(json.loads(data), telling)


def tells_in(document: Any, telling: frozenset[str]) -> bool:
    """Whether anything in a document, at any depth, would tell."""
    return not telling.isdisjoint(_strings(document))


def without_telling(proof: Mapping[str, Any], telling: frozenset[str]) -> dict[str, Any]:
    """The proof of a stream in which the events that tell are hashes alone."""
    events = [
        {name: value for name, value in event.items() if name != "bytes"}
        if withheld(event["bytes"].encode(), telling)
        else event
        for event in proof["events"]
    ]
    return {**proof, "events": events}


def shown(proof: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The events of a proof whose bytes are there, decoded."""
    return [json.loads(event["bytes"]) for event in proof["events"] if "bytes" in event]


def summed(files: Mapping[str, bytes]) -> bytes:
    """One line for each file as `sha256sum` writes it, and a last one for these lines themselves."""
    lines = "".join(f"{hashlib.sha256(data).hexdigest()}  {name}\n" for name, data in sorted(files.items()))
    return (lines + SELF + hashlib.sha256(lines.encode()).hexdigest() + "\n").encode()


def zipped(files: Mapping[str, bytes], at: datetime) -> bytes:
    """The files with their sums as a zip, each read-only. The same files at the same moment give the same bytes."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in {**files, SUMS: summed(files)}.items():
            entry = zipfile.ZipInfo(name, at.timetuple()[:6])
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o100444 << 16
            archive.writestr(entry, data)
    return written.getvalue()


def document(value: Any) -> bytes:
    """JSON as people may read it."""
    return json.dumps(value, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"


def _strings(value: Any) -> Iterable[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for part in value.values():
            yield from _strings(part)
    elif isinstance(value, list):
        for part in value:
            yield from _strings(part)
