import json
import os
import re
import subprocess
import sys

import pytest
from click.testing import CliRunner
from tests.county.conftest import HUINAN

from shaodao.county.pack.commands import pack as command
from shaodao.county.people.models import Post, User


@pytest.fixture
def copy(tmp_path, files):
    folder = tmp_path / "county"
    folder.mkdir()
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


def run(*words, **more):
    return CliRunner().invoke(command, [str(word) for word in words], **more)


def test_it_finds_nothing_and_says_so(copy):
    outcome = run("check", copy)
    assert outcome.exit_code == 0
    assert outcome.output.strip().endswith("没有问题")


def test_it_names_each_fault_on_a_line_and_fails(copy):
    path = copy / "owners.csv"
    path.write_text(path.read_text().replace("移动,U05", "移动,U55"))
    outcome = run("check", copy)
    assert outcome.exit_code == 1
    assert re.search(r"^owners\.csv:6: \[unit\] 没有可派单的单位 U55 → ", outcome.output, re.MULTILINE)
    assert "1 处问题" in outcome.output


def test_it_shows_what_changed(copy):
    path = copy / "settings.toml"
    path.write_text(path.read_text().replace("photos = 9", "photos = 6"))
    assert run("diff", HUINAN, copy).output == "settings.toml: numbers.photos : 9 → 6\n1 处不同\n"


def test_it_draws_a_map_only_where_there_is_none_or_when_told(copy):
    assert run("schematic", copy).exit_code == 1
    (copy / "places.geojson").unlink()
    outcome = run("schematic", copy)
    assert outcome.exit_code == 0, outcome.output
    assert (copy / "places.geojson").read_bytes() == (HUINAN / "places.geojson").read_bytes()
    assert all(
        f["properties"]["demonstration"] for f in json.loads((copy / "lines.geojson").read_text())["features"]
    )
    assert run("schematic", copy, "--overwrite").exit_code == 0


def test_it_checks_without_data_folder_or_database(copy, tmp_path):
    environment = {**os.environ, "SHAODAO_DATA": str(tmp_path / "none"), "DATABASE_URL": ""}
    outcome = subprocess.run(
        [sys.executable, "-m", "shaodao.run", "pack", "check", str(copy)],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stderr
    assert not (tmp_path / "none").exists()


def test_it_makes_an_installation_changes_its_pack_and_asks_two_persons(fresh_db, copy, pack):
    """init → propose → approve on the command line, in a database of its own."""
    shaodao = [sys.executable, "-m", "shaodao.run"]

    def call(*words, typed=""):
        return subprocess.run([*shaodao, *words], input=typed, capture_output=True, text=True, check=False)

    outcome = call("init", "--pack", str(copy), "--address", "https://example.test/")
    assert outcome.returncode == 0, outcome.stderr
    assert len(re.findall(r"设置密码：https://example\.test/\S+", outcome.stdout)) == 3
    assert {(p.role, p.unit, p.user.has_usable_password()) for p in Post.objects.select_related("user")} == {
        ("system_admin", "C00", False),
        ("security_admin", "C00", False),
        ("audit_admin", "J00", False),
    }
    assert call("init", "--pack", str(copy)).returncode == 1

    from django.utils import timezone

    from shaodao.county.people.grants import grant
    from shaodao.ground.ledger.events import Context

    for name in ("first", "second"):
        user = User.objects.create_user(name, name, "Long-enough-1")
        grant(user, "centre_director", "C00", pack=pack, by=Context("system:test"), now=timezone.now())
    path = copy / "settings.toml"
    path.write_text(path.read_text().replace("photos = 9", "photos = 6"))
    words = ("pack", "propose", str(copy), "--from", "2020-01-01", "--as")
    assert call(*words, "first", typed="wrong\n").returncode == 1
    outcome = call(*words, "first", typed="Long-enough-1\n")
    assert outcome.returncode == 0, outcome.stderr
    version = re.search(r"[0-9a-f-]{36}", outcome.stdout)[0]
    outcome = call("pack", "approve", version, "--as", "first", typed="Long-enough-1\n")
    assert "不能批准自己" in outcome.stderr
    outcome = call("pack", "approve", version, "--as", "second", typed="Long-enough-1\n")
    assert outcome.returncode == 0, outcome.stderr
    assert "numbers.photos : 9 → 6" in outcome.stdout
    assert re.search(rf"{version}  已批准", call("pack", "list").stdout)
