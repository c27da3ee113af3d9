"""`shaodao token`."""

from __future__ import annotations

from datetime import UTC, datetime

from click.testing import CliRunner
from tests.api.conftest import Program

from shaodao.county.people import grants
from shaodao.county.people.models import User
from shaodao.faces.api.commands import token
from shaodao.ground.ledger.events import Context


def run(*arguments: str):
    return CliRunner().invoke(token, arguments)


def test_it_makes_lists_and_revokes_a_token(pack):
    user = User.objects.create_user("wang", "王")
    for role, unit in (("seat", "C00"), ("liaison", "D15"), ("liaison", "D13")):
        grants.grant(user, role, unit, pack=pack, by=Context(actor="system:init"), now=datetime.now(UTC))
    said = ("--user", "wang", "--role", "seat", "--name", "link", "--system", "12345")
    made = run("create", *said).output.strip()
    assert Program(made).get("/cases").status_code == 200
    assert run("list").output.split("\t")[:4] == ["link", "wang", "seat@C00", "12345"]
    assert run("revoke", "link").output == "revoked 1\n"
    assert Program(made).get("/cases").status_code == 401
    assert "revoked" in run("list").output


def test_it_makes_none_without_one_certain_post(pack):
    user = User.objects.create_user("wang", "王")
    for unit in ("D15", "D13"):
        grants.grant(user, "liaison", unit, pack=pack, by=Context(actor="system:init"), now=datetime.now(UTC))
    several = run("create", "--user", "wang", "--role", "liaison", "--name", "x")
    assert (several.exit_code, "--unit" in several.output) == (1, True)
    assert run("create", "--user", "wang", "--role", "liaison", "--unit", "D15", "--name", "x").exit_code == 0
    for username, role in (("wang", "seat"), ("nobody", "liaison")):
        assert run("create", "--user", username, "--role", role, "--name", "x").exit_code == 1
