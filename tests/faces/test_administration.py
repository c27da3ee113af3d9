"""Administration pages: drafts of the pack with two persons, accounts and posts, and who sees none of it."""

import re
from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.timezone import localdate, localtime
from tests.faces.conftest import password

from shaodao.county import people
from shaodao.county.pack.models import PackVersion
from shaodao.county.people.models import Post, User


@pytest.fixture
def act(staff):
    from tests.faces.conftest import code, password

    def sign_in(username: str, role: str, unit: str) -> Client:
        client = Client()
        password(client, staff(username, (role, unit)).username)
        assert client.post("/accounts/factor/", {"code": code()}).status_code == 302
        client.get("/work/capacity")
        return client

    return sign_in


def unit_of(county, role: str) -> str:
    return next(p.unit for p in county.posts.values() if p.role == role)


def test_it_changes_the_pack_by_two_persons(county, act):
    maker = act("maker", "system_admin", unit_of(county, "system_admin"))
    address = maker.post("/administration/packs/draft", {"note": "试改"})["Location"]
    form = maker.get(f"{address}/files/settings.toml").content.decode()
    assert "report_in_distance" in form
    version = PackVersion.objects.get(state="draft")
    from shaodao.county.pack import versions

    text = versions.files_of(version)["settings.toml"].decode()
    broken = maker.post(f"{address}/files/settings.toml", {"text": text + "\nnonsense = 1\n"})
    assert broken.status_code == 302
    assert "处问题" in maker.get(address).content.decode()
    changed = text.replace("report_in_distance = 200", "report_in_distance = 250")
    maker.post(f"{address}/files/settings.toml", {"text": changed})
    page = maker.get(address).content.decode()
    assert "250" in page
    maker.post(f"{address}/propose", {})
    assert PackVersion.objects.get(pk=version.pk).state == "proposed"
    assert maker.post(f"{address}/approve").status_code == 403
    director = act("director", "centre_director", "C00")
    director.post(f"{address}/approve")
    assert PackVersion.objects.get(pk=version.pk).state == "approved"


def test_it_grants_and_revokes_posts(county, act):
    guard = act("guard", "security_admin", unit_of(county, "security_admin"))
    address = guard.post("/administration/people/new", {"username": "zhang", "name": "张"})["Location"]
    assert guard.post(f"{address}/grant", {"role": "liaison", "unit": "D15"}).status_code == 302
    post = Post.objects.get(user__username="zhang")
    assert post.role == "liaison"
    again = guard.post(f"{address}/grant", {"role": "liaison", "unit": "D15"})
    assert "已经有这个身份" in again.content.decode()
    link = guard.post(f"{address}/invite").content.decode()
    assert re.search(r"/accounts/first/\w+-", link)
    guard.post(f"{address}/posts/{post.pk}/revoke")
    assert Post.objects.get(pk=post.pk).until is not None


def test_it_lets_a_locked_out_person_in_again_by_a_link_from_the_administrator(county, act, staff):
    """Whoever forgot the password has tried it too often: a link that leads to a locked door would be no help."""
    user = staff("zhao", ("liaison", "D15"))
    for _ in range(6):
        answer = password(Client(), "zhao", "wrong")
    assert "已锁定" in answer.content.decode()
    guard = act("guard", "security_admin", unit_of(county, "security_admin"))
    assert guard.post(f"/administration/people/{user.pk}/invite").status_code == 200
    assert password(Client(), "zhao")["Location"] == "/accounts/factor/"


def test_it_grants_a_post_for_a_while_to_whoever_stands_in(county, act, staff):
    """代岗: while the head is away somebody else decides, until the evening of the day named, and no longer."""
    guard = act("guard", "security_admin", unit_of(county, "security_admin"))
    other = staff("zhao", ("liaison", "D15"))
    address = f"/administration/people/{other.pk}"
    said = {"role": "unit_head", "unit": "D15"}
    today = localdate()
    past = guard.post(f"{address}/grant", {**said, "until": str(today - timedelta(days=1))})
    assert past.status_code == 422
    assert guard.post(f"{address}/grant", {**said, "until": str(today)}).status_code == 302
    post = Post.objects.get(user=other, role="unit_head")
    assert localtime(post.until).date() == today + timedelta(days=1)
    page = guard.get(address).content.decode()
    assert "代岗" in page
    assert f"/posts/{post.pk}/revoke" in page  # it may still be taken back before
    assert {c.role for c in people.capacities(other)} == {"liaison", "unit_head"}
    Post.objects.filter(pk=post.pk).update(since=post.since - timedelta(days=2), until=timezone.now())
    assert {c.role for c in people.capacities(other)} == {"liaison"}


@pytest.mark.parametrize(
    ("role", "path"),
    [
        ("seat", "/administration/packs"),
        ("seat", "/administration/people"),
        ("system_admin", "/administration/people"),
        ("security_admin", "/administration/packs"),
        ("unit_head", "/administration/watch"),
    ],
)
def test_it_keeps_others_out(county, act, role, path):
    client = act("other", role, unit_of(county, role))
    assert client.get(path).status_code == 403


def test_administrators_see_no_case(county, act):
    client = act("sys", "system_admin", unit_of(county, "system_admin"))
    assert client.get("/administration/watch").status_code == 200
    assert client.get("/work/cases/261123000001").status_code == 404
    assert User.objects.count() == 1
