"""The stylesheet keeps what docs/design.md promises: contrast, the whistle's red, nothing from outside."""

import re
from pathlib import Path

import pytest

from shaodao import faces
from shaodao.faces import sample
from shaodao.faces.templatetags import ui

STATIC = Path(faces.__file__).parent / "static" / "shaodao"
CSS = re.sub(r"/\*.*?\*/", "", (STATIC / "app.css").read_text(), flags=re.DOTALL)
DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "design.md").read_text()
TOKEN = re.compile(r"(--[\w-]+):\s*(#[0-9a-f]{6});")


def _tokens(css: str) -> dict[str, str]:
    return dict(TOKEN.findall(css[css.index(":root {") : css.index("\n}")]))


LIGHT = _tokens(CSS)
THEMES = {"light": LIGHT, "dark": LIGHT | _tokens((STATIC / "dark.css").read_text())}
TEXT = [
    ("--ink", "--paper"),
    ("--ink", "--surface"),
    ("--ink-2", "--paper"),
    ("--ink-2", "--surface"),
    ("--ink-2", "--sunken"),
    ("--brand", "--surface"),
    ("--brand", "--paper"),
    ("--brand", "--brand-soft"),
    ("--on-brand", "--brand"),
    ("--on-brand", "--brand-hover"),
    ("--on-whistle", "--whistle"),
    ("--calm", "--calm-soft"),
    ("--soon", "--soon-soft"),
    ("--on-overdue", "--overdue"),
    ("--overdue", "--overdue-soft"),
    ("--overdue", "--surface"),
    ("--done", "--done-soft"),
]
EDGES = [
    ("--line-strong", "--surface"),
    ("--line-strong", "--paper"),
    ("--focus", "--surface"),
    ("--focus", "--paper"),
]


def _luminance(colour: str) -> float:
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """WCAG 2.2 contrast ratio of two colours."""
    light, dark = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize(("pair", "least"), [*((p, 4.5) for p in TEXT), *((p, 3.0) for p in EDGES)])
def test_it_can_be_read(theme, pair, least):
    over, under = (THEMES[theme][name] for name in pair)
    assert contrast(over, under) >= least


def test_it_keeps_the_whistles_red_for_the_whistle():
    rules = re.findall(r"([^{}]+)\{([^{}]*)\}", CSS)
    wearers = {selector.strip() for selector, body in rules if "var(--whistle" in body}
    assert wearers
    assert all("whistle" in w or ".mark" in w for w in wearers), wearers


def test_it_loads_nothing_from_outside():
    for file in STATIC.rglob("*"):
        if file.suffix in {".css", ".js"}:
            text = re.sub(r"/\*.*?\*/|(?m:^\s*//.*$)", "", file.read_text(), flags=re.DOTALL)
            assert not re.search(r"https?://|//[a-z0-9-]+\.[a-z]", text), file.name


def test_it_stays_with_what_old_phones_understand():
    assert not re.search(r"@layer|:has\(|color-mix\(|^\s+&", CSS, flags=re.MULTILINE)


def test_it_has_every_icon_that_pages_ask_for():
    sprite = set(re.findall(r'<symbol id="([\w-]+)"', (STATIC / "icons" / "sprite.svg").read_text()))
    templates = (Path(faces.__file__).parent / "templates").rglob("*.html")
    asked = {name for page in templates for name in re.findall(r'{%\s*icon "([\w-]+)"', page.read_text())}
    assert asked - sprite == set()


@pytest.mark.parametrize("tag", sorted(set(ui.register.tags) - {"map_tiles"}))  # it is a part of a map
def test_the_page_and_the_document_show_every_component(tag):
    page = (Path(faces.__file__).parent / "templates" / "shaodao" / "design.html").read_text()
    assert re.search(rf"{{% {tag}\b", page), "on /design"
    assert re.search(rf"{{% {tag}\b", DOCUMENT), "in docs/design.md"


def test_the_page_has_states_that_go_wrong(client, staff, signed_in):
    page = signed_in(staff("designer", ("seat", "C00")))
    text = page.get("/design").content.decode()
    for state in (
        "aria-invalid",
        "disabled",
        "还没有派给任何单位",
        "现在没有待办",
        "promise-late",
        sample.LONG[:200],
    ):
        assert state in text, state
    assert len(sample.LONG) >= 1000
