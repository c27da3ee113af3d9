"""How messages leave: one adapter for each channel.

An adapter gets an `Outbound` and returns when the message is handed over. It may be called twice for the same
message (the key is the same), because nobody can know whether a call that broke off was heard.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from django.conf import settings
from django.utils.timezone import localtime


@dataclass(frozen=True, slots=True)
class Outbound:
    """A message on its way; `attempt` counts from 1."""

    id: int
    channel: str
    recipient: str
    template: str
    params: dict[str, Any]
    key: str
    attempt: int
    at: datetime


class Undeliverable(Exception):
    """This message will never arrive, however often it is tried: no such recipient, refused for good."""


Adapter = Callable[[Outbound], None]

_adapters: dict[str, Adapter] = {}


def register(channel: str, adapter: Adapter) -> None:
    """Deliver a channel by this adapter; the last one registered counts."""
    _adapters[channel] = adapter


def of(channel: str) -> Adapter:
    """The adapter of a channel; channels without one go to the log file of the console adapter."""
    return _adapters.get(channel, console)


def console(message: Outbound) -> None:
    """Write the message as one line to `messages.log` in the data folder."""
    file = Path(settings.DATA) / "messages.log"
    params = json.dumps(message.params, ensure_ascii=False, sort_keys=True)
    line = f"{localtime(message.at):%Y-%m-%d %H:%M:%S} {message.channel} {message.recipient} {message.template} {params}"
    with file.open("a", encoding="utf-8") as log:
        log.write(line + "\n")
