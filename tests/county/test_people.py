"""Posts given and taken, capacities, citizens."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction

from shaodao.county import people
from shaodao.county.pack import versions
from shaodao.county.people import persons, phones
from shaodao.county.people.capacity import excluded
from shaodao.county.people.grants import GrantRefused, grant, held, revoke
from shaodao.county.people.models import Person, Post, User
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Context, Stream

pytestmark = pytest.mark.django_db
BY = Context(actor="user:900", capacity="security_admin@C00")


@pytest.fixture
def zhang():
    return User.objects.create_user("zhang", "张三", "Long-enough-1")


def test_it_gives_a_post_with_one_event(zhang, pack, now):
    post = grant(zhang, "handler", "D13", pack=pack, by=BY, now=now)
    (event,) = store.history(Stream("post", str(post.pk)))
    assert (event.type, event.context.actor) == ("PostGranted", "user:900")
    assert event.payload == {"user": zhang.pk, "role": "handler", "unit": "D13", "grid": "", "until": None}
    assert post.granted_event == event.hash.hex()
    assert list(held(zhang, now)) == [post]
    assert list(held(zhang, now - timedelta(seconds=1))) == []


def test_it_takes_a_post_once(zhang, pack, now):
    post = grant(zhang, "handler", "D13", pack=pack, by=BY, now=now)
    later = now + timedelta(days=1)
    revoke(post, by=BY, now=later)
    assert list(held(zhang, later)) == []
    assert list(held(zhang, later - timedelta(seconds=1))) == [post]
    with pytest.raises(GrantRefused, match="already_over"):
        revoke(post, by=BY, now=later)
    assert [event.type for event in store.history(Stream("post", str(post.pk)))] == [
        "PostGranted",
        "PostRevoked",
    ]


@pytest.mark.parametrize("second", ["security_admin", "audit_admin"])
def test_it_never_makes_one_person_two_kinds_of_administrator(zhang, pack, now, second):
    post = grant(zhang, "system_admin", "C00", pack=pack, by=BY, now=now)
    with pytest.raises(GrantRefused, match="excludes"):
        grant(zhang, second, "C00", pack=pack, by=BY, now=now)
    with pytest.raises(IntegrityError, match="one_kind_of_administrator"), transaction.atomic():
        Post.objects.create(user=zhang, role=second, unit="C00", since=now, granted_by="x", granted_event="x")
    later = now + timedelta(days=1)
    revoke(post, by=BY, now=later)
    assert grant(zhang, second, "C00", pack=pack, by=BY, now=later).role == second


def test_it_minds_an_excluding_post_that_ends_only_later(zhang, pack, now):
    grant(zhang, "system_admin", "C00", pack=pack, by=BY, now=now, until=now + timedelta(days=30))
    with pytest.raises(GrantRefused, match="excludes"):
        grant(zhang, "audit_admin", "J00", pack=pack, by=BY, now=now + timedelta(days=29))
    grant(zhang, "audit_admin", "J00", pack=pack, by=BY, now=now + timedelta(days=30))


@pytest.mark.parametrize(
    ("role", "unit", "grid", "code"),
    [
        ("king", "D13", "", "unknown_role"),
        ("resident", "D13", "", "unknown_role"),
        ("handler", "D99", "", "unknown_unit"),
        ("grid_chief", "S01-01", "", "grid_missing"),
        ("grid_chief", "S01-01", "S02-01-01", "unknown_grid"),
        ("grid_chief", "S01-01", "nowhere", "unknown_grid"),
    ],
)
def test_it_refuses_a_post_that_the_county_does_not_have(zhang, pack, now, role, unit, grid, code):
    with pytest.raises(GrantRefused, match=code):
        grant(zhang, role, unit, grid=grid, pack=pack, by=BY, now=now)
    assert not Post.objects.exists()


def test_it_refuses_a_post_to_oneself_held_already_or_over(zhang, pack, now):
    with pytest.raises(GrantRefused, match="own_post"):
        grant(zhang, "handler", "D13", pack=pack, by=Context(f"user:{zhang.pk}"), now=now)
    grant(zhang, "handler", "D13", pack=pack, by=BY, now=now)
    with pytest.raises(GrantRefused, match="held_already"):
        grant(zhang, "handler", "D13", pack=pack, by=BY, now=now)
    with pytest.raises(GrantRefused, match="already_over"):
        grant(zhang, "handler", "D14", pack=pack, by=BY, now=now, until=now)
    assert grant(zhang, "handler", "D14", pack=pack, by=BY, now=now).unit == "D14"


def test_it_offers_the_capacities_of_the_moment(zhang, files, pack, now, django_assert_num_queries):
    versions.install(files, now=now)
    grant(zhang, "handler", "D13", pack=pack, by=BY, now=now)
    grant(zhang, "grid_chief", "S01-01", grid="S01-01-01", pack=pack, by=BY, now=now)
    versions.current(now)
    with django_assert_num_queries(1):
        found = people.capacities(zhang, now)
    assert [(c.role, c.unit, c.name) for c in found] == [
        ("handler", "D13", "城管局经办人"),
        ("grid_chief", "S01-01", "凤鸣社区第一网格网格长"),
    ]
    assert found[0].actor == f"user:{zhang.pk}"
    assert people.capacities(zhang, now - timedelta(days=1)) == ()
    versions.forget()


def test_it_has_no_power_beyond_posts(zhang):
    assert not hasattr(zhang, "is_superuser")
    assert not hasattr(zhang, "has_perm")
    assert str(zhang) == "张三"
    assert User.objects.create_user("wang", "王五").has_usable_password() is False


def test_it_names_all_roles_that_exclude_each_other():
    table = {"a": frozenset("b"), "b": frozenset("a"), "c": frozenset()}
    assert excluded(["a", "c"], table) == frozenset()
    assert excluded(["a", "b", "c"], table) == {"a", "b"}


# --- citizens ---


def meet(number, name, now):
    """As intake does: the person, and what the vault must keep, in one transaction."""
    person, secrets = persons.meet(number, name, now)
    vault.insert(secrets, now)
    return person


def test_it_meets_the_same_person_by_any_spelling_of_the_number(now):
    person = meet("138 0013 8000", "王大娘", now)
    assert meet("+8613800138000", "", now) == person
    assert persons.find("13800138000") == person
    assert persons.find("13800138001") is None
    assert persons.contact(person) == ("13800138000", "王大娘")
    assert meet("13800138001", "", now) != person


def test_it_keeps_the_first_name_and_adds_a_missing_one(now):
    person = meet("13800138000", "", now)
    assert persons.contact(person) == ("13800138000", "")
    meet("13800138000", "王大娘", now)
    meet("13800138000", "别的名字", now)
    assert persons.contact(person) == ("13800138000", "王大娘")


def test_it_has_nothing_of_a_person_outside_the_vault(now):
    person = meet("13800138000", "王大娘", now)
    row = Person.objects.filter(pk=person).values().get()
    assert "13800138000" not in str(row)
    assert "王大娘" not in str(row)
    assert row["phone_key"] != vault.commitment(b"", "13800138000")


def test_it_erases_a_person_and_meets_a_new_one_afterwards(now):
    person = meet("13800138000", "王大娘", now)
    gone = persons.erase(person, now)
    assert len(gone) == 2
    assert persons.contact(person) == ("", "")
    assert persons.find("13800138000") is None
    assert persons.erase(person, now + timedelta(days=1)) == []
    assert Person.objects.get(pk=person).erased_at == now
    assert meet("13800138000", "", now) != person
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM ledger_vault WHERE subject = %s AND value IS NOT NULL", [str(person)]
        )
        assert cursor.fetchone() == (0,)


def test_it_lets_somebody_stay_unknown(now):
    person = persons.stranger(now)
    assert persons.contact(person) == ("", "")
    assert persons.stranger(now) != person


def test_it_refuses_what_is_no_number(now):
    with pytest.raises(phones.NotAPhone):
        persons.meet("12345", "", now)
    assert not Person.objects.exists()


def test_it_meets_a_person_in_one_statement(now, django_assert_num_queries):
    for _ in range(2):
        with django_assert_num_queries(1):
            persons.meet("13800138000", "王大娘", now)


def test_it_asks_the_vault_to_keep_only_what_is_new(now):
    _, secrets = persons.meet("13800138000", "", now)
    assert [secret.kind for secret in secrets] == ["phone"]
    _, secrets = persons.meet("13800138000", "王大娘", now)
    assert [secret.kind for secret in secrets] == ["name"]
    _, secrets = persons.meet("13800138000", "王大娘", now)
    assert secrets == []
