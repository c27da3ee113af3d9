"""The page that explains the API: complete, from our own files, under the strict policy."""

from __future__ import annotations

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext

from shaodao.faces import words
from shaodao.faces.api import problems


def test_it_describes_itself(client: Client):
    schema = client.get("/api/v1/openapi.json").json()
    assert sorted(schema["paths"]) == [
        "/api/v1/alike",
        "/api/v1/alike/{offer}",
        "/api/v1/answers",
        "/api/v1/cases",
        "/api/v1/cases/{number}",
        "/api/v1/cases/{number}/commands/{command}",
        "/api/v1/photos",
        "/api/v1/track/{token}",
        "/api/v1/track/{token}/comment",
        "/api/v1/track/{token}/helpful",
        "/api/v1/track/{token}/rating",
        "/api/v1/track/{token}/reopen",
        "/api/v1/track/{token}/review",
        "/api/v1/whistles",
    ]
    refused = schema["paths"]["/api/v1/whistles"]["post"]["responses"]["422"]["content"]
    assert list(refused) == ["application/problem+json"]


def test_it_asks_no_other_host(client: Client):
    page = client.get("/api/v1/docs").content.decode()
    assert "http" not in page.replace("http-equiv", "")
    assert "<script>" not in page


@pytest.mark.browser
def test_it_is_drawn_under_the_strict_policy(site, browser):
    page = browser.new_page()
    complaints: list[str] = []
    page.on("console", lambda said: complaints.append(said.text) if said.type == "error" else None)
    page.on("requestfailed", lambda request: complaints.append(request.url))
    page.goto(f"{site}/api/v1/docs")
    page.locator(".opblock-summary-path", has_text="/api/v1/whistles").first.wait_for()
    assert page.locator(".opblock").count() == 14
    page.locator(".opblock-summary", has_text="/api/v1/track/{token}/rating").click()
    page.get_by_role("button", name="Try it out").wait_for()
    page.close()
    assert not complaints


def test_every_problem_has_english(pack):
    """A sentence without a translation would answer an English program in Chinese."""
    with translation.override("en"):
        for code, sentence in words.WORDS["refusal"].items():
            assert words.refusal(code) != sentence.format_map(words._Params()), code
        for title in problems.TITLES.values():
            assert gettext(title) != title
