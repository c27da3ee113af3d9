"""The residents' pages in English: chosen by a link, kept by a cookie, and nothing left in Chinese but names."""

import re
from pathlib import Path

import pytest
from django.test import Client
from django.utils import translation
from django.utils.translation import gettext
from tests.faces.test_public import number  # noqa: F401  (a fixture)

import shaodao.faces
from shaodao.centre.intake import gate
from shaodao.county.pack import versions
from shaodao.faces import spoken

pytestmark = pytest.mark.django_db

CHINESE = re.compile(r"[\u3001-\u303f\u4e00-\u9fff\uff00-\uffef]+")
TEMPLATES = Path(shaodao.faces.__file__).parent / "templates"
RESIDENTS = [
    *TEMPLATES.glob("resident/*.html"),
    *TEMPLATES.glob("account/phone*.html"),
    *TEMPLATES.glob("4*.html"),
    *(
        TEMPLATES / name
        for name in ("500.html", "shaodao/base.html", "shaodao/resident.html", "shaodao/error.html")
    ),
    *TEMPLATES.glob("shaodao/parts/*.html"),
]
ADDRESSES = ["/", "/whistle", "/track", "/guide", "/waiting", "/supervise", "/mine/sign-in", "/t/nobodys"]


def data() -> list[str]:
    """Names of the county, the longest first: they stay as they are."""
    pack = versions.current()
    names = {pack.name, "国网", "移动", "供水"}  # words on covers and poles
    for unit in pack.units.values():
        names |= {unit.name, unit.short}
    for item in pack.items.values():
        names |= {item.name, item.scope, item.group}
    names |= {place.name for place in pack.places}
    return sorted(names, key=len, reverse=True)


def chinese(page: str) -> list[str]:
    """What is Chinese on a page, names and whatever is marked as Chinese aside."""
    page = re.sub(r'<(\w+)[^>]*lang="zh-CN"[^>]*>.*?</\1>', "", page, flags=re.S)
    page = re.sub(r'<script id="spoken".*?</script>', "", page, flags=re.S)
    for name in data():
        page = page.replace(name, "")
    return CHINESE.findall(page)


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("size", ["", "large"])
def test_a_page_is_english_throughout(county, address, size):
    client = Client()
    client.cookies["size"] = size
    page = client.get(address, {"lang": "en"}).content.decode()
    assert '<html lang="en"' in page
    assert chinese(page) == []


def test_a_case_is_followed_in_english(number):  # noqa: F811
    page = Client().get(f"/t/{gate.token_of(number)}", {"lang": "en"}).content.decode()
    assert "What happened" in page
    assert chinese(page) == []


def test_the_choice_is_kept_and_taken_back(county):
    client = Client()
    assert '<html lang="zh-CN"' in client.get("/", headers={"accept-language": "en"}).content.decode()
    client.get("/?lang=en")
    answer = client.get("/whistle")
    assert '<html lang="en"' in answer.content.decode()
    assert "Cookie" in answer["Vary"]
    assert '<html lang="zh-CN"' in client.get("/accounts/login/").content.decode()  # staff pages are Chinese
    client.get("/?lang=zh")
    assert '<html lang="zh-CN"' in client.get("/whistle").content.decode()


def test_every_sentence_of_pages_and_scripts_has_english():
    said = set(spoken.sentences())
    for page in RESIDENTS:
        text = page.read_text("utf-8")
        said |= set(re.findall(r'(?:translate |_\()"([^"]+)"', text))
        for block in re.findall(r"{% blocktranslate.*?%}(.*?){% endblocktranslate %}", text, re.S):
            said.add(re.sub(r"{{ (\w+) }}", r"%(\1)s", block))
    said = {sentence for sentence in said if CHINESE.search(sentence)}
    assert len(said) > 250
    with translation.override("en"):
        assert [sentence for sentence in said if gettext(sentence) == sentence] == []
