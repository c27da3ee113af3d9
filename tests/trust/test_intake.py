"""What strangers send: once, bounded, whole or not at all."""

from __future__ import annotations

import contextlib
import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, connections
from django.test import Client
from tests.api.scenes import Scenes
from tests.trust.conftest import OPEN, PHONE, PROTECTED, SPOT, by

from shaodao.centre.cases import actions, queries
from shaodao.centre.cases.lifecycle import Refusal, state_of
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.intake import filing, gate
from shaodao.centre.intake.filing import Whistle
from shaodao.centre.intake.gate import Caller, KeyReused
from shaodao.centre.intake.models import Receipt
from shaodao.county.people import persons


def rows() -> dict[str, int]:
    """How much lies in every table of ours."""
    found = {}
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names():
            if table.startswith(
                ("cases_", "ledger_", "messages_", "intake_", "people_", "files_", "dispatch_")
            ):
                cursor.execute(f"SELECT count(*) FROM {table}")
                found[table] = cursor.fetchone()[0]
    return found


def send(text: str = "路面塌了一块", caller: Caller | None = None, **said: Any) -> filing.Filed:
    return filing.file(Whistle(**({"text": text, "item": OPEN, "place": SPOT} | said)), caller or Caller("t"))


def at_once(work: Callable[[int], Any], count: int = 2) -> list[Any]:
    """What each of several threads got or was refused with; all begin together."""
    results: list[Any] = [None] * count
    start = threading.Barrier(count)

    def run(index: int) -> None:
        try:
            start.wait(10)
            results[index] = work(index)
        except Exception as error:
            results[index] = error
        finally:
            connections.close_all()

    threads = [threading.Thread(target=run, args=(index,)) for index in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(30)
    return results


# --- once -------------------------------------------------------------------------------------------------------


def test_twins_with_one_key_make_one_case(committed):
    for round in range(5):
        caller = Caller("web:a", f"key-{round}")
        filed = at_once(lambda _, caller=caller: send(caller=caller), 6)
        assert len({each.case.number for each in filed}) == 1
        assert [each.again for each in filed].count(False) == 1
        assert len({each.token for each in filed}) == 1
    assert CaseRow.objects.count() == Receipt.objects.count() == 5


def test_twins_with_one_foreign_number_make_one_case(committed):
    caller = Caller("system:12345", trusted=True)
    filed = at_once(lambda _: send(caller=caller, system="12345", external_id="JL-1"), 6)
    assert len({each.case.number for each in filed}) == 1, filed
    assert CaseRow.objects.count() == 1


def test_of_two_bodies_under_one_key_one_is_refused(committed):
    texts = ["路面塌了一块", "路面塌了两块"]
    found = at_once(lambda index: send(texts[index], Caller("web:a", "key")))
    refused = [each for each in found if isinstance(each, KeyReused)]
    assert len(refused) == 1, found
    assert CaseRow.objects.count() == Receipt.objects.count() == 1


def test_two_neighbours_who_report_for_each_other_do_not_block(committed):
    """Both rows of persons are locked, by both, in one order."""
    phones = ["13800000001", "13800000002"]
    for round in range(8):
        found = at_once(
            lambda index, round=round: send(
                f"第{round}次路面塌了",
                Caller("t", trusted=True),
                phone=phones[index],
                on_behalf_of={"name": "", "phone": phones[1 - index]},
            )
        )
        assert all(isinstance(each, filing.Filed) for each in found), found


def test_a_stranger_who_guesses_a_foreign_number_gets_no_link(pack):
    mine = send(caller=Caller("public"), system="api", external_id="1")
    Receipt.objects.all().delete()  # pruned after a month
    before = rows()
    with pytest.raises(KeyReused):
        send("x", Caller("public"), system="api", external_id="1")
    assert rows() == before
    known = send("x", Caller("system:api", trusted=True), system="api", external_id="1")
    assert (known.case.number, known.again) == (mine.case.number, True)


def test_the_hash_of_a_request_tells_nothing_without_the_key(pack, settings):
    """Whoever has the database knows the text; the number must not follow from trying all numbers."""
    whistle = Whistle(text="路面塌了", phone=PHONE)
    before = filing.hash_of(whistle)
    settings.PHONE_HASH_KEY = "another"
    assert filing.hash_of(whistle) != before


# --- bounded ----------------------------------------------------------------------------------------------------


def flood(most: int, **caller: Any) -> int:
    """How many are taken before the next is refused."""
    for sent in range(most + 3):
        with contextlib.suppress(Refusal):
            send(f"第{sent}处路面塌了", Caller("t", **caller))
            continue
        return sent
    return -1


def test_the_limit_of_a_source_is_exact(pack):
    rates = pack.settings.rates
    assert flood(rates.address_hour, address="10.0.0.1") == rates.address_hour
    assert flood(rates.device_hour, device="d") == rates.device_hour


def test_one_telephone_however_written_is_one_source(pack):
    most = pack.settings.rates.phone_hour
    forms = [
        "13812345678",
        "138 1234 5678",
        "+86 138-1234-5678",
        "（138）12345678",
        "１３８１２３４５６７８",
        "008613812345678",
    ]
    for sent in range(most):
        send(f"第{sent}处", phone=forms[sent % len(forms)])
    for form in forms:
        before = rows()
        with pytest.raises(Refusal, match="too_many"):
            send("又一处", phone=form)
        assert rows() == before


def test_a_house_with_many_addresses_is_one_source(pack):
    most = pack.settings.rates.address_hour
    for sent in range(most):
        send(f"第{sent}处", Caller("t", address=f"2001:db8:1:2::{sent:x}"))
    with pytest.raises(Refusal, match="too_many"):
        send("又一处", Caller("t", address="2001:db8:1:2:ffff::1"))
    send("别处", Caller("t", address="2001:db8:1:3::1"))


# --- whole or not at all ----------------------------------------------------------------------------------------

NAN, INF = float("nan"), float("inf")
PLACES = [
    {"lon": NAN, "lat": 42.6, "crs": "WGS-84"},
    {"lon": INF, "lat": -INF, "crs": "WGS-84"},
    {"lon": "x", "lat": "y", "crs": "WGS-84"},
    {"lon": 126.0, "lat": None, "crs": "WGS-84"},
    {"lon": 42.6835, "lat": 126.0428, "crs": "WGS-84"},
    {"lon": [126], "lat": {}, "crs": "WGS-84"},
    {"lon": 10**400, "lat": 1, "crs": "WGS-84"},
    {"lon": 126.0428, "lat": 42.6835, "crs": "WGS-1884"},
    {"lon": 126.0428, "lat": 42.6835},
    {"grid": "S99-99"},
    {"grid": ["S01"]},
    {"grid": 5},
]


@pytest.mark.parametrize("place", PLACES, ids=str)
def test_a_place_that_is_none_is_refused(pack, place):
    before = rows()
    with pytest.raises(Refusal):
        send(place=place, phone=PHONE)
    assert rows() == before


WRONG: list[tuple[str, dict[str, Any]]] = [
    ("words_needed", {"text": " \n\t　 "}),
    ("words_needed", {"text": "\u200b\u2060\ufeff\u202e"}),
    ("bad_characters", {"text": "路\x00面"}),
    ("bad_characters", {"text": "路\ud800面"}),
    ("bad_characters", {"name": "李\x00"}),
    ("bad_characters", {"phone": "138\x0012345678"}),
    ("bad_characters", {"external_id": "a\x00", "system": "api"}),
    ("bad_characters", {"place": {"address": "东风街\x00"}}),
    ("too_long", {"text": "路" * 1_000_000}),
    ("too_long", {"text": "路" * 2001}),
    ("too_long", {"name": "李" * 1000}),
    ("too_long", {"external_id": "9" * 65, "system": "api"}),
    ("too_long", {"place": {"address": "东" * 1_000_000}}),
    ("too_many_photos", {"photos": tuple(["00000000-0000-0000-0000-000000000000"] * 10)}),
    ("field_wrong", {"photos": ("../../etc/passwd",)}),
    ("no_such_file", {"photos": ("00000000-0000-0000-0000-000000000000",)}),
    ("unknown_item", {"item": "XX-99"}),
    ("unknown_situation", {"situation": "none"}),
    ("in_the_future", {"occurred_at": actions.now() + timedelta(days=2)}),
    ("contact_needed", {"on_behalf_of": {"name": " ", "phone": ""}}),
    ("contact_needed", {"on_behalf_of": {}}),
    *(
        ("not_a_phone", {"phone": phone})
        for phone in (
            "1381234567",
            "138123456789",
            "12345678901",
            "13812345678x",
            "110",
            "+1 202 555 0100",
            "1" * 5000,
        )
    ),
    ("not_a_phone", {"on_behalf_of": {"name": "李", "phone": "12"}}),
]


@pytest.mark.parametrize(("code", "said"), WRONG, ids=lambda value: str(value)[:40])
def test_what_cannot_be_taken_is_refused_and_leaves_nothing(pack, code, said):
    before = rows()
    with pytest.raises(Exception, match=code):
        send(**{"phone": PHONE} | said)
    assert rows() == before


def test_it_keeps_what_can_be_read_and_no_marks_that_turn_the_page_around(pack):
    case = send("路面\u202e塌了\u2066一块\x07\r\n第二行\t完").case
    opened = queries.open_case(case.number, by("seat", "C00"), pack)
    assert opened.words[case.words] == "路面塌了一块\n第二行\t完"
    actions.act(case.number, "comment", {"words": "看\u202e这里\x1b[31m"}, by("seat", "C00"))
    opened = queries.open_case(case.number, by("seat", "C00"), pack)
    assert "看这里[31m" in opened.words.values()
    for bad in ("一\x00二", "一\udfff二"):
        with pytest.raises(Refusal, match="bad_characters"):
            actions.act(case.number, "comment", {"words": bad}, by("seat", "C00"))


FORGED = ["x" * 5000, '"\\000"', "\xe9", "'; DROP TABLE intake_receipt; --", '"\\377\\376"', "../../etc"]


@pytest.mark.parametrize("device", FORGED, ids=range(len(FORGED)))
def test_a_forged_cookie_of_a_device_is_only_a_device(pack, device):
    browser = Client()
    said = {"text": "路面塌了一块", "item": OPEN, "key": "k", **SPOT}
    answers = [browser.post("/whistle", said, headers={"cookie": f"device={device}"}) for _ in range(2)]
    assert [answer.status_code for answer in answers] == [302, 302]
    assert answers[0]["Location"] == answers[1]["Location"]
    assert CaseRow.objects.count() == 1


def test_saying_that_one_was_warned_changes_nothing_else(pack):
    said = {"text": "三楼着火了，有人被困在里面", "item": "XZ-13", "danger_seen": "0\x7f'", **SPOT}
    assert Client().post("/whistle", said).status_code == 302


# --- what becomes of it -----------------------------------------------------------------------------------------


def again(first: str, **said: Any) -> Any:
    """The same person reports the same matter once more."""
    case = actions.load(first)
    phone, _ = persons.contact(UUID(case.requester.removeprefix("person:")))
    return send("又塌了", Caller("t", trusted=True), item=case.item, phone=phone, **said).case


def test_a_repeat_goes_one_level_up(pack):
    first = Scenes(actions.now()).closed()
    case = again(first)
    assert (case.repeat_of, case.level, case.tier) == (first, 1, "county")
    assert case.waits("coordination")


def test_an_anonymous_whistle_is_not_tied_to_an_earlier_one(pack):
    case = again(Scenes(actions.now()).closed(), anonymous=True)
    assert (case.anonymous, case.repeat_of, case.level) == (True, "", 0)


def test_nothing_that_routing_stumbles_over_loses_a_report(pack):
    for place in (None, {"unknown": True}, {"grid": "S01"}, {"grid": "S01-01"}, {"address": "哪里也不是"}):
        for item in ("", OPEN, PROTECTED):
            case = send("路面塌了一块", Caller("t", trusted=True), place=place, item=item).case
            assert state_of(case) in ("dispatched", "in_triage", "in_ruling")
            assert case.open_clocks


def test_the_gate_takes_any_caller(pack):
    for client in ("", "x" * 500, "a\x00b", "客户"):
        number = gate.admit(Caller(client, key="k"), b"1" * 32, pack.settings.rates, actions.now()).number
        again = gate.admit(Caller(client, key="k"), b"1" * 32, pack.settings.rates, actions.now())
        assert again == gate.Admission(number, True)
