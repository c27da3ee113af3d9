"""Erasing a person: nothing of them is left in a dump or in the folder of files; the record and all figures stand."""

from __future__ import annotations

import io
import os
import subprocess
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as configured
from django.core.cache import cache
from django.db import connection
from django.test import Client
from PIL import Image
from tests import database
from tests.cases.conftest import NOW, SPOT, by, install

from shaodao.centre.cases import actions, erasure, permissions, queries, search, sweeper
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.cases.models import Words
from shaodao.centre.dispatch.models import Precedent
from shaodao.centre.intake import filing, gate
from shaodao.centre.intake.filing import Filed, Whistle
from shaodao.centre.intake.gate import Caller
from shaodao.centre.intake.models import Receipt
from shaodao.county.pack import Pack
from shaodao.county.people import persons, phones
from shaodao.county.people.models import Person
from shaodao.faces.accounts import phone_code
from shaodao.ground.files import intake as evidence
from shaodao.ground.files.models import Evidence
from shaodao.ground.ledger import sealer, subscriptions, vault, verify
from shaodao.ground.ledger.events import Stream
from shaodao.ground.ledger.store import history
from shaodao.ground.messages.models import Outgoing
from shaodao.run import home, postgres

PHONE, OTHER = "13804398888", "13904397777"
NAME = "魏翠莲"
WORDS, COMMENT, PRAISE, TOLD = "黢黑胡同口井盖没盖儿", "老邢家门前那个也松", "师傅忒麻利", "她说膝盖摔秃噜皮"
ADDRESS, DEVICE = "203.0.113.77", "device-of-cuilian"
ADMIN = By("user:77", "security_admin", "C00")
LATER = NOW + timedelta(days=10)


@pytest.fixture
def county(fresh_db: str, settings: Any, tmp_path: Path) -> Pack:
    settings.FILES_STORE, settings.DATA = "", tmp_path
    cache.clear()
    return install()


def file(text: str, phone: str = PHONE, name: str = NAME, *, at: Any = NOW, **said: Any) -> Filed:
    caller = Caller(f"web:{DEVICE}", str(said.pop("key", "")), ADDRESS, phone, DEVICE)
    said.setdefault("item", "MS-08")
    return filing.file(Whistle(text=text, phone=phone, name=name, place=SPOT, **said), caller, at=at)


def photo() -> tuple[list[str], str]:
    out = io.BytesIO()
    Image.effect_noise((80, 60), 90).save(out, "JPEG")
    (row,) = evidence.accept([out.getvalue()], "hers", NOW)
    return [str(row.pk)], "hers"


def lived_through() -> str:
    """A case from whistle to rating, with words of the person in every place where they can be."""
    photos, token = photo()
    filed = file(WORDS, photos=photos, upload_token=token)
    number, me = filed.case.number, By(filed.case.requester, permissions.WHISTLER)
    more, token = photo()
    at = NOW + timedelta(minutes=1)
    actions.act(number, "comment", {"words": COMMENT, "photos": more}, me, at=at, upload_token=token)
    hand = by("handler", "D15", 2)
    actions.act(
        number, "report_in", {"duty": 1, "mode": "site", "position": SPOT, "words": "到了现场"}, hand, at=at
    )
    actions.act(number, "make_safe", {"duty": 1, "words": "围上了"}, hand, at=at)
    actions.act(number, "claim_finished", {"duty": 1, "way": "done", "words": "补好了"}, hand, at=at)
    actions.act(number, "decide", {"request": 1, "approve": True}, by("section_head", "D15", 3), at=at)
    verifier = actions.load(number).clock("verification").unit  # type: ignore[union-attr]
    actions.act(number, "verify", {"passed": True}, by("community_secretary", verifier, 4), at=at)
    at += timedelta(days=3)
    answers = {"reached": True, "solved": "partly", "levels": [{"duty": 1, "level": 4}], "words": TOLD}
    actions.act(number, "call_back", answers, by("caller", "C00", 5), at=at)
    at += timedelta(minutes=1)
    actions.act(number, "reopen", {"reason": "not_solved", "words": PRAISE}, me, at=at)
    return number


def settle() -> None:
    while sealer.seal_batch(LATER) or subscriptions.run_all(LATER):
        pass


def dump(name: str) -> str:
    """The whole database as the owner's `pg_dump` writes it."""
    where = database.UNIT.connection_parameters(postgres.OWNER, database=name)
    environment = os.environ | {"PGPASSWORD": home.secret("db_owner_password", database.DATA)}
    program = database.UNIT.programs / "pg_dump"
    command = [program, "-h", where["host"], "-p", where["port"], "-U", where["user"], "--inserts", name]
    return subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout


def traces(text: str) -> set[str]:
    """What of the person can be read in a dump: as text, as bytes of the vault, or as a keyed hash."""
    looked_for = {
        "phone": PHONE,
        "name": NAME,
        "words": WORDS[:6],
        "comment": COMMENT[:6],
        "rating": PRAISE,
        "call": TOLD[2:8],
        "phone key": phones.keyed(PHONE, configured.PHONE_HASH_KEY),
        "blinded phone": gate.blind(PHONE),
        "blinded address": gate.blind(ADDRESS),
        "blinded device": gate.blind(DEVICE),
        "bigram": "黢黑",
    }
    return {what for what, value in looked_for.items() if value in text or value.encode().hex() in text} | (
        {"pictures"} if evidence_bytes() else set()
    )


def evidence_bytes() -> list[Path]:
    return [path for path in (Path(configured.DATA) / "files").rglob("*") if path.is_file()]


def figures() -> dict[str, Any]:
    """Whatever is counted, from the rows."""
    counted = {}
    with connection.cursor() as cursor:
        for name, query in {
            "states": "SELECT state, item, count(*) FROM cases_case GROUP BY 1, 2 ORDER BY 1, 2",
            "duties": "SELECT unit, ended, round, count(*), sum(persons) FROM cases_duty GROUP BY 1, 2, 3 ORDER BY 1",
            "clocks": "SELECT kind, breached_at IS NULL, count(*) FROM cases_clock GROUP BY 1, 2 ORDER BY 1, 2",
            "ratings": "SELECT kind, solved, levels, count(*) FROM cases_rating GROUP BY 1, 2, 3 ORDER BY 1",
            "waiting": "SELECT sum(verified_at - reported_at) FROM cases_case",
            "repeats": "SELECT count(*) FROM cases_case WHERE repeat_of <> ''",
        }.items():
            cursor.execute(query)
            counted[name] = cursor.fetchall()
    return counted


def test_it_leaves_nothing_of_the_person_in_a_dump(county: Pack, fresh_db: str) -> None:
    number = lived_through()
    second = file("还是黢黑胡同，路灯也不亮", key="k2", item="MS-09").case.number
    neighbour = file("邻居家的事", OTHER, "老邢").case.number
    phone_code.issue(PHONE, NOW)
    for each in (number, second):
        actions.let_time_pass(each, LATER)
    settle()
    before = figures()
    person = actions.load(number).requester
    assert traces(dump(fresh_db)) == {
        "phone", "name", "words", "comment", "rating", "call", "phone key", "blinded phone", "blinded address",
        "blinded device", "bigram", "pictures",
    }  # fmt: skip
    assert Outgoing.objects.filter(recipient=person).exists()

    erased = actions.erase_person(person, By(person, permissions.WHISTLER), reason="own", at=LATER)

    assert erased == [number, second]
    left = dump(fresh_db)
    assert traces(left) == {"blinded address", "blinded device"}  # of the neighbour, who shared both
    assert gate.blind(OTHER) in left
    Receipt.objects.filter(number=neighbour).delete()
    assert traces(dump(fresh_db)) == set()
    assert figures() == before
    settle()
    sealer.anchor(LATER)
    report = verify.run()
    assert report.faults == []
    assert report.values == 6  # what staff and the neighbour said
    for each in erased:
        last = history(Stream("case", each))[-1]
        assert (last.type, last.payload["subject"], last.payload["reason"]) == ("Erased", person, "own")
    assert not CaseRow.objects.get(number=number).identified
    assert CaseRow.objects.get(number=neighbour).identified
    assert not Outgoing.objects.filter(recipient=person).exists()
    assert "老邢" in str(vault.read(e.name for e in Person.objects.filter(phone_key__isnull=False)))


def test_the_pages_still_tell_what_happened(county: Pack) -> None:
    number = lived_through()
    person = actions.load(number).requester
    token = gate.token_of(number)
    assert Client().get(f"/t/{token}").status_code == 200
    actions.erase_person(person, ADMIN, reason="in_writing", at=LATER)
    gone = Client().get(f"/t/{token}")
    assert gone.status_code == 410
    assert "已按本人要求删除" in gone.content.decode()
    opened = queries.open_case(number, by("seat", "C00"), county)
    assert WORDS not in str(opened.words)
    assert "到了现场" in opened.words.values()
    assert opened.steps[-1].event.__class__.__name__ == "Erased"
    assert not opened.knows_whistler
    me = By(person, permissions.WHISTLER)
    assert permissions.offered(me, opened.case, county) == []
    with pytest.raises(permissions.Forbidden):
        actions.act(number, "comment", {"words": "我又来了"}, me, at=LATER)


def test_it_meets_a_new_person_under_the_same_number(county: Pack) -> None:
    first = file(WORDS, key="a").case
    actions.erase_person(first.requester, ADMIN, at=LATER)
    assert persons.find(PHONE) is None
    again = file("换了一件事", at=LATER).case
    assert again.requester != first.requester
    with pytest.raises(gate.KeyReused):  # the phone that still has the erased whistle in its pocket
        file(WORDS, key="a", at=LATER)


def test_doing_it_twice_changes_nothing(county: Pack) -> None:
    case = file(WORDS).case
    actions.erase_person(case.requester, ADMIN, at=LATER)
    version = actions.load(case.number).version
    actions.erase_person(case.requester, ADMIN, at=LATER)
    assert actions.load(case.number).version == version
    with pytest.raises(actions.NoSuchCase):
        actions.erase_person("person:00000000-0000-0000-0000-000000000000", ADMIN, at=LATER)


def test_only_the_person_or_the_security_administrator_may(county: Pack) -> None:
    case = file(WORDS).case
    for stranger in (
        by("centre_director", "C00"),
        by("system_admin", "C00"),
        By("person:somebody", permissions.WHISTLER),
    ):
        with pytest.raises(permissions.Forbidden):
            actions.erase_person(case.requester, stranger, at=LATER)
    assert persons.find(PHONE) is not None
    assert actions.load(case.number).version == case.version


def test_the_command_on_one_case_erases_everywhere(county: Pack) -> None:
    one, two = file(WORDS).case, file("第二件，路灯不亮", item="MS-09").case
    with pytest.raises(Refusal, match="no_such_person"):
        actions.act(one.number, "erase", {"subject": "person:-"}, ADMIN, at=LATER)
    case = actions.act(one.number, "erase", {"subject": one.requester, "reason": "by_law"}, ADMIN, at=LATER)
    assert case.erased
    assert actions.load(two.number).erased
    with pytest.raises(Refusal, match="not_now"):
        actions.act(one.number, "erase", {"subject": one.requester}, ADMIN, at=LATER)


def test_a_whistle_for_another_keeps_the_words_of_the_one_whose_problem_it_is(county: Pack) -> None:
    case = file("替老邢家说一声井盖没了", on_behalf_of={"name": "老邢", "phone": OTHER}).case
    settle()
    actions.erase_person(case.whistler, By(case.whistler, permissions.WHISTLER), at=LATER)
    left = actions.load(case.number)
    assert not left.erased
    assert "替老邢家" in str(queries.read_words([case.words]))
    assert Words.objects.filter(number=case.number, grams__contains=["老邢"]).exists()
    assert persons.find(PHONE) is None
    assert persons.find(OTHER) is not None
    assert CaseRow.objects.get(number=case.number).identified
    actions.erase_person(case.requester, ADMIN, at=LATER)
    assert queries.read_words([case.words]) == {}
    assert not Words.objects.filter(number=case.number).exists()
    assert not CaseRow.objects.get(number=case.number).identified


def test_it_erases_whoever_left_no_number(county: Pack) -> None:
    photos, token = photo()
    case = file(WORDS, "", "", photos=photos, upload_token=token).case
    actions.erase_person(case.requester, By(case.requester, permissions.WHISTLER), at=LATER)
    assert queries.read_words([case.words]) == {}
    assert evidence_bytes() == []
    assert Evidence.objects.get().erased_at == LATER


def test_a_precedent_forgets_the_words_it_was_made_from(county: Pack) -> None:
    case = file("想问一下这个事到底归谁管，黢黑胡同", item="").case
    desk = by("shift_leader", "C00", 9)
    at = NOW + timedelta(minutes=1)
    actions.act(case.number, "send_to_ruling", {"units": ["D15"], "words": "归谁"}, desk, at=at)
    said = {"lead": "D13", "basis": "三定方案", "scope": "county", "precedent": "yes"}
    actions.act(case.number, "rule", said, desk, at=at)
    settle()
    assert "黢黑" in Precedent.objects.get().grams
    actions.erase_person(case.requester, ADMIN, at=LATER)
    assert Precedent.objects.get().grams == []


def test_the_index_learns_nothing_of_whoever_was_erased_before_it_came_by(county: Pack) -> None:
    case = file(WORDS).case
    actions.erase_person(case.requester, ADMIN, at=LATER)
    settle()
    assert list(search.matching("井盖")) == []


@pytest.fixture
def closed(county: Pack) -> Callable[..., str]:
    """A case that ended at a moment."""

    def make(at: Any, **said: Any) -> str:
        number = file("想问一下这个事", item="", at=at, **said).case.number
        actions.act(number, "answer", {"words": "这样办"}, by("seat", "C00"), at=at)
        return number

    return make


def test_it_forgets_who_it_was_two_years_after_their_last_case(
    county: Pack, closed: Callable[..., str]
) -> None:
    old = closed(NOW - timedelta(days=731))
    closed(NOW - timedelta(days=731), phone=OTHER)
    recent = closed(NOW - timedelta(days=729), phone=OTHER)
    nameless = closed(NOW - timedelta(days=900), phone="", name="")
    open_still = file("很久以前", phone="13604396666", at=NOW - timedelta(days=900)).case
    assert not erasure.due(NOW - timedelta(days=1000), 10)
    assert sweeper.forget_identities(NOW) == 2
    assert actions.load(old).erased
    assert actions.load(nameless).erased
    assert history(Stream("case", old))[-1].payload["reason"] == "kept_long_enough"
    assert not actions.load(recent).erased
    assert not actions.load(open_still.number).erased
    assert sweeper.forget_identities(NOW) == 0
