"""The array file: what is written is what is read; what was touched is refused."""

import io
import json
import os
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.dispatch.conftest import PACK

from shaodao.centre.dispatch.grams import AHEAD, HEAD, grams
from shaodao.centre.dispatch.model import FORMAT, Model, ModelFault, lines, write

ABOUT = {"format": FORMAT, "catalogue": "x", "temperatures": [0.5, 0.5], "confident": 0.8}


def arrays() -> dict[str, np.ndarray]:
    """Two voices on two classes: `灯` speaks for L, `狗` for D; the first voice is the surer one."""
    return {
        "weights": np.array([[100, -100, 40, -40], [-100, 100, -40, 40], [1, 1, 1, 1]], np.int8),
        "scale": np.full(4, 0.05, np.float32),
        "bias": np.zeros(4, np.float32),
        "idf": np.full(3, 20, np.float32),
        "runs": lines(["灯", "狗", "的"]),
        "classes": lines(["L", "D"]),
    }


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "model.npz"
    write(path, arrays(), ABOUT)
    return path


def test_it_reads_what_was_written(file: Path) -> None:
    model = Model.load(file)
    assert model.classes == ("L", "D")
    assert model.runs == ("灯", "狗", "的")
    assert model.about["confident"] == 0.8
    assert list(file.parent.iterdir()) == [file], "nothing is left beside it"


def test_it_computes_by_hand(file: Path) -> None:
    # One known run: the unit vector is 1 on it; scores ±5 and ±2, divided by the temperature 0.5; the mean of both voices.
    share = Model.load(file).probabilities("灯")[0]
    assert share == pytest.approx((1 / (1 + np.exp(-20)) + 1 / (1 + np.exp(-8))) / 2, abs=1e-6)


def test_it_is_sure_only_where_both_voices_are(tmp_path: Path) -> None:
    apart = {**arrays(), "weights": np.array([[100, -100, -100, 100], [0] * 4, [0] * 4], np.int8)}
    write(tmp_path / "m.npz", apart, ABOUT)
    assert Model.load(tmp_path / "m.npz").probabilities("灯").tolist() == pytest.approx([0.5, 0.5])


def test_it_is_even_where_no_word_is_known(file: Path) -> None:
    model = Model.load(file)
    assert model.probabilities("xyz").tolist() == [0.5, 0.5]
    assert model.read("")[1] == ()


def test_it_names_the_deciding_words_only() -> None:
    model = Model.load(PACK / "dispatch" / "model.npz")
    words = model.deciding("我家楼下的路灯好几天不亮了", "MS-09")
    assert any("路灯" in word for word in words)
    assert not any(word in ("我家", "的") for word in words)


def test_it_knows_no_other_class(file: Path) -> None:
    with pytest.raises(KeyError):
        Model.load(file).deciding("灯", "X")


@pytest.mark.parametrize("at", [0, 20, -200, -30])
def test_it_refuses_a_touched_file(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 0xFF
    file.write_bytes(content)
    try:
        model = Model.load(file)
    except ModelFault:
        return
    # A bit that no reader looks at (a time stamp of the archive) may change; the numbers may not.
    assert model.probabilities("灯").tolist() == pytest.approx([1, 0], abs=1e-3)


def test_it_refuses_half_a_file(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:300])
    with pytest.raises(ModelFault):
        Model.load(file)


def test_it_refuses_other_numbers_under_the_old_digest(file: Path) -> None:
    with np.load(file) as old:
        about = json.loads(old["about"].tobytes())
    changed = {**arrays(), "bias": np.array([9, 0, 0, 0], np.float32)}
    with file.open("wb") as stream:
        np.savez_compressed(stream, about=lines([json.dumps(about)]), **changed)
    with pytest.raises(ModelFault, match="digest"):
        Model.load(file)


def test_it_refuses_another_format(tmp_path: Path) -> None:
    write(tmp_path / "m.npz", arrays(), {**ABOUT, "format": FORMAT + 1})
    with pytest.raises(ModelFault, match="format"):
        Model.load(tmp_path / "m.npz")


def test_it_never_unpickles(tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, tuple[str]]:
            return os.mkdir, (str(tmp_path / "owned"),)

    stream = io.BytesIO()
    np.savez(stream, about=np.array([Evil()], dtype=object), **arrays())
    (tmp_path / "m.npz").write_bytes(stream.getvalue())
    with pytest.raises(ModelFault):
        Model.load(tmp_path / "m.npz")
    assert not (tmp_path / "owned").exists()


def test_it_refuses_a_missing_file(tmp_path: Path) -> None:
    with pytest.raises(ModelFault):
        Model.load(tmp_path / "none.npz")


@given(st.text(max_size=600))
@settings(max_examples=150, deadline=None)
def test_it_always_gives_shares_of_one(text: str) -> None:
    model = _shipped()
    shares, words = model.read(text)
    assert shares.sum() == pytest.approx(1, abs=1e-4)
    assert np.isfinite(shares).all()
    assert all(word in text for word in words)


def test_the_runs_of_the_head_weigh_for_themselves() -> None:
    assert {"路灯", AHEAD + "路灯"} <= set(grams("路灯"))
    late = grams("哦" * HEAD + "路灯")
    assert "路灯" in late
    assert AHEAD + "路灯" not in late


def test_it_reads_all_numbers_and_codes_alike() -> None:
    assert grams("A3区12号楼") == grams("b7区8号楼")


_model: list[Model] = []


def _shipped() -> Model:
    if not _model:
        _model.append(Model.load(PACK / "dispatch" / "model.npz"))
    return _model[0]
