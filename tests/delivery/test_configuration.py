"""`delivery.toml`: read strictly, without secrets, and calling nobody by itself."""

from __future__ import annotations

import json

import pytest

from shaodao.ports.delivery import configuration
from shaodao.ports.delivery.configuration import ConfigurationFault, WecomRobot

ROBOT = {"kind": "wecom_robot", "url": "https://robots.example/send", "units": ["D15"]}


def read(table, secrets=None, environment=None):
    return configuration.read(table, secrets or {}, environment or {})


def faults(table, **more) -> str:
    with pytest.raises(ConfigurationFault) as fault:
        read(table, **more)
    return "\n".join(fault.value.faults)


def test_it_has_no_way_out_by_itself(tmp_path):
    found = configuration.load(tmp_path, {})
    assert (found.channels, found.systems, found.site) == ({}, {}, "")


def test_it_takes_secrets_from_the_environment_or_a_file_of_its_owners(tmp_path):
    (tmp_path / "delivery.toml").write_text(
        '[channels.d15-group]\nkind = "wecom_robot"\nurl = "https://robots.example/send"\nunits = ["D15"]\n'
    )
    with pytest.raises(ConfigurationFault, match="SHAODAO_DELIVERY_D15_GROUP_KEY"):
        configuration.load(tmp_path, {})
    by_environment = configuration.load(tmp_path, {"SHAODAO_DELIVERY_D15_GROUP_KEY": "from outside"})
    assert by_environment.channels["d15-group"].secrets == {"key": "from outside"}
    file = tmp_path / "delivery-secrets.json"
    file.write_text(json.dumps({"d15-group": {"key": "from the file"}}))
    file.chmod(0o644)
    with pytest.raises(ConfigurationFault, match="600"):
        configuration.load(tmp_path, {})
    file.chmod(0o600)
    found = configuration.load(tmp_path, {}).channels["d15-group"]
    assert isinstance(found, WecomRobot)
    assert (found.units, found.secrets) == (("D15",), {"key": "from the file"})
    assert "from the file" not in repr(found)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"kind": "pigeon"}, "kind"),
        ({"url": "ftp://robots.example"}, "http://"),
        ({"url": "https://name:word@robots.example/"}, "口令"),
        ({"url": 7}, "http://"),
        ({"units": []}, "单位代码"),
        ({"unit": "D15"}, "未知的键 unit"),
        ({"timeout": 0}, "正整数"),
        ({"key": "secret in the file"}, "未知的键 key"),
    ],
)
def test_it_names_what_is_wrong(change, said):
    text = faults({"channels": {"group": ROBOT | change}}, secrets={"group": {"key": "k"}})
    assert "channels.group" in text
    assert said in text


@pytest.mark.parametrize(
    ("table", "said"),
    [
        ({"channels": {"reach": ROBOT}}, "不与内部的重名"),
        ({"channels": {"texts": {"kind": "sms_http", "url": "http://sms.example"}}}, "[channels.sms]"),
        ({"channels": {"mail": {"kind": "smtp", "host": "mail.example"}}}, "缺少 sender"),
        (
            {"channels": {"mail": {"kind": "smtp", "host": "m", "sender": "a@b", "security": "ssl"}}},
            "starttls",
        ),
        ({"channels": "all"}, ""),
        ({"site": "whistle.example"}, "site"),
        ({"pack": "x"}, "未知的键 pack"),
        ({"systems": {"12345": {"url": "http://a.example"}}}, "缺少密钥 key"),
    ],
)
def test_it_names_what_else_is_wrong(table, said):
    if not said:
        assert read(table).channels == {}
        return
    assert said in faults(table, secrets={"reach": {"key": "k"}})
