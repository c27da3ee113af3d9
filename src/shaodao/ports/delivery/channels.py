"""From the name of a channel to what delivers it, by the configuration of this installation. It may change at any time."""

from __future__ import annotations

import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings

from shaodao.county.pack import versions
from shaodao.county.people import contacts, persons
from shaodao.county.people.models import Person
from shaodao.ground.messages.adapters import Adapter, Outbound, Undeliverable
from shaodao.ports.delivery import configuration, mail, robots, sms, systems, words
from shaodao.ports.delivery.configuration import PERSONAL, Channel, Configuration, ConfigurationFault, Robot

log = logging.getLogger(__name__)

TO_PERSONS: dict[type[Channel], Callable[[Any, str, str, str], None]] = {
    configuration.SmsHttp: sms.sms_http,
    configuration.Smtp: mail.smtp,
    configuration.WecomApp: robots.wecom_app,
}
TO_GROUPS: dict[type[Channel], Callable[[Any, str, str], None]] = {
    configuration.WecomRobot: robots.wecom_robot,
    configuration.DingtalkRobot: robots.dingtalk_robot,
    configuration.FeishuRobot: robots.feishu_robot,
}

_read: tuple[object, Configuration] | None = None  # what the files were when they were read


def current() -> Configuration:
    """The configuration; read again when one of its files has changed. Raises ConfigurationFault."""
    global _read  # noqa: PLW0603
    folder = Path(settings.DATA)
    state = tuple(_state(folder / name) for name in (configuration.FILE, configuration.SECRETS))
    if _read is None or _read[0] != (folder, state):
        _read = (folder, state), configuration.load(folder)
    return _read[1]


def find(channel: str) -> Adapter | None:
    """The adapter of a channel. None: it is not configured, and its messages reach the log file only. Files with faults
    deliver nothing: the messages wait, and say why."""
    config = current()
    if channel == "port":
        return partial(_to_system, config=config) if config.systems else None
    found = config.channels.get(channel)
    if found is None:
        if channel in PERSONAL:
            return None
        return _gone
    return partial(_to_group if isinstance(found, Robot) else _to_person, channel=found, config=config)


def faults() -> tuple[str, ...]:
    """What is wrong with the files."""
    try:
        current()
    except ConfigurationFault as fault:
        return fault.faults
    return ()


TRIAL = "这是一条测试消息，收到即可，不用回复。"


def try_out(name: str, address: str, id: str) -> None:
    """Hand one message that says it is a test to a channel, past the queue. Raises LookupError where there is none of this
    name, ConfigurationFault, Undeliverable, Unreachable, web.Refused."""
    config = current()
    channel = config.channels.get(name)
    if channel is None:
        raise LookupError(f"没有配置 [channels.{name}]")
    said = f"{config.signature}：{TRIAL}" if config.signature else TRIAL
    if isinstance(channel, Robot):
        TO_GROUPS[type(channel)](channel, said, id)
    else:
        TO_PERSONS[type(channel)](channel, address, said, id)


def _to_person(message: Outbound, *, channel: Channel, config: Configuration) -> None:
    address = _address(message.recipient, PERSONAL[channel.name])
    if not address:
        raise Undeliverable("没有留下地址，或已删除")
    said = words.text(message, config, versions.current(message.at))
    TO_PERSONS[type(channel)](channel, address, said, message.stable_id)


def _to_group(message: Outbound, *, channel: Channel, config: Configuration) -> None:
    said = words.text(message, config, versions.current(message.at))
    TO_GROUPS[type(channel)](channel, said, message.stable_id)


def _to_system(message: Outbound, *, config: Configuration) -> None:
    systems.answer_back(message, config)


def _gone(message: Outbound) -> None:
    raise Undeliverable(f"没有配置 [channels.{message.channel}]")


def _address(recipient: str, kind: str) -> str:
    who, _, id = recipient.partition(":")
    if who == "user":
        return contacts.address(recipient, kind)
    if who != "person" or kind != "phone":
        return ""
    try:
        return persons.contact(UUID(id))[0]
    except Person.DoesNotExist:
        return ""


def _state(file: Path) -> tuple[int, int, int] | None:
    try:
        found = file.stat()
    except FileNotFoundError:
        return None
    return found.st_mtime_ns, found.st_size, found.st_mode
