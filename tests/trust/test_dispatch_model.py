"""Whatever becomes of the model, a whistle is taken, and what nobody can tell waits in triage; only people teach."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner
from tests.trust.conftest import PACK, by, file, give

from shaodao.centre.cases import actions
from shaodao.centre.cases.lifecycle import state_of
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.dispatch import classifier, confirmed, training
from shaodao.centre.dispatch.classifier import MODEL_FILE
from shaodao.centre.dispatch.commands import model
from shaodao.centre.dispatch.model import ARRAYS, Model, fingerprint, write
from shaodao.centre.dispatch.training import Trained
from shaodao.county.catalogue import NONE
from shaodao.county.pack import Pack
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Stream

CLEAR = "街边照明灯半个多月没亮过了，晚上走路一片漆黑"  # no rule of the pack speaks of it
SHIPPED = PACK / "dispatch" / MODEL_FILE


@pytest.fixture
def own(pack: Pack, settings: Any, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The file of the installation's own model, which goes before the shipped one."""
    monkeypatch.setattr(classifier, "_folders", {})
    folder = settings.DATA / "dispatch"
    folder.mkdir()
    return folder / MODEL_FILE


def absent(path: Path) -> None:
    pass


def empty(path: Path) -> None:
    path.touch()


def truncated(path: Path) -> None:
    content = SHIPPED.read_bytes()
    path.write_bytes(content[: len(content) // 2])


def flipped(path: Path) -> None:
    content = bytearray(SHIPPED.read_bytes())
    content[len(content) // 2] ^= 0x10
    path.write_bytes(content)


def other_digest(path: Path) -> None:
    """Numbers of another model under the digest of this one."""
    with np.load(SHIPPED) as old:
        changed = {name: old[name] for name in (*ARRAYS, "about")}
    changed["bias"] = changed["bias"] + 1
    np.savez_compressed(path, **changed)


def of_another_catalogue(path: Path) -> None:
    with np.load(SHIPPED) as old:
        arrays = {name: old[name] for name in ARRAYS}
    write(path, arrays, {**Model.load(SHIPPED).about, "catalogue": fingerprint({"X": "另一本手册"})})


def a_folder(path: Path) -> None:
    path.mkdir()


BROKEN: list[Callable[[Path], None]] = [
    absent, empty, truncated, flipped, other_digest, of_another_catalogue, a_folder,
]  # fmt: skip


def test_a_sound_model_dispatches_and_the_case_keeps_its_version(own: Path) -> None:
    shutil.copy(SHIPPED, own)
    case = file(CLEAR).case
    assert (case.item, state_of(case)) == ("MS-09", "dispatched")
    reported = store.history(Stream("case", case.number))[0]
    assert reported.payload["why"] == f"model:{Model.load(SHIPPED).version}"


@pytest.mark.parametrize("damage", BROKEN, ids=lambda damage: damage.__name__)
def test_without_a_sound_model_a_whistle_is_taken_and_waits_in_triage(
    own: Path, damage: Callable[[Path], None]
) -> None:
    damage(own)
    filed = file(CLEAR)
    assert (filed.case.item, state_of(filed.case)) == ("", "in_triage")
    assert filed.case.open_clocks, "somebody is waiting for it"
    assert filed.token
    again = actions.load(filed.case.number)
    assert again == filed.case


def test_a_model_that_breaks_while_running_is_noticed_and_so_is_its_successor(own: Path) -> None:
    shutil.copy(SHIPPED, own)
    assert file(CLEAR).case.item == "MS-09"
    own.unlink()
    truncated(own)
    assert state_of(file(CLEAR).case) == "in_triage"
    own.unlink()
    shutil.copy(SHIPPED, own)
    assert file(CLEAR).case.item == "MS-09"


# Who teaches ------------------------------------------------------------------------------------------------------------

SEAT = by("seat", "C00")
TOLD = "小区里乱七八糟的，说不清是啥事"


def taught(pack: Pack) -> list[tuple[str, str]]:
    return [(each.text, each.item) for each in confirmed.confirmed(pack.items)]


def test_what_went_out_by_itself_teaches_nothing(pack: Pack) -> None:
    assert state_of(file(CLEAR).case) == "dispatched"
    assert state_of(file("路灯", item="MS-09").case) == "dispatched"  # the whistler's own choice
    assert taught(pack) == []


def test_what_a_person_dispatched_teaches(pack: Pack) -> None:
    number = file(TOLD).case.number
    assert taught(pack) == []
    give(number, "dispatch", SEAT, lead="D13", item="MS-04")
    assert taught(pack) == [(TOLD, "MS-04")]


def test_what_a_person_confirmed_afterwards_teaches_item_or_none(pack: Pack) -> None:
    number = file(CLEAR).case.number
    give(number, "confirm_item", SEAT, item="MS-09")
    assert taught(pack) == [(CLEAR, "MS-09")]
    give(number, "confirm_item", SEAT, item=NONE)
    assert taught(pack) == [(CLEAR, NONE)]


def test_what_was_declined_or_hidden_teaches_nothing(pack: Pack) -> None:
    give(file(TOLD).case.number, "dispatch", SEAT, lead="D13", item="MS-04")
    row = CaseRow.objects.get()
    for hidden in (
        {"state": "declined"},
        {"state": "merged"},
        {"excluded": "malicious"},
        {"sensitive": True},
    ):
        CaseRow.objects.filter(pk=row.pk).update(state=row.state, excluded="", sensitive=False)
        assert taught(pack) == [(TOLD, "MS-04")]
        CaseRow.objects.filter(pk=row.pk).update(**hidden)
        assert taught(pack) == [], hidden


def test_erased_words_teach_nothing(pack: Pack) -> None:
    case = file(TOLD, phone="13812345678").case
    give(case.number, "dispatch", SEAT, lead="D13", item="MS-04")
    actions.erase_person(case.requester, By("user:77", "security_admin", "C00"))
    assert taught(pack) == []


def test_the_ledger_keeps_which_model_was_made(pack: Pack) -> None:
    confirmed.record(
        Trained(
            samples=1,
            runs=1,
            confirmed=1,
            unseen_top1=1.0,
            temperatures=(1.0, 1.0),
            confident=0.9,
            corpus="c0",
            digest="d1",
        )
    )
    (event,) = store.history(confirmed.STREAM)
    assert (event.type, event.payload) == ("ModelTrained", {"digest": "d1", "corpus": "c0", "confirmed": 1})


def test_the_command_trains_on_what_was_confirmed_and_writes_beside_the_data(
    pack: Pack, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    give(file(TOLD).case.number, "dispatch", SEAT, lead="D13", item="MS-04")
    asked: list[Any] = []

    def instead(phrases: Any, items: Any, path: Path, cases: Any) -> Trained:
        asked.append((set(items), [(case.text, case.item) for case in cases]))
        shutil.copy(SHIPPED, path)
        return Trained(1, 1, len(cases), 1.0, (1.0, 1.0), 0.9, corpus="c0", digest="d1")

    monkeypatch.setattr(training, "train", instead)
    told = CliRunner().invoke(model, ["train", "--confirmed", "--pack", str(PACK)])
    assert told.exit_code == 0, told.output
    assert json.loads(told.output)["confirmed"] == 1
    assert asked == [(set(pack.items), [(TOLD, "MS-04")])]
    assert (settings.DATA / "dispatch" / MODEL_FILE).exists()
    assert [event.payload["digest"] for event in store.history(confirmed.STREAM)] == ["d1"]
