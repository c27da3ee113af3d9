"""Each way out against a catcher that checks what its maker documents: addresses, bodies, signatures, answers."""

from __future__ import annotations

import base64
import hashlib
import hmac
import socket
import time
from datetime import timedelta

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult
from tests.cases.conftest import NOW, by

from shaodao.centre.cases import actions as cases
from shaodao.centre.intake import gate
from shaodao.county.people import contacts, grants
from shaodao.county.people.models import User
from shaodao.ground.ledger.events import Context
from shaodao.ground.messages import outbox, relay
from shaodao.ground.messages.models import Outgoing
from shaodao.ground.messages.outbox import Message

NUMBER = {"number": "2026-000001", "words": "请尽快签收。", "unit": "D15"}


def post(
    channel: str, recipient: str, template: str = "pressing", key: str = "k", **params: object
) -> Outgoing:
    outbox.post(Message(channel, recipient, template, NUMBER | params, key), NOW)
    relay.deliver_batch(NOW)
    return Outgoing.objects.get(dedupe_key=key)


def stable(key: str = "k") -> str:
    return hashlib.sha256(key.encode()).hexdigest()[:32]


@pytest.fixture
def colleague(pack):
    user = User.objects.create_user("colleague", "演示", "x" * 12)
    init = Context(actor="system:init")
    grants.grant(user, "liaison", "D15", pack=pack, by=init, now=NOW - timedelta(days=1))
    return user


# --- robots -------------------------------------------------------------------------------------------------------


def test_it_speaks_to_a_wecom_group(pack, catcher, configure):
    configure(
        f'site = "https://whistle.example"\n[channels.group]\nkind = "wecom_robot"\n'
        f'url = "{catcher.url}/cgi-bin/webhook/send"\nunits = ["D15"]\n',
        group_key="the-key",
    )
    assert post("group", "unit:D15", urgent=True).state == "sent"
    (caught,) = catcher.caught
    assert (caught.path, caught.query) == ("/cgi-bin/webhook/send", {"key": "the-key"})
    assert caught.json == {
        "msgtype": "text",
        "text": {"content": "【应急】哨件 2026-000001：请尽快签收。（住建局） https://whistle.example"},
    }
    assert caught.headers["Shaodao-Message-Id"] == stable()


def test_it_signs_for_dingtalk(pack, catcher, configure):
    configure(
        f'[channels.ding]\nkind = "dingtalk_robot"\nurl = "{catcher.url}/robot/send"\nunits = ["D15"]\n',
        ding_token="t",
        ding_sign="SECxyz",
    )
    assert post("ding", "unit:D15").state == "sent"
    (caught,) = catcher.caught
    stamp = caught.query["timestamp"]
    assert abs(int(stamp) / 1000 - time.time()) < 3600
    digest = hmac.new(b"SECxyz", f"{stamp}\nSECxyz".encode(), hashlib.sha256).digest()
    assert caught.query == {
        "access_token": "t",
        "timestamp": stamp,
        "sign": base64.b64encode(digest).decode(),
    }
    assert caught.json["msgtype"] == "text"


def test_it_signs_for_feishu(pack, catcher, configure):
    catcher.answer = lambda caught: {"code": 0, "msg": "success"}
    configure(
        f'[channels.fly]\nkind = "feishu_robot"\nurl = "{catcher.url}/open-apis/bot/v2/hook"\nunits = ["D15"]\n',
        fly_token="t",
        fly_sign="secret",
    )
    assert post("fly", "unit:D15").state == "sent"
    (caught,) = catcher.caught
    body = caught.json
    stamp = body["timestamp"]
    digest = hmac.new(f"{stamp}\nsecret".encode(), b"", hashlib.sha256).digest()
    assert caught.path == "/open-apis/bot/v2/hook/t"
    assert body["sign"] == base64.b64encode(digest).decode()
    assert (body["msg_type"], "2026-000001" in body["content"]["text"]) == ("text", True)


def test_it_sends_by_a_wecom_application_and_fetches_its_token_once(colleague, catcher, configure):
    def answer(caught):
        if caught.path == "/cgi-bin/gettoken":
            return {"errcode": 0, "access_token": f"token{len(catcher.caught)}", "expires_in": 7200}
        if caught.query["access_token"] == "token1" and len(catcher.caught) > 3:
            return {"errcode": 42001, "errmsg": "access_token expired"}
        return {"errcode": 0}

    catcher.answer = answer
    configure(
        f'[channels.wecom]\nkind = "wecom_app"\nurl = "{catcher.url}"\ncorp = "ww1"\nagent = 1000002\n',
        wecom_secret="s",
    )
    contacts.choose(colleague.pk, "wecom", "LiMing", "always", NOW)
    for key in ("a", "b", "c"):
        assert post("wecom", f"user:{colleague.pk}", key=key).state == "sent"
    asked, first, second, stale, again, third = catcher.caught
    assert asked.query == {"corpid": "ww1", "corpsecret": "s"}
    assert (first.json["touser"], first.json["agentid"], first.json["enable_duplicate_check"]) == (
        "LiMing",
        1000002,
        1,
    )
    assert second.query == stale.query == {"access_token": "token1"}
    assert (again.path, third.query) == ("/cgi-bin/gettoken", {"access_token": "token5"})


# --- SMS and mail -------------------------------------------------------------------------------------------------

SMS = """
site = "https://whistle.example"
signature = "辉南县治理中心"
[channels.sms]
kind = "sms_http"
url = "%s/send"
format = "%s"
fields = { mobile = "{phone}", content = "{text}", msgid = "{id}", account = "gov" }
headers = { Authorization = "Bearer {secret}" }
ok = { code = "0" }
"""


@pytest.mark.parametrize("form", ["json", "form"])
def test_it_sends_an_sms_that_needs_no_link_and_has_one(whistle, catcher, configure, form):
    catcher.answer = lambda caught: {"code": 0}
    configure(SMS % (catcher.url, form), sms_secret="pass")
    filed = whistle(item="MS-07", phone="13812345678")
    relay.deliver_batch(NOW)
    (caught,) = [one for one in catcher.caught if one.path == "/send"]
    said = caught.json if form == "json" else caught.form
    assert (said["mobile"], said["account"]) == ("13812345678", "gov")
    assert said["content"] == (
        f"【辉南县治理中心】您反映的问题（编号 {filed.case.number}）已派给住建局办理。"
        f" https://whistle.example/t/{gate.token_of(filed.case.number)}"
    )
    assert caught.headers["Authorization"] == "Bearer pass"
    assert caught.headers["Shaodao-Message-Id"] == said["msgid"]


def test_it_asks_for_a_rating_with_the_link_by_which_one_rates(whistle, catcher, configure):
    catcher.answer = lambda caught: {"code": 0}
    configure(SMS % (catcher.url, "json"), sms_secret="p")
    filed = whistle(item="MS-07", phone="13812345678")
    post("sms", filed.case.requester, "please_rate", number=filed.case.number)
    (said,) = [one.json["content"] for one in catcher.caught if "请评价" in one.json["content"]]
    assert said.endswith(f" https://whistle.example/t/{filed.token}")


@pytest.mark.parametrize(("nature", "told"), [("ask", True), ("complain", False)])
def test_it_tells_the_answer_to_a_question_itself(whistle, catcher, configure, nature, told):
    catcher.answer = lambda caught: {"code": 0}
    configure(SMS % (catcher.url, "json"), sms_secret="p")
    number = whistle("想问老年证在哪儿办", nature=nature, phone="13812345678").case.number
    said = {"words": "{secret} 每周二、四发放，带身份证。", "source": "desk"}
    cases.act(number, "answer", said, by("seat", "C00"), at=NOW)
    relay.deliver_batch(NOW)
    (text,) = [one.json["content"] for one in catcher.caught if "已答复" in one.json["content"]]
    assert ("已答复。{secret} 每周二、四发放，带身份证。" in text) == told


class Mailbox:
    def __init__(self) -> None:
        self.mails: list[tuple[str, list[str], str]] = []
        self.refuse = ""

    async def handle_RCPT(self, server, session, envelope, address, options):
        if self.refuse:
            return self.refuse
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server, session, envelope):
        self.mails.append((envelope.mail_from, envelope.rcpt_tos, envelope.content.decode()))
        return "250 OK"


@pytest.fixture
def mailbox():
    box = Mailbox()
    accept = lambda server, session, envelope, mechanism, data: AuthResult(  # noqa: E731
        success=(data.login, data.password) == (b"whistle", b"word")
    )
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    controller = Controller(
        box, "127.0.0.1", port, authenticator=accept, auth_required=True, auth_require_tls=False
    )
    controller.start()
    box.port = port
    yield box
    controller.stop()


def test_it_mails(colleague, mailbox, configure):
    configure(
        f'[channels.mail]\nkind = "smtp"\nhost = "127.0.0.1"\nport = {mailbox.port}\n'
        'sender = "whistle@gov.example"\nuser = "whistle"\n',
        mail_password="word",
    )
    contacts.choose(colleague.pk, "mail", "li@gov.example", "always", NOW)
    assert post("mail", f"user:{colleague.pk}").state == "sent"
    ((sender, to, content),) = mailbox.mails
    assert (sender, to) == ("whistle@gov.example", ["li@gov.example"])
    assert f"Message-ID: <{stable()}@gov.example>" in content
    mailbox.refuse = "550 no such user"
    failed = post("mail", f"user:{colleague.pk}", key="b")
    assert (failed.state, failed.last_error) == ("dead", "Undeliverable: SMTP 550")
    mailbox.refuse = "451 later"
    assert post("mail", f"user:{colleague.pk}", key="c").state == "waiting"


# --- what goes wrong ----------------------------------------------------------------------------------------------

ROBOT = '[channels.group]\nkind = "wecom_robot"\nurl = "%s/send"\nunits = ["D15"]\n'


@pytest.mark.parametrize(
    ("answer", "state", "error"),
    [
        ((500, {}), "waiting", "Refused: HTTP 500"),
        ((400, {}), "dead", "Undeliverable: HTTP 400"),
        ((302, {}), "waiting", "Refused: HTTP 302"),
        (
            {"errcode": 45009, "errmsg": "freq out of limit 13812345678"},
            "waiting",
            "Refused: 45009 freq out of limit …",
        ),
        ({}, "waiting", "Refused: ?"),
    ],
)
def test_it_tries_again_what_may_be_mended_and_says_why(pack, catcher, configure, answer, state, error):
    catcher.answer = lambda caught: answer
    configure(ROBOT % catcher.url, group_key="secret-key")
    failed = post("group", "unit:D15")
    assert (failed.state, failed.last_error) == (state, error)
    assert [one.path for one in catcher.caught] == ["/send"]  # a redirect is not followed


def test_it_leaves_a_channel_alone_for_a_round_when_nobody_answers(pack, catcher, configure, monkeypatch):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        configure(
            f'{ROBOT % url}[channels.other]\nkind = "wecom_robot"\nurl = "{catcher.url}/send"\nunits = ["D15"]\n',
            group_key="k",
            other_key="k",
        )
        for n in range(3):
            outbox.post(Message("group", "unit:D15", "pressing", NUMBER, f"g{n}"), NOW)
        outbox.post(Message("other", "unit:D15", "pressing", NUMBER, "o"), NOW)
        outcome = relay.deliver_batch(NOW)
    assert (outcome.sent, outcome.retried) == (1, 3)
    assert {row.last_error.split(":")[0] for row in Outgoing.objects.filter(channel="group")} == {
        "Unreachable"
    }
    (silent, good) = relay.health(NOW)
    assert (silent.channel, silent.waiting, silent.failing, silent.sent) == ("group", 3, 3, 0)
    assert (good.channel, good.waiting, good.sent, good.last_sent) == ("other", 0, 1, NOW)


def test_it_delivers_nothing_by_files_with_faults_and_says_so(pack, catcher, configure):
    configure("[channels.group]\nkind = 'pigeon'\n")
    failed = post("group", "unit:D15")
    assert failed.state == "waiting"
    assert "ConfigurationFault" in failed.last_error
    configure(ROBOT % catcher.url, group_key="k")  # mended while it runs
    relay.deliver_batch(NOW + timedelta(minutes=1))
    failed.refresh_from_db()
    assert failed.state == "sent"


def test_it_gives_up_what_has_no_address(colleague, catcher, configure):
    configure(SMS % (catcher.url, "json"), sms_secret="p")
    assert post("sms", f"user:{colleague.pk}").state == "dead"
    assert (
        post("gone-group", "unit:D15", key="b").last_error == "Undeliverable: 没有配置 [channels.gone-group]"
    )
    assert catcher.caught == []


# --- to whom ------------------------------------------------------------------------------------------------------


def test_it_reaches_those_behind_a_post_by_the_ways_they_chose(colleague, catcher, configure):
    catcher.answer = lambda caught: {"errcode": 0, "code": 0}
    configure(f"{SMS % (catcher.url, 'json')}{ROBOT % catcher.url}", sms_secret="p", group_key="k")
    contacts.choose(colleague.pk, "phone", "138 1234 5678", "urgent", NOW)
    contacts.choose(colleague.pk, "mail", "li@gov.example", "always", NOW)  # no mail is configured

    def reached(key: str, recipient: str, **params: object) -> set[str]:
        post("reach", recipient, key=key, **params)
        return {row.channel for row in Outgoing.objects.filter(dedupe_key__startswith=f"{key}>")}

    assert reached("a", "role:liaison@D15") == {"group"}
    assert reached("b", "role:liaison@D15", urgent=True) == {"group", "sms"}
    assert reached("c", "unit:D15-2", urgent=True) == {"group"}  # a section of the department
    assert reached("d", f"user:{colleague.pk}", urgent=True) == {"sms"}
    assert reached("e", "role:liaison@D13", urgent=True) == set()
    contacts.choose(colleague.pk, "phone", "138 1234 5678", "never", NOW)
    assert reached("f", f"user:{colleague.pk}", urgent=True) == set()
    User.objects.filter(pk=colleague.pk).update(is_active=False)
    contacts.choose(colleague.pk, "phone", "138 1234 5678", "always", NOW)
    assert reached("g", f"user:{colleague.pk}", urgent=True) == set()


def test_it_adds_nothing_when_it_is_repeated(colleague, catcher, configure):
    configure(ROBOT % catcher.url, group_key="k")
    post("reach", "unit:D15")
    Outgoing.objects.filter(dedupe_key="k").update(state="waiting", not_before=NOW)
    while relay.deliver_batch(NOW).total:
        pass
    assert len(catcher.caught) == 1


# --- systems ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("needs", ["true", "false"])
def test_it_answers_the_system_that_sent_the_case(whistle, catcher, configure, needs):
    configure(f'[systems.12345]\nurl = "{catcher.url}/back"\nanswer = {needs}\n', **{"12345_key": "shared"})
    filed = whistle(
        "想问老年证在哪儿办", nature="ask", system="12345", external_id="JL-9", by=by("seat", "C00")
    )
    cases.act(
        filed.case.number, "answer", {"words": "每周二发放。", "source": "desk"}, by("seat", "C00"), at=NOW
    )
    relay.deliver_batch(NOW)
    caught = catcher.caught[-1]
    expected = {"external_id": "JL-9", "number": filed.case.number, "state": "answered"}
    assert caught.json == {
        "id": caught.headers["Shaodao-Message-Id"], **expected, **({"answer": "每周二发放。"} if needs == "true" else {})
    }  # fmt: skip
    signed = f"{caught.headers['Shaodao-Timestamp']}.".encode() + caught.raw
    assert caught.headers["Shaodao-Signature"] == hmac.new(b"shared", signed, hashlib.sha256).hexdigest()


def test_it_gives_up_answering_a_system_nobody_configured(whistle, catcher, configure):
    configure(f'[systems.other]\nurl = "{catcher.url}/back"\n', other_key="k")
    whistle(item="MS-07", system="12345", external_id="JL-9", by=by("seat", "C00"))
    relay.deliver_batch(NOW)
    assert Outgoing.objects.get(channel="port").last_error == "Undeliverable: 没有配置 [systems.12345]"
