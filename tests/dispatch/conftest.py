from pathlib import Path

import pytest

from shaodao.centre.dispatch.classifier import Classifier
from shaodao.centre.dispatch.phrases import Phrases, read
from shaodao.county.pack import Pack, load

PACK = Path(__file__).parents[2] / "county" / "huinan"


@pytest.fixture(scope="session")
def pack() -> Pack:
    return load(PACK)


@pytest.fixture(scope="session")
def phrases() -> Phrases:
    return read(PACK / "examples")


@pytest.fixture(scope="session")
def classifier(pack: Pack) -> Classifier:
    return Classifier.load(PACK / "dispatch", pack.word_rules)
