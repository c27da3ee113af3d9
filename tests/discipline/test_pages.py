# ruff: noqa: F811 (fixtures of others)
"""The pages: nothing there for anybody but members; a day's work through them; what they cost."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterator
from io import BytesIO

import pytest
from django.core.files import temp
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import URLPattern, reverse
from django.utils import timezone
from tests.cases.conftest import SPOT
from tests.faces.conftest import INIT, PASSWORD, code, county, staff  # noqa: F401

from shaodao.centre.discipline import actions, keyring
from shaodao.centre.discipline.models import Matter, Unlocked
from shaodao.centre.intake import filing
from shaodao.county.people import grants
from shaodao.county.people.models import Post
from shaodao.faces.accounts import second_factor
from shaodao.faces.discipline.urls import urlpatterns

WORDS = "correct horse battery staple"


@pytest.fixture
def enter(staff):
    """Signs somebody in with these posts, in the capacity of the first; unlocked where a passphrase is set."""
    counter = iter(range(100))

    def sign_in(*posts: tuple[str, str], key: bool = True) -> Client:
        user = staff(f"u{next(counter)}", *posts)
        client = Client()
        client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
        client.post("/accounts/factor/", {"code": code()})
        client.get("/work", follow=True)
        if len(posts) > 1:
            client.post("/work/capacity", {"post": user.posts.first().pk})
        client.user = user
        if key:
            assert (
                client.post(reverse("discipline:make_key"), {"words": WORDS, "again": WORDS}).status_code
                == 302
            )
            unlock(client)
        return client

    return sign_in


def unlock(client: Client, words: str = WORDS):
    return client.post(reverse("discipline:unlock"), {"passphrase": words})


def admit(client: Client, other: Client):
    """As the page does it, whose form names the key that was compared."""
    page = client.get(reverse("discipline:keys")).content.decode()
    form = rf'name="whom" value="user:{other.user.pk}"><input type="hidden" name="print" value="([^"]+)"'
    said = {"whom": f"user:{other.user.pk}", "print": re.search(form, page)[1]}
    return client.post(reverse("discipline:admit"), said, follow=True)


@pytest.fixture
def head(enter) -> Client:
    client = enter(("discipline_head", "J00"))
    answer = client.post(reverse("discipline:shares"))
    client.shares = [
        re.sub(r"\s+", " ", s) for s in re.findall(r'class="share number">([^<]+)<', answer.content.decode())
    ]
    assert len(client.shares) == 3
    return client


@pytest.fixture
def group(enter, head) -> Client:
    client = enter(("inspector", "J04"))
    answer = admit(head, client)
    assert "已接纳" in answer.content.decode()
    return client


def task(client: Client, **said) -> str:
    body = {"title": "核一核占道经营", "text": "绿皮铁箱", "holder": "J04", "workdays": "10", **said}
    answer = client.post(reverse("discipline:new", args=("task",)), body)
    assert answer.status_code == 302, answer.content.decode()
    return answer["Location"].rsplit("/", 1)[-1]


def addresses(number: str, commitment: str) -> Iterator[str]:
    """Every address of the workspace, one for each pattern; a pattern without an example fails."""
    given = {"number": number, "kind": "task", "step": "note", "commitment": commitment, "unit": "D13", "item": "XZ-02",
             "seq": 1, "form": "pdf"}  # fmt: skip
    for pattern in urlpatterns:
        assert isinstance(pattern, URLPattern)
        names = pattern.pattern.converters
        yield reverse(f"discipline:{pattern.name}", kwargs={name: given[name] for name in names})


def test_no_page_call_or_file_of_it_is_there_for_any_other_role(county, enter, head, group):
    number = task(head, files=SimpleUploadedFile("清单.txt", b"secret"))
    commitment = re.search(
        rf"/{number}/files/([0-9a-f]{{64}})", head.get(f"/discipline/matters/{number}").content.decode()
    )[1]
    every = list(addresses(number, commitment))
    assert len(every) == len(urlpatterns) == len(set(every))
    assert f"/discipline/matters/{number}/files/{commitment}" in every
    every += ["/discipline", "/discipline/no-such-page"]
    units = {"resident": "", "village_supervisor": "S01-01", "inspector": "D13", "discipline_head": "C00"}
    for role in county.roles:
        if role == "resident":
            other = Client()
        else:
            unit = units.get(role) or next(
                (
                    p.unit
                    for p in county.posts.values()
                    if p.role == role and county.units[p.unit].code != "J00"
                ),
                "J00",
            )
            if role in ("grid_chief",):
                continue
            other = enter((role, unit), key=False)
        for address in every:
            for method in ("get", "post", "head", "put", "delete"):
                assert getattr(other, method)(address).status_code == 404, (role, method, address)
        assert "discipline" not in other.get("/work", follow=True).content.decode()
    assert head.get("/discipline")["Location"] == "/discipline/"
    # The same person in another capacity is nobody here either.
    both = enter(("liaison", "D13"), ("inspector", "J04"), key=False)
    assert {both.get(address).status_code for address in every} == {404}


CHANGING = re.compile(rb'[A-Za-z0-9]{64}|data-now="\d+"|discipline|no-such-place')


def answered(client: Client, method: str, address: str) -> tuple[object, ...]:
    """All that an answer tells, as far as it is not new each time: status, headers, cookies, body."""
    answer = getattr(client, method)(address)
    headers = {name: value for name, value in answer.headers.items() if name != "X-Request-ID"}
    return answer.status_code, headers, sorted(answer.cookies), CHANGING.sub(b"", answer.content)


def test_it_answers_as_an_address_does_that_was_never_there(enter, staff, head, group):
    number = task(head, files=SimpleUploadedFile("清单.txt", b"secret"))
    every = list(addresses(number, "ab" * 32))
    gone, bare = enter(("inspector", "J04")), Client()
    for post in Post.objects.filter(user=gone.user):
        grants.revoke(post, by=INIT, now=timezone.now())
    staff("postless")
    bare.post("/accounts/login/", {"login": "postless", "password": PASSWORD})
    visitors = [Client(), bare, gone]
    visitors += [
        enter(post, key=False)
        for post in (("system_admin", "C00"), ("security_admin", "C00"), ("audit_admin", "J00"), ("county_leader", "L00"),
                     ("shift_leader", "C00"), ("unit_head", "D13"), ("community_secretary", "S01-01"))
    ]  # fmt: skip
    for visitor in visitors:
        for address in every:
            for method in ("get", "post", "head", "options", "put", "patch", "delete", "trace"):
                there = answered(visitor, method, address)
                nowhere = answered(visitor, method, address.replace("/discipline", "/no-such-place"))
                assert there == nowhere, (address, method)
                assert there[0] == 404


def test_a_matter_of_another_scope_is_as_one_that_never_was(enter, head, group):
    number = task(head)
    other = enter(("inspector", "J01"))
    admit(head, other)
    for method in ("get", "post"):
        for address in ("", "/note", "/no-such-step", "/papers/1.pdf", f"/files/{'ab' * 32}"):
            there, nowhere = (
                answered(other, method, f"/discipline/matters/{one}{address}")
                for one in (number, "2026-99999")
            )
            assert there == nowhere, (method, address)


def test_a_member_of_another_scope_finds_the_pages_and_none_of_the_matters(enter, head, group):
    number = task(head)
    other = enter(("inspector", "J01"))
    admit(head, other)
    assert other.get("/discipline/").status_code == 200
    for address in (f"/discipline/matters/{number}", f"/discipline/matters/{number}/papers/1.pdf"):
        assert other.get(address).status_code == 404
    assert other.post(f"/discipline/matters/{number}/note", {"text": "我也来看看"}).status_code == 404
    assert number not in other.get("/discipline/").content.decode()
    assert group.get(f"/discipline/matters/{number}").status_code == 200


def test_the_second_factor_is_needed_here_as_everywhere(staff):
    user = staff("bare", ("inspector", "J04"), factor=False)
    client = Client()
    client.post("/accounts/login/", {"login": user.username, "password": PASSWORD})
    assert not second_factor.has_one(user)
    assert client.get("/discipline/").status_code == 404


def test_a_task_goes_down_and_comes_back(head, group):
    number = task(head)
    page = group.get(f"/discipline/matters/{number}").content.decode()
    assert "核一核占道经营" in page
    assert "绿皮铁箱" in page
    for client, step, said in (
        (group, "sign", {}),
        (group, "report", {"text": "两次都是节假日没有人值班"}),
        (head, "return", {"text": "值班表也要"}),
        (
            group,
            "report",
            {
                "text": "附上值班表",
                "files": SimpleUploadedFile("值班表.pdf", b"%PDF-1.7 x", "application/pdf"),
            },
        ),
        (head, "close", {"text": "已核清"}),
    ):
        answer = client.post(f"/discipline/matters/{number}/{step}", said)
        assert answer.status_code == 302, answer.content.decode()
    assert Matter.objects.get().state == "closed"
    page = head.get(f"/discipline/matters/{number}").content.decode()
    address = re.search(r'href="(/discipline/matters/[^"]+/files/[^"]+)"', page)[1]
    shown = group.get(address)
    assert shown.content == b"%PDF-1.7 x"
    assert "sandbox" in shown["Content-Security-Policy"]


def test_wrong_steps_and_persons_are_refused(head, group):
    number = task(head)
    assert group.post(f"/discipline/matters/{number}/close", {"text": "我说完了"}).status_code == 403
    assert group.post(f"/discipline/matters/{number}/report", {"text": "太早"}).status_code == 422
    assert group.post(f"/discipline/matters/{number}/no-such", {"text": "x"}).status_code == 404
    assert (
        head.post(reverse("discipline:new", args=("task",)), {"title": "", "holder": "J04"}).status_code
        == 422
    )
    assert (
        group.get(reverse("discipline:new", args=("task",))).status_code == 404
    )  # a group has nobody below it
    assert head.get(reverse("discipline:new", args=("tip",))).status_code == 404


def test_a_recommendation_is_issued_by_the_head_and_not_by_who_wrote_it(enter, head, group):
    body = {"title": "加强节假日值班", "organ": "纪检监察", "addressee": "县城市管理局", "origin": "日常监督",
            "problems": "节假日无人值班\n超期三次", "causes": "排班不严", "measures": "健全", "workdays": "22"}  # fmt: skip
    number = group.post(reverse("discipline:new", args=("recommendation",)), body)["Location"].rsplit("/", 1)[
        -1
    ]
    assert group.post(f"/discipline/matters/{number}/issue", {"text": "同意"}).status_code == 403
    leader = enter(("discipline_head", "J04"))
    admit(head, leader)
    for client, step, said in (
        (leader, "issue", {"text": "同意"}),
        (group, "reply", {"text": "已采纳"}),
        (group, "look_back", {"text": "现场看了值班表"}),
        (leader, "strike_off", {"text": "销号"}),
    ):
        assert client.post(f"/discipline/matters/{number}/{step}", said).status_code == 302
    assert Matter.objects.get(pk=number).state == "closed"


def test_what_one_wrote_survives_the_locking_and_is_kept_nowhere(head, group):
    number = task(head)
    group.post(f"/discipline/matters/{number}/sign")
    group.post(reverse("discipline:lock"))
    answer = group.post(f"/discipline/matters/{number}/report", {"text": "写了很久的话"})
    page = answer.content.decode()
    assert 'name="text" value="写了很久的话"' in page
    assert "写了很久的话" not in str(dict(group.session))
    wrong = group.post(
        f"/discipline/matters/{number}/report",
        {"text": "写了很久的话", "passphrase": "no", "going_on": "post"},
    )
    assert wrong.status_code == 422
    said = {"text": "写了很久的话", "passphrase": WORDS, "going_on": "post"}
    assert group.post(f"/discipline/matters/{number}/report", said).status_code == 302
    assert "写了很久的话" in head.get(f"/discipline/matters/{number}").content.decode()


def test_it_is_locked_when_the_cookie_or_the_row_is_missing(head):
    number = task(head)
    address = f"/discipline/matters/{number}"
    kept = head.cookies.pop("discipline")
    assert "请输入口令" in head.get(address).content.decode()
    head.cookies["discipline"] = kept.value
    assert "核一核占道经营" in head.get(address).content.decode()
    keyring.Unlocked.objects.all().delete()
    assert "请输入口令" in head.get(address).content.decode()
    assert kept["httponly"]
    assert kept["samesite"] == "Strict"
    assert kept["path"] == "/discipline/"


def test_signing_out_shuts_the_key(head, enter):
    """However: by oneself, or after a while without doing anything. The cookie of the browser is then a half of nothing."""
    other = enter(("inspector", "J00"))
    assert Unlocked.objects.count() == 2
    other.post("/accounts/logout/")
    assert [row.whom for row in Unlocked.objects.all()] == [f"user:{head.user.pk}"]
    session = head.session
    session["seen"] = 1
    session.save()
    assert head.get("/discipline/").status_code == 404
    assert not Unlocked.objects.exists()


def test_a_passphrase_is_no_password(enter):
    client = enter(("inspector", "J04"), key=False)
    make = reverse("discipline:make_key")
    for said in ({"words": PASSWORD, "again": PASSWORD}, {"words": "short", "again": "short"},
                 {"words": WORDS, "again": "another one altogether"},
                 *({"words": weak, "again": weak} for weak in ("13800138000138", "administrator"))):  # fmt: skip
        assert client.post(make, said).status_code == 422
    assert not keyring.has_key(f"user:{client.user.pk}")
    assert client.post(make, {"words": WORDS, "again": WORDS}).status_code == 302
    assert (
        client.post(make, {"words": "other words", "again": "other words"}).status_code == 422
    )  # not by mistake


def test_shares_let_in_whoever_forgot(head, group):
    number = task(head)
    again = {"words": "quite other words", "again": "quite other words", "lost": "on"}
    assert group.post(reverse("discipline:make_key"), again).status_code == 302
    unlock(group, "quite other words")
    assert group.get(f"/discipline/matters/{number}").status_code == 403
    wrong = group.post(reverse("discipline:recover"), {"one": head.shares[0], "two": head.shares[0]})
    assert wrong.status_code == 422
    assert (
        group.post(reverse("discipline:recover"), {"one": head.shares[2], "two": head.shares[0]}).status_code
        == 302
    )
    assert "核一核占道经营" in group.get(f"/discipline/matters/{number}").content.decode()


def test_shares_are_made_anew_only_by_who_says_so(head, group):
    assert head.post(reverse("discipline:shares")).status_code == 422
    assert group.post(reverse("discipline:shares"), {"replaces": "on"}).status_code == 404
    assert "恢复份额 1 / 3" in head.post(reverse("discipline:shares"), {"replaces": "on"}).content.decode()


def test_an_evidence_bundle_is_asked_for_on_its_page(enter, county):
    filed = filing.file(
        filing.Whistle(text="井盖丢了", item="MS-07", place=SPOT), filing.Caller("test", "one")
    )
    number = filed.case.number
    auditor = enter(("audit_admin", "J00"), key=False)
    answer = auditor.post("/work/evidence", {"number": number, "reason": "年度审计"})
    assert answer["Content-Type"] == "application/zip"
    with zipfile.ZipFile(BytesIO(answer.content)) as archive:
        told = archive.read("case.html").decode()
        assert "python -I verify.py" in archive.read("README.txt").decode()
    assert county.units["D15"].short in told
    assert "井盖丢了" not in told  # whoever reported said so
    assert "年度审计" in auditor.get(f"/work/evidence?number={number}").content.decode()
    assert auditor.post("/work/evidence", {"number": number, "reason": ""}).status_code == 422
    assert auditor.post("/work/evidence", {"number": "1", "reason": "x"}).status_code == 422
    for post in (
        ("system_admin", "C00"),
        ("centre_director", "C00"),
        ("liaison", "D15"),
        ("village_supervisor", "T06-02"),
    ):
        other = enter(post, key=False)
        assert other.post("/work/evidence", {"number": number, "reason": "x"}).status_code == 404
    member = enter(("inspector", "J04"), key=False)
    assert f"/work/evidence?number={number}" in member.get(f"/work/cases/{number}").content.decode()
    outside = enter(("inspector", "J01"), key=False)
    assert outside.post("/work/evidence", {"number": number, "reason": "x"}).status_code == 422


def test_somebody_says_something_about_a_unit(head, group, client):
    said = {"unit": "D13", "words": "窗口的人说下午不办事", "contact": "13800138000"}
    page = client.post("/supervise", said).content.decode()
    receipt = re.search(r'class="share number">([^<]+)<', page)[1]
    assert "已收到" in client.post("/supervise", {"receipt": receipt}).content.decode()
    number = Matter.objects.get().number
    assert "窗口的人说下午不办事" in group.get(f"/discipline/matters/{number}").content.decode()
    group.post(f"/discipline/matters/{number}/transfer", {"to": "信访室", "receipt": "XF-12"})
    page = head.get(f"/discipline/matters/{number}").content.decode()
    assert "窗口的人说下午不办事" not in page
    assert "XF-12" in page
    assert "已移送" in client.post("/supervise", {"receipt": receipt.lower()}).content.decode()
    assert client.post("/supervise", {"receipt": "2222-2222-2222-2222"}).status_code == 422


def test_the_unit_complained_of_learns_nothing(head, group, enter, client):
    others = [
        enter(post, key=False)
        for post in (("unit_head", "D13"), ("liaison", "D13"), ("centre_director", "C00"))
    ]
    before = [[one.get(page).content for page in ("/work/notices", "/work/inbox")] for one in others]
    client.post("/supervise", {"unit": "D13", "words": "窗口的人说下午不办事"})
    strip = re.compile(rb'[A-Za-z0-9]{64}|data-now="\d+"')
    for one, pages in zip(others, before, strict=True):
        now = [one.get(page).content for page in ("/work/notices", "/work/inbox")]
        assert [strip.sub(b"", page) for page in now] == [strip.sub(b"", page) for page in pages]
    assert "监督工作台有新的情况" in group.get("/work/notices").content.decode()


def test_it_says_that_it_is_closed_before_it_is_set_up(county, client):
    assert "还没有启用" in client.get("/supervise").content.decode()
    assert client.post("/supervise", {"unit": "D13", "words": "窗口"}).status_code == 422


def test_a_list_costs_the_same_however_long(head):
    def cost() -> int:
        with CaptureQueriesContext(connection) as seen:
            assert head.get("/discipline/").status_code == 200
        return len(seen)

    task(head)
    first = cost()
    for _ in range(6):
        task(head)
    assert cost() == first <= 20


def test_what_is_sent_along_with_a_complaint_never_touches_the_disk(head, client, monkeypatch):
    """The form takes no files; whoever sends one all the same must not leave it in a temporary file."""
    made, make = [], temp.NamedTemporaryFile
    monkeypatch.setattr(temp, "NamedTemporaryFile", lambda **asked: made.append(asked) or make(**asked))
    big = SimpleUploadedFile("录音.mp3", b"x" * (4 << 20), "audio/mpeg")
    said = {"unit": "D13", "words": "窗口的人说下午不办事", "file": big}
    assert "已收到" in client.post("/supervise", said).content.decode()
    strict = Client(enforce_csrf_checks=True)
    assert strict.post("/supervise", said).status_code == 403
    assert made == []


def test_large_files_never_touch_the_disk(head, tmp_path, settings):
    settings.FILE_UPLOAD_TEMP_DIR = str(tmp_path)
    big = SimpleUploadedFile("大.bin", b"x" * (4 << 20), "application/octet-stream")
    number = task(head, files=big)
    assert list(tmp_path.iterdir()) == []
    address = re.search(
        r'href="(/discipline/matters/[^"]+/files/[^"]+)"',
        head.get(f"/discipline/matters/{number}").content.decode(),
    )[1]
    assert len(head.get(address).content) == 4 << 20
    body = {"title": "再来", "text": "x", "holder": "J04", "workdays": "10"}
    too_big = SimpleUploadedFile("更大.bin", b"x" * (actions.FILE_BYTES + 1), "application/octet-stream")
    assert head.post(reverse("discipline:new", args=("task",)), {**body, "files": too_big}).status_code == 422
    assert list(tmp_path.iterdir()) == []
