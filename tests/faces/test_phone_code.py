"""A resident's code: six digits, five minutes, five tries, once."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings

from shaodao.county.people import persons, phones
from shaodao.faces.accounts import phone_code, resident
from shaodao.faces.models import PhoneCode
from shaodao.ground.messages.models import Outgoing as Outbox

NOW = datetime(2026, 3, 5, 1, 0, tzinfo=UTC)
PHONE = "13812345678"
pytestmark = pytest.mark.django_db


def keyed(phone):
    return phones.keyed(phone, settings.PHONE_HASH_KEY)


def test_it_takes_the_right_code_once():
    code = phone_code.issue(PHONE, NOW)
    assert len(code) == 6
    assert code.isdigit()
    assert phone_code.redeem(keyed(PHONE), code, NOW + timedelta(minutes=4, seconds=59))
    assert not phone_code.redeem(keyed(PHONE), code, NOW + timedelta(minutes=4, seconds=59))


def test_it_takes_no_code_after_five_minutes():
    code = phone_code.issue(PHONE, NOW)
    assert not phone_code.redeem(keyed(PHONE), code, NOW + timedelta(minutes=5))


def test_it_takes_no_code_after_five_wrong_tries():
    code = phone_code.issue(PHONE, NOW)
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(5):
        assert not phone_code.redeem(keyed(PHONE), wrong, NOW)
    assert not phone_code.redeem(keyed(PHONE), code, NOW)


def test_it_takes_only_the_newest_code_of_a_number():
    old = phone_code.issue(PHONE, NOW)
    new = phone_code.issue(PHONE, NOW)
    assert old == new or not phone_code.redeem(keyed(PHONE), old, NOW)
    assert phone_code.redeem(keyed(PHONE), new, NOW)


def test_it_takes_no_code_of_another_number():
    code = phone_code.issue(PHONE, NOW)
    other = phone_code.issue("13912345678", NOW)
    assert code == other or not phone_code.redeem(keyed("13912345678"), code, NOW)


def test_it_keeps_neither_number_nor_code():
    code = phone_code.issue(PHONE, NOW)
    row = PhoneCode.objects.get()
    assert PHONE not in (row.phone, row.code)
    assert code not in (row.phone, row.code)


def test_it_forgets_codes_whose_time_is_over():
    phone_code.issue(PHONE, NOW)
    assert phone_code.sweep(NOW + timedelta(minutes=4)) == 0
    assert phone_code.sweep(NOW + timedelta(minutes=5)) == 1


@pytest.mark.parametrize(
    "typed", ["138 1234 5678", "+86 138-1234-5678", "１３８１２３４５６７８", "008613812345678"]
)
def test_it_reads_a_number_however_it_is_typed(typed):
    assert phones.normal(typed) == PHONE
    assert phones.keyed(typed, "key") == phones.keyed(PHONE, "key") != phones.keyed(PHONE, "another")


@pytest.mark.parametrize("typed", ["", "110", "1381234567", "23812345678", "138123456789", "abc"])
def test_it_refuses_what_is_no_number(typed):
    with pytest.raises(phones.NotAPhone):
        phones.normal(typed)


def test_it_masks_a_number():
    assert phones.masked(PHONE) == "138****5678"
    assert phones.masked("0435-8222222") == "0435****22"
    with pytest.raises(phones.NotAPhone):
        phones.mobile("0435-8222222")


def _sent():
    return list(Outbox.objects.filter(template="phone_code").values_list("recipient", "params"))


def test_it_signs_a_resident_in_by_a_code_sent_to_a_known_number(county, client):
    person, _ = persons.meet(PHONE, "", datetime.now(UTC))
    answer = client.post("/mine/sign-in?next=/design", {"phone": "138 1234 5678"})
    assert answer["Location"] == "/mine/code?next=%2Fdesign"
    ((recipient, params),) = _sent()
    assert recipient == f"person:{person}"
    assert PHONE not in str(dict(client.session))
    page = client.get("/mine/code").content.decode()
    assert "138****5678" in page
    assert PHONE not in page
    assert client.post("/mine/code", {"code": "000000"}).status_code == 422
    signed = client.post("/mine/code?next=/design", {"code": params["code"]})
    assert signed["Location"] == "/design"
    assert resident.person(signed.wsgi_request) == person
    client.post("/mine/sign-out")
    assert resident.SESSION_KEY not in client.session


def test_it_answers_the_same_for_a_number_it_does_not_know_and_sends_nothing(county, client):
    assert client.post("/mine/sign-in", {"phone": PHONE})["Location"].startswith("/mine/code")
    assert _sent() == []


def test_it_sends_one_code_a_minute(county, client):
    persons.meet(PHONE, "", datetime.now(UTC))
    client.post("/mine/sign-in", {"phone": PHONE})
    again = client.post("/mine/sign-in", {"phone": PHONE})
    assert again.status_code == 422
    assert "太频繁" in again.content.decode()
    assert len(_sent()) == 1


def test_it_refuses_what_cannot_receive_a_text_message(county, client):
    assert client.post("/mine/sign-in", {"phone": "0435-8222222"}).status_code == 422
