"""After an erasure the whole database is searched: nothing of the person is left in any column of any table."""

from __future__ import annotations

from contextlib import suppress
from datetime import timedelta

import pytest
from django.db import connection
from tests.trust.conftest import OPEN, by, file, give
from tests.trust.test_likeness import picture, told, upload
from tests.trust.test_precedents import learnt, rule

from shaodao.centre.cases import actions
from shaodao.centre.cases.permissions import Forbidden
from shaodao.centre.hot_issues import reading
from shaodao.centre.intake.gate import Caller
from shaodao.centre.likeness.joining import Witness, join
from shaodao.centre.likeness.models import Pair
from shaodao.ground.files.models import Evidence

SAYS, NAME, PHONE = "饕餮桥头路面塌陷，魑魅魍魉都绕着走，请快来修", "龘靐齉", "13987654321"


def everything() -> str:
    """All rows of all tables, bytes in hex."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT quote_ident(relname) FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition "
            "AND has_table_privilege(oid, 'SELECT') AND relnamespace = 'public'::regnamespace"
        )
        tables = [name for (name,) in cursor.fetchall()]
        rows = []
        for table in tables:
            cursor.execute(f"SELECT t::text FROM {table} AS t")
            rows += [f"{table}: {text}" for (text,) in cursor.fetchall()]
    return "\n".join(rows)


def left(*secrets: str) -> list[tuple[str, str]]:
    lines = everything().lower().split("\n")
    found = []
    for secret in secrets:
        for form in (secret, secret.encode().hex(), secret.encode("unicode_escape").decode()):
            found += [(secret, line[:200]) for line in lines if form.lower() in line]
    return found


def secrets_of(person: str) -> list[str]:
    rows = Evidence.objects.filter(subject=person.removeprefix("person:"))
    prints = [bytes(row.phash).hex() for row in rows]
    assert prints
    return [NAME, PHONE, "饕餮", "魑魅", "魍魉", *prints]


@pytest.fixture
def crowd(pack):
    reading.forget()
    texts = ("饕餮桥头路面塌了", "桥头路面塌陷，请快来修", "路面塌陷，桥头都绕着走")
    return [file(text, item=OPEN, phone=f"1390000000{n}").case.number for n, text in enumerate(texts[1:])]


def test_nothing_of_whoever_reported_remains(crowd, sign_in):
    photos = upload(picture(1))
    case = file(SAYS, item=OPEN, phone=PHONE, name=NAME, photos=photos, upload_token="t").case
    lost = file("想问一下这个饕餮魑魅魍魉的事到底归谁管", phone=PHONE, name=NAME).case
    join(crowd[0], Witness(text=SAYS, phone=PHONE, name=NAME), Caller("t", "k", trusted=True))
    give(lost.number, "confirm_item", by("seat", "C00", 8), item="MS-13") if lost.guess else None
    rule(lost.number, scope="county")
    told()
    assert learnt()
    assert Pair.objects.filter(later=case.number)
    leader = sign_in("shift_leader", "C00")
    leader.get("/work/hot-issues")
    secrets = secrets_of(case.whose)
    assert {secret for secret, _ in left(*secrets)} >= {"饕餮", "魑魅", NAME}
    actions.erase_person(case.whose, by("security_admin", "D32", 6), at=actions.now() + timedelta(hours=1))
    told()
    assert left(*secrets) == []
    for path in (
        "/work/hot-issues",
        "/work/duplicates",
        "/work/precedents",
        "/work/rulings",
        "/work/dispatch/confirm",
    ):
        page = leader.get(path).content.decode()
        assert not [secret for secret in secrets if secret in page], path


def test_nothing_of_whoever_joined_remains(crowd):
    photos = upload(picture(1))
    joined = join(
        crowd[0],
        Witness(text=SAYS, phone=PHONE, name=NAME, photos=photos, upload_token="t"),
        Caller("t", "k", trusted=True),
    )
    told()
    person = joined.case.seat(1).person
    secrets = secrets_of(person)
    assert {secret for secret, _ in left(*secrets)} >= {"饕餮", NAME}
    actions.erase_person(person, by("security_admin", "D32", 6), at=actions.now() + timedelta(hours=1))
    told()
    assert left(*secrets) == []


def test_who_erased_themself_and_sends_the_same_again_leaves_nothing(crowd):
    """A telephone without a net sends its form again, after the link was used to erase."""
    said, caller = Witness(text=SAYS, name=NAME), Caller("t", "k", trusted=True)
    joined = join(crowd[0], said, caller)
    person = joined.case.seat(1).person
    actions.erase_person(person, by("security_admin", "D32", 6))
    with suppress(Forbidden):
        join(crowd[0], said, caller)
    assert left(NAME, "魑魅") == []
