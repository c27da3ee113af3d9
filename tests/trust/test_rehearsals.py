"""Rehearsals on screen: who may ask and who may look, how it is worked off, and what it shows."""

from __future__ import annotations

import threading
from datetime import timedelta

import pytest
from django.utils import timezone
from tests.trust.conftest import PROTECTED, file

from shaodao.centre.cases import actions
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.rehearsal import waiting
from shaodao.centre.rehearsal.models import Rehearsal
from shaodao.centre.rehearsal.rehearse import Days
from shaodao.county.pack import versions
from shaodao.county.pack.models import PackVersion
from shaodao.county.people.models import User


@pytest.fixture
def draft(pack) -> PackVersion:
    """A draft in which markets go to the market authority."""
    base = PackVersion.objects.get(pk=versions.in_force().id)
    user = User.objects.create_user("drafter", "演示")
    files = versions.files_of(base)
    rows = files["items.csv"].decode("utf-8-sig").splitlines(keepends=True)
    files["items.csv"] = "".join(
        row.replace(",D13,,D14;D05,", ",D14,,D13;D05,") if row.startswith(PROTECTED) else row for row in rows
    ).encode()
    return versions.draft(files, by=user, now=actions.now(), based_on=base)


def days(back: int = 7) -> dict[str, str]:
    today = timezone.localdate()
    return {"since": str(today - timedelta(days=back)), "until": str(today)}


def unit_of(pack, role: str) -> str:
    return next(p.unit for p in pack.posts.values() if p.role == role)


def test_whoever_approves_rehearses_a_draft(pack, draft, sign_in):
    number = file("店外占道摆摊", item=PROTECTED).case.number
    director = sign_in("centre_director", "C00")
    address = f"/administration/packs/{draft.pk}"
    assert "演练" in director.get(address).content.decode()
    where = director.post(f"{address}/rehearsals", days())["Location"]
    page = director.get(where).content.decode()
    assert "正在排队" in page
    assert 'hx-trigger="every 2s"' in page
    again = director.post(f"{address}/rehearsals", days())["Location"]
    assert again == where
    assert Rehearsal.objects.count() == 1
    events = CaseRow.objects.get(pk=number).version
    assert waiting.tick(threading.Event())
    assert not waiting.tick(threading.Event())
    page = director.get(where).content.decode()
    assert "城管局" in page
    assert "市场监管局" in page
    assert f"/work/cases/{number}" in page
    assert "人怎么做照旧" in page
    assert 'hx-trigger="every 2s"' not in page
    assert CaseRow.objects.get(pk=number).version == events
    assert "已完成" in director.get(address).content.decode()


def test_a_draft_that_went_on_changing_is_said_to_be_another(pack, draft, sign_in):
    director = sign_in("centre_director", "C00")
    where = director.post(f"/administration/packs/{draft.pk}/rehearsals", days())["Location"]
    asked = draft.hash
    text = versions.files_of(draft)["settings.toml"].replace(b"photos = ", b"photos = 1", 1)
    versions.change(draft, {"settings.toml": text}, by=draft.proposed_by, now=actions.now())
    waiting.tick(threading.Event())
    assert Rehearsal.objects.get().found["after"] == asked
    assert "又改过" in director.get(where).content.decode()
    assert "改动之前" in director.get(f"/administration/packs/{draft.pk}").content.decode()


@pytest.mark.parametrize(
    ("role", "asks", "looks"),
    [
        ("centre_director", True, True),  # approves
        ("centre_deputy", True, True),  # drafts
        ("system_admin", True, True),
        ("audit_admin", False, True),
        ("seat", False, False),
        ("county_leader", False, False),
        ("handler", False, False),
        ("grid_chief", False, False),
    ],
)
def test_who_may_ask_and_who_may_look(pack, draft, sign_in, role, asks, looks):
    owner = User.objects.get(username="drafter")
    today = timezone.localdate()
    one = waiting.ask(draft, Days(today, today), by=owner, now=actions.now())
    post = next(p for p in pack.posts.values() if p.role == role)
    client = sign_in(role, post.unit, post.grid or "")
    address = f"/administration/packs/{draft.pk}"
    assert client.get(f"{address}/rehearsals/{one.pk}").status_code == (200 if looks else 403)
    assert client.post(f"{address}/rehearsals", days(3)).status_code == (302 if asks else 403)
    assert Rehearsal.objects.count() == (2 if asks else 1)
    shown = client.get(address)
    assert (f'action="{address}/rehearsals"' in shown.content.decode()) == asks


def test_nobody_looks_without_signing_in(draft, client):
    assert client.get(f"/administration/packs/{draft.pk}/rehearsals/1").status_code == 302
    assert client.post(f"/administration/packs/{draft.pk}/rehearsals", days()).status_code == 302
    assert not Rehearsal.objects.exists()


def test_administrators_get_no_way_to_the_cases(pack, draft, sign_in):
    number = file("店外占道摆摊", item=PROTECTED).case.number
    admin = sign_in("system_admin", unit_of(pack, "system_admin"))
    where = admin.post(f"/administration/packs/{draft.pk}/rehearsals", days())["Location"]
    waiting.tick(threading.Event())
    page = admin.get(where).content.decode()
    assert number in page
    assert f"/work/cases/{number}" not in page
    assert "店外占道摆摊" not in page


def test_it_belongs_to_its_version(pack, draft, sign_in):
    director = sign_in("centre_director", "C00")
    where = director.post(f"/administration/packs/{draft.pk}/rehearsals", days())["Location"]
    other = PackVersion.objects.get(pk=versions.in_force().id)
    assert director.get(where.replace(str(draft.pk), str(other.pk))).status_code == 404


@pytest.mark.parametrize(
    "said",
    [{}, {"since": "2026-02-01", "until": "2026-01-01"}, {"since": "2000-01-01", "until": "2026-01-01"},
     {"since": "gestern", "until": "heute"}],
)  # fmt: skip
def test_a_period_that_is_none_is_refused(pack, draft, sign_in, said):
    director = sign_in("centre_director", "C00")
    answer = director.post(f"/administration/packs/{draft.pk}/rehearsals", said, follow=True)
    assert "日期填得不对" in answer.content.decode()
    assert not Rehearsal.objects.exists()


def test_a_faulty_draft_is_not_rehearsed(pack, draft, sign_in):
    versions.change(draft, {"settings.toml": b"nonsense = 1\n"}, by=draft.proposed_by, now=actions.now())
    director = sign_in("centre_director", "C00")
    address = f"/administration/packs/{draft.pk}"
    assert f'action="{address}/rehearsals"' not in director.get(address).content.decode()
    answer = director.post(f"{address}/rehearsals", days(), follow=True)
    assert "改好才能演练" in answer.content.decode()


def test_what_a_dead_process_left_is_begun_anew(pack, draft):
    today = timezone.localdate()
    one = waiting.ask(draft, Days(today, today), by=draft.proposed_by, now=actions.now())
    Rehearsal.objects.filter(pk=one.pk).update(seen_at=actions.now())
    assert not waiting.tick(threading.Event())  # somebody is at it
    Rehearsal.objects.filter(pk=one.pk).update(seen_at=actions.now() - waiting.SILENT * 2)
    assert waiting.tick(threading.Event())
    assert Rehearsal.objects.get().found is not None


def test_a_process_that_ends_leaves_it_to_the_next(pack, draft):
    file("店外占道摆摊", item=PROTECTED)
    today = timezone.localdate()
    waiting.ask(draft, Days(today, today), by=draft.proposed_by, now=actions.now())
    stop = threading.Event()
    stop.set()
    waiting.tick(stop)
    left = Rehearsal.objects.get()
    assert (left.ended_at, left.seen_at, left.found) == (None, None, None)
    assert waiting.tick(threading.Event())
    assert Rehearsal.objects.get().ended_at


def test_a_fault_is_said_and_does_not_stop_the_loop(pack, draft, sign_in, monkeypatch):
    director = sign_in("centre_director", "C00")
    where = director.post(f"/administration/packs/{draft.pk}/rehearsals", days())["Location"]

    def fails(*args: object, **kwargs: object) -> None:
        raise ZeroDivisionError

    monkeypatch.setattr(waiting, "rehearse", fails)
    assert waiting.tick(threading.Event())
    assert "没有完成" in director.get(where).content.decode()
    assert not waiting.tick(threading.Event())


def test_the_pages_cost_few_statements(pack, draft, sign_in, django_assert_max_num_queries):
    director = sign_in("centre_director", "C00")
    today = timezone.localdate()
    for back in range(8):
        waiting.ask(draft, Days(today - timedelta(days=back), today), by=draft.proposed_by, now=actions.now())
    director.get(f"/administration/packs/{draft.pk}")
    with django_assert_max_num_queries(14):
        director.get(f"/administration/packs/{draft.pk}")
