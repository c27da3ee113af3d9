"""The command `shaodao`. Its subcommands are named in `COMMANDS` and loaded when used: `--help` is quick."""

import os
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import click


@dataclass(frozen=True, slots=True)
class Entry:
    """Where a subcommand lives (`module:object`) and what it does, in one line.

    With `django`, Django is set up before the module is imported, so it may import models at its top.
    """

    target: str
    help: str
    django: bool = True


COMMANDS: dict[str, Entry] = {
    "background": Entry("shaodao.run.commands.background:background", "The background loops alone."),
    "db": Entry(
        "shaodao.run.commands.db:db", "The embedded database: start, stop, status, psql.", django=False
    ),
    "demo": Entry(
        "shaodao.run.demo.command:demo", "The sample county with two years of whistles.", django=False
    ),
    "init": Entry("shaodao.run.commands.init:init", "A new installation from a county pack.", django=False),
    "migrate": Entry("shaodao.run.commands.migrate:migrate", "Bring the tables up to date."),
    "ledger": Entry("shaodao.ground.ledger.commands:ledger", "The ledger: verify, anchor, seal, status."),
    "manage": Entry("shaodao.run.commands.manage:manage", "Django's own commands."),
    "messages": Entry(
        "shaodao.ports.delivery.commands:messages", "Messages out: check, deliver, status, retry."
    ),
    "pack": Entry(
        "shaodao.county.pack.commands:pack", "The county pack: check, compare, change.", django=False
    ),
    "model": Entry(
        "shaodao.centre.dispatch.commands:model",
        "The dispatch model: train, evaluate, explain.",
        django=False,
    ),
    "scores": Entry(
        "shaodao.centre.scores.commands:scores", "Scores: reckon published months again, from the ledger."
    ),
    "rehearse": Entry(
        "shaodao.run.commands.rehearse:rehearse", "Past whistles through a changed pack; nothing is written."
    ),
    "briefing": Entry(
        "shaodao.run.commands.briefing:briefing", "A month's briefing as page, document and tables."
    ),
    "answers": Entry(
        "shaodao.centre.answers.commands:answers", "The knowledge base: check and load its files."
    ),
    "token": Entry("shaodao.faces.api.commands:token", "Tokens by which programs use the API."),
    "import-whistles": Entry(
        "shaodao.run.commands.import_whistles:import_whistles", "Whistles from a CSV or XLSX file."
    ),
    "hot-issues": Entry(
        "shaodao.run.commands.hot_issues:command",
        "The hottest matters in a CSV or XLSX file of messages.",
        django=False,
    ),
    "serve": Entry(
        "shaodao.run.commands.serve:serve", "Everything: database, web, background.", django=False
    ),
}


class Commands(click.Group):
    """A group that imports a subcommand only to run it."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        entry = COMMANDS.get(cmd_name)
        if entry is None:
            return None
        if entry.django:
            set_up_django()
        module, name = entry.target.split(":")
        command = getattr(import_module(module), name)
        assert isinstance(command, click.Command)
        return command

    def invoke(self, ctx: click.Context) -> Any:
        try:
            return super().invoke(ctx)
        except Exception as error:
            from psycopg_pool import PoolTimeout  # only where something went wrong

            if isinstance(error.__cause__, PoolTimeout):
                raise click.ClickException(
                    "数据库没有应答：先运行 shaodao db start；自备的数据库请看 DATABASE_URL"
                ) from error
            raise

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        with formatter.section("Commands"):
            formatter.write_dl([(name, COMMANDS[name].help) for name in self.list_commands(ctx)])


def set_up_django() -> None:
    """Configure Django once. Refuses with plain words where the data folder is not made yet."""
    import django

    from shaodao.run.home import NotPrepared

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "shaodao.run.settings")
    try:
        django.setup()
    except NotPrepared as error:
        raise click.ClickException(str(error)) from error


def _use_data_folder(ctx: click.Context, parameter: click.Parameter, folder: str | None) -> None:
    # While options are read, hence before a subcommand is imported and Django reads its settings.
    if folder:
        os.environ["SHAODAO_DATA"] = folder


@click.group(cls=Commands)
@click.option(
    "--data",
    type=click.Path(file_okay=False),
    callback=_use_data_folder,
    expose_value=False,
    is_eager=True,
    help="Data folder (default: $SHAODAO_DATA or var/data).",
)
def main() -> None:
    """哨到: the county's governance centre on one command."""
