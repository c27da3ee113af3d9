"""`shaodao demo`: a working centre with two years of invented whistles, on one command."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click

from shaodao.run import home
from shaodao.run.commands import db

LOCAL = ZoneInfo("Asia/Shanghai")
PACK = Path(__file__).resolve().parents[4] / "county" / "huinan"
MORNING = (8, 30)
WHISTLES = 11_400
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # none that looks like another


@dataclass(slots=True)
class Note:
    """What is known of a filled data folder without asking its database; readable by its owner only."""

    password: str
    tables: str  # the state of the migrations it was last brought up to
    until: int


@click.group(invoke_without_command=True)
@click.option("--port", default=8000, show_default=True, help="Port to listen on.")
@click.option(
    "--data", type=click.Path(file_okay=False, path_type=Path), help="Data folder (default: var/demo)."
)
@click.option("--password", help="For all accounts; else one is made and kept in the data folder.")
@click.option("--no-serve", is_flag=True, help="Fill only.")
@click.option("--seed", default=7, show_default=True, help="Another seed makes another two years.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d", "%Y-%m-%d %H:%M"]), help="When the two years end.")
@click.option(
    "--whistles", default=WHISTLES, show_default=True, type=click.IntRange(min=40), help="How many."
)
@click.pass_context
def demo(
    context: click.Context,
    port: int,
    data: Path | None,
    password: str | None,
    no_serve: bool,
    seed: int,
    until: datetime | None,
    whistles: int,
) -> None:
    """The sample county with two years of whistles. A second start finds them and serves at once."""
    folder = (data or Path(os.environ.get("SHAODAO_DATA") or "var/demo")).resolve()
    os.environ["SHAODAO_DATA"] = str(folder)
    if context.invoked_subcommand:
        return
    note = _read(folder)
    address = "" if no_serve else f"http://127.0.0.1:{port}"
    if note is None or note.tables != _tables() or password:
        with _database():
            _prepare(folder, note, password or "", seed, _end(until), whistles, address)
    elif no_serve:
        click.echo(f"演示数据已经备好：{folder}")
    if not no_serve:
        serve = [sys.executable, "-m", "shaodao.run", "serve", "--port", str(port)]
        os.execv(sys.executable, serve)  # without the memory that filling took


@demo.command()
@click.argument("username")
def code(username: str) -> None:
    """The code that the authenticator app of an account of the demonstration would show now."""
    with _database():
        from shaodao.county.people.models import User
        from shaodao.faces.accounts import second_factor

        _only_here()
        user = User.objects.filter(username=username).first()
        if user is None or not second_factor.has_one(user):
            raise click.ClickException(f"没有可以登录的账号 {username}；shaodao demo accounts 列出全部")
        click.echo(second_factor.code_now(user))


@demo.command()
def accounts() -> None:
    """All accounts of the demonstration that can sign in."""
    with _database():
        from rich.console import Console

        from shaodao.county.pack import versions

        from . import people, screen

        _only_here()
        pack = versions.current()
        screen.accounts(Console(), pack, people.staff(pack))


def _only_here() -> None:
    from .filling import is_demonstration

    if not is_demonstration():
        raise click.ClickException("这不是演示数据库")


@contextmanager
def _database() -> Iterator[None]:
    """The database, up and brought up to date; left as it was found."""
    ours = not os.environ.get("DATABASE_URL") and db.ensure_started()
    try:
        from shaodao.run.cli import set_up_django

        set_up_django()
        yield
    finally:
        if ours:
            from django.db import connections

            connections.close_all()
            db.unit().stop()


def _prepare(
    folder: Path, note: Note | None, password: str, seed: int, until: datetime, whistles: int, address: str
) -> None:
    from django.contrib.auth.password_validation import validate_password
    from django.core.exceptions import ValidationError
    from django.core.management import call_command
    from rich.console import Console
    from rich.progress import Progress

    from shaodao.county.pack import versions

    from . import accounts as staff_accounts
    from . import filling, people, screen

    if password:
        try:
            validate_password(password)
        except ValidationError as why:
            raise click.ClickException("；".join(why.messages)) from why
    call_command("migrate", database="owner", interactive=False, verbosity=0)
    chosen = password or (note.password if note else "-".join(_word() for _ in range(4)))
    console = Console()
    if filling.is_demonstration():
        filling.settle()
        pack = versions.current()
        if password or note is None:
            staff_accounts.set_password(people.staff(pack), chosen)
    else:
        with Progress(console=console, transient=True) as progress:
            task = progress.add_task("", total=None)

            def say(step: str, done: int, whole: int) -> None:
                progress.update(task, description=step, completed=done, total=whole if whole > 1 else None)

            filling.fill(PACK, seed=seed, count=whistles, until=until, password=chosen, say=say)
        pack = versions.current()
    ended = filling.ended_at()
    _write(folder, Note(chosen, _tables(), int(ended.timestamp())))
    is_new = note is None or bool(password)
    screen.show(
        console, pack, people.staff(pack), ended, folder / "demo.json", chosen if is_new else "", address
    )


def _end(until: datetime | None) -> datetime:
    """The last half past eight in the morning that has passed, or what was asked for, in the county's time."""
    now = datetime.now(LOCAL)
    if until is not None:
        asked = until.replace(tzinfo=LOCAL)
        return asked if (asked.hour, asked.minute) != (0, 0) else asked.replace(hour=8, minute=30)
    morning = now.replace(hour=MORNING[0], minute=MORNING[1], second=0, microsecond=0)
    return morning if morning <= now else morning - timedelta(days=1)


def _word() -> str:
    return "".join(secrets.choice(LETTERS) for _ in range(5))


def _tables() -> str:
    """The state of the migrations, told without a database."""
    files = sorted(Path(__file__).resolve().parents[2].glob("**/migrations/*.py"))
    return hashlib.sha256(b"".join(file.name.encode() + file.read_bytes() for file in files)).hexdigest()


def _read(folder: Path) -> Note | None:
    try:
        return Note(**json.loads((folder / "demo.json").read_text()))
    except (FileNotFoundError, ValueError, TypeError):
        return None


def _write(folder: Path, note: Note) -> None:
    home.prepare(folder)
    file = folder / "demo.json"
    file.unlink(missing_ok=True)
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as stream:
        json.dump(asdict(note), stream)
