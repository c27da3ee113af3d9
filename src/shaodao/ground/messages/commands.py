"""`shaodao messages …`"""

from datetime import UTC, datetime

import click

from . import relay


@click.group()
def messages() -> None:
    """消息：发送、状态与重试。"""


@messages.command("deliver")
def deliver_command() -> None:
    """发送全部到期消息。"""
    sent = retried = dead = 0
    while (outcome := relay.deliver_batch(datetime.now(UTC))).total:
        sent, retried, dead = sent + outcome.sent, retried + outcome.retried, dead + outcome.dead
    click.echo(f"已发送 {sent}，稍后重试 {retried}，放弃 {dead}")


@messages.command("status")
def status_command() -> None:
    """待发送与发送失败的消息数。"""
    now = datetime.now(UTC)
    status = relay.status(now)
    late = f"，最早一条已等 {(now - status.oldest).total_seconds():.0f} 秒" if status.oldest else ""
    click.echo(f"待发送 {status.waiting}{late}；发送失败 {status.dead}")


@messages.command("retry")
@click.argument("ids", type=int, nargs=-1, required=True)
def retry_command(ids: tuple[int, ...]) -> None:
    """重新发送已放弃的消息。"""
    click.echo(f"重新排队 {relay.retry(ids, datetime.now(UTC))} 条")
