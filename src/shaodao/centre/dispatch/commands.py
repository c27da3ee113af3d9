"""`shaodao model`: train, evaluate and explain the dispatch model of a pack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import TextIO

import click

from shaodao.county.catalogue import Item
from shaodao.county.pack import PackError, load

from .classifier import MODEL_FILE, Classifier
from .evaluation import evaluate as measure
from .evaluation import read as read_labelled
from .phrases import read as read_phrases

_pack = click.option(
    "--pack",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    default="county/huinan",
    show_default=True,
    help="Folder of the county pack.",
)


def _items(folder: Path) -> Mapping[str, Item]:
    try:
        return load(folder).items
    except PackError as error:
        raise click.ClickException(f"the pack cannot be read: {error}") from error


@click.group()
def model() -> None:
    """The dispatch model."""


@model.command()
@_pack
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="Default: dispatch/ in the pack."
)
def train(folder: Path, out: Path | None) -> None:
    """Train on the pack's catalogue and example sentences; write the model, print what was measured."""
    try:
        from .training import train as fit
    except ImportError as error:
        raise click.ClickException("training needs scikit-learn") from error
    target = out or folder / "dispatch" / MODEL_FILE
    target.parent.mkdir(parents=True, exist_ok=True)
    try:
        trained = fit(read_phrases(folder / "examples"), _items(folder), target)
    except (OSError, KeyError, ValueError) as error:
        raise click.ClickException(f"examples cannot be used: {error}") from error
    click.echo(json.dumps({"file": str(target), "bytes": target.stat().st_size, **asdict(trained)}))


@model.command()
@click.argument("file", type=click.File(encoding="utf-8-sig"))
@_pack
def evaluate(file: TextIO, folder: Path) -> None:
    """Measure on FILE (CSV `text,code,alt`, alternates joined by `;`); print one line of JSON."""
    classifier = Classifier.load(folder / "dispatch")
    if classifier.fault:
        raise click.ClickException(classifier.fault)
    try:
        messages = read_labelled(file.read())
    except ValueError as error:
        raise click.ClickException(str(error)) from error
    click.echo(json.dumps(measure(classifier, messages, _items(folder))))


@model.command()
@click.argument("text")
@_pack
def explain(text: str, folder: Path) -> None:
    """Say what the words of TEXT would be taken for, and why."""
    items = _items(folder)
    guess = Classifier.load(folder / "dispatch").classify(text, items)
    click.echo(guess.reason)
    if guess.why:
        click.echo(f"依据：{'、'.join(guess.why)}")
    for code, share in guess.top:
        click.echo(f"{share:6.1%}  {code}  {items[code].name if code in items else ''}")
