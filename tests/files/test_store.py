"""Both places where bytes may lie behave alike."""

import os
import re
import stat
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest

from shaodao.ground.files.store import Bucket, Folder, Missing, Store, store

KEY, OTHER = "ab" * 32, "cd" * 32


class Shelf(BaseHTTPRequestHandler):
    """As much of S3 as a store needs: put, get, delete (one or several), list."""

    protocol_version = "HTTP/1.1"
    things: dict[str, bytes]

    def do_PUT(self):
        self.things[self.path] = self.rfile.read(int(self.headers["Content-Length"]))
        self._say(200, headers={"ETag": '"1"'})

    def do_GET(self):
        path, query = urlsplit(self.path)[2:4]
        if "list-type" in query:
            prefix = parse_qs(query).get("prefix", [""])[0]
            names = [name.removeprefix("/bucket/") for name in self.things]
            entries = "".join(
                f"<Contents><Key>{name}</Key><LastModified>2026-03-10T01:00:00Z</LastModified>"
                "<Size>1</Size><ETag>1</ETag></Contents>"
                for name in names
                if name.startswith(prefix)
            )
            return self._say(
                200,
                f"<ListBucketResult><IsTruncated>false</IsTruncated>{entries}</ListBucketResult>".encode(),
            )
        if path not in self.things:
            return self._say(404, b"<Error><Code>NoSuchKey</Code></Error>")
        return self._say(
            200, self.things[path], {"ETag": '"1"', "Last-Modified": "Tue, 10 Mar 2026 01:00:00 GMT"}
        )

    def do_DELETE(self):
        self.things.pop(self.path, None)
        self._say(204)

    def do_POST(self):
        asked = self.rfile.read(int(self.headers["Content-Length"])).decode()
        names = re.findall("<Key>(.*?)</Key>", asked)
        for name in names:
            self.things.pop(f"/bucket/{name}", None)
        done = "".join(f"<Deleted><Key>{name}</Key></Deleted>" for name in names)
        self._say(200, f"<DeleteResult>{done}</DeleteResult>".encode())

    def _say(self, status: int, body: bytes = b"", headers: dict[str, str] | None = None) -> None:
        self.send_response(status)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


@pytest.fixture
def s3(monkeypatch) -> Iterator[dict[str, bytes]]:
    things: dict[str, bytes] = {}
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Own", (Shelf,), {"things": things}))
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    for name, value in {
        "AWS_ENDPOINT": f"http://127.0.0.1:{server.server_port}",
        "AWS_ALLOW_HTTP": "true",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(name, value)
    yield things
    server.shutdown()
    server.server_close()


@pytest.fixture(params=["folder", "bucket"])
def place(request, tmp_path) -> Store:
    if request.param == "folder":
        return Folder(tmp_path / "files")
    request.getfixturevalue("s3")
    return Bucket("s3://bucket/evidence")


def test_it_gives_back_what_was_put(place):
    place.put(KEY, b"one")
    place.put(f"{KEY}.thumb", b"two")
    assert (place.get(KEY), place.get(f"{KEY}.thumb")) == (b"one", b"two")


def test_it_says_what_is_missing(place):
    with pytest.raises(Missing):
        place.get(KEY)


def test_it_deletes_and_does_not_mind_what_is_gone(place):
    place.put(KEY, b"one")
    place.put(OTHER, b"two")
    place.delete(KEY, f"{KEY}.thumb")
    place.delete(KEY)
    with pytest.raises(Missing):
        place.get(KEY)
    assert place.get(OTHER) == b"two"


def test_it_lists_what_it_holds(place):
    put = [KEY, f"{KEY}.display", OTHER]
    for key in put:
        place.put(key, b"one")
    listed = dict(place.listing())
    assert sorted(listed) == sorted(put)
    assert all(moment.tzinfo for moment in listed.values())


@pytest.mark.parametrize("key", ["", "../../etc/passwd", "ab" * 31, f"{KEY}.exe", f"{KEY}/x", KEY.upper()])
def test_it_refuses_what_is_no_key(place, key):
    for use in (lambda: place.put(key, b""), lambda: place.get(key), lambda: place.delete(key)):
        with pytest.raises(ValueError, match="not a key"):
            use()


def test_a_folder_is_its_owners_alone(tmp_path):
    Folder(tmp_path / "files").put(KEY, b"one")
    paths = [tmp_path / "files" / "ab" / "ab" / KEY, tmp_path / "files" / "ab" / "ab"]
    assert [stat.S_IMODE(path.stat().st_mode) for path in paths] == [0o600, 0o700]


def test_a_write_that_fails_leaves_nothing(tmp_path, monkeypatch):
    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        Folder(tmp_path).put(KEY, b"one")
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == []


def test_a_folder_lists_keys_half_written_ones_too_and_says_when(tmp_path):
    """A crash between writing aside and renaming leaves a file that the sweep must find, and can delete."""
    folder = Folder(tmp_path)
    folder.put(KEY, b"one")
    left = tmp_path / "cd" / "cd" / f".{OTHER}"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"ha")
    (left.parent / "notes.txt").write_bytes(b"")
    long_ago = datetime(2026, 1, 1, tzinfo=UTC)
    for path in (left, tmp_path / "ab" / "ab" / KEY):
        os.utime(path, (0, long_ago.timestamp()))
    assert sorted(folder.listing()) == [(KEY, long_ago), (OTHER, long_ago)]
    with pytest.raises(Missing):
        folder.get(OTHER)
    folder.delete(OTHER)
    assert [key for key, _ in folder.listing()] == [KEY]


def test_a_bucket_keeps_to_its_prefix(s3):
    Bucket("s3://bucket/evidence").put(KEY, b"one")
    assert list(s3) == [f"/bucket/evidence/ab/ab/{KEY}"]


def test_the_setting_chooses(settings, tmp_path):
    settings.DATA = tmp_path
    settings.FILES_STORE = ""
    chosen = store()
    assert isinstance(chosen, Folder)
    assert chosen.root == tmp_path / "files"
    settings.FILES_STORE = "memory:///"
    assert isinstance(store(), Bucket)
    assert store() is store()
