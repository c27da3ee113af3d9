"""No page without a next step: whatever there is, or is not, somebody can go on from where they are."""

from __future__ import annotations

from datetime import UTC, datetime
from html.parser import HTMLParser

import pytest
from django.conf import settings
from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore
from django.test import Client, RequestFactory
from tests.faces.conftest import INIT

from shaodao.centre.cases.actions import NoSuchCase, Stale
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.permissions import Forbidden
from shaodao.county.pack import Pack
from shaodao.county.people import grants
from shaodao.county.people.models import Post, User
from shaodao.county.units import Kind
from shaodao.faces import navigation
from shaodao.faces.accounts import capacity, second_factor
from shaodao.faces.refusals import in_words

# Where somebody of a role sits.
UNITS = {
    "grid_chief": "S01-01",
    "community_secretary": "S01-01",
    "street_clerk": "S01",
    "street_head": "S01",
    "county_leader": "L00",
    "deputy": "L00",
    "inspector": "J00",
    "discipline_head": "J00",
    "supervisor": "V00",
}
LEVELS = {"unit": "D15", "centre": "C00", "administration": "C00"}
VOID = {"area", "br", "col", "hr", "img", "input", "link", "meta", "source", "wbr"}
WAYS_ON = {"a", "button", "summary", "input", "select", "textarea"}


class WaysOn(HTMLParser):
    """What can be done in the content of a page: in `main`, without what is hidden and the way back."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self._open: list[tuple[str, bool]] = []  # tags, each with whether what is in it counts
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        said = dict(attrs)
        counts = self._open[-1][1] if self._open else False
        if said.get("id") == "main":
            counts = True
        away = "hidden" in said or tag == "template"
        counts = counts and not away
        if counts and tag in WAYS_ON and said.get("type") != "hidden" and said.get("class") != "back":
            self.found.append(f"{tag} {said.get('href') or said.get('name') or ''}")
        if tag not in VOID:
            self._open.append((tag, counts))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass


def acting(county: Pack, role: str) -> tuple[Client, By]:
    """Somebody signed in, in a post of this role."""
    village = next(unit.code for unit in county.units.values() if unit.kind is Kind.VILLAGE)
    units = UNITS | {"village_supervisor": village}
    unit = units.get(role) or LEVELS[county.roles[role].level]
    grid = next(p.code for p in county.places if p.parent == unit) if role == "grid_chief" else ""
    user = User.objects.create_user(role, f"演示{role}")
    grants.grant(user, role, unit, pack=county, by=INIT, now=datetime.now(UTC), grid=grid)
    session = SessionStore()
    session[SESSION_KEY] = str(user.pk)
    session[BACKEND_SESSION_KEY] = settings.AUTHENTICATION_BACKENDS[0]
    session[HASH_SESSION_KEY] = user.get_session_auth_hash()
    session[second_factor.SESSION_KEY] = str(user.pk)
    session[capacity.SESSION_KEY] = Post.objects.get(user=user).pk
    session.create()
    client = Client()
    client.cookies["sessionid"] = session.session_key
    return client, By(f"user:{user.pk}", role, grid or unit)


def test_it_offers_a_next_step_on_every_page_of_an_empty_county(county: Pack) -> None:
    """Nothing has happened yet: every page of everybody's navigation is empty."""
    stuck, shut = [], []
    for code in county.roles:
        if code == "resident":
            continue
        client, by = acting(county, code)
        entries = navigation.placed(navigation.of(by, county), "/")
        for path in ["/work", *(entry.url for entry in entries)]:
            answer = client.get(path, follow=True)
            if answer.status_code != 200:
                shut.append((code, path, answer.status_code))
            elif not WaysOn(answer.content.decode()).found:
                stuck.append((code, path))
    assert not shut, shut  # nothing in the navigation is closed to whoever it is shown to
    assert not stuck, "\n".join(map(str, stuck))


@pytest.mark.parametrize(
    "error", [NoSuchCase("1"), Forbidden("sign"), Stale(3), Refusal("stale"), Refusal("not_now")]
)
def test_it_offers_a_next_step_where_something_is_refused(error: Exception) -> None:
    words = "已经换好井盖，请看照片。"
    request = RequestFactory().post(
        "/work/somewhere", {"words": words, "key": "秘密 的", "into": "260415000001"}
    )
    request.resolver_match = None
    middleware = in_words(lambda request: None)
    answer = middleware.process_exception(request, error)  # type: ignore[attr-defined]
    text = answer.content.decode()
    assert WaysOn(text).found
    assert words in text  # and what was typed is there to be copied
    assert "秘密" not in text
    assert "260415000001" not in text


def test_it_knows_a_page_one_is_stuck_on() -> None:
    stuck = '<nav><a href="/">x</a></nav><main id="main"><h1><a class="back" href="/">空</a></h1><p>没有</p></main>'
    assert not WaysOn(stuck).found
    assert WaysOn(stuck.replace("没有", '<a href="/work">去</a>')).found == ["a /work"]
