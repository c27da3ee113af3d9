"""What every page keeps to: a strict policy, nothing inline, nothing from outside, words for errors."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.test import Client, RequestFactory
from tests.faces.conftest import password

from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.faces import navigation

ANYBODY = ("/accounts/login/", "/mine/sign-in", "/no-such-page")
STAFF = (
    "/design",
    "/accounts/logout/",
    "/work/account",
    "/work/capacity",
    "/accounts/password/",
    "/accounts/factor/recovery/",
)


class Page(HTMLParser):
    """Collects what a page must not have, and the addresses it loads from."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.inline: list[str] = []
        self.loads: list[str] = []
        self.ids: list[str] = []
        self._script = False
        self.feed(text)

    def handle_starttag(self, tag, attrs):
        named = dict(attrs)
        self.inline += [f"{tag} {name}" for name in named if name == "style" or name.startswith("on")]
        if tag == "style" or (tag == "script" and "src" not in named):
            self.inline.append(tag)
        if tag in {"script", "img", "link", "iframe", "use", "source"}:
            self.loads += [named[name] for name in ("src", "href") if named.get(name)]
        self.ids += [named["id"]] if named.get("id") else []


def _check(answer):
    text = answer.content.decode()
    page = Page(text)
    assert page.inline == []
    assert [address for address in page.loads if urlsplit(address).netloc] == []
    assert len(page.ids) == len(set(page.ids)), "ids are unique"
    policy = answer["Content-Security-Policy"]
    assert "unsafe" not in policy
    assert "default-src 'self'" in policy
    assert '<html lang="zh-CN"' in text
    assert re.search(r"<title>\s*\S", text)
    assert text.count("<h1") == 1 or "/design" in answer.request["PATH_INFO"]


@pytest.mark.parametrize("path", ANYBODY)
def test_it_keeps_the_policy_for_anybody(county, client, path):
    _check(client.get(path))


@pytest.mark.parametrize("path", STAFF)
def test_it_keeps_the_policy_for_staff(staff, signed_in, path):
    client = signed_in(staff("zhang", ("liaison", "D15")))
    client.get("/work", follow=True)
    _check(client.get(path))


def test_it_keeps_the_policy_while_a_second_factor_is_set_up(staff, client):
    staff("zhang", ("liaison", "D15"), factor=False)
    password(client, "zhang")
    answer = client.get("/accounts/factor/new/")
    _check(answer)
    assert "<svg" in answer.content.decode()


def test_it_shows_the_components_to_staff_only(county, client, staff):
    assert client.get("/design").status_code == 404


@pytest.mark.parametrize("status", [400, 403, 404, 409, 429, 500])
def test_it_explains_an_error_in_words_with_a_next_step(status):
    from django.template.loader import get_template

    text = get_template(f"{status}.html").render()
    assert re.search(r"<h1>[一-鿿]", text)
    assert 'href="/"' in text


def test_it_answers_429_when_signing_in_is_tried_too_often(county, client):
    for _ in range(60):
        answer = client.get("/accounts/login/")
    assert answer.status_code == 200
    for _ in range(61):
        answer = password(client, "nobody", "x")
    assert answer.status_code == 429
    assert "请稍等一会儿" in answer.content.decode()


def test_it_says_a_refusal_in_words():
    from shaodao.faces.refusals import in_words

    middleware = in_words(lambda request: None)
    answer = middleware.process_exception(RequestFactory().get("/"), Refusal("too_late_to_reopen", days=30))
    assert answer.status_code == 422
    assert "30 天" in answer.content.decode()
    assert middleware.process_exception(RequestFactory().get("/"), ValueError()) is None


def test_it_remembers_large_type_and_goes_nowhere_else(county):
    client = Client()
    assert client.post("/view/size", {"next": "https://elsewhere.example/"})["Location"] == "/"
    assert 'data-size="large"' in client.get("/mine/sign-in").content.decode()
    client.post("/view/size", {"next": "/mine/sign-in"})
    assert 'data-size="large"' not in client.get("/mine/sign-in").content.decode()


def test_it_marks_where_one_is_and_leaves_out_pages_that_do_not_exist():
    entries = (navigation.Entry("账号", "user", "account"), navigation.Entry("无", "x", "nowhere:at-all"))
    (entry,) = navigation.placed(entries, "/work/account/more")
    assert (entry.url, entry.here) == ("/work/account", True)


def test_it_draws_the_county_from_its_own_shapes(county, client):
    answer = client.get("/map/county.json")
    names = {f["properties"].get("name") for f in answer.json()["features"]}
    assert "辉南镇" in names
    assert client.get("/map/county.json", headers={"If-None-Match": answer["ETag"]}).status_code == 304
