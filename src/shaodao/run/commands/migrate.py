"""`shaodao migrate`: the tables, made and changed by their owner."""

import click
from django.core.management import call_command


@click.command()
@click.option("--quiet", is_flag=True)
def migrate(quiet: bool) -> None:
    """Bring the tables up to date as the owner role."""
    call_command("migrate", database="owner", interactive=False, verbosity=0 if quiet else 1)
