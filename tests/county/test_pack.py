from collections import Counter
from dataclasses import fields
from datetime import UTC, date, datetime

import pytest

from shaodao.county import pack as packs
from shaodao.county.catalogue import Category, ReportIn, TownshipRole
from shaodao.county.pack.model import At, Queues
from shaodao.ground.clocks import Limit


def test_it_has_the_80_items_and_before_them_the_28(pack):
    assert len(pack.items_on(date(2021, 3, 1))) == 28
    assert len(pack.items_on(date(2021, 9, 30))) == 28
    today = pack.items_on(date(2021, 10, 1))
    assert Counter(item.category for item in today.values()) == {Category.LAW: 28, Category.LIVELIHOOD: 52}
    assert pack.items_on(date(2021, 2, 28)) == {}
    assert [edition.number for edition in pack.editions] == [1, 2]


def test_it_has_the_livelihood_items_that_the_source_names(pack):
    names = " ".join(item.name for item in pack.items.values())
    for word in (
        "飞线治理",
        "噪音油烟",
        "小区车辆乱停乱放",
        "楼宇破损",
        "管道泄漏",
        "排污井外溢",
        "井盖丢失破损",
    ):
        assert word in names


def test_it_knows_the_item_of_a_moment_by_the_local_day(pack):
    assert pack.item("MS-07", datetime(2021, 9, 30, 16, 0, tzinfo=UTC)).code == "MS-07"  # 1 October, local
    with pytest.raises(KeyError):
        pack.item("MS-07", datetime(2021, 9, 30, 15, 59, tzinfo=UTC))
    assert pack.item("MS-07") is pack.items["MS-07"]


def test_it_reads_what_an_item_says(pack):
    cover = pack.items["MS-07"]
    assert (cover.sign, cover.report_in, cover.make_safe, cover.finish) == (
        Limit(5, "minute"),
        Limit(30, "minute"),
        Limit(2, "hour"),
        Limit(24, "hour"),
    )
    assert cover.emergency
    assert cover.two_stage
    assert cover.needs_place
    assert cover.identity == "contactable"
    wages = pack.items["MS-35"]
    assert (wages.report_in_mode, wages.sensitive, wages.needs_place) == (ReportIn.CALL, True, False)
    assert pack.items["XZ-01"].township_role is TownshipRole.WITHDRAWN
    assert pack.items["XZ-01"].milestones[0].name == "立案限拆"
    assert pack.items["MS-24"].plan_then_shelve
    assert pack.items["MS-08"].season_block.covers(date(2026, 1, 1))
    assert not pack.items["MS-33"].scored


def test_it_gives_every_number_of_the_domain(pack):
    settings = pack.settings
    assert settings.limit("triage") == Limit(15, "minute")
    assert settings.limit("triage", emergency=True) == Limit(3, "minute")
    assert settings.limit("verification", emergency=True) == settings.queues.verification
    assert settings.limit("return_window") == Limit(2, "hour", "working")
    assert (settings.queues.ruling, settings.queues.call_back) == (Limit(1, "workday"), Limit(2, "workday"))
    assert (settings.queues.rating, settings.queues.closing) == (Limit(48, "hour"), Limit(7, "day"))
    assert (settings.number("repeat_days"), settings.number("recurrence_days")) == (30, 90)
    with pytest.raises(AttributeError):
        settings.number("whistles")
    assert all(isinstance(getattr(settings.queues, field.name), Limit) for field in fields(Queues))


def test_it_says_who_approves(pack):
    assert [(s.role, s.at) for s in pack.approval("return").steps] == [
        ("section_head", At.UNIT),
        ("shift_leader", At.CENTRE),
    ]
    assert pack.approval("return").steps[1].limit == Limit(2, "hour", "working")
    assert [s.role for s in pack.approval("extension", "short").steps] == ["liaison", "shift_leader"]
    assert [s.role for s in pack.approval("extension", "anything").steps] == [
        "unit_head",
        "centre_deputy",
        "centre_director",
    ]
    assert pack.approval("shelving").steps[-1].at is At.COUNTY
    with pytest.raises(KeyError):
        pack.approval("nothing")


def test_it_knows_who_is_on_duty(pack):
    at_night = datetime(2026, 7, 15, 18, 0, tzinfo=UTC)  # 02:00 on Thursday
    assert {(row.role, shift.code) for row, shift in pack.on_duty("C00", at_night)} == {
        ("seat", "night"),
        ("shift_leader", "night"),
    }
    sunday = datetime(2026, 7, 19, 2, 0, tzinfo=UTC)
    assert pack.on_duty("D14", sunday) == []
    assert [row.role for row, _ in pack.on_duty("D14", datetime(2026, 7, 15, 2, 0, tzinfo=UTC))] == [
        "stationed"
    ]


def test_it_counts_duty_hours_by_the_roster_of_the_unit(pack):
    friday_evening = datetime(2026, 7, 17, 15, 0, tzinfo=UTC)  # 23:00
    two_hours = Limit(2, "hour", "duty")
    assert pack.calendar_of("U04").add(friday_evening, two_hours) == datetime(2026, 7, 17, 17, 0, tzinfo=UTC)
    assert pack.calendar_of("D20") is pack.calendar
    assert pack.calendar_of("D20").add(friday_evening, two_hours) == datetime(2026, 7, 20, 2, 30, tzinfo=UTC)
    assert pack.calendar_of("U04") is pack.calendar_of("U04")


def test_it_has_the_same_version_whatever_the_line_ends(files):
    windows = {name: b"\xef\xbb\xbf" + content.replace(b"\n", b"\r\n") for name, content in files.items()}
    assert packs.version_of(windows) == packs.version_of(files)
    assert packs.load_files(windows).version == packs.load_files(files).version
    assert packs.version_of(packs.from_canonical(packs.canonical(files))) == packs.version_of(files)
    assert packs.version_of({**files, "pack.toml": files["pack.toml"] + b"# x\n"}) != packs.version_of(files)


def test_it_marks_everything_that_is_made_up(pack):
    assert pack.demonstration
    made_up = {"community", "village", "section", "station"}
    assert all(unit.demonstration for unit in pack.units.values() if unit.kind in made_up)


def test_it_says_where_there_is_no_folder(tmp_path):
    with pytest.raises(FileNotFoundError):
        packs.load(tmp_path / "nowhere")
