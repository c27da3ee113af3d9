"""One capacity at a time: chosen, checked on every request, second factor where the role asks for it."""

from datetime import UTC, datetime

import pytest
from django.db import transaction
from django.test import RequestFactory
from tests.faces.conftest import INIT, code, password

from shaodao.county.people import grants
from shaodao.county.people.capacity import Capacity, excluded
from shaodao.county.people.models import Post
from shaodao.faces import county as faces_county
from shaodao.faces.accounts import capacity


def _post(user, role):
    return user.posts.get(role=role).pk


def test_it_chooses_by_itself_where_there_is_one_post(staff, signed_in):
    client = signed_in(staff("zhang", ("liaison", "D15")))
    client.get("/work", follow=True)
    assert client.session[capacity.SESSION_KEY] == Post.objects.get().pk


def test_it_asks_who_holds_several_and_switches_in_one_tap(staff, signed_in):
    user = staff("zhang", ("liaison", "D15"), ("handler", "D15"))
    client = signed_in(user)
    page = client.get("/work", follow=True)
    assert "现在用哪个身份办事" in page.content.decode()
    client.post("/work/capacity", {"post": _post(user, "liaison")})
    assert "联络员" in client.get("/work/account").content.decode()
    client.post("/work/capacity", {"post": _post(user, "handler")})
    assert client.session[capacity.SESSION_KEY] == _post(user, "handler")


def test_it_gives_nobody_the_post_of_another(staff, signed_in):
    other = staff("li", ("unit_head", "D15"))
    client = signed_in(staff("zhang", ("liaison", "D15"), ("handler", "D15")))
    client.post("/work/capacity", {"post": _post(other, "unit_head")})
    assert capacity.SESSION_KEY not in client.session


def test_it_ends_with_the_post_at_once(staff, signed_in):
    user = staff("zhang", ("liaison", "D15"))
    client = signed_in(user)
    client.get("/work", follow=True)
    grants.revoke(Post.objects.get(), by=INIT, now=datetime.now(UTC))
    assert client.get("/work")["Location"].startswith("/work/capacity")
    assert "还没有可用的身份" in client.get("/work/capacity").content.decode()


def test_it_wants_a_second_factor_before_a_role_that_needs_one(staff, client, monkeypatch):
    monkeypatch.setattr(
        transaction, "on_commit", lambda do, using=None: do()
    )  # the test itself never commits
    staff("zhang", ("liaison", "D15"), factor=False)
    assert password(client, "zhang")["Location"] == "/work"
    page = client.get("/work", follow=True)
    assert page.redirect_chain[-1][0] == "/accounts/factor/new/"
    secret = page.context["form"].secret
    answer = client.post("/accounts/factor/new/", {"code": code(secret)})
    assert answer.status_code == 302
    client.get("/work", follow=True)
    assert capacity.SESSION_KEY in client.session


def test_it_wants_none_before_a_role_that_needs_none(staff, client, county):
    grid = next(iter(county.places.grids))
    user = staff("wang", factor=False)
    grants.grant(user, "grid_chief", grid.unit, grid=grid.code, pack=county, by=INIT, now=datetime.now(UTC))
    password(client, "wang")
    client.get("/work", follow=True)
    assert client.session[capacity.SESSION_KEY] == Post.objects.get().pk


def test_it_does_not_carry_a_second_factor_over_to_another_account(staff, signed_in, client):
    client = signed_in(staff("zhang", ("liaison", "D15")))
    client.post("/accounts/logout/")
    staff("li", ("liaison", "D15"), factor=False)
    password(client, "li")
    client.get("/work", follow=True)
    assert capacity.SESSION_KEY not in client.session


def test_it_keeps_the_three_administrators_apart(staff, county, client, monkeypatch):
    """The grant is refused; and were two held all the same, neither could be chosen."""
    user = staff("zhang", ("system_admin", "C00"))
    for role in ("security_admin", "audit_admin"):
        with pytest.raises(grants.GrantRefused, match="excludes"):
            grants.grant(user, role, "C00", pack=county, by=INIT, now=datetime.now(UTC))
    both = (
        Capacity(user.pk, 1, "system_admin", "C00", "系统"),
        Capacity(user.pk, 2, "audit_admin", "C00", "审计"),
    )
    seat = Capacity(user.pk, 3, "seat", "C00", "坐席")
    monkeypatch.setattr(capacity.people, "capacities", lambda user: (*both, seat))
    request = RequestFactory().get("/")
    request.user, request.session = user, {}
    assert capacity.held(request) == (seat,)


def test_it_finds_which_roles_exclude_each_other(county):
    excludes = {code: role.excludes for code, role in faces_county.roles().items()}
    assert excluded({"system_admin", "audit_admin", "seat"}, excludes) == {"system_admin", "audit_admin"}
    assert excluded({"system_admin", "seat"}, excludes) == frozenset()
