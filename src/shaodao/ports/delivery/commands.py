"""`shaodao messages check`: what `delivery.toml` says, before a message depends on it."""

from __future__ import annotations

from urllib.parse import urlsplit
from uuid import uuid4

import click

from shaodao.county.pack import versions
from shaodao.ground.messages.adapters import Undeliverable, Unreachable
from shaodao.ground.messages.commands import messages
from shaodao.ports.delivery import channels, web
from shaodao.ports.delivery.configuration import (
    FILE,
    PERSONAL,
    Channel,
    Configuration,
    ConfigurationFault,
    Robot,
)


@messages.command("check")
@click.option(
    "--send-to",
    metavar="CHANNEL[=ADDRESS]",
    multiple=True,
    help="Send one test message: sms=13800000000, mail=a@b.cn, wecom=MEMBER, or the name of a robot.",
)
def check_command(send_to: tuple[str, ...]) -> None:
    """检查 delivery.toml。不加 --send-to 不向外发任何东西。有毛病的，退出状态为 1。"""
    try:
        config = channels.current()
    except ConfigurationFault as fault:
        for line in fault.faults:
            click.echo(f"✗ {line}")
        raise click.ClickException(f"{FILE} 有 {len(fault.faults)} 处要改，改好之前什么也不发。") from None
    unknown = list(_unknown_units(config))
    for channel in config.channels.values():
        click.echo(f"{channel.name}　{_described(channel)}")
    for system in config.systems.values():
        click.echo(f"systems.{system.name}　{urlsplit(system.url).netloc}")
    if not config.channels and not config.systems:
        click.echo(f"没有配置任何渠道：消息只在系统里，不向外发。（{FILE} 在数据目录里）")
    for line in unknown:
        click.echo(f"✗ {line}")
    failed = [asked for asked in send_to if not _sends(asked)]
    if unknown or failed:
        raise click.ClickException(f"{len(unknown) + len(failed)} 处不对。")
    click.echo("配置可用。" if send_to else "配置可用。通不通要用 --send-to 试发一条。")


def _described(channel: Channel) -> str:
    where = urlsplit(getattr(channel, "url", "")).netloc or getattr(channel, "host", "")
    units = f"　复述 {'、'.join(channel.units)} 的消息" if isinstance(channel, Robot) else ""
    return f"{type(channel).__name__}　{where}{units}"


def _unknown_units(config: Configuration) -> list[str]:
    """Units that the pack in force does not know: a robot would repeat nothing for them."""
    try:
        pack = versions.current()
    except versions.NoPack:
        return []
    return [
        f"channels.{robot.name}：没有单位 {unit}"
        for robot in config.robots
        for unit in robot.units
        if unit not in pack.units
    ]


def _sends(asked: str) -> bool:
    name, _, address = asked.partition("=")
    if name in PERSONAL and not address:
        click.echo(f"✗ {name}：要写收件地址，如 {name}=…")
        return False
    try:
        channels.try_out(name, address, uuid4().hex)
    except (LookupError, Undeliverable, Unreachable, web.Refused) as fault:
        click.echo(f"✗ {name}：{fault}")
        return False
    click.echo(f"✓ {name}：对方收下了。")
    return True
