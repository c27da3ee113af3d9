"""The committed model is that of the committed sentences, and training gives it again."""

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from tests.dispatch.conftest import PACK

from shaodao.centre.dispatch.model import Model, fingerprint
from shaodao.centre.dispatch.phrases import NONE, Phrases
from shaodao.centre.dispatch.training import MANY, Confirmed, corpus, corpus_digest, train, vocabulary
from shaodao.county.pack import Pack

SHIPPED = PACK / "dispatch" / "model.npz"


def test_the_committed_model_is_of_the_committed_sentences(pack: Pack, phrases: Phrases) -> None:
    about = Model.load(SHIPPED).about
    told = "run `shaodao model train` and commit the model"
    assert about["corpus"] == corpus_digest(corpus(phrases, pack.items)), told
    assert about["catalogue"] == fingerprint({code: item.name for code, item in pack.items.items()}), told
    assert SHIPPED.stat().st_size < 1_200_000


def test_it_trains_a_small_model(pack: Pack, phrases: Phrases, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    codes = ("MS-09", "MS-14", "MS-31", "MS-44")
    items = {code: pack.items[code] for code in codes}
    few = replace(
        phrases,
        examples={code: phrases.examples[code] for code in (*codes, NONE)},
        terms={code: phrases.terms[code] for code in codes},
    )
    trained = train(few, items, tmp_path / "m.npz", confirmed=[Confirmed("太阳能灯柱倒了", "MS-09")] * MANY)
    model = Model.load(tmp_path / "m.npz")
    assert set(model.classes) == {*codes, NONE}
    assert trained.unseen_top1 > 0.8
    assert model.classes[int(model.probabilities("公厕脏得进不去人").argmax())] == "MS-14"
    assert model.classes[int(model.probabilities("太阳能灯柱").argmax())] == "MS-09"


def test_what_few_cases_say_is_nobodys_name(pack: Pack, phrases: Phrases) -> None:
    cases = [Confirmed("欧阳翠花家门口的灯柱", "MS-09")] * (MANY - 1) + [Confirmed("灯柱", "MS-09")]
    runs = vocabulary(corpus(phrases, pack.items, cases), 10**6)
    assert "灯柱" in runs
    assert not [run for run in runs if "翠" in run]


def test_it_refuses_examples_of_no_item(pack: Pack, phrases: Phrases, tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="MS-09"):
        train(phrases, {k: v for k, v in pack.items.items() if k != "MS-09"}, tmp_path / "m.npz")


def test_serving_never_imports_scikit_learn() -> None:
    code = (
        "import sys; from pathlib import Path; from shaodao.centre.dispatch import Classifier;"
        f"c = Classifier.load(Path({str(SHIPPED.parent)!r})); c.model.read('路灯不亮');"
        "assert not {'sklearn', 'scipy', 'django'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", code], check=True, timeout=60)


@pytest.mark.nightly
def test_training_again_gives_the_same_answers(pack: Pack, phrases: Phrases, tmp_path: Path) -> None:
    pytest.importorskip("sklearn")
    train(phrases, pack.items, tmp_path / "m.npz")
    old, new = Model.load(SHIPPED), Model.load(tmp_path / "m.npz")
    assert old.classes == new.classes
    texts = [sentence for sentences in phrases.examples.values() for sentence in sentences[:5]]
    for text in texts:
        # Another machine's rounding may move the last digits, never an answer.
        np.testing.assert_allclose(old.probabilities(text), new.probabilities(text), atol=0.02)
