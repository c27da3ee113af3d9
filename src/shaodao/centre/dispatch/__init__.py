"""From words to item, with "I don't know" as an answer; and what else the words tell (`words`)."""

from . import classifier, words
from .classifier import Classifier, classify
from .guess import Guess
from .model import Model, ModelFault

__all__ = ["Classifier", "Guess", "Model", "ModelFault", "classifier", "classify", "words"]
