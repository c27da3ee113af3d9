"""From words to an item of the catalogue in force: rules first, the learned model second, else "I don't know".

A missing, broken or foreign model never stops anything: it only means that nobody guesses."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Protocol

from shaodao.county.catalogue import NONE, WordRule

from .guess import Guess
from .model import Model, ModelFault, fingerprint
from .rules import hits

MODEL_FILE = "model.npz"
RULE_CONFIDENCE = 0.97  # measured on the examples: no rule there is right less often
SHOWN = 3

log = logging.getLogger(__name__)


class Named(Protocol):
    """What classifying needs of an item."""

    @property
    def name(self) -> str: ...


class Bars(Protocol):
    """Per mille: when a guess is dispatched, and how far it must lead."""

    @property
    def confident(self) -> int: ...
    @property
    def margin(self) -> int: ...


@dataclass(frozen=True, slots=True)
class Classifier:
    """Rules and model of one pack. `fault`: why there is no model, in a clerk's words; empty where there is one."""

    rules: tuple[WordRule, ...] = ()
    model: Model | None = None
    fault: str = ""

    @classmethod
    def load(cls, folder: Path, rules: tuple[WordRule, ...] = ()) -> Classifier:
        """Read the model of a folder. Never raises for what is missing or broken there: `fault` tells."""
        try:
            return cls(rules, Model.load(folder / MODEL_FILE))
        except ModelFault as error:
            log.error("dispatch model not used: %s", error)
            return cls(rules, None, "派单模型不可用")

    def classify(self, text: str, items: Mapping[str, Named], bars: Bars | None = None) -> Guess:
        """Guess the item of a text among `items` in force (by code). Without `bars` the model's own threshold holds."""
        if not text.strip():
            return Guess.unknown("没有文字，转人工受理")
        ruled = self._by_rule(text, items)
        if ruled is not None:
            return ruled
        if self.model is None:
            return Guess.unknown(f"{self.fault or '没有派单模型'}，转人工受理")
        return _by_model(self.model, text, items, bars)

    def _by_rule(self, text: str, items: Mapping[str, Named]) -> Guess | None:
        found = [hit for hit in hits(self.rules, text) if hit.rule.item in items or hit.rule.item == NONE]
        if not found or len({hit.rule.item for hit in found}) > 1:
            return None  # rules that contradict each other decide nothing
        first = found[0]
        words = tuple(dict.fromkeys(word for hit in found for word in hit.words))
        item = first.rule.item
        because = f"按规则{first.rule.code}（{first.rule.why}）"
        if item == NONE:
            reason = f"{because}属于手册以外的事项：{'、'.join(words)}"
            return Guess(
                None, RULE_CONFIDENCE, words, rule=first.rule.code, none_of_these=True, reason=reason
            )
        return Guess(
            item,
            RULE_CONFIDENCE,
            words,
            ((item, RULE_CONFIDENCE),),
            rule=first.rule.code,
            reason=f"{because}归入{items[item].name}：{'、'.join(words)}",
        )


def _by_model(model: Model, text: str, items: Mapping[str, Named], bars: Bars | None) -> Guess:
    shares, why = model.read(text)
    order = shares.argsort()[::-1]
    ranked = [(model.classes[at], float(shares[at])) for at in order[: SHOWN + 2]]
    top = tuple((code, share) for code, share in ranked if code in items)[:SHOWN]
    best, share = ranked[0]
    unsure = Guess(None, share, why, top, model=model.version)
    if model.about["catalogue"] != _fingerprint(items):
        return replace(unsure, why=(), reason="派单模型不是按现行事项目录训练的，转人工受理")
    confident = bars.confident / 1000 if bars else float(model.about["confident"])
    ahead = share - ranked[1][1]
    told = "、".join(why)
    if best == NONE:
        sure = share >= confident
        reason = "像是手册以外的事项" if sure else "可能是手册以外的事项，转人工受理"
        return replace(unsure, none_of_these=sure, reason=reason)
    if share >= confident and (bars is None or ahead >= bars.margin / 1000):
        reason = f"从“{told}”看，归入{items[best].name}，把握{share:.0%}"
        return replace(unsure, item=best, reason=reason)
    return replace(unsure, reason=f"拿不准：最像{items[best].name}（{share:.0%}），转人工受理")


def classify(
    text: str, items: Mapping[str, Named], classifier: Classifier | None = None, bars: Bars | None = None
) -> Guess:
    """Guess the item of a text. Without a classifier nobody guesses."""
    return (classifier or Classifier()).classify(text, items, bars)


_prints: dict[int, tuple[Mapping[str, Named], str]] = {}


def _fingerprint(items: Mapping[str, Named]) -> str:
    """Of the items in force; the few mappings a process ever sees are remembered."""
    known = _prints.get(id(items))
    if known is None or known[0] is not items:
        if len(_prints) > 64:
            _prints.clear()
        known = _prints[id(items)] = (items, fingerprint({code: item.name for code, item in items.items()}))
    return known[1]


class Pack(Protocol):
    @property
    def code(self) -> str: ...
    @property
    def word_rules(self) -> tuple[WordRule, ...]: ...


_lock = threading.Lock()
_loaded: dict[Path, tuple[tuple[int, int], Classifier]] = {}


def folders(code: str) -> Sequence[Path]:
    """Where the model of a county may lie, nearest first: the data folder, then the sources' own packs."""
    from django.conf import settings

    own = settings.DATA / "dispatch"
    packs = Path(__file__).resolve().parents[4] / "county"
    shipped = [file.parent / "dispatch" for file in packs.glob("*/pack.toml") if f'"{code}"' in _head(file)]
    return (own, *shipped)


def current(pack: Pack) -> Classifier:
    """The rules of a pack in force and its model, which is read again when its file was replaced."""
    folder = _folder(pack.code)
    if folder is None:
        return Classifier(pack.word_rules, fault="没有派单模型")
    stamp = _stamp(folder / MODEL_FILE)
    known = _loaded.get(folder)
    if known is None or known[0] != stamp:
        with _lock:
            known = _loaded[folder] = (stamp, Classifier.load(folder))
    return replace(known[1], rules=pack.word_rules)


_folders: dict[str, Sequence[Path]] = {}


def _folder(code: str) -> Path | None:
    if code not in _folders:
        _folders[code] = folders(code)
    return next((folder for folder in _folders[code] if folder.is_dir()), None)


def _head(file: Path) -> str:
    return "".join(file.read_text(encoding="utf-8").splitlines(keepends=True)[:5])


def _stamp(file: Path) -> tuple[int, int]:
    try:
        status = file.stat()
    except OSError:
        return (0, 0)
    return (status.st_mtime_ns, status.st_size)
