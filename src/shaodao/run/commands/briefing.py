"""`shaodao briefing`: a month's briefing as files, or the published ones reckoned again."""

from __future__ import annotations

import time
from pathlib import Path

import click

from shaodao.centre.briefings import again
from shaodao.centre.briefings.months import Month
from shaodao.county.pack import versions
from shaodao.faces.briefings import files
from shaodao.ground.documents.refusals import Refusal


@click.command("briefing")
@click.argument("month", required=False)
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Folder for page, document (.docx, .pdf) and tables.",
)
@click.option(
    "--check", is_flag=True, help="Reckon the published ones again at their positions; all, or this month."
)
def briefing(month: str | None, out: Path | None, check: bool) -> None:
    """The briefing of MONTH (2022-03) into a folder. A month without one is computed as it stands and recorded nowhere."""
    wanted = _month(month)
    if check:
        _check([str(wanted)] if wanted else None)
        return
    if wanted is None or out is None:
        raise click.UsageError("写明月份和 --out，例如：shaodao briefing 2022-03 --out 专报")
    _write(wanted, out)


def _month(text: str | None) -> Month | None:
    if text is None:
        return None
    try:
        return Month.parse(text)
    except ValueError:
        raise click.BadParameter(f"“{text}”不是月份，要写成 2022-03", param_hint="MONTH") from None


def _write(month: Month, out: Path) -> None:
    began = time.monotonic()
    try:
        one = files.issued(month)
    except versions.NoPack as error:
        raise click.ClickException(str(error)) from error
    out.mkdir(parents=True, exist_ok=True)
    name = f"专报{month}"
    for sheet, data in files.tables(one).items():
        (out / f"{name}-{sheet}").write_bytes(data)
    content_at = time.monotonic()
    try:
        for kind, made in files.KINDS.items():
            (out / f"{name}.{kind}").write_bytes(made(one)[0])
    except Refusal as refusal:
        raise click.ClickException(f"文档排不出来：{refusal}") from refusal
    counted = one.content.count("whistles").counted
    click.echo(
        f"{month.name}专报{'（送审稿）' if one.draft else f'第{one.number}期'}：哨件 {counted} 件，"
        f"内容 {content_at - began:.1f} 秒，文档 {time.monotonic() - content_at:.1f} 秒。{out}"
    )


def _check(months: list[str] | None) -> None:
    """Exit status 1 where one does not come out equal."""
    differing = 0
    for each in again.check(months):
        differing += bool(each.different)
        said = f"不同：{'、'.join(each.different)}" if each.different else "一致"
        click.echo(f"{each.month}　第 {each.position} 位　{said}")
    if differing:
        raise SystemExit(1)
