"""How messages leave: one adapter for each channel.

An adapter gets an `Outbound` and returns when the message is handed over. It may be called twice for the same
message (the key is the same), because nobody can know whether a call that broke off was heard.
"""

import hashlib
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

    @property
    def stable_id(self) -> str:
        """What tells a foreign system that it has heard this before: the same at every attempt. 32 hex characters."""
        return hashlib.sha256(self.key.encode()).hexdigest()[:32]


class Undeliverable(Exception):
    """This message will never arrive, however often it is tried: no such recipient, refused for good."""


class Unreachable(Exception):
    """Nobody answers at all: what else waits for this channel is not tried in the same round."""


Adapter = Callable[[Outbound], None]
Find = Callable[[str], Adapter | None]

_adapters: dict[str, Adapter] = {}
_finders: list[Find] = []


def register(channel: str, adapter: Adapter, *, repeatable: bool = False) -> None:
    """Deliver a channel by this adapter; the last one registered counts. `repeatable`: a second call disturbs nobody, so
    that many deliveries may be settled at once."""
    _adapters[channel] = adapter
    if repeatable:
        _repeatable.add(adapter)


def ask(find: Find) -> None:
    """Ask this for adapters of channels that nobody has registered: those an installation has configured."""
    _finders.append(find)


def of(channel: str) -> Adapter:
    """The adapter of a channel; channels without one go to the log file of the console adapter."""
    if channel in _adapters:
        return _adapters[channel]
    return next((adapter for find in _finders if (adapter := find(channel))), console)


def is_repeatable(adapter: Adapter) -> bool:
    return adapter in _repeatable


def console(message: Outbound) -> None:
    """Write the message as one line to `messages.log` in the data folder."""
    file = Path(settings.DATA) / "messages.log"
    params = json.dumps(message.params, ensure_ascii=False, sort_keys=True)
    line = f"{localtime(message.at):%Y-%m-%d %H:%M:%S} {message.channel} {message.recipient} {message.template} {params}"
    with file.open("a", encoding="utf-8") as log:
        log.write(line + "\n")


_repeatable: set[Adapter] = {console}
