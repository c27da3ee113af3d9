"""`shaodao model`: train, evaluate and explain the dispatch model of a pack."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import click

from shaodao.county.pack import Pack, PackError, load
from shaodao.county.pack.commands import set_up_django

from .classifier import MODEL_FILE, Classifier
from .evaluation import evaluate as measure
from .evaluation import read as read_labelled
from .phrases import read as read_phrases

_of_pack = click.option(
    "--pack",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default="county/huinan",
    show_default=True,
    help="Folder of the county pack.",
)


def _pack(folder: Path) -> Pack:
    try:
        return load(folder)
    except PackError as error:
        raise click.ClickException(f"the pack cannot be read: {error}") from error


@click.group()
def model() -> None:
    """The dispatch model."""


@model.command()
@_of_pack
@click.option(
    "--out",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Default: dispatch/ in the pack or data folder.",
)
@click.option(
    "--confirmed", is_flag=True, help="Also on the cases of this installation that a person confirmed."
)
def train(folder: Path, out: Path | None, confirmed: bool) -> None:
    """Train on the pack's catalogue and example sentences; write the model, print what was measured.

    With --confirmed the model is for this installation: the catalogue is the one in force, the file goes to the data folder,
    where running processes take it up, and the ledger keeps its digest."""
    try:
        from .training import train as fit
    except ImportError as error:
        raise click.ClickException("training needs scikit-learn") from error
    if confirmed:
        set_up_django()
        from . import confirmed as cases

        items = cases.catalogue()
        taught, target = cases.confirmed(items), out or cases.folder() / MODEL_FILE
    else:
        items, taught, target = _pack(folder).items, [], out or folder / "dispatch" / MODEL_FILE
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        trained = fit(read_phrases(folder / "examples"), items, target, taught)
    except (OSError, KeyError, ValueError) as error:
        raise click.ClickException(f"examples cannot be used: {error}") from error
    if confirmed:
        cases.record(trained)
    click.echo(json.dumps({"file": str(target), "bytes": target.stat().st_size, **asdict(trained)}))


@model.command()
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@_of_pack
def evaluate(file: TextIO, folder: Path) -> None:
    """Measure on FILE (CSV `text,code,alt`, alternates joined by `;`); print one line of JSON."""
    pack = _pack(folder)
    classifier = Classifier.load(folder / "dispatch", pack.word_rules)
    if classifier.fault:
        raise click.ClickException(classifier.fault)
    try:
        messages = read_labelled(file.read())
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(measure(classifier, messages, pack.items)))


@model.command()
@click.argument("text")
@_of_pack
def explain(text: str, folder: Path) -> None:
    """Say what the words of TEXT would be taken for, and why."""
    pack = _pack(folder)
    guess = Classifier.load(folder / "dispatch", pack.word_rules).classify(text, pack.items)
    click.echo(guess.reason)
    if guess.why:
        click.echo(f"依据：{'、'.join(guess.why)}")
    for code, share in guess.top:
        click.echo(f"{share:6.1%}  {code}  {pack.items[code].name if code in pack.items else ''}")
