"""`shaodao hot-issues`: the hottest matters in a file of messages. Needs neither database nor county."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import click
from rich.console import Console
from rich.table import Table

from shaodao.centre.hot_issues.issues import PEOPLE, Issue, hot_issues
from shaodao.centre.hot_issues.likeness import Message
from shaodao.ports.importing import cells, table

FIELDS = ("id", "title", "text", "at", "person", "likes", "item")
COMPLAINTS = 5  # rows that are named one by one


@click.command("hot-issues")
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--map", "mapping", required=True, help=f"id=COLUMN,title=COLUMN,at=COLUMN,… Fields: {', '.join(FIELDS)}."
)
@click.option(
    "--top", default=10, show_default=True, type=click.IntRange(min=1), help="At most so many issues."
)
@click.option("--since", type=click.DateTime(["%Y-%m-%d"]), help="First day; what comes before is compared.")
@click.option("--until", type=click.DateTime(["%Y-%m-%d"]), help="Last day.")
@click.option(
    "--people",
    default=PEOPLE,
    show_default=True,
    type=click.IntRange(min=1),
    help="Fewer people make no issue.",
)
@click.option("--zone", default="Asia/Shanghai", show_default=True, help="Zone of moments that name none.")
@click.option("--json", "as_json", is_flag=True, help="A JSON list of {heat, why, title, ids}.")
def command(
    file: Path,
    mapping: str,
    top: int,
    since: datetime | None,
    until: datetime | None,
    people: int,
    zone: str,
    as_json: bool,
) -> None:
    """Group the messages of FILE (CSV in UTF-8 or GB 18030, or XLSX) by matter; print the groups, hottest first.

    How hot it is: how many people, on how many days, how lately, growing or not; likes count little (docs/hot-issues.md).
    """
    try:
        local = ZoneInfo(zone)
    except (ValueError, LookupError, OSError):
        raise click.BadParameter(f"没有“{zone}”这个时区", param_hint="--zone") from None
    try:
        with table.opened(file) as found:
            columns = cells.mapped(mapping, found.columns, FIELDS)
            if "at" not in columns:
                raise cells.MapFault("还要指明 at 是哪一列：热度要看是哪些天反映的")
            messages = list(_messages(found, columns, zone))
    except (table.Unreadable, cells.MapFault) as fault:
        raise click.ClickException(str(fault)) from fault
    issues = hot_issues(
        messages,
        since=since.replace(tzinfo=local) if since else None,
        until=until.replace(tzinfo=local) + timedelta(days=1) if until else None,
        top=top,
        people=people,
        zone=local,
    )
    if as_json:
        listed = [{"heat": i.heat, "why": i.why, "title": i.title, "ids": list(i.ids)} for i in issues]
        click.echo(json.dumps(listed, ensure_ascii=False, indent=1))
    else:
        _show(issues)


def _messages(found: table.Table, columns: dict[str, str], zone: str) -> Iterator[Message]:
    """The rows that can be used; the others are named on standard error."""
    left_out = 0
    for number, row in found.rows:
        cell = {field: row.get(column) for field, column in columns.items()}
        try:
            yield _message(number, cell, zone)
        except cells.Wrong as wrong:
            left_out += 1
            if left_out <= COMPLAINTS:
                click.echo(
                    f"第 {number} 行略过：“{columns.get(wrong.field, wrong.field)}”是空的或填得不对", err=True
                )
    if left_out > COMPLAINTS:
        click.echo(f"共略过 {left_out} 行", err=True)


def _message(number: int, cell: dict[str, object], zone: str) -> Message:
    """The message of a row. Raises Wrong where it says nothing, or not when."""
    title, text = cells.plain(cell.get("title")), cells.tidy(cell.get("text"))
    at = cells.moment(cell.get("at"), zone)
    if at is None:
        raise cells.Wrong("at", "field_needed")
    if not (title or text):
        raise cells.Wrong("text" if "text" in cell else "title", "field_needed")
    likes = cells.plain(cell.get("likes"))
    return Message(
        id=cells.plain(cell.get("id")) or f"row {number}",
        title=title,
        text=text,
        at=at,
        person=cells.plain(cell.get("person")),
        likes=int(likes) if likes.isdecimal() else 0,
        item=cells.plain(cell.get("item")),
    )


def _show(issues: list[Issue]) -> None:
    shown = Table(box=None, pad_edge=False)
    for name in ("", "热度", "问题", "起止", "为什么"):
        shown.add_column(name, justify="right" if name in ("", "热度") else "left", overflow="fold")
    for number, issue in enumerate(issues, 1):
        days = f"{issue.first:%Y-%m-%d}\n{issue.last:%Y-%m-%d}"
        shown.add_row(str(number), f"{issue.heat:.1f}", issue.title, days, issue.why)
    if issues:
        Console().print(shown)
    else:
        click.echo("没有找到几个人反映同一件事的。")
