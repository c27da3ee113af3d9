"""`shaodao answers`: the knowledge base as plain files."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import click

from shaodao.centre.answers import starters
from shaodao.county.pack import load, versions

_folder = click.argument("folder", type=click.Path(exists=True, file_okay=False, path_type=Path))


@click.group()
def answers() -> None:
    """The knowledge base."""


@answers.command()
@_folder
def check(folder: Path) -> None:
    """Read the articles of a county pack; name every fault."""
    today = datetime.now(UTC).date()
    try:
        found = starters.read(folder, load(folder), today)
    except starters.Faulty as error:
        raise click.ClickException("\n".join(error.faults)) from error
    click.echo(f"{len(found)} 条，没有问题")


@answers.command("load")
@_folder
def load_(folder: Path) -> None:
    """Take new and changed articles of a county pack as drafts; a person of the centre publishes them."""
    now = datetime.now(UTC).replace(microsecond=0)
    pack = versions.current(now)
    try:
        found = starters.read(folder, pack, pack.day(now))
    except starters.Faulty as error:
        raise click.ClickException("\n".join(error.faults)) from error
    click.echo(f"{starters.propose(found, now)} 条新的或改过的，等待中心发布")
