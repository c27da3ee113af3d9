"""`delivery.toml`: which ways out there are. Pure, but for reading the two files.

Secrets are never in it: they come from the environment (`SHAODAO_DELIVERY_<CHANNEL>_<NAME>`) or from
`delivery-secrets.json` beside it, which must be readable by its owner only.
"""

from __future__ import annotations

import json
import os
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import urlsplit

FILE, SECRETS = "delivery.toml", "delivery-secrets.json"
# Channels to persons have the name of what they take; robots are called as one likes.
PERSONAL = {"sms": "phone", "mail": "mail", "wecom": "wecom"}
TAKEN = {"notice", "reach", "digest", "port", *PERSONAL}
_NAME = re.compile(r"[a-z][a-z0-9-]{0,31}")


class ConfigurationFault(Exception):
    """The files cannot be used as they are; one line for each fault."""

    def __init__(self, faults: Iterable[str]) -> None:
        self.faults = tuple(faults)
        super().__init__("; ".join(self.faults))


@dataclass(frozen=True, slots=True, kw_only=True)
class Channel:
    """One way out. `secrets` by name, `units`: whose notices a robot repeats (and those of their parts)."""

    needs: ClassVar[tuple[str, ...]] = ()  # secrets it cannot do without
    may_need: ClassVar[tuple[str, ...]] = ()
    name: str = ""
    secrets: Mapping[str, str] = field(default_factory=dict, repr=False)
    proxy: str = ""
    timeout: int = 10  # seconds, of each step


@dataclass(frozen=True, slots=True, kw_only=True)
class SmsHttp(Channel):
    """Any gateway that takes one request for a message. In `fields` and `headers`: {phone} {text} {id} {secret}."""

    may_need: ClassVar = ("secret",)
    url: str
    format: str = "json"  # or form
    fields: Mapping[str, str] = field(
        default_factory=lambda: {"phone": "{phone}", "text": "{text}", "id": "{id}"}
    )
    headers: Mapping[str, str] = field(default_factory=dict)
    ok: Mapping[str, str] = field(default_factory=dict)  # what must stand in a JSON answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Smtp(Channel):
    may_need: ClassVar = ("password",)
    host: str
    sender: str
    port: int = 25
    security: str = "none"  # starttls, tls
    user: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class WecomApp(Channel):
    needs: ClassVar = ("secret",)
    url: str
    corp: str
    agent: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Robot(Channel):
    url: str
    units: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class WecomRobot(Robot):
    needs: ClassVar = ("key",)


@dataclass(frozen=True, slots=True, kw_only=True)
class DingtalkRobot(Robot):
    needs: ClassVar = ("token",)
    may_need: ClassVar = ("sign",)


@dataclass(frozen=True, slots=True, kw_only=True)
class FeishuRobot(Robot):
    needs: ClassVar = ("token",)
    may_need: ClassVar = ("sign",)


@dataclass(frozen=True, slots=True, kw_only=True)
class System(Channel):
    """A foreign system that transferred cases to us and is answered. `answer`: it also gets the words of an answer."""

    needs: ClassVar = ("key",)
    url: str
    answer: bool = False


KINDS: dict[str, type[Channel]] = {
    "sms_http": SmsHttp,
    "smtp": Smtp,
    "wecom_app": WecomApp,
    "wecom_robot": WecomRobot,
    "dingtalk_robot": DingtalkRobot,
    "feishu_robot": FeishuRobot,
}
NAMES: dict[type[Channel], str] = {SmsHttp: "sms", Smtp: "mail", WecomApp: "wecom"}
CHOICES = {"format": ("json", "form"), "security": ("none", "starttls", "tls")}


@dataclass(frozen=True, slots=True)
class Configuration:
    """`site`: the address of this installation, for links ("" = messages carry none); `signature` begins an SMS."""

    site: str = ""
    signature: str = ""
    channels: Mapping[str, Channel] = field(default_factory=dict)
    systems: Mapping[str, System] = field(default_factory=dict)

    @property
    def robots(self) -> tuple[Robot, ...]:
        return tuple(channel for channel in self.channels.values() if isinstance(channel, Robot))


def load(folder: Path, environment: Mapping[str, str] = os.environ) -> Configuration:
    """What a data folder says; nothing where it has no `delivery.toml`. Raises ConfigurationFault."""
    file = folder / FILE
    if not file.exists():
        return Configuration()
    try:
        table = tomllib.loads(file.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationFault([f"{FILE}: {error}"]) from None
    return read(table, _secrets(folder / SECRETS), environment)


def read(
    table: Mapping[str, Any], secrets: Mapping[str, Any], environment: Mapping[str, str]
) -> Configuration:
    """The configuration in a parsed file. Raises ConfigurationFault with every fault."""
    faults = [f"未知的键 {key}" for key in table if key not in ("site", "signature", "channels", "systems")]
    site, signature = table.get("site", ""), table.get("signature", "")
    if site and _url_fault(site):
        faults.append(f"site：{_url_fault(site)}")
    if not isinstance(signature, str):
        faults.append("signature：应为文字")
    channels: dict[str, Channel] = {}
    for name, options in _tables(table, "channels", faults):
        where = f"channels.{name}"
        kind = KINDS.get(str(options.pop("kind", "")))
        if kind is None:
            faults.append(f"{where}：kind 用其中之一：{'、'.join(KINDS)}")
            continue
        wanted = NAMES.get(kind, "")
        if wanted and name != wanted:
            faults.append(f"{where}：这一种要叫 [channels.{wanted}]")
        if not wanted and (name in TAKEN or not _NAME.fullmatch(name)):
            faults.append(f"{where}：名称用小写字母、数字和 -，且不与内部的重名")
        if made := _made(kind, where, name, options, secrets, environment, faults):
            channels[name] = made
    systems: dict[str, System] = {}
    for name, options in _tables(table, "systems", faults):
        made = _made(System, f"systems.{name}", name, options, secrets, environment, faults)
        if isinstance(made, System):
            systems[name] = made
    if faults:
        raise ConfigurationFault(faults)
    return Configuration(site.rstrip("/"), signature, channels, systems)


def _tables(table: Mapping[str, Any], key: str, faults: list[str]) -> Iterable[tuple[str, dict[str, Any]]]:
    found = table.get(key, {})
    for name, options in found.items() if isinstance(found, dict) else ():
        if isinstance(options, dict):
            yield name, dict(options)
        else:
            faults.append(f"{key}.{name}：应为一张表")


def _made(
    kind: type[Channel],
    where: str,
    name: str,
    options: dict[str, Any],
    secrets: Mapping[str, Any],
    environment: Mapping[str, str],
    faults: list[str],
) -> Channel | None:
    before = len(faults)
    known = {one.name: one for one in fields(kind) if one.name not in ("name", "secrets")}
    faults += [f"{where}：未知的键 {key}" for key in options if key not in known]
    values: dict[str, Any] = {}
    for key, one in known.items():
        if key in options:
            values[key] = _value(where, key, one.type, options[key], faults)
        elif one.default is MISSING and one.default_factory is MISSING:
            faults.append(f"{where}：缺少 {key}")
    kept = {
        secret: value
        for secret in (*kind.needs, *kind.may_need)
        if (value := _secret(name, secret, secrets, environment))
    }
    faults += [
        f"{where}：缺少密钥 {secret}（环境变量 {variable(name, secret)} 或 {SECRETS}）"
        for secret in kind.needs
        if secret not in kept
    ]
    return kind(name=name, secrets=kept, **values) if len(faults) == before else None


def _value(where: str, key: str, hint: Any, value: Any, faults: list[str]) -> Any:
    """A value as its field wants it; a fault where it is another."""
    hint = str(hint)
    if key in CHOICES and value not in CHOICES[key]:
        faults.append(f"{where}.{key}：用其中之一：{'、'.join(CHOICES[key])}")
    elif key in ("url", "proxy") and (fault := _url_fault(value)):
        faults.append(f"{where}.{key}：{fault}")
    elif hint == "bool" and not isinstance(value, bool):
        faults.append(f"{where}.{key}：写 true 或 false")
    elif hint == "int" and (not isinstance(value, int) or isinstance(value, bool) or not 0 < value < 10**9):
        faults.append(f"{where}.{key}：写正整数")
    elif hint == "str" and not (isinstance(value, str) and value):
        faults.append(f"{where}.{key}：写文字")
    elif hint.startswith("tuple"):
        if isinstance(value, list) and value and all(isinstance(each, str) for each in value):
            return tuple(value)
        faults.append(f"{where}.{key}：写单位代码的列表")
    elif hint.startswith("Mapping") and not (
        isinstance(value, dict) and all(isinstance(each, str) for each in value.values())
    ):
        faults.append(f'{where}.{key}：写成 {{ 键 = "值" }}')
    return value


def _url_fault(value: Any) -> str:
    parts = urlsplit(value) if isinstance(value, str) else None
    if parts is None or parts.scheme not in ("http", "https") or not parts.hostname:
        return "写 http:// 或 https:// 开头的地址"
    return "地址里不能写账号口令" if parts.username or parts.password else ""


def variable(channel: str, name: str) -> str:
    """The environment variable of a secret."""
    return f"SHAODAO_DELIVERY_{channel}_{name}".upper().replace("-", "_")


def _secret(channel: str, name: str, secrets: Mapping[str, Any], environment: Mapping[str, str]) -> str:
    if value := environment.get(variable(channel, name)):
        return value
    own = secrets.get(channel)
    return str(own.get(name, "")) if isinstance(own, dict) else ""


def _secrets(file: Path) -> Mapping[str, Any]:
    if not file.exists():
        return {}
    if file.stat().st_mode & 0o077:
        raise ConfigurationFault([f"{SECRETS} 只能由所有者读（chmod 600）"])
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except ValueError:
        raise ConfigurationFault([f"{SECRETS} 不是 JSON"]) from None
    return found if isinstance(found, dict) else {}
