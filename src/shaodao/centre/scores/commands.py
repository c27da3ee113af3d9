"""`shaodao scores`: reckon published months again."""

from __future__ import annotations

import json
import sys
import time

import click

from shaodao.centre.scores import actions


@click.group()
def scores() -> None:
    """Scores of units."""


@scores.command()
@click.argument("months", nargs=-1)
@click.option(
    "--check", is_flag=True, help="Exit with 1 where a month reckons otherwise than it was published."
)
@click.option("--json", "as_json", is_flag=True)
def recompute(months: tuple[str, ...], check: bool, as_json: bool) -> None:
    """Reckon every published month (or these: 2026-10 …) from the ledger at its position. Nothing is written."""
    begun = time.monotonic()
    different = 0
    told = []
    for code, difference in actions.recompute(months):
        different += difference is not None
        told.append({"month": code, "equal": difference is None})
        if not as_json:
            click.echo(f"{code} {'一致' if difference is None else '不一致'}")
    seconds = time.monotonic() - begun
    if as_json:
        click.echo(json.dumps({"months": told, "different": different, "seconds": round(seconds, 1)}))
    else:
        click.echo(f"{len(told)} 个月，{different} 个不一致，用时 {seconds:.1f} 秒")
    if check and different:
        sys.exit(1)
