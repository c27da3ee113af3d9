# ruff: noqa: F811 (fixtures of others)
"""证据包: it proves itself on a machine without the product; a changed byte fails; it never tells who reported."""

from __future__ import annotations

import hashlib
import io
import json
import shutil
import subprocess
import sys
import zipfile
from datetime import timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.cases.conftest import NOW, SPOT, by
from tests.files.conftest import encoded, photo, scene  # noqa: F401

from shaodao.centre.bundles import making, pictures
from shaodao.centre.bundles.bundle import SUMS, summed
from shaodao.centre.cases import actions
from shaodao.centre.cases.actions import NoSuchCase
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground.files import intake
from shaodao.ground.ledger import keeping, sealer, store, subscriptions
from shaodao.ground.ledger.events import Stream

MEMBER, AUDITOR = by("inspector", "J04", 71), by("audit_admin", "J00", 72)
CLERK = by("liaison", "D15", 3)
SAID = "井盖已换成防盗的"


@pytest.fixture
def folder(settings, tmp_path):
    settings.FILES_STORE = ""
    settings.DATA = tmp_path / "data"
    settings.DATA.mkdir()
    return tmp_path


@pytest.fixture
def worked(folder, whistle, photo):
    """A case with a picture of whoever reported and one of the unit, signed and turned out for."""

    def work(item: str = "MS-07", **said) -> str:
        (seen,) = intake.accept([photo], "theirs", NOW)
        filed = whistle(item=item, phone="13800138000", photos=[str(seen.pk)], upload_token="theirs", **said)
        number, lead = filed.case.number, filed.case.lead.unit
        unit = by("liaison", lead, 3)
        at = NOW + timedelta(minutes=5)
        actions.act(number, "sign", {"duty": 1}, unit, at=at)
        (came,) = intake.accept([photo], "ours", at)
        report = {
            "duty": 1,
            "mode": "site",
            "persons": 2,
            "position": SPOT,
            "words": SAID,
            "photos": [str(came.pk)],
        }
        actions.act(number, "report_in", report, unit, at=at + timedelta(minutes=5), upload_token="ours")
        return number

    return work


def made(number, pack, who=MEMBER):
    return making.make(number, "核查超期", {"case.html": "<p>哨件</p>".encode()}, who, pack)


def unpacked(data: bytes, folder):
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    zipfile.ZipFile(io.BytesIO(data)).extractall(folder)
    return folder


def verify(folder, *options):
    """As somebody would who has nothing of ours: an interpreter without its environment, in that folder."""
    command = [sys.executable, "-I", "-S", "verify.py", *options]
    return subprocess.run(
        command, cwd=folder, capture_output=True, text=True, check=False, env={"PATH": "/usr/bin"}
    )


def test_it_verifies_where_there_is_nothing_but_python(worked, pack, folder):
    number = worked()
    place = unpacked(made(number, pack).data, folder / "elsewhere")
    outcome = verify(place)
    assert outcome.returncode == 0, outcome.stderr
    assert "OK" in outcome.stdout
    assert "1 pictures" in outcome.stdout
    assert json.loads((place / "ledger/case.json").read_text())["stream"] == {"kind": "case", "id": number}
    words = json.loads((place / "ledger/values.json").read_text())["words"]
    assert SAID in [word["text"] for word in words]
    shutil.copy(keeping.anchor_file(), folder / "kept.jsonl")
    assert verify(place, "--anchor", str(folder / "kept.jsonl")).returncode == 0
    assert not (place.stat().st_mode & 0o7000)
    assert all(
        info.external_attr >> 16 & 0o222 == 0
        for info in zipfile.ZipFile(io.BytesIO(made(number, pack).data)).infolist()
    )


@pytest.fixture
def bundle(worked, pack, folder):
    return unpacked(made(worked(), pack).data, folder / "elsewhere")


def test_every_changed_byte_fails_and_names_the_file(bundle):
    original = {p.relative_to(bundle).as_posix(): p.read_bytes() for p in bundle.rglob("*") if p.is_file()}
    assert set(original) > {"SHA256SUMS", "verify.py", "case.html", "ledger/case.json", "ledger/anchor.json"}

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
    @given(st.data())
    def changed(draw):
        name = draw.draw(st.sampled_from(sorted(original)))
        data = bytearray(original[name])
        at, bit = draw.draw(st.integers(0, len(data) - 1)), draw.draw(st.integers(0, 7))
        data[at] ^= 1 << bit
        target = bundle / name
        target.chmod(0o644)
        program = original["verify.py"]
        target.write_bytes(bytes(data))
        try:
            if name == "verify.py":  # what was changed may do anything: one's own copy says so
                (bundle.parent / "own.py").write_bytes(
                    program.replace(b"Path(__file__).resolve().parent", b"Path.cwd()")
                )
                command = [sys.executable, "-I", "-S", "../own.py"]
                outcome = subprocess.run(command, cwd=bundle, capture_output=True, text=True, check=False)
            else:
                outcome = verify(bundle)
            assert outcome.returncode == 1
            assert name in outcome.stderr
        finally:
            target.write_bytes(original[name])

    changed()
    assert verify(bundle).returncode == 0


def test_a_file_more_or_less_fails(bundle):
    (bundle / "more.txt").write_text("more")
    assert "more.txt" in verify(bundle).stderr
    (bundle / "more.txt").unlink()
    (bundle / "case.html").unlink()
    assert "case.html" in verify(bundle).stderr


def resum(place):
    """What a forger does who knows how the sums are made."""
    files = {
        p.relative_to(place).as_posix(): p.read_bytes()
        for p in place.rglob("*")
        if p.is_file() and p.name != SUMS
    }
    (place / SUMS).chmod(0o644)
    (place / SUMS).write_bytes(summed(files))


def edit(place, name, change):
    target = place / name
    target.chmod(0o644)
    document = json.loads(target.read_text())
    change(document)
    target.write_text(json.dumps(document, ensure_ascii=False))
    resum(place)
    return verify(place)


def test_a_forger_who_makes_the_sums_anew_is_found_out(bundle):
    def other_word(values):
        values["words"][0]["text"] += "。"

    def other_event(stream):
        event = next(e for e in stream["events"] if '"persons":2' in e.get("bytes", ""))
        event["bytes"] = event["bytes"].replace('"persons":2', '"persons":9')

    def one_less(stream):
        del stream["events"][1]

    def hidden(stream):
        event = next(e for e in stream["events"] if "bytes" in e)
        event["hash"] = "00" * 32
        del event["bytes"]

    for name, change in (
        ("ledger/values.json", other_word),
        ("ledger/case.json", other_event),
        ("ledger/case.json", one_less),
        ("ledger/case.json", hidden),
    ):
        before = (bundle / name).read_bytes()
        outcome = edit(bundle, name, change)
        assert outcome.returncode == 1
        assert name in outcome.stderr
        (bundle / name).write_bytes(before)
    (picture,) = (bundle / "pictures").iterdir()
    picture.chmod(0o644)
    picture.write_bytes(picture.read_bytes() + b" ")
    resum(bundle)
    assert f"pictures/{picture.name}" in verify(bundle).stderr


def test_a_forger_who_makes_the_root_anew_is_found_by_an_anchor_of_ones_own(bundle, folder):
    (folder / "kept.jsonl").write_text(json.dumps({"size": 1, "root": "ab" * 32}) + "\n")
    outcome = verify(bundle, "--anchor", str(folder / "kept.jsonl"))
    assert outcome.returncode == 1
    assert "ledger/anchor.json" in outcome.stderr


@pytest.mark.parametrize("item", ["MS-07", "XZ-02"])
def test_it_never_tells_who_reported(worked, pack, folder, item):
    number = worked(item, name="隋无名")
    case = actions.load(number)
    mode = {"MS-07": ("contactable", "shared"), "XZ-02": ("protected",)}[item]
    assert case.identity_mode in mode
    data = made(number, pack).data
    everything = b"".join(
        zipfile.ZipFile(io.BytesIO(data)).read(n) for n in zipfile.ZipFile(io.BytesIO(data)).namelist()
    )
    told = ["隋无名", "13800138000", "西门口的井盖丢了，夜里很危险"]
    if case.identity_mode == "protected":
        told.append(case.whistler)
    for one in told:
        assert one.encode() not in everything
    assert f"pictures/{case.photos[0]}" not in everything.decode(errors="ignore")
    assert verify(unpacked(data, folder / "elsewhere")).returncode == 0


def test_an_account_that_reported_is_never_told(worked, pack, folder):
    number = worked(by=by("grid_chief", "S01-01-01", 4711))
    data = made(number, pack).data
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert not any(
            b"4711" in archive.read(name) for name in archive.namelist() if name.startswith("ledger/case")
        )
        events = json.loads(archive.read("ledger/case.json"))["events"]
    assert "bytes" not in events[0]
    assert "bytes" in events[-1]
    assert verify(unpacked(data, folder / "elsewhere")).returncode == 0


def test_only_the_discipline_side_and_the_auditor_make_one(worked, pack):
    number = worked()
    for who in (MEMBER, AUDITOR, by("discipline_head", "J00", 73)):
        assert made(number, pack, who).data
    for who in (
        by("inspector", "J01", 74),  # another group's
        by("village_supervisor", "T06-02", 75),
        *(by(role, "C00") for role in ("system_admin", "security_admin", "centre_director", "seat", "shift_leader")),
        CLERK, by("county_leader", "L00"), by("supervisor", "V00"), by("deputy", "X00"), by("whistler", ""),
    ):  # fmt: skip
        with pytest.raises(NoSuchCase):
            made(number, pack, who)
        with pytest.raises(NoSuchCase):
            making.makings(number, who, pack)
    with pytest.raises(NoSuchCase):
        made("999999000001", pack)
    with pytest.raises(Refusal, match="reason_needed"):
        making.make(number, " ", {}, MEMBER, pack)


def test_each_making_is_an_event_with_the_hash_of_its_sums(worked, pack):
    number = worked()
    one, two = made(number, pack), made(number, pack, AUDITOR)
    events = store.history(Stream(making.KIND, number))
    assert [(e.type, e.context.actor, e.payload["sums"]) for e in events] == [
        ("BundleMade", MEMBER.actor, one.sums),
        ("BundleMade", AUDITOR.actor, two.sums),
    ]
    with zipfile.ZipFile(io.BytesIO(two.data)) as archive:
        assert hashlib.sha256(archive.read("SHA256SUMS")).hexdigest() == two.sums
    assert [m.reason for m in making.makings(number, MEMBER, pack)] == ["核查超期", "核查超期"]


def test_pictures_are_bound_once_by_the_hash_of_their_bytes(worked, pack):
    number = worked()
    sealer.seal_all(NOW)
    while subscriptions.run("pictures", NOW + timedelta(days=1)):
        pass
    bound = pictures.bound_of(number)
    assert [seq for seq, _ in bound] == sorted({seq for seq, _ in bound})
    assert {id for _, ids in bound for id in ids} >= set(actions.load(number).photos)
    pictures.catch_up(number)
    assert pictures.bound_of(number) == bound


# --- what a forger tries with the folder itself --------------------------------------------------------------------


def test_modules_that_lie_beside_it_are_not_run(bundle):
    """`python verify.py` without -I looks for modules in that folder first: one that a forger put there would answer."""
    for name in ("json.py", "hashlib.py", "pathlib.py", "argparse.py"):
        (bundle / name).write_text("print('OK'); raise SystemExit(0)\n")
    command = [sys.executable, "verify.py"]
    outcome = subprocess.run(command, cwd=bundle, capture_output=True, text=True, check=False)
    assert outcome.returncode == 1
    assert "does not belong here" in outcome.stderr
    assert "OK" not in outcome.stdout


def test_one_of_ones_own_checks_a_bundle_whose_program_was_changed(bundle):
    own = bundle.parent / "own.py"
    shutil.copy(making.VERIFIER, own)
    (bundle / "verify.py").chmod(0o644)
    (bundle / "verify.py").write_text("print('相符 OK')\n")

    def by_own(*options):
        command = [sys.executable, "-I", "-S", str(own), *options]
        return subprocess.run(
            command, cwd=bundle.parent, capture_output=True, text=True, check=False, encoding="utf-8"
        )

    assert verify(bundle).returncode == 0
    assert "verify.py: changed" in by_own(str(bundle)).stderr
    shutil.copy(making.VERIFIER, bundle / "verify.py")
    good = by_own(str(bundle))
    assert good.returncode == 0
    assert hashlib.sha256((bundle / SUMS).read_bytes()).hexdigest() in good.stdout
    assert by_own(str(bundle), "--anchor", str(bundle / "no-such-file")).returncode == 1


def test_a_folder_of_caches_hides_nothing(bundle):
    (bundle / "pictures" / "__pycache__").mkdir()
    (bundle / "pictures" / "__pycache__" / "more.jpg").write_bytes(b"more")
    assert "does not belong here" in verify(bundle).stderr


def test_a_file_does_not_say_two_things(bundle):
    """Of a name that stands twice the program reads the last and a person the first."""
    target = bundle / "ledger/values.json"
    target.chmod(0o644)
    target.write_text(target.read_text().replace('"words":', '"words": [{"text": "别的话"}], "words":', 1))
    resum(bundle)
    outcome = verify(bundle)
    assert outcome.returncode == 1
    assert "twice" in outcome.stderr


def test_pictures_are_files_of_the_bundle(bundle):
    outside = bundle.parent / "outside.jpg"

    def elsewhere(values):
        (one,) = values["files"]
        outside.write_bytes((bundle / one["file"]).read_bytes())
        one["file"] = "../outside.jpg"

    outcome = edit(bundle, "ledger/values.json", elsewhere)
    assert outcome.returncode == 1
    assert "../outside.jpg" in outcome.stderr


@pytest.mark.parametrize("algorithm", ["md5", "sha1", "shake_128"])
def test_it_counts_with_the_ledgers_hashes_alone(bundle, algorithm):
    outcome = edit(bundle, "ledger/anchor.json", lambda anchor: anchor.update(algorithm=algorithm))
    assert outcome.returncode == 1
    assert algorithm in outcome.stderr


def test_what_cannot_be_read_is_not_ok(bundle):
    target = bundle / "ledger/case.json"
    target.chmod(0o644)
    for text in ("[" * 100_000, "[]", "", "\udc80".encode("utf-8", "surrogatepass").decode("latin-1")):
        target.write_text(text)
        resum(bundle)
        outcome = verify(bundle)
        assert outcome.returncode == 1
        assert "NOT OK" in outcome.stderr
        assert "Traceback" not in outcome.stderr


def test_it_answers_on_a_screen_without_chinese(bundle):
    environment = {"PATH": "/usr/bin", "PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, "-S", "verify.py"]
    outcome = subprocess.run(command, cwd=bundle, capture_output=True, check=False, env=environment)
    assert outcome.returncode == 0, outcome.stderr
    assert b"OK" in outcome.stdout


def test_what_only_its_sum_vouches_for_is_said(bundle):
    """The page to read is no part of the ledger: whoever makes the sums anew can write another. Their sum is on record."""
    (bundle / "case.html").chmod(0o644)
    (bundle / "case.html").write_text("<p>另一个故事</p>")
    honest = hashlib.sha256((bundle / SUMS).read_bytes()).hexdigest()
    resum(bundle)
    outcome = verify(bundle)
    assert honest not in outcome.stdout
    assert hashlib.sha256((bundle / SUMS).read_bytes()).hexdigest() in outcome.stdout
    assert "case.html" in outcome.stdout
    values = json.loads((bundle / "ledger/values.json").read_text())
    assert all(set(one) == {"file", "commitment", "salt"} for one in values["files"])
