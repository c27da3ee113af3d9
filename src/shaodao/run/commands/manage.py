"""`shaodao manage`: Django's own commands, such as makemigrations."""

import click
from django.core.management import execute_from_command_line


@click.command(context_settings={"ignore_unknown_options": True, "help_option_names": []})
@click.argument("arguments", nargs=-1, type=click.UNPROCESSED)
def manage(arguments: tuple[str, ...]) -> None:
    """Run a Django command, e.g. `shaodao manage makemigrations cases`."""
    execute_from_command_line(["shaodao manage", *arguments])
