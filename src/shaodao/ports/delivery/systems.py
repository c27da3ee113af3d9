"""Answering the systems that transferred a case to us: one signed JSON request for each step they wait for."""

from __future__ import annotations

import hashlib
import hmac
import json
import time

from shaodao.ground.messages.adapters import Outbound, Undeliverable
from shaodao.ports.delivery import web, words
from shaodao.ports.delivery.configuration import Configuration

STAMP, SIGNATURE = "Shaodao-Timestamp", "Shaodao-Signature"


def answer_back(message: Outbound, config: Configuration) -> None:
    """Their number, ours, the state; and the words of an answer where the system is configured to need them."""
    name = message.recipient.partition(":")[2]
    system = config.systems.get(name)
    if system is None:
        raise Undeliverable(f"没有配置 [systems.{name}]")
    params = message.params
    body = {
        "id": message.stable_id,
        "external_id": params["external_id"],
        "number": params["number"],
        "state": params["state"],
    }
    if system.answer and params["state"] == "answered":
        body["answer"] = words.answer_of(str(params["number"]))
    data = json.dumps(body, ensure_ascii=False, sort_keys=True).encode()
    stamp = str(int(time.time()))
    headers = {STAMP: stamp, SIGNATURE: signature(system.secrets["key"], stamp, data)}
    web.send(system, system.url, data, message.stable_id, headers=headers)


def signature(key: str, stamp: str, body: bytes) -> str:
    """HMAC-SHA-256 in hex over the timestamp, a point and the body."""
    return hmac.new(key.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
