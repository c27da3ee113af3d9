"""`shaodao ledger …`"""

import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import click

from . import anchors, keeping, proofs, sealer, subscriptions, verify
from .events import Stream


@click.group()
def ledger() -> None:
    """台账：核验、锚定、封存与订阅状态。"""


@ledger.command("verify")
@click.option(
    "--anchor",
    "file",
    type=click.Path(dir_okay=False, exists=True, path_type=Path),
    help="库外锚点文件（默认：数据目录中的锚点文件，若有）。",
)
@click.option(
    "--since", metavar="POSITION|anchor", help="从此封存位置之前最近的锚点起核验；anchor 表示最后一个锚点。"
)
@click.option("--json", "as_json", is_flag=True, help="输出 JSON。")
def verify_command(file: Path | None, since: str | None, as_json: bool) -> None:
    """核验台账：哈希链、封存日志、锚点、保险库，以及界面所读各行与重放是否一致。有问题时退出码为 1。"""
    if file is None and keeping.anchor_file().exists():
        file = keeping.anchor_file()
    try:
        outside = list(anchors.read(file)) if file else []
    except anchors.Unreadable as error:
        raise click.ClickException(f"锚点文件无法读取：{error}") from error
    report = verify.run(outside, _position(since, outside))
    click.echo(json.dumps(as_dict(report), ensure_ascii=False) if as_json else as_text(report))
    sys.exit(0 if report.clean else 1)


@ledger.command("anchor")
@click.option(
    "--file", type=click.Path(dir_okay=False, path_type=Path), help="写到此文件（默认：数据目录）。"
)
def anchor_command(file: Path | None) -> None:
    """封存全部待封存事件，并把日志的根写到数据库之外。"""
    now = datetime.now(UTC)
    sealer.seal_all(now)
    made = sealer.anchor(now, file)
    click.echo(f"{made.size} 个事件，根 {made.root.hex()}，已写入 {file or keeping.anchor_file()}")


@ledger.command("seal")
def seal_command() -> None:
    """封存全部待封存事件。"""
    click.echo(f"封存 {sealer.seal_all(datetime.now(UTC))} 个事件")


@ledger.command("export")
def export_command() -> None:
    """按位置输出全部已封存事件，每行一个 JSON，供局外人独立核验。"""
    for event in proofs.everything():
        click.echo(json.dumps(event.as_dict(), ensure_ascii=False))


@ledger.command("prove")
@click.argument("kind")
@click.argument("id")
@click.option(
    "--anchor", "file", type=click.Path(dir_okay=False, exists=True, path_type=Path), help="锚点文件。"
)
def prove_command(kind: str, id: str, file: Path | None) -> None:
    """输出一条记录的全部事件及其包含证明，以最后一个锚点为准。"""
    try:
        made = list(anchors.read(file or keeping.anchor_file()))[-1]
        click.echo(json.dumps(proofs.prove(Stream(kind, id), made.size), ensure_ascii=False, indent=1))
    except (OSError, IndexError, anchors.Unreadable) as error:
        raise click.ClickException("没有可用的锚点，请先运行 shaodao ledger anchor") from error
    except proofs.NotSealed as error:
        raise click.ClickException(f"{kind}/{id} 不存在，或有事件晚于最后一个锚点") from error


@ledger.command("status")
def status_command() -> None:
    """已封存与待封存的事件数，各订阅者读到哪里。"""
    click.echo(f"已封存 {sealer.size()}，待封存 {sealer.waiting()}")
    for line in subscriptions.status():
        trouble = f"，失败 {line.attempts} 次：{line.last_error}" if line.attempts else ""
        click.echo(f"{line.name}：位置 {line.position}，落后 {line.behind}{trouble}")


def as_dict(report: verify.Report) -> dict[str, Any]:
    """The report for programs."""
    return {
        "clean": report.clean,
        "since": report.since,
        "events": report.events,
        "streams": report.streams,
        "sealed": report.sealed,
        "values": report.values,
        "root": report.root.hex(),
        "seconds": round(report.seconds, 3),
        "events_per_second": round(report.rate),
        "counts": dict(report.counts),
        "faults": [
            {"code": fault.code, "where": fault.where, "position": fault.position, "detail": fault.detail}
            for fault in report.faults
        ],
    }


def as_text(report: verify.Report) -> str:
    """The report for people."""
    lines = [f"✗ {fault.where}：{fault.detail}〔{fault.code}〕" for fault in report.faults]
    total = report.counts.total()
    if total > len(report.faults):
        lines.append(f"… 另有 {total - len(report.faults)} 处")
    lines.append(
        f"核验 {report.streams} 条记录、{report.events} 个事件、{report.values} 个保险库值，"
        f"{report.seconds:.1f} 秒（每秒 {report.rate:.0f} 个事件）"
        + (f"，自位置 {report.since} 起" if report.since else "")
    )
    lines.append(f"封存 {report.sealed} 个事件，根 {report.root.hex()}")
    lines.append("一致，未发现问题" if report.clean else f"发现 {total} 处问题")
    return "\n".join(lines)


def _position(since: str | None, outside: list[anchors.Anchor]) -> int | None:
    if since is None:
        return None
    if since == "anchor":
        return max((anchor.size for anchor in outside), default=sealer.size())
    try:
        return int(since)
    except ValueError:
        raise click.BadParameter("应为封存位置（整数）或 anchor", param_hint="--since") from None
