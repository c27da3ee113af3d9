"""Every code that a person may meet has words."""

import re
from pathlib import Path
from typing import get_args

import pytest

import shaodao
from shaodao.centre.cases.lifecycle import model
from shaodao.centre.cases.lifecycle.commands import COMMANDS
from shaodao.faces import words

SOURCE = Path(shaodao.__file__).parent


@pytest.mark.parametrize(
    ("kind", "codes"),
    [
        ("state", get_args(model.State)),
        ("state_resident", get_args(model.State)),
        ("duty_role", get_args(model.Role)),
        ("tier", get_args(model.Tier)),
        ("nature", get_args(model.Nature)),
        ("identity_mode", get_args(model.IdentityMode)),
        ("solved", get_args(model.Solved)),
        ("clock", model.DUTY_CLOCKS + model.TIMERS),
        ("command", tuple(name for name in COMMANDS if name not in {"tick", "recompute", "pass_up"})),
    ],
)
def test_it_has_a_word_for_every_code(kind, codes):
    assert [code for code in codes if code not in words.WORDS[kind]] == []


def test_it_has_a_sentence_for_every_refusal():
    code = re.compile(
        r'\b(?:Refusal|GrantRefused|VersionRefused)\(\s*(?:"([a-z_]+)" if [^)]*? else )?"([a-z_]+)"'
    )
    said = {
        found
        for path in SOURCE.rglob("*.py")
        for match in code.finditer(path.read_text())
        for found in match.groups()
        if found
    }
    assert len(said) > 40
    assert sorted(said - words.WORDS["refusal"].keys()) == []


def test_it_fills_in_what_the_refusal_brings_and_survives_what_it_does_not():
    assert "30 天" in words.refusal("too_late_to_reopen", days=30)
    assert "{" not in words.refusal("too_late_to_reopen")
    assert words.refusal("a_code_nobody_knows") == words.refusal("not_now")


def test_it_shows_an_unknown_code_rather_than_nothing():
    assert words.word("state", "strange") == "strange"
