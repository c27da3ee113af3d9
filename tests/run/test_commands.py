"""The table of commands is true, and its help needs no Django."""

import os
import subprocess
import sys
from pathlib import Path

import click
from click.testing import CliRunner
from django.db import OperationalError
from psycopg_pool import PoolTimeout

from shaodao.run.cli import COMMANDS, main


def test_it_loads_every_command_it_names() -> None:
    context = click.Context(main)
    for name in COMMANDS:
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name


def test_it_helps_without_importing_django() -> None:
    code = "import sys; from shaodao.run.cli import main; main(['--help'], standalone_mode=False); "
    code += "assert 'django' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True, capture_output=True)


def test_it_says_plainly_that_the_folder_is_not_made(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "shaodao.run", "--data", str(tmp_path / "none"), "migrate"]
    environment = os.environ | {"DJANGO_SETTINGS_MODULE": "shaodao.run.settings"}
    outcome = subprocess.run(command, capture_output=True, text=True, check=False, env=environment)
    assert outcome.returncode == 1
    assert "shaodao db start" in outcome.stderr
    assert "Traceback" not in outcome.stderr


def test_it_says_plainly_that_the_database_does_not_answer(monkeypatch) -> None:
    @click.command()
    def ask() -> None:
        raise OperationalError from PoolTimeout("couldn't get a connection after 10.00 sec")

    monkeypatch.setattr(type(main), "get_command", lambda *_: ask)
    outcome = CliRunner().invoke(main, ["ask"])
    assert outcome.exit_code == 1
    assert "数据库没有应答" in outcome.output
