"""Password, second factor, lockout, idle sign-out, first password."""

import time

import pytest
from allauth.mfa.models import Authenticator
from django.core.cache import cache
from django.test import Client
from tests.faces.conftest import PASSWORD, SECRET, code, password

from shaodao.faces.accounts import idle, invitation
from shaodao.faces.accounts.second_factor import shown  # noqa: F401  # the name other code relies on


def test_it_signs_in_with_password_and_second_factor(staff, client):
    staff("zhang", ("liaison", "D15"))
    assert password(client, "zhang")["Location"] == "/accounts/factor/"
    assert client.get("/work")["Location"].startswith("/accounts/login/")
    assert client.post("/accounts/factor/", {"code": code()})["Location"] == "/work"
    page = client.get("/work", follow=True)
    assert page.status_code == 200
    assert "联络员" in page.content.decode()


def test_it_refuses_a_wrong_second_factor_and_one_used_before(staff, client):
    staff("zhang", ("liaison", "D15"))
    password(client, "zhang")
    wrong = f"{(int(code()) + 1) % 10**6:06}"
    assert "验证码不对" in client.post("/accounts/factor/", {"code": wrong}).content.decode()
    client.post("/accounts/factor/", {"code": code()})
    other = Client()
    password(other, "zhang")
    assert "验证码不对" in other.post("/accounts/factor/", {"code": code()}).content.decode()


def test_it_keeps_the_seed_of_a_second_factor_encrypted(staff):
    user = staff("zhang", ("liaison", "D15"))
    assert SECRET not in str(Authenticator.objects.get(user=user).data)


def test_it_locks_an_account_after_five_failures_even_for_the_right_password(staff, client):
    staff("zhang", ("liaison", "D15"))
    for _ in range(5):
        assert "账号或密码不对" in password(client, "zhang", "wrong").content.decode()
    locked = password(Client(REMOTE_ADDR="10.0.0.9"), "zhang").content.decode()
    assert "已锁定" in locked
    assert "30 分钟" in locked


def test_it_unlocks_after_half_an_hour(staff, client, monkeypatch):
    staff("zhang", ("liaison", "D15"))
    for _ in range(6):
        password(client, "zhang", "wrong")
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 30 * 60 + 1)
    assert password(client, "zhang")["Location"] == "/accounts/factor/"


def test_it_locks_the_second_factor_after_five_failures(staff, client):
    staff("zhang", ("liaison", "D15"))
    password(client, "zhang")
    for _ in range(5):
        client.post("/accounts/factor/", {"code": "000000"})
    assert "已锁定" in client.post("/accounts/factor/", {"code": code()}).content.decode()


def test_it_counts_failures_where_every_process_sees_them(staff, client):
    staff("zhang", ("liaison", "D15"))
    password(client, "zhang", "wrong")
    assert (
        type(cache._connections["default"] if hasattr(cache, "_connections") else cache).__name__
        != "LocMemCache"
    )
    from django.db import connection

    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM faces_cache WHERE cache_key LIKE '%%login_failed%%'")
        assert cursor.fetchone()[0] >= 1


def test_it_does_not_say_whether_an_account_exists(staff, client):
    staff("zhang", ("liaison", "D15"))
    known, unknown = password(client, "zhang", "wrong"), password(client, "nobody", "wrong")
    assert [m for m in ("账号或密码不对",) if m in known.content.decode()] == ["账号或密码不对"]
    assert "账号或密码不对" in unknown.content.decode()


def test_it_signs_out_who_was_idle_for_half_an_hour(staff, signed_in, monkeypatch):
    client = signed_in(staff("zhang", ("liaison", "D15")))
    assert client.get("/work/account").status_code == 200
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 30 * 60 + 1)
    assert client.get("/work/account")["Location"].startswith("/accounts/login/")


def test_it_keeps_nobody_signed_in_by_requests_a_page_makes_itself(staff, signed_in, monkeypatch):
    client = signed_in(staff("zhang", ("liaison", "D15")))
    client.get("/work/account")
    seen = client.session[idle.SEEN]
    real = time.time
    monkeypatch.setattr(time, "time", lambda: real() + 20 * 60)
    client.get("/work/account", headers={idle.BACKGROUND: "1"})
    assert client.session[idle.SEEN] == seen
    client.get("/work/account")
    assert client.session[idle.SEEN] > seen


def test_it_lets_nobody_sign_up_or_reset_a_password_alone(county, client):
    for path in ("/accounts/signup/", "/accounts/password/reset/", "/accounts/email/"):
        assert client.get(path).status_code == 404


@pytest.mark.parametrize("weak", ["short", "123456789012", "password1234"])
def test_it_takes_no_weak_first_password(staff, client, weak):
    user = staff("li", ("liaison", "D15"), factor=False)
    form = client.get(invitation.path(user), follow=True)
    action = form.redirect_chain[-1][0]
    answer = client.post(action, {"password1": weak, "password2": weak})
    assert answer.status_code == 200
    user.refresh_from_db()
    assert user.check_password(PASSWORD)


def test_it_sets_a_first_password_by_a_link_that_works_once(staff, client):
    user = staff("li", ("liaison", "D15"), factor=False)
    link = invitation.path(user)
    action = client.get(link, follow=True).redirect_chain[-1][0]
    client.post(action, {"password1": "梧桐 oak 七七 lamp", "password2": "梧桐 oak 七七 lamp"})
    user.refresh_from_db()
    assert user.check_password("梧桐 oak 七七 lamp")
    assert "不能用了" in Client().get(link, follow=True).content.decode()
