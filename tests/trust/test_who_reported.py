"""Whether those who must not know can learn who reported, or read the original words (Invariant 6)."""

from __future__ import annotations

import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image
from tests.trust.conftest import OPEN, PHONE, PROTECTED, SECRET_WORDS, by, file, give

from shaodao.centre.cases import actions, permissions, queries, search
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.queries import Filters
from shaodao.centre.intake import gate
from shaodao.county.people import persons
from shaodao.faces.api import answers
from shaodao.ground.files import intake as evidence
from shaodao.ground.ledger import sealer, subscriptions

D13 = by("handler", "D13", 2)
HANDS = [("handler", "D13"), ("liaison", "D13"), ("unit_head", "D13"), ("section_head", "D13")]


def me(case) -> By:
    return By(case.requester or case.whistler, permissions.WHISTLER)


def whole(opened) -> str:
    """Everything that any face could draw from what was opened."""
    return f"{opened.case} {opened.steps} {opened.words}"


def index() -> None:
    while sealer.seal():
        pass
    subscriptions.run_all() if hasattr(subscriptions, "run_all") else None


def picture() -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (40, 30), "grey").save(out, "JPEG")
    return out.getvalue()


@pytest.fixture
def protected(pack):
    return file(SECRET_WORDS, item=PROTECTED, phone=PHONE, name="老李").case


@pytest.mark.parametrize(("role", "unit"), HANDS)
def test_it_keeps_all_a_whistler_ever_says_from_the_handling_unit(pack, protected, role, unit):
    number = protected.number
    give(number, "comment", me(protected), words="我家住二楼东户")
    opened = queries.open_case(number, by(role, unit), pack)
    assert "二楼" not in whole(opened)
    assert protected.whistler not in whole(opened)
    page = str(answers.case(opened, pack))
    assert "二楼" not in page


def test_it_keeps_later_pictures_of_the_whistler_from_the_handling_unit(pack, protected, sign_in):
    number = protected.number
    (row,) = evidence.accept([picture()], "t", actions.now())
    actions.act(
        number, "comment", {"words": "看照片", "photos": [str(row.pk)]}, me(protected), upload_token="t"
    )
    unit, desk = sign_in("handler", "D13"), sign_in("seat", "C00")
    address = f"/work/cases/{number}/photos/{row.pk}/thumb"
    assert str(row.pk) not in unit.get(f"/work/cases/{number}").content.decode()
    assert unit.get(address).status_code == 404
    assert desk.get(address).status_code == 200


def test_it_says_no_more_of_a_whistling_grid_chief_than_the_kind(pack):
    grid = next(g for g in pack.places.grids)
    chief = by("grid_chief", grid.code, 7)
    case = file(SECRET_WORDS, chief, item=PROTECTED, place={"grid": grid.code}, staff_found=True).case
    opened = queries.open_case(case.number, D13, pack)
    assert chief.actor not in whole(opened)
    said = [event["by"] for event in answers.case(opened, pack)["events"] if event["event"] == "Reported"]
    assert said == ["反映人"]


def test_it_keeps_the_number_of_the_system_it_came_from(pack):
    desk = by("seat", "C00")
    case = file(
        SECRET_WORDS, desk, item=PROTECTED, on_behalf_of={"name": "", "phone": PHONE}, system="12345",
        external_id="JL-77", channel="12345",
    ).case  # fmt: skip
    assert "JL-77" not in whole(queries.open_case(case.number, D13, pack))
    assert "JL-77" in whole(queries.open_case(case.number, desk, pack))


def test_it_keeps_what_a_call_back_and_a_rating_say(pack, protected):
    step = queries.open_case(protected.number, by("caller", "C00"), pack)
    assert step.sees_original
    number = protected.number
    give(number, "report_in", D13, duty=1, mode="site")
    give(number, "claim_finished", D13, duty=1, way="done", words="已劝离")
    give(number, "decide", by("section_head", "D13", 3), request=1, approve=True)
    verifier = actions.load(number).clock("verification").unit
    give(number, "verify", by("community_secretary", verifier, 4), passed=True)
    give(number, "rate", me(protected), solved="no", words="二楼东户门口还是有")
    assert "二楼" not in whole(queries.open_case(number, D13, pack))


@pytest.fixture
def indexed(protected):
    search.Words.objects.create(number=protected.number, grams=search.grams(SECRET_WORDS))
    return protected


def test_it_finds_no_case_by_words_that_one_may_not_read(pack, indexed):
    def found(who: By) -> list[str]:
        return [line.number for line in queries.cases(who, Filters(q="二楼老李"), pack).lines]

    place = indexed.place
    assert found(by("seat", "C00")) == [indexed.number]
    assert found(me(indexed)) == [indexed.number]
    for who in (
        *(by(*each) for each in HANDS),
        by("street_clerk", place.township),
        by("community_secretary", place.community),
        by("stationed", "D13"),
        by("stationed", "D15"),
        by("supervisor", "V00"),
    ):
        assert found(who) == [], who


def test_it_finds_no_case_by_the_number_of_a_telephone_but_for_the_desk(pack, protected):
    person = f"person:{persons.find(PHONE)}"

    def found(who: By) -> int:
        return len(queries.cases(who, Filters(phone_person=person), pack).lines)

    assert found(by("caller", "C00")) == 1
    for who in (
        by("handler", "D13"),
        by("stationed", "D15"),
        by("county_leader", "L00"),
        by("inspector", "J00"),
    ):
        assert found(who) == 0, who


def test_an_anonymous_report_is_not_found_by_the_telephone_left_with_it(pack):
    file(item=OPEN, phone=PHONE, anonymous=True)
    person = f"person:{persons.find(PHONE)}"
    assert queries.cases(by("seat", "C00"), Filters(phone_person=person), pack).lines == []
    mine = queries.cases(By(person, permissions.WHISTLER), Filters(), pack)
    assert len(mine.lines) == 1


def test_it_does_not_lead_from_a_protected_case_to_an_earlier_one_of_the_same_person(pack):
    first = file(SECRET_WORDS, item=PROTECTED, phone=PHONE).case
    give(first.number, "report_in", D13, duty=1, mode="site")
    give(first.number, "claim_finished", D13, duty=1, way="done", words="已劝离")
    give(first.number, "decide", by("section_head", "D13", 3), request=1, approve=True)
    verifier = actions.load(first.number).clock("verification").unit
    give(first.number, "verify", by("community_secretary", verifier, 4), passed=True)
    give(first.number, "rate", me(first), solved="yes", levels=[{"duty": 1, "level": 5}])
    again = file("又摆出来了", item=PROTECTED, phone=PHONE).case
    assert again.repeat_of == first.number
    opened = queries.open_case(again.number, D13, pack)
    assert opened.case.repeat_of == ""
    assert first.number not in whole(opened)


def test_a_deputy_does_not_see_what_another_deputy_whistled(pack):
    case = file(SECRET_WORDS, by("deputy", "X00", 5), item=PROTECTED).case
    assert queries.open_case(case.number, by("deputy", "X00", 5), pack).sees_original
    other = by("deputy", "X00", 6)
    with pytest.raises(actions.NoSuchCase):
        queries.open_case(case.number, other, pack)
    assert not permissions.may_see(other, case, pack)
    with pytest.raises(permissions.Forbidden):
        give(case.number, "comment", other, words="借看")


def test_a_list_hides_what_the_page_hides(pack, protected):
    """The line of a list and the page of the case follow one rule, whoever looks."""
    place = protected.place
    leader = file("城管局乱收费，占道经营不管", item=PROTECTED, phone=PHONE).case
    whos = [
        by(role, unit)
        for role, unit in (
            *HANDS, ("seat", "C00"), ("caller", "C00"), ("stationed", "D13"), ("stationed", "D15"),
            ("county_leader", "L00"), ("inspector", "J00"), ("supervisor", "V00"), ("handler", "D22"),
            ("street_clerk", place.township), ("community_secretary", place.community),
            ("grid_chief", place.grid), ("deputy", "X00"), ("system_admin", "C00"), ("security_admin", "C00"),
        )
    ]  # fmt: skip
    for who in whos:
        lines = {line.number: line for line in queries.cases(who, Filters(), pack).lines}
        for case in (protected, leader):
            try:
                opened = queries.open_case(case.number, who, pack)
            except actions.NoSuchCase:
                assert case.number not in lines, who
            else:
                assert case.number in lines, who
                assert bool(lines[case.number].words) == opened.sees_original, who


AGAINST = "朝阳镇政府不作为，路面塌了一块没人管"


@pytest.fixture
def complaint(pack):
    """About the street in which it lies."""
    street = next(u for u in pack.units.values() if u.kind == "street")
    grid = next(g for g in pack.places.grids if pack.places[pack.places[g.parent].parent].code == street.code)
    return file("没人管", item=OPEN, phone=PHONE, place={"grid": grid.code}, against=street.code).case


def test_the_unit_complained_of_learns_nothing(pack, complaint, sign_in):
    street = complaint.against
    assert complaint.place.township == street
    whos = [by("street_clerk", street), by("street_head", street)]
    for who in whos:
        with pytest.raises(actions.NoSuchCase):
            queries.open_case(complaint.number, who, pack)
        assert queries.cases(who, Filters(), pack).lines == []
        assert permissions.offered(who, complaint, pack) == []
        with pytest.raises(permissions.Forbidden):
            give(complaint.number, "comment", who, words="知道了")
    page = sign_in("street_clerk", street)
    assert page.get(f"/work/cases/{complaint.number}").status_code == 404
    assert page.get(f"/work/cases/{complaint.number}/comment").status_code == 404
    assert complaint.number not in page.get("/work/cases").content.decode()


def test_a_grid_chief_and_the_desk_complained_of_learn_nothing_either(pack):
    grid = next(g for g in pack.places.grids)
    place = {"grid": grid.code}
    case = file("没人管", item=OPEN, phone=PHONE, place=place, against=grid.parent).case
    chief = by("grid_chief", grid.code, 3)
    assert not permissions.may_see(chief, case, pack)
    assert queries.cases(chief, Filters(), pack).lines == []
    centre = file("没人管", item=OPEN, phone=PHONE, against="C00").case
    for role in ("seat", "caller", "centre_director"):
        assert not permissions.may_see(by(role, "C00"), centre, pack)
    assert centre.number not in {
        line.number for line in queries.cases(by("seat", "C00"), Filters(), pack).lines
    }
    assert permissions.may_see(by("county_leader", "L00"), centre, pack)


def test_a_stationed_officer_neither_decides_nor_reads_where_the_own_unit_is_concerned(pack, protected):
    own, other = by("stationed", "D13"), by("stationed", "D15")
    assert permissions.offered(own, protected, pack) == []
    for who in (own, other):
        opened = queries.open_case(protected.number, who, pack)
        assert not opened.sees_original
        assert not opened.knows_whistler
    asked = file("想问一下这个事到底归谁管", place=None).case
    give(asked.number, "send_to_ruling", by("seat", "C00"), units=["D13", "D15"])
    case = actions.load(asked.number)
    assert permissions.offered(own, case, pack) == []
    assert permissions.offered(by("stationed", "D05"), case, pack)


def test_it_links_to_the_number_only_for_those_who_may_look_at_it(pack, sign_in):
    """A deputy knows who reported, being it; there is nothing to look up."""
    deputy = sign_in("deputy", "X00")
    answer = deputy.post("/work/whistle", {"text": "路面塌了一块", "village": "S01-01", "item": OPEN})
    address = answer["Location"].partition("?")[0]
    assert "/contact" not in deputy.get(address).content.decode()
    assert deputy.get(f"{address}/contact").status_code == 403
    mine = file(item=OPEN, phone=PHONE).case
    desk = sign_in("seat", "C00")
    assert "/contact" in desk.get(f"/work/cases/{mine.number}").content.decode()
    assert desk.get(f"/work/cases/{mine.number}/contact").status_code == 200


def test_it_finds_a_phone_typed_where_words_go_for_those_alone_who_may(pack, sign_in):
    number = file(item=OPEN, phone=PHONE).case.number
    for typed in (PHONE, "138 1234 5678"):
        assert number in sign_in("seat", "C00").get("/work/cases", {"q": typed}).content.decode()
        assert number not in sign_in("handler", "D15").get("/work/cases", {"q": typed}).content.decode()
    assert number not in sign_in("seat", "C00").get("/work/cases", {"q": "13812345679"}).content.decode()


def test_the_direct_address_of_a_picture_is_no_way_around(pack, sign_in):
    (row,) = evidence.accept([picture()], "t", actions.now())
    case = file(SECRET_WORDS, item=PROTECTED, phone=PHONE, photos=[str(row.pk)], upload_token="t").case
    other = file(item=OPEN, phone=PHONE).case
    unit, road = sign_in("handler", "D13"), sign_in("handler", "D15")
    for variant in ("thumb", "display", "original"):
        assert unit.get(f"/work/cases/{case.number}/photos/{row.pk}/{variant}").status_code == 404
        assert road.get(f"/work/cases/{other.number}/photos/{row.pk}/{variant}").status_code == 404
        token = gate.token_of(other.number)
        assert unit.get(f"/t/{token}/photos/{row.pk}/{variant}").status_code == 404
    shown = sign_in("seat", "C00").get(f"/work/cases/{case.number}/photos/{row.pk}/display")
    assert shown["Content-Type"] == "image/jpeg"
    assert shown["X-Content-Type-Options"] == "nosniff"
    assert "no-store" in shown["Cache-Control"] or "private" in shown["Cache-Control"]


def test_an_upload_of_one_uploader_is_not_given_to_a_case_of_another(pack, sign_in):
    (row,) = evidence.accept([picture()], "somebody's secret", actions.now())
    mine = file(item=OPEN, phone=PHONE).case
    with pytest.raises(Exception, match="no_such_file"):
        actions.act(
            mine.number, "comment", {"words": "看", "photos": [str(row.pk)]}, me(mine), upload_token="x"
        )
    assert SimpleUploadedFile
