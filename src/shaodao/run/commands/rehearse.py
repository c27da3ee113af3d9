"""`shaodao rehearse`: past whistles through a changed pack."""

from __future__ import annotations

import json
import tempfile
import time
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import click
from django.contrib.staticfiles import finders
from django.template.loader import render_to_string
from django.utils.safestring import mark_safe
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn
from rich.table import Table as Grid

from shaodao.centre.dispatch import classifier, phrases
from shaodao.centre.dispatch.classifier import MODEL_FILE, Classifier
from shaodao.centre.dispatch.model import Model
from shaodao.centre.rehearsal import manual
from shaodao.centre.rehearsal.rehearse import Changed, Days, read_only
from shaodao.centre.rehearsal.rehearse import rehearse as run
from shaodao.county.pack import Files, PackError, check_files, load_files, read_folder, versions
from shaodao.county.pack.model import Pack
from shaodao.faces.administration.rehearsed import Page, page

DAY = click.DateTime(["%Y-%m-%d"])
EXAMPLES = 2  # case numbers in a line of the terminal


@click.command("rehearse")
@click.option(
    "--pack",
    "folder",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    required=True,
    help="Folder of the changed pack.",
)
@click.option("--from", "since", type=DAY, required=True, help="First day of the whistles.")
@click.option("--to", "until", type=DAY, required=True, help="Last day, included.")
@click.option("--on", type=DAY, help="The day whose manual is meant. Default: when all of the pack holds.")
@click.option(
    "--train", is_flag=True, help="Train a model for it aside first (needs scikit-learn, a minute)."
)
@click.option("--html", type=click.Path(dir_okay=False, path_type=Path), help="Write a page to print.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON instead of tables.")
def rehearse(
    folder: Path,
    since: datetime,
    until: datetime,
    on: datetime | None,
    train: bool,
    html: Path | None,
    as_json: bool,
) -> None:
    """Send the whistles of a period through a changed pack: who would get them, and what the clocks would have shown.

    Nothing is written to the cases.
    """
    started = time.monotonic()
    now = datetime.now(UTC)
    try:
        files = read_folder(folder)
        if faults := check_files(files):
            raise PackError(faults)
        with read_only():
            present = versions.current(now)
        day = on.date() if on else None
        reader = _trained(folder, files, day, present, now) if train else _own(folder, files, present)
        found = _shown(Changed(files, day, reader), Days(since.date(), until.date()), now)
    except PackError as error:
        raise click.ClickException(f"配置包有 {len(error.faults)} 处问题，先改好再演练：\n{error}") from error
    except versions.NoPack as error:
        raise click.ClickException(str(error)) from error
    seconds = time.monotonic() - started
    if html:
        html.write_text(as_html(found), encoding="utf-8")
    if as_json:
        click.echo(json.dumps(found, ensure_ascii=False))
    else:
        _print(Console(), page(found), seconds)
        if html:
            click.echo(f"网页：{html}")


def as_html(found: dict[str, Any]) -> str:
    """A page that needs nothing beside itself, for reading and printing."""
    sheet = finders.find("shaodao/app.css")
    assert isinstance(sheet, str)
    style = mark_safe(Path(sheet).read_text(encoding="utf-8"))
    return render_to_string("administration/rehearsal_file.html", {"page": page(found), "style": style})


def _own(folder: Path, files: Files, present: Pack) -> Classifier | None:
    """The pack's rules with the model that lies in its folder; None where there is none, or it is the one that serves."""
    own = folder / "dispatch"
    if not (own / MODEL_FILE).exists():
        return None
    found = Classifier.load(own, load_files(files).word_rules)
    return None if _digest(found.model) == _digest(classifier.current(present).model) else found


def _digest(model: Model | None) -> str:
    return str(model.about["digest"]) if model else ""


def _trained(folder: Path, files: Files, day: date | None, present: Pack, now: datetime) -> Classifier:
    """The pack's rules with a model trained on its examples and the catalogue that is rehearsed; kept nowhere."""
    try:
        from shaodao.centre.dispatch.training import train
    except ImportError as error:
        raise click.ClickException("training needs scikit-learn") from error
    pack = load_files(files)
    items = pack.items_on(day or manual.whole_from(pack, present.day(now)))
    with tempfile.TemporaryDirectory() as aside:
        try:
            train(phrases.read(folder / "examples"), items, Path(aside) / MODEL_FILE)
        except (OSError, KeyError, ValueError) as error:
            raise click.ClickException(f"examples cannot be used: {error}") from error
        return Classifier(pack.word_rules, Model.load(Path(aside) / MODEL_FILE))


def _shown(changed: Changed, days: Days, now: datetime) -> dict[str, Any]:
    """The findings, with a bar where somebody watches."""
    columns = (TextColumn("演练"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        return run(
            changed,
            days,
            now=now,
            say=lambda done, cases: progress.update(task, completed=done, total=cases),
        )


def _print(console: Console, shown: Page, seconds: float) -> None:
    console.print(f"[bold]{shown.title}[/bold]\n{shown.told}\n")
    for note in shown.notes:
        console.print(f"[yellow]注意[/yellow] {note}")
    for tile in shown.tiles:
        console.print(f"{tile.name} [bold]{tile.figure}[/bold]　{tile.note}")
    for table in shown.tables:
        grid = Grid(
            title=table.title, title_justify="left", caption=table.note or None, caption_justify="left"
        )
        for at, column in enumerate(table.columns):
            grid.add_column(column, justify="left" if at < table.numbers else "right")
        if table.has_examples:
            grid.add_column("例")
        for line in table.lines:
            more = [" ".join(line.examples[:EXAMPLES])] if table.has_examples else []
            grid.add_row(*line.cells, *more, style="" if line.changed else "dim")
        console.print()
        console.print(grid if table.lines else f"[bold]{table.title}[/bold]　{table.empty}")
    console.print("\n[bold]演练不能知道的[/bold]")
    for limit in shown.limits:
        console.print(f"· {limit}")
    console.print(f"\n用时 {seconds:.1f} 秒。")
