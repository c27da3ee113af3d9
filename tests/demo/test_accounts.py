"""Everybody in post, some of whom can sign in, with a second factor whose code the demonstration tells."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.demo.conftest import UNTIL, County

from shaodao.county.people import capacities
from shaodao.county.people.models import User
from shaodao.faces.accounts import second_factor
from shaodao.run.demo import accounts, people

PASSWORD = "correct horse battery"
SINCE = UNTIL - timedelta(days=800)


@pytest.fixture
def few(county: County) -> list[people.Staff]:
    staff = people.staff(county.pack)
    chosen = {one.username for one in staff if one.open} | {"d21.jingban"}
    return [one for one in staff if one.username in chosen]


def test_it_names_everybody_once(county: County):
    staff = people.staff(county.pack)
    names = [one.username for one in staff]
    assert len(names) == len(set(names)) + 1  # the one person with two posts
    roles = {one.role for one in staff if one.open}
    assert roles == set(county.pack.roles) - {"resident"}
    assert all(name.isascii() for name in names)
    assert all("演示" in one.name for one in staff)


def test_it_lets_open_accounts_sign_in_and_others_not(county: County, few: list[people.Staff]):
    actors = accounts.make(few, county.pack, PASSWORD, SINCE)
    user = User.objects.get(username="zhujian.jingban")
    assert actors["zhujian.jingban"] == f"user:{user.pk}"
    assert user.check_password(PASSWORD)
    assert second_factor.has_one(user)
    code = second_factor.code_now(user)
    assert user.authenticator_set.get(type="totp").wrap().validate_code(code)
    closed = User.objects.get(username="d21.jingban")
    assert not closed.has_usable_password()
    assert not second_factor.has_one(closed)


def test_it_gives_one_person_two_posts(county: County, few: list[people.Staff]):
    accounts.make(few, county.pack, PASSWORD, SINCE)
    roles = [c.role for c in capacities(User.objects.get(username="fengming.shuji"), UNTIL)]
    assert roles == ["community_secretary", "grid_chief"]


def test_it_changes_the_password_of_open_accounts(county: County, few: list[people.Staff]):
    accounts.make(few, county.pack, PASSWORD, SINCE)
    accounts.set_password(few, "another long phrase")
    assert User.objects.get(username="zhongxin.zuoxi").check_password("another long phrase")
    assert not User.objects.get(username="d21.jingban").has_usable_password()
