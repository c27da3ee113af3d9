"""Group robots of WeCom, DingTalk and Feishu, and messages of a WeCom application: text in, an error code back."""

from __future__ import annotations

import base64
import hashlib
import hmac
import time
from typing import Any
from urllib.parse import urlencode

from shaodao.ground.messages.adapters import Undeliverable
from shaodao.ports.delivery import web
from shaodao.ports.delivery.configuration import DingtalkRobot, FeishuRobot, WecomApp, WecomRobot

NO_SUCH_USER = frozenset({40003, 60111, 81013})
STALE_TOKEN = frozenset({40001, 40014, 42001})
EARLY_S = 120  # a token is fetched again so long before it ends

_tokens: dict[tuple[str, str, int], tuple[str, float]] = {}


def wecom_robot(channel: WecomRobot, text: str, id: str) -> None:
    """A robot of a WeCom group; it is known by its key and signs nothing."""
    url = f"{channel.url}?{urlencode({'key': channel.secrets['key']})}"
    _accepted(web.send(channel, url, {"msgtype": "text", "text": {"content": text}}, id), "errcode", "errmsg")


def dingtalk_robot(channel: DingtalkRobot, text: str, id: str) -> None:
    """A robot of a DingTalk group, signed where the group asks for it."""
    query = {"access_token": channel.secrets["token"]}
    if secret := channel.secrets.get("sign"):
        stamp = str(int(time.time() * 1000))
        query |= {"timestamp": stamp, "sign": _signed(secret.encode(), f"{stamp}\n{secret}".encode())}
    body = {"msgtype": "text", "text": {"content": text}}
    _accepted(web.send(channel, f"{channel.url}?{urlencode(query)}", body, id), "errcode", "errmsg")


def feishu_robot(channel: FeishuRobot, text: str, id: str) -> None:
    """A robot of a Feishu group. Its signature has the secret in the key, over nothing."""
    body: dict[str, Any] = {"msg_type": "text", "content": {"text": text}}
    if secret := channel.secrets.get("sign"):
        stamp = str(int(time.time()))
        body |= {"timestamp": stamp, "sign": _signed(f"{stamp}\n{secret}".encode(), b"")}
    _accepted(web.send(channel, f"{channel.url}/{channel.secrets['token']}", body, id), "code", "msg")


def wecom_app(channel: WecomApp, user: str, text: str, id: str) -> None:
    """A message of a WeCom application to one member. WeCom itself drops what it has had within half an hour."""
    body = {
        "touser": user,
        "msgtype": "text",
        "agentid": channel.agent,
        "text": {"content": text},
        "enable_duplicate_check": 1,
        "duplicate_check_interval": 1800,
    }
    for fresh in (False, True):
        query = urlencode({"access_token": _token(channel, id, fresh)})
        answer = web.send(channel, f"{channel.url}/cgi-bin/message/send?{query}", body, id)
        if not (isinstance(answer, dict) and answer.get("errcode") in STALE_TOKEN):
            break
    if isinstance(answer, dict) and (answer.get("errcode") in NO_SUCH_USER or answer.get("invaliduser")):
        raise Undeliverable("企业微信没有这个成员")
    _accepted(answer, "errcode", "errmsg")


def _token(channel: WecomApp, id: str, fresh: bool) -> str:
    """The access token, kept as long as WeCom says."""
    key = channel.url, channel.corp, channel.agent
    token, until = _tokens.get(key, ("", 0.0))
    if token and not fresh and time.monotonic() < until:
        return token
    query = urlencode({"corpid": channel.corp, "corpsecret": channel.secrets["secret"]})
    answer = web.send(channel, f"{channel.url}/cgi-bin/gettoken?{query}", None, id)
    _accepted(answer, "errcode", "errmsg")
    token = str(answer.get("access_token", ""))
    _tokens[key] = token, time.monotonic() + max(0, int(answer.get("expires_in", 0)) - EARLY_S)
    return token


def _signed(key: bytes, message: bytes) -> str:
    return base64.b64encode(hmac.new(key, message, hashlib.sha256).digest()).decode()


def _accepted(answer: Any, code: str, words: str) -> None:
    """Raises Refused unless the answer says 0."""
    if not isinstance(answer, dict) or answer.get(code) != 0:
        said = answer if isinstance(answer, dict) else {}
        raise web.Refused(f"{said.get(code, '?')} {web.said(said.get(words, ''))}".strip())
