"""An outsider with Python and an old anchor file can check the record without us."""

import copy
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.ledger.conftest import NOW, write

from shaodao.ground.ledger import Stream, anchors, proofs, sealer
from shaodao.ground.ledger.commands import ledger

DOCS = Path(__file__).parents[2] / "docs" / "ledger.md"


@pytest.fixture
def outside(cases, tmp_path):
    """A folder with an anchor file, an export, a proof, and the program that the documentation prints."""
    sealer.anchor(NOW, tmp_path / "anchors.jsonl")
    write(3, "more", "and more")
    sealer.seal_all(NOW)
    sealer.anchor(NOW, tmp_path / "anchors.jsonl")
    run = CliRunner().invoke
    (tmp_path / "events.jsonl").write_text(run(ledger, ["export"]).output)
    (tmp_path / "proof.json").write_text(
        run(ledger, ["prove", "case", "003", "--anchor", str(tmp_path / "anchors.jsonl")]).output
    )
    (program,) = re.findall(r"```python\n(.*?)```", DOCS.read_text(), re.DOTALL)
    (tmp_path / "check.py").write_text(program)
    return tmp_path


def check(folder, record):
    command = [sys.executable, "-I", "check.py", record, "anchors.jsonl"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("record", ["events.jsonl", "proof.json"])
def test_it_is_checked_by_the_program_in_the_documentation(outside, record):
    outcome = check(outside, record)
    assert outcome.stdout == "everything agrees\n", outcome.stderr


@pytest.mark.parametrize("record", ["events.jsonl", "proof.json"])
def test_it_is_refused_when_a_word_was_changed(outside, record):
    file = outside / record
    file.write_text(file.read_text().replace("and more", "and less"))
    outcome = check(outside, record)
    assert outcome.returncode == 1
    assert "was changed" in outcome.stderr


def test_it_is_refused_when_an_event_was_left_out(outside):
    file = outside / "events.jsonl"
    lines = file.read_text().splitlines()
    file.write_text("\n".join(lines[:-1]))
    assert "ends before the anchor at 50" in check(outside, "events.jsonl").stderr
    file.write_text("\n".join(lines[:5] + lines[6:]))
    assert "position 5 is missing" in check(outside, "events.jsonl").stderr


def test_it_is_refused_under_another_root(outside):
    file = outside / "anchors.jsonl"
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    lines[0]["root"] = "00" * 32
    file.write_text("\n".join(map(json.dumps, lines)))
    assert "root at 48" in check(outside, "events.jsonl").stderr


def test_it_proves_a_stream_and_nothing_that_differs_from_it(outside):
    *_, anchor = anchors.read(outside / "anchors.jsonl")
    document = proofs.prove(Stream("case", "003"), anchor.size)
    assert document == json.loads((outside / "proof.json").read_text())
    assert len(document["events"]) == 6
    assert proofs.holds(document, anchor.root)
    assert not proofs.holds(document, b"\x00" * 32)
    for spoil in (
        lambda d: d["events"].pop(0),
        lambda d: d["events"][1].update(bytes=d["events"][1]["bytes"].replace("user:1", "user:2")),
        lambda d: d["events"][1].update(position=d["events"][1]["position"] + 1),
        lambda d: d["events"][1]["proof"].reverse(),
        lambda d: d["stream"].update(id="004"),
    ):
        spoiled = copy.deepcopy(document)
        spoil(spoiled)
        assert not proofs.holds(spoiled, anchor.root)


def test_it_proves_only_what_the_anchor_covers(outside):
    with pytest.raises(proofs.NotSealed):
        proofs.prove(Stream("case", "003"), 48)
    with pytest.raises(proofs.NotSealed):
        proofs.prove(Stream("case", "nobody"), 50)
    write(3, "later")
    sealer.seal_all(NOW)
    run = CliRunner().invoke
    outcome = run(ledger, ["prove", "case", "003", "--anchor", str(outside / "anchors.jsonl")])
    assert outcome.exit_code == 1
    assert "晚于最后一个锚点" in outcome.output
    (outside / "empty.jsonl").touch()
    outcome = run(ledger, ["prove", "case", "003", "--anchor", str(outside / "empty.jsonl")])
    assert "shaodao ledger anchor" in outcome.output
