"""The table of commands is true, and its help needs no Django."""

import os
import subprocess
import sys
from pathlib import Path

import click

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
