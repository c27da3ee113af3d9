import json
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner
from tests.dispatch.conftest import PACK
from tests.dispatch.test_model import arrays

from shaodao.centre.dispatch.classifier import Classifier
from shaodao.centre.dispatch.commands import model
from shaodao.centre.dispatch.evaluation import evaluate, read
from shaodao.centre.dispatch.model import FORMAT, Model, fingerprint, lines, write


@dataclass
class Item:
    name: str


ITEMS = {"L": Item("路灯"), "D": Item("犬只")}


@pytest.fixture
def small(tmp_path: Path) -> Classifier:
    """Knows 灯 as item L and 狗 as no item."""
    about = {
        "format": FORMAT,
        "catalogue": fingerprint({code: item.name for code, item in ITEMS.items()}),
        "temperatures": [0.5, 0.5],
        "confident": 0.8,
    }
    write(tmp_path / "m.npz", {**arrays(), "classes": lines(["L", "NONE"])}, about)
    return Classifier((), Model.load(tmp_path / "m.npz"))


def test_it_counts_by_hand(small: Classifier) -> None:
    # Right item; none sent as L; none kept back; an alternate that counts; a wrong item.
    told = evaluate(small, read("text,code,alt\n灯,L,\n灯,NONE,\n狗,NONE,\n灯,D,L;X\n灯,D,\n"), ITEMS)
    assert told["n"] == 5
    assert told["top1"] == 0.6
    assert told["top3"] == 0.8  # the second answer to the second message is NONE
    assert told["curve"][0] == {
        "threshold": 0.3,
        "precision": 0.5,
        "coverage": 0.8,
        "none_dispatched": 0.5,
    }


def test_it_says_nothing_of_nothing(small: Classifier) -> None:
    told = evaluate(small, (), ITEMS)
    assert (told["n"], told["curve"][0]["precision"], told["curve"][0]["coverage"]) == (0, None, 0.0)


def test_it_refuses_other_columns() -> None:
    with pytest.raises(ValueError, match="columns"):
        read("words,code\na,b\n")


def test_the_command_prints_one_line(tmp_path: Path) -> None:
    file = tmp_path / "some.csv"
    file.write_text("text,code,alt\n路灯不亮,MS-09,\n结婚登记在哪办,NONE,\n", encoding="utf-8")
    told = CliRunner().invoke(model, ["evaluate", str(file), "--pack", str(PACK)])
    assert told.exit_code == 0, told.output
    assert len(told.output.splitlines()) == 1
    figures = json.loads(told.output)
    assert (figures["n"], figures["top1"]) == (2, 1.0)
    assert {"threshold", "precision", "coverage", "none_dispatched"} == set(figures["curve"][0])


def test_the_command_explains(tmp_path: Path) -> None:
    told = CliRunner().invoke(model, ["explain", "前院邻居私自盖了彩钢房", "--pack", str(PACK)])
    assert told.exit_code == 0, told.output
    assert "XZ-01" in told.output
    assert "依据" in told.output
