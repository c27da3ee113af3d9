"""A small demonstration rehearsed from end to end: the ledger, the vault, the figures, the command."""

from __future__ import annotations

import json
import re
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from shutil import copyfile, copytree
from typing import Any

import pytest
from click.testing import CliRunner
from django.db import InternalError, connection
from tests.rehearsal.conftest import HUINAN, Row, items_changed, rows_changed, text_changed, write

from shaodao.centre.assessment.figures import Period, figures
from shaodao.centre.cases import actions
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.rehearsal.rehearse import Changed, Days, read_only, rehearse
from shaodao.county.pack import Files, versions
from shaodao.run.commands.rehearse import rehearse as command

ALL = Days(date(2024, 7, 1), date(2026, 7, 15))
FEW = 40  # statements
ANY_TIME = Period(datetime(2020, 1, 1, tzinfo=UTC), datetime(2030, 1, 1, tzinfo=UTC))


def contents() -> dict[str, str]:
    """A digest of all rows of every table."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT format('%I.%I', schemaname, tablename) FROM pg_tables WHERE schemaname = 'public' "
            "AND has_table_privilege(format('%I.%I', schemaname, tablename), 'SELECT')"
        )
        tables = [table for (table,) in cursor.fetchall()]
        found = {}
        for table in tables:
            cursor.execute(
                f"SELECT coalesce(md5(string_agg(md5(t::text), '' ORDER BY md5(t::text))), '') FROM {table} t"
            )
            found[table] = cursor.fetchone()[0]
    return found


def moved(files: Files) -> dict[str, bytes]:
    """The sample with one item at another department, shorter report-in limits, a higher threshold."""
    changed = items_changed(files, XZ_03={"lead": "D14", "on_call": "D13"})

    def sooner(row: Row) -> None:
        if row["report_in"] in ("2h working", "4h working"):
            row["report_in"] = "60m working"

    changed = rows_changed(changed, "items.csv", sooner)
    return text_changed(changed, "settings.toml", "confident = 830", "confident = 990")


def test_the_same_pack_changes_nothing_and_counts_as_the_figures_do(
    filled, files, django_assert_max_num_queries
):
    """A batch costs its heads, events and words, however many cases it has; now and then the pack in force is looked up."""
    assert CaseRow.objects.count() > 2 * FEW
    with django_assert_max_num_queries(FEW):
        found = rehearse(Changed(files), ALL, now=filled)
    assert found["cases"] == CaseRow.objects.count() > 50
    assert (found["elsewhere"]["count"], found["moves"], found["changes"]) == (0, [], 0)
    assert found["model"] == {"before": "ok", "after": "ok", "same": True}
    told = figures(ANY_TIME, ["report_in_on_time", "finish_on_time"])
    for kind, id in (("report_in", "report_in_on_time"), ("finish", "finish_on_time")):
        kept = found["clocks"][kind]
        assert kept["before"] == kept["after"]
        assert (kept["before"]["in_time"], kept["before"]["judged"]) == (
            told[id].numerator, told[id].denominator,
        )  # fmt: skip
    for fate in found["fates"].values():
        assert fate["before"] == fate["after"]
    none = rehearse(Changed(files), Days(date(2020, 1, 1), date(2020, 1, 2)), now=filled)
    assert (none["cases"], none["units"]) == (0, [])


def test_erased_words_are_counted_apart(filled, files):
    now = filled + timedelta(hours=2)
    whole = rehearse(Changed(files), ALL, now=now)
    row = CaseRow.objects.filter(requester__startswith="person:").order_by("number")[0]
    actions.erase_person(row.requester, actions.SYSTEM, at=filled + timedelta(hours=1))
    theirs = CaseRow.objects.filter(requester=row.requester).count()
    found = rehearse(Changed(files), ALL, now=now)
    assert found["erased"]["count"] == theirs
    assert sum(fate["after"] for fate in found["fates"].values()) == found["cases"] - theirs
    assert found["clocks"] == whole["clocks"]


def test_the_command_shows_a_changed_pack_and_leaves_everything_as_it_was(committed, files, tmp_path):
    folder = write(moved(files), tmp_path / "pack")
    with pytest.raises(InternalError, match="read-only"), read_only():
        CaseRow.objects.update(item="")
    before = contents()
    html = tmp_path / "page.html"
    period = ["--from", "2024-07-01", "--to", "2026-07-15"]
    said = CliRunner().invoke(command, ["--pack", str(folder), *period, "--html", str(html), "--json"])
    assert said.exit_code == 0, said.output
    assert contents() == before
    found = json.loads(said.stdout)
    whistles = {one["item"]: one["whistles"] for one in found["items"]}
    to_d14 = sum(m["items"].get("XZ-03", 0) for m in found["moves"] if (m["from"], m["to"]) == ("D13", "D14"))
    assert 0 < to_d14 <= whistles["XZ-03"]
    assert found["fates"]["at_once"]["after"] < found["fates"]["at_once"]["before"]
    assert found["ways"]["to_person"] > 0
    report_in = found["clocks"]["report_in"]
    assert report_in["after"]["in_time"] < report_in["before"]["in_time"]
    assert report_in["after"]["judged"] >= report_in["before"]["judged"]
    assert found["clocks"]["finish"]["before"] == found["clocks"]["finish"]["after"]
    assert any(change.startswith("items.csv: XZ-03") for change in found["changed"])
    page = html.read_text()
    assert "市场监管局" in page
    assert "人怎么做照旧" in page
    assert not re.search(r"(?:src|href)=\"(?!data:)|url\(|@import|<script", page)
    table = CliRunner().invoke(command, ["--pack", str(folder), *period])
    assert table.exit_code == 0, table.output
    for words in ("会派到别处", "市场监管局", "演练不能知道的"):
        assert words in table.output
    own = write(files, tmp_path / "own")
    (own / "dispatch").mkdir()
    (own / "dispatch" / "model.npz").touch()  # no model at all
    alone = json.loads(CliRunner().invoke(command, ["--pack", str(own), *period, "--json"]).stdout)
    assert alone["model"] == {"before": "ok", "after": "none", "same": False}
    assert alone["fates"]["unsure"]["after"] > alone["fates"]["unsure"]["before"]


def test_the_command_refuses_a_faulty_pack(db, files, tmp_path):
    broken = write(items_changed(files, XZ_03={"lead": "D99"}), tmp_path / "pack")
    said: Any = CliRunner().invoke(
        command, ["--pack", str(broken), "--from", "2026-01-01", "--to", "2026-07-01"]
    )
    assert said.exit_code == 1
    assert "items.csv" in said.output


def test_a_model_for_the_changed_catalogue_is_trained_aside(db, files, tmp_path, monkeypatch):
    """On the manual of the day that is rehearsed; nothing of it stays."""
    asked: list[Any] = []

    def train(phrases: Any, items: Any, target: Path) -> None:
        asked.append((items["XZ-05"].name, target))
        copyfile(HUINAN / "dispatch" / "model.npz", target)

    monkeypatch.setattr("shaodao.centre.dispatch.training.train", train)
    versions.forget()
    versions.install(files, now=datetime.now(UTC))
    folder = write(items_changed(files, XZ_05={"name": "户外广告"}), tmp_path / "pack")
    copytree(HUINAN / "examples", folder / "examples")
    said = CliRunner().invoke(
        command, ["--pack", str(folder), "--from", "2026-01-01", "--to", "2026-02-01", "--train", "--json"]
    )
    versions.forget()
    assert said.exit_code == 0, said.output
    ((name, target),) = asked
    assert name == "户外广告"
    assert not target.exists()
    model = json.loads(said.stdout)["model"]
    assert model == {"before": "ok", "after": "unfit", "same": False}  # the copy is of the old catalogue
