"""疑似重复, 我也看到了 and pictures seen before, through pages and programs: who sees what, and who does not."""

from __future__ import annotations

import io
import random
import re
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from PIL import Image
from tests.trust.conftest import OPEN, PHONE, SPOT, by, file, give

from shaodao.centre.cases import actions, queries
from shaodao.centre.intake import gate
from shaodao.centre.likeness import reuse
from shaodao.centre.likeness.models import Pair
from shaodao.ground.files import intake as evidence
from shaodao.ground.ledger import sealer, subscriptions

LID = "西门口路面塌了一块，露出下面的管子，夜里看不见"
AGAIN = "西门口路面塌了一大块，夜里骑车看不见，差点摔"
FORM = {"text": AGAIN, "lon": str(SPOT["lon"]), "lat": str(SPOT["lat"]), "crs": "WGS-84", "item": OPEN}


def picture(seed, quality=90, size=(640, 480)):
    """A picture that is like no other, saved in some quality and size."""
    rng = random.Random(seed)
    small = Image.new("L", (24, 18))
    small.putdata([rng.randrange(256) for _ in range(24 * 18)])
    out = io.BytesIO()
    small.resize((640, 480), Image.Resampling.BICUBIC).resize(size).convert("RGB").save(
        out, "JPEG", quality=quality
    )
    return out.getvalue()


def upload(*data, token="t", at=None):
    return [str(row.pk) for row in evidence.accept(data, token, at or datetime.now(UTC))]


def told():
    at = datetime.now(UTC)
    sealer.seal_all(at)
    while subscriptions.run_all(at):
        pass


def statements(client, address):
    """Those of the page itself: what a session or the pack asks now and then comes in one of two visits at most."""
    counts = []
    for _ in range(2):
        with CaptureQueriesContext(connection) as found:
            assert client.get(address).status_code == 200
        counts.append(len(found))
    return min(counts)


# --- residents ---


def test_a_resident_is_offered_what_is_close_by_and_learns_nothing_of_it(pack):
    case = file(LID, item=OPEN, phone=PHONE).case
    told()
    page = Client().post("/whistle/alike", FORM).content.decode()
    assert "我也看到了" in page
    shown = re.sub(r'value="[^"]*"', "", page)
    for secret in (case.number, LID[:6], PHONE[-4:], case.whose.removeprefix("person:"), str(SPOT["lon"])):
        assert secret not in shown


def test_taking_it_joins_and_a_second_tap_of_the_same_form_too(pack):
    case = file(LID, item=OPEN, phone=PHONE).case
    told()
    browser = Client()
    browser.get("/whistle")
    page = browser.post("/whistle/alike", FORM).content.decode()
    offer = page.split('name="joins" value="')[1].split('"')[0]
    said = FORM | {"joins": offer, "key": "k-1", "phone": "13900000001"}
    first, again = browser.post("/whistle", said), browser.post("/whistle", said)
    assert first.status_code == 302
    assert first["Location"] == again["Location"]
    assert actions.load(case.number).reporters == 2
    followed = browser.get(first["Location"]).content.decode()
    assert AGAIN in followed
    assert LID not in followed
    assert PHONE not in followed
    assert "请您评价" not in followed


def test_a_forged_offer_files_nothing_and_joins_nothing(pack):
    case = file(LID, item=OPEN, phone=PHONE).case
    answer = Client().post("/whistle", FORM | {"joins": case.number})
    assert answer.status_code == 422
    assert actions.load(case.number).reporters == 1


def test_after_filing_it_is_asked_once_more_and_merges_the_own_case(pack):
    case = file(LID, item=OPEN, phone=PHONE).case
    told()
    browser = Client()
    filed = browser.post("/whistle", FORM | {"phone": "13900000001"})
    page = browser.get(filed["Location"]).content.decode()
    offer = page.split('name="joins" value="')[1].split('"')[0]
    token = filed["Location"].split("/t/")[1].split("?")[0]
    assert browser.post(f"/t/{token}/same", {"joins": offer}).status_code == 302
    own = actions.load(gate.place_of(token)[0])
    assert (own.outcome, own.outcome_detail) == ("merged", case.number)
    assert actions.load(case.number).reporters == 2
    assert 'name="joins"' not in browser.get(f"/t/{token}").content.decode()


def test_tokens_of_seats_are_no_tokens_of_cases(pack):
    number = file(LID, item=OPEN, phone=PHONE).case.number
    token = gate.token_of(number, 1)
    for forged in (
        token,
        token.replace(".1-", "-"),
        token.replace(".1-", ".2-"),
        f"{number}.0-{token[-20:]}",
    ):
        assert Client().get(f"/t/{forged}").status_code == 404
        assert Client().get(f"/api/v1/track/{forged}").status_code == 404


# --- the centre ---


@pytest.fixture
def two(pack):
    one, other = file(LID, item=OPEN, phone=PHONE).case, file(AGAIN, item=OPEN, phone="13900000001").case
    told()
    return one.number, other.number


def test_the_desk_merges_by_suggestion(two, sign_in):
    seat = sign_in("seat", "C00")
    page = seat.get(f"/work/cases/{two[1]}").content.decode()
    assert "可能是同一件" in page
    assert "<mark>" in page
    answer = seat.post(f"/work/cases/{two[1]}/merge", {"subject": "0", "into": two[0], "version": "2"})
    assert answer.status_code == 302
    assert actions.load(two[1]).outcome == "merged"
    assert "可能是同一件" not in seat.get(f"/work/cases/{two[0]}").content.decode()


def test_only_the_desk_sees_what_may_be_one(two, sign_in):
    for role, unit in (
        ("liaison", "D15"),
        ("liaison", "D05"),
        ("street_clerk", "S01"),
        ("county_leader", "L00"),
    ):
        browser = sign_in(role, unit)
        assert browser.get("/work/duplicates").status_code == 403
        assert browser.post(f"/work/duplicates/{two[0]}/{two[1]}/apart").status_code == 403
        assert "可能是同一件" not in browser.get(f"/work/cases/{two[1]}").content.decode()
    assert not Pair.objects.exclude(apart_by="").exists()


def test_two_that_are_apart_are_proposed_no_more(two, sign_in):
    seat = sign_in("seat", "C00")
    assert two[0] in seat.get("/work/duplicates").content.decode()
    answer = seat.post(f"/work/duplicates/{two[0]}/{two[1]}/apart", {"back": "//evil.example/"})
    assert answer["Location"] == "/work/duplicates"
    assert two[0] not in seat.get("/work/duplicates").content.decode()


def test_the_list_costs_the_same_however_long_it_is(two, sign_in):
    seat = sign_in("seat", "C00")
    seat.get("/work/duplicates")
    few = statements(seat, "/work/duplicates")
    for index in range(6):
        file(LID, item=OPEN, phone=f"1390000001{index}")
    told()
    assert statements(seat, "/work/duplicates") == few <= 9  # one for the alarms


# --- pictures of work that were seen before ---


def worked(number, photos):
    hand = by("handler", "D15", 2)
    give(number, "report_in", hand, duty=1, mode="site", persons=1, position=SPOT)
    actions.act(number, "make_safe", {"duty": 1, "words": "围上了", "photos": photos}, hand, upload_token="t")


def seen(number, pack):
    opened = queries.open_case(number, by("seat", "C00"), pack)
    return [(s.how, s.number) for s in reuse.seen_before(opened.case, (step.event for step in opened.steps))]


def test_a_picture_of_work_that_is_the_reports_own_is_pointed_out(pack, sign_in):
    before = upload(picture(1))
    number = file(LID, item=OPEN, phone=PHONE, photos=before, upload_token="t").case.number
    worked(number, upload(picture(1, quality=40, size=(320, 240))))
    assert seen(number, pack) == [("before", number)]
    assert "办理前的照片" in sign_in("seat", "C00").get(f"/work/cases/{number}").content.decode()
    assert "是同一张" not in sign_in("liaison", "D15").get(f"/work/cases/{number}").content.decode()


def test_a_picture_of_work_that_was_used_for_another_case_is_pointed_out_to_the_later_one(pack, sign_in):
    one, other = (file(LID, item=OPEN, phone=PHONE).case.number for _ in range(2))
    hour = timedelta(hours=1)
    worked(one, upload(picture(2), at=datetime.now(UTC) - hour))
    worked(other, upload(picture(2, quality=50)))
    assert seen(one, pack) == []
    assert seen(other, pack) == [("case", one)]
    page = sign_in("seat", "C00").get(f"/work/cases/{other}").content.decode()
    assert "另一件用过的照片" in page
    assert f"/work/cases/{one}/photos/" in page


def test_other_pictures_are_not_pointed_out(pack):
    number = file(LID, item=OPEN, phone=PHONE, photos=upload(picture(3)), upload_token="t").case.number
    worked(number, upload(picture(4)))
    assert seen(number, pack) == []


def test_what_was_erased_is_compared_no_more(pack):
    number = file(LID, item=OPEN, phone=PHONE, photos=upload(picture(5)), upload_token="t").case.number
    worked(number, upload(picture(5)))
    actions.erase_person(actions.load(number).whose, by("security_admin", "C00"))
    assert seen(number, pack) == []
