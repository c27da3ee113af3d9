"""`shaodao messages check` says what is wrong before a message depends on it, and sends only what it is told to."""

from __future__ import annotations

from click.testing import CliRunner
from tests.delivery.test_channels import SMS

from shaodao.ports.delivery.commands import messages

ROBOT = """
[channels.group]
kind = "wecom_robot"
url = "%s"
units = ["%s"]
"""


def check(*args):
    found = CliRunner().invoke(messages, ["check", *args])
    return found.exit_code, found.output


def test_without_a_file_it_says_that_nothing_leaves(pack, configure):
    status, said = check()
    assert status == 0
    assert "没有配置任何渠道" in said


def test_it_names_every_fault_and_sends_nothing(pack, catcher, configure):
    configure("surplus = 1\n[channels.group]\nkind = 'pigeon'\n")
    status, said = check()
    assert status == 1
    assert "surplus" in said
    assert "channels.group" in said
    configure(ROBOT % (catcher.url, "D15"))
    status, said = check()
    assert status == 1
    assert "key" in said
    assert not catcher.caught


def test_it_knows_units_and_tries_nothing_by_itself(pack, catcher, configure):
    configure(ROBOT % (catcher.url, "D15"), group_key="secret-key")
    status, said = check()
    assert status == 0
    assert "复述 D15 的消息" in said
    assert "secret-key" not in said
    assert not catcher.caught
    configure(ROBOT % (catcher.url, "D99"), group_key="secret-key")
    status, said = check()
    assert status == 1
    assert "没有单位 D99" in said


def test_it_tries_a_way_out_when_told_to(pack, catcher, configure):
    configure(SMS % (catcher.url, "json") + ROBOT % (catcher.url, "D15"), sms_secret="p", group_key="k")
    catcher.answer = lambda caught: {"errcode": 0, "code": 0}
    status, said = check("--send-to", "sms=13812345678", "--send-to", "group")
    assert (status, said.count("对方收下了")) == (0, 2)
    assert all("测试消息" in str(each.json) for each in catcher.caught)
    assert len(catcher.caught) == 2


def test_it_says_why_a_way_is_closed(pack, catcher, configure):
    configure(SMS % (catcher.url, "json"), sms_secret="p")
    catcher.answer = lambda caught: (503, {})
    for asked, why in (
        ("sms=13812345678", "HTTP 503"),
        ("sms", "要写收件地址"),
        ("gone", "没有配置 [channels.gone]"),
    ):
        status, said = check("--send-to", asked)
        assert status == 1
        assert why in said
