"""Marked words go through every page; then everything that stays on a machine is searched for them: a dump made with
pg_dump, the write-ahead log, the log, temporary files, the folder of files, caches, sessions, messages. In clear, and as
hex, base64, escapes."""

from __future__ import annotations

import base64
import hashlib
import re
import subprocess
import tempfile
import zlib
from datetime import UTC, datetime
from pathlib import Path

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse
from tests import database
from tests.faces.conftest import INIT, PASSWORD, SECRET, code

from shaodao.centre.discipline.models import Matter
from shaodao.centre.intake import filing
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.county.pack import read_folder, versions
from shaodao.county.people import grants
from shaodao.county.people.models import User
from shaodao.faces.accounts import second_factor
from shaodao.ground.ledger import sealer, subscriptions, verify
from shaodao.run import home, postgres

HUINAN = Path(__file__).resolve().parents[2] / "county" / "huinan"
# Words that stand nowhere else: the write-ahead log still holds what other tests wrote.
MARKS = {
    "title": "魑魅标题",
    "text": "魍魉正文",
    "report": "饕餮结果",
    "tip": "貔貅反映",
    "contact": "17764902853",
    "file": "狻猊附件",
    "name": "狴犴文件名",
    "person": "嘲风",
    "problem": "椒图问题",
    "half": "螭吻写到一半",
    "passphrase": "zephyr-quartz-marimba-quokka",
    "transferred": "睚眦检举",
    "address": "203.0.113.77",  # from where somebody writes
    "blinded": hashlib.sha256(b"203.0.113.77").hexdigest(),  # as anybody could find by trying all addresses
}


def forms_of(mark: str) -> list[bytes]:
    """The ways in which a text may lie somewhere: as it is in two encodings, hex, base64 at each offset, escapes."""
    data = mark.encode()
    inner = []
    for pad in range(3):
        encoded = base64.b64encode(b"\0" * pad + data)
        start = -(-pad * 8 // 6)  # the first letter that depends on the mark alone
        stop = (pad + len(data)) * 8 // 6
        inner.append(encoded[start:stop])
    return [
        data,
        mark.encode("gb18030"),
        mark.encode("utf-16-le"),
        data.hex().encode(),
        data.hex().upper().encode(),
        mark.encode("unicode_escape"),
        "".join(f"&#{ord(c)};" for c in mark).encode(),
        "".join(f"%{b:02X}" for b in data).encode(),
        *inner,
        *(each.replace(b"+", b"-").replace(b"/", b"_") for each in inner),
    ]


def found_in(data: bytes) -> list[str]:
    return [name for name, mark in MARKS.items() if any(form in data for form in forms_of(mark))]


def test_the_search_finds_what_is_there():
    for mark in MARKS.values():
        for pad in range(3):
            assert found_in(base64.b64encode(b"x" * pad + mark.encode() + b"yy"))
        for form in forms_of(mark):
            assert found_in(b"..." + form + b"...")
    assert found_in(b"nothing of it") == []


def someone(name: str, role: str, unit: str, pack) -> Client:
    user = User.objects.create_user(name, f"演示{name}", PASSWORD)
    grants.grant(user, role, unit, pack=pack, by=INIT, now=datetime.now(UTC))
    second_factor.set_up(user, SECRET)
    client = Client()
    client.post("/accounts/login/", {"login": name, "password": PASSWORD})
    client.post("/accounts/factor/", {"code": code()})
    client.get("/work", follow=True)
    words = {"words": MARKS["passphrase"], "again": MARKS["passphrase"]}
    assert client.post(reverse("discipline:make_key"), words).status_code == 302
    assert client.post(reverse("discipline:unlock"), {"passphrase": MARKS["passphrase"]}).status_code == 302
    client.whom = f"user:{user.pk}"
    return client


@pytest.fixture
def places(fresh_db, settings, tmp_path, monkeypatch) -> Path:
    """Where the site keeps its things during the test: all below one folder that is searched afterwards."""
    for name in ("data", "tmp"):
        (tmp_path / name).mkdir()
    settings.DATA = tmp_path / "data"
    settings.FILE_UPLOAD_TEMP_DIR = None
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    versions.forget()
    versions.install(read_folder(HUINAN), effective_from=datetime.now(UTC), now=datetime.now(UTC))
    yield tmp_path
    versions.forget()


def work_through_the_pages(pack) -> list[str]:
    """Everything that members and others do; the numbers of the matters."""
    head = someone("head", "discipline_head", "J00", pack)
    shares = head.post(reverse("discipline:shares")).content.decode()
    MARKS["share"] = re.findall(r'class="share number">([^<]+)<', shares)[0][:29]
    group, leader = (
        someone("group", "inspector", "J04", pack),
        someone("leader", "discipline_head", "J04", pack),
    )
    for one in (group, leader):
        page = head.get(reverse("discipline:keys")).content.decode()
        form = rf'name="whom" value="{one.whom}"><input type="hidden" name="print" value="([^"]+)"'
        said = {"whom": one.whom, "print": re.search(form, page)[1]}
        assert head.post(reverse("discipline:admit"), said).status_code == 302

    def new(client: Client, kind: str, **said) -> str:
        answer = client.post(
            reverse("discipline:new", args=(kind,)), {"title": MARKS["title"], "workdays": "5", **said}
        )
        assert answer.status_code == 302, answer.content.decode()
        return answer["Location"].rsplit("/", 1)[-1]

    def step(client: Client, number: str, name: str, **said) -> None:
        answer = client.post(f"/discipline/matters/{number}/{name}", said)
        assert answer.status_code == 302, answer.content.decode()

    big = (MARKS["file"] * 200_000).encode()  # more than Django keeps in memory by itself
    task = new(head, "task", holder="J04", text=MARKS["text"],
               files=SimpleUploadedFile(f"{MARKS['name']}.txt", big, "text/plain"))  # fmt: skip
    step(group, task, "sign")
    step(group, task, "report", text=MARKS["report"])
    step(group, task, "note", text=MARKS["text"])
    page = head.get(f"/discipline/matters/{task}").content.decode()
    assert MARKS["report"] in page
    address = re.search(r'href="(/discipline/matters/[^"]+/files/[^"]+)"', page)[1]
    assert group.get(address).content == big
    new(group, "request", text=MARKS["text"])
    interview = new(group, "interview", addressee="单位", interviewed=MARKS["person"], reasons=MARKS["problem"],
                    basis="规定", when="明天", where="会议室", interviewer="组长", contact="电话")  # fmt: skip
    step(
        group,
        interview,
        "record",
        exchanges=f"问：{MARKS['problem']}\n答：{MARKS['text']}",
        recorder=MARKS["person"],
    )
    advice = new(group, "recommendation", organ="监察", addressee="单位", origin=MARKS["text"], problems=MARKS["problem"],
                 causes=MARKS["problem"], measures=MARKS["text"])  # fmt: skip
    step(leader, advice, "issue", text=MARKS["text"])
    for number, seq in ((advice, 1), (interview, 1), (interview, 2)):
        for form, begins in (("pdf", b"%PDF"), ("docx", b"PK")):
            paper = group.get(f"/discipline/matters/{number}/papers/{seq}.{form}")
            assert paper.content.startswith(begins), paper.content[:400].decode()
    # What is refused, typed into a locked page, or wrong in some way is kept nowhere either.
    assert head.post(reverse("discipline:new", args=("task",)), {"text": MARKS["half"]}).status_code == 422
    group.post(reverse("discipline:lock"))
    assert (
        MARKS["half"]
        in group.post(f"/discipline/matters/{task}/note", {"text": MARKS["half"]}).content.decode()
    )
    group.post(
        f"/discipline/matters/{task}/note",
        {"text": MARKS["half"], "passphrase": MARKS["half"], "going_on": "post"},
    )
    stranger = Client(REMOTE_ADDR=MARKS["address"])
    stranger.post(f"/discipline/matters/{task}/note", {"text": MARKS["half"]})
    for mark in ("tip", "transferred"):
        said = {"unit": "D13", "words": MARKS[mark], "contact": MARKS["contact"]}
        assert "已收到" in stranger.post("/supervise", said).content.decode()
        assert stranger.post("/supervise", {**said, "unit": ""}).status_code == 422
    numbers = [row.number for row in Matter.objects.order_by("number")]
    step(leader, numbers[-1], "transfer", to=MARKS["person"], receipt=MARKS["problem"])
    for client in (head, group, leader):
        for page in (
            "/discipline/",
            "/discipline/?ended",
            "/discipline/analysis",
            "/work/notices",
            "/discipline/keys",
        ):
            client.get(page)
    assert MARKS["title"] in head.get("/discipline/").content.decode()
    return numbers


CONTROL = "霸下哨件的话"


def whistle_as_everybody_does() -> None:
    """What is no secret of the discipline side lies in the vault as it is: the search must find it."""
    filing.file(Whistle(text=CONTROL, place={"grid": "S01-01"}), Caller("test", "control"))


def is_in(data: bytes) -> bool:
    return any(form in data for form in forms_of(CONTROL))


def dump(name: str) -> bytes:
    """What a system administrator would carry away."""
    unit = database.UNIT
    command = [
        unit.programs / "pg_dump",
        "-h",
        unit.socket,
        "-p",
        str(postgres.PORT),
        "-U",
        postgres.OWNER,
        name,
    ]
    password = {"PGPASSWORD": home.secret("db_owner_password", database.DATA)}
    return subprocess.run(command, capture_output=True, check=True, env=password).stdout


def test_nothing_that_is_left_on_the_machine_says_any_of_it(places, fresh_db, caplog, capfd):
    caplog.set_level("DEBUG")
    numbers = work_through_the_pages(versions.current())
    whistle_as_everybody_does()
    assert len(numbers) == 6
    sealer.seal_all(datetime.now(UTC))
    subscriptions.run_all(datetime.now(UTC))
    sealer.anchor(datetime.now(UTC))
    assert verify.run([]).clean
    dumped = dump(fresh_db)
    assert b"discipline_matter" in dumped
    assert numbers[0].encode() in dumped
    assert all(
        table in dumped for table in (b"django_session", b"faces_cache", b"messages_outbox", b"cases_words")
    )
    assert is_in(dumped)
    assert found_in(dumped) == []
    for blob in re.findall(rb"\\\\x([0-9a-f]{40,})", dumped):  # also inside whatever is packed
        data = bytes.fromhex(blob.decode()[: len(blob) // 2 * 2])
        assert found_in(data) == []
        try:
            assert found_in(zlib.decompress(data)) == []
        except zlib.error:
            continue
    out = capfd.readouterr()
    logged = "\n".join(str(record.__dict__) for record in caplog.records)
    assert "discipline/matters" in logged
    assert found_in((out.out + out.err + caplog.text + logged).encode()) == []
    files = [path for path in places.rglob("*") if path.is_file()]
    assert any(path.name == "anchors.jsonl" for path in files)
    assert {path: found for path in files if (found := found_in(path.read_bytes()))} == {}
    assert files_of_the_database(fresh_db) == {}


def files_of_the_database(name: str) -> dict[str, list[str]]:
    """The tables' own files, the server's log, and the write-ahead log, in which every row version goes by."""
    with database.UNIT.administrator() as connection:
        connection.execute("CHECKPOINT")
        (oid,) = connection.execute("SELECT oid FROM pg_database WHERE datname = %s", [name]).fetchone()
        (cluster,) = connection.execute("SHOW data_directory").fetchone()
    folder = Path(cluster)
    newest = sorted((folder / "pg_wal").glob("0*"), key=lambda path: path.stat().st_mtime)[-2:]
    paths = [*newest, *(folder / "base" / str(oid)).iterdir(), *database.UNIT.home.joinpath("log").glob("*")]
    contents = {path.name: path.read_bytes() for path in paths if path.is_file()}
    assert any(is_in(data) for data in contents.values())
    return {name: found for name, data in contents.items() if (found := found_in(data))}
