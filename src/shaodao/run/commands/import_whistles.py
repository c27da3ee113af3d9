"""`shaodao import-whistles`: whistles from a table of another system."""

from __future__ import annotations

import csv
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from shaodao.centre.cases.lifecycle import state_of
from shaodao.county.pack import versions
from shaodao.faces import words
from shaodao.ports.importing import cells, rows, run, table
from shaodao.ports.importing.run import Outcome

ERROR_COLUMNS = ("行", "编号", "列", "问题")
REPORT_COLUMNS = ("哨件编号", "来源编号", "状态", "事项编号", "事项", "把握", "主办单位", "依据", "原话")
Write = Callable[[Outcome], None]


@click.command("import-whistles")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "mapping", required=True, help=f"text=COLUMN,title=COLUMN,… Fields: {', '.join(cells.FIELDS)}."
)
@click.option(
    "--system", default="import", show_default=True, help="Whose numbers `id` are; told apart by this name."
)
@click.option(
    "--crs", default="", help="System of coordinates of lon and lat: WGS-84, CGCS2000, GCJ-02, BD-09."
)
@click.option(
    "--place-rule",
    type=click.Choice(["names", "spread", "none"]),
    default="names",
    show_default=True,
    help="Find places by name; spread also gives the rest a grid by hash (demonstrations); none: leave them open.",
)
@click.option(
    "--errors", type=click.Path(dir_okay=False, path_type=Path), help="File for rows with problems."
)
@click.option(
    "--report",
    type=click.Path(dir_okay=False, path_type=Path),
    help="File for all rows that were filed anew.",
)
@click.option("--limit", type=click.IntRange(min=1), help="At most so many rows.")
def import_whistles(
    file: Path,
    mapping: str,
    system: str,
    crs: str,
    place_rule: rows.PlaceRule,
    errors: Path | None,
    report: Path | None,
    limit: int | None,
) -> None:
    """Import whistles from FILE (CSV in UTF-8 or GB 18030, or XLSX).

    Run it again after a break, or after mending rows: what is in already is not made twice.
    """
    errors = errors or Path(f"{file.stem}.errors.csv")
    started = time.monotonic()
    counts: Counter[str] = Counter()
    try:
        with table.opened(file) as found, _error_file(errors) as complain, _report_file(report) as tell:
            reading = rows.reading(mapping, found.columns, system, place_rule=place_rule, crs=crs)
            for outcome in _shown(run.import_rows(found.rows, reading), found.total, limit):
                counts[_counted(outcome)] += 1
                (complain if outcome.kind == "problem" else tell)(outcome)
    except (table.Unreadable, cells.MapFault) as fault:
        raise click.ClickException(str(fault)) from fault
    except KeyboardInterrupt:
        click.echo("中断了；再运行一次即可接着导入。")
    _summary(counts, time.monotonic() - started, errors)
    if counts["problem"]:
        raise SystemExit(1)


def _counted(outcome: Outcome) -> str:
    if outcome.kind != "new" or outcome.filed is None:
        return outcome.kind
    return "dispatched" if state_of(outcome.filed.case) == "dispatched" else "triage"


def _summary(counts: Counter[str], seconds: float, errors: Path) -> None:
    total = sum(counts.values())
    made = counts["dispatched"] + counts["triage"]
    share = f"{counts['dispatched'] / made:.1%}" if made else "—"
    click.echo(
        f"共 {total} 行：新立 {made} 件（已派单 {counts['dispatched']}，占 {share}；转中心受理 {counts['triage']}），"
    )
    click.echo(f"早已导入 {counts['again']} 行，有问题 {counts['problem']} 行；用时 {seconds:.0f} 秒。")
    if counts["problem"]:
        click.echo(f"有问题的行：{errors}")


def _shown(outcomes: Iterator[Outcome], total: int | None, limit: int | None) -> Iterator[Outcome]:
    """The outcomes, with a bar where somebody watches."""
    total = min(total, limit) if total and limit else total or limit
    columns = (TextColumn("导入"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True)) as progress:
        task = progress.add_task("", total=total)
        for count, outcome in enumerate(outcomes, 1):
            yield outcome
            progress.advance(task)
            if count == limit:
                return


@contextmanager
def _error_file(path: Path) -> Iterator[Write]:
    """Rows with problems; there is no file where there are none."""
    path.unlink(missing_ok=True)
    lines: list[Any] = []

    def write(outcome: Outcome) -> None:
        said = words.refusal(outcome.problem, **(outcome.params or {}))
        row = (outcome.row, outcome.id, outcome.column, said)
        if not lines:
            lines.append(path.open("w", encoding="utf-8-sig", newline=""))
            csv.writer(lines[0]).writerow(ERROR_COLUMNS)
        csv.writer(lines[0]).writerow(row)

    try:
        yield write
    finally:
        for file in lines:
            file.close()


@contextmanager
def _report_file(path: Path | None) -> Iterator[Write]:
    """Every whistle filed anew with its item and lead, for reading."""
    if path is None:
        yield lambda outcome: None
        return
    with path.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(REPORT_COLUMNS)

        def write(outcome: Outcome) -> None:
            if outcome.kind == "new" and outcome.filed:
                writer.writerow(_reported(outcome))

        yield write


def _reported(outcome: Outcome) -> tuple[str, ...]:
    assert outcome.filed
    case, guess, pack = outcome.filed.case, outcome.filed.guess, versions.current()
    item = pack.items.get(case.item)
    lead = pack.units.get(case.lead.unit) if case.lead else None
    return (
        case.number,
        outcome.id,
        words.word("state", state_of(case)),
        case.item,
        item.name if item else "",
        f"{case.confidence / 1000:.2f}" if case.item else "",
        lead.short if lead else "",
        guess.reason if guess else "",
        outcome.text,
    )
