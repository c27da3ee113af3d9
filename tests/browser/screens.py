"""Takes the pictures of docs/screens: every page of every role on a phone and on a desk. Run by hand: script/screens.

script/screens [-k name]
"""

from __future__ import annotations

import io
import os
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page
from tests.browser.scenes import Scenes, play
from tests.browser.town import DESK, PHONE, Town

OUT = Path(os.environ.get("SCREENS", Path(__file__).resolve().parents[2] / "docs" / "screens"))
COLOURS = 128  # few enough for a small file, enough for a map


def keep(page: Page, name: str, width: int) -> None:
    """The whole page, settled, as a small PNG."""
    for block in page.locator("[data-map]").all():
        if block.is_visible():
            block.scroll_into_view_if_needed()
            page.wait_for_timeout(1500)
    height = page.evaluate("document.documentElement.scrollHeight")
    page.set_viewport_size({"width": width, "height": max(height, page.viewport_size["height"])})
    page.evaluate("scrollTo(0, 0)")
    page.wait_for_load_state("networkidle")
    image = Image.open(io.BytesIO(page.screenshot(animations="disabled", caret="hide")))
    image = image.convert("RGB").quantize(COLOURS, dither=Image.Dither.NONE)
    image.save(OUT / f"{name}-{width}.png", optimize=True)


class Camera:
    def __init__(self, town: Town, scenes: Scenes, only: str) -> None:
        self.town, self.scenes, self.only = town, scenes, only

    def take(self, name: str, path: str, role: str = "", unit: str = "", then=None, **options) -> None:
        if self.only and not any(part in name for part in self.only.split(",")):
            return
        for size in (PHONE, DESK):
            page = self.town.staff(role, unit, size, **options) if role else self.town.window(size)
            page.goto(path)
            if then:
                then(page)
            keep(page, name, size["width"])
            page.context.close()


@pytest.fixture
def camera(town: Town) -> Camera:
    OUT.mkdir(parents=True, exist_ok=True)
    return Camera(town, play(town), os.environ.get("ONLY", ""))


def test_it_takes_pictures(camera: Camera) -> None:
    s = camera.scenes
    residents(camera, s)
    staff(camera, s)


def residents(camera: Camera, s: Scenes) -> None:
    camera.take("resident-home", "/")
    camera.take("resident-whistle", "/whistle")
    camera.take("resident-guide", "/guide")
    camera.take("resident-track", "/track")
    for name in ("new", "joint", "rating", "closed"):
        camera.take(f"resident-follow-{name}", f"/t/{s.token(name)}")


def staff(camera: Camera, s: Scenes) -> None:
    for role, unit in (
        ("handler", "D15"), ("section_head", "D15"), ("community_secretary", "S01-01"), ("street_clerk", "S01"),
        ("seat", "C00"), ("shift_leader", "C00"), ("caller", "C00"), ("county_leader", "L00"),
    ):  # fmt: skip
        camera.take(f"inbox-{role.replace('_', '-')}", "/work/inbox", role, unit)
    case = lambda name: f"/work/cases/{s.number(name)}"  # noqa: E731
    camera.take("case-new", case("new"), "handler", "D15")
    camera.take("case-joint", case("joint"), "liaison", "U02")
    camera.take("case-protected", case("protected"), "handler", "D13")
    camera.take("case-ruling", case("ruling"), "shift_leader", "C00")
    camera.take("case-triage", case("triage"), "seat", "C00")
    camera.take("case-long", case("long"), "handler", "D15")
    camera.take("case-council", case("council"), "street_clerk", "S01")
    camera.take("council", case("council") + "/councils/1", "street_clerk", "S01")
    camera.take("search", "/work/cases", "shift_leader", "C00")
    camera.take("desk", "/work/whistle", "seat", "C00")
    camera.take("desk-caller", "/work/whistle?phone=13812340002", "seat", "C00")
    camera.take("form-report-in", case("new") + "/report_in?subject=1", "handler", "D15")
    camera.take("form-decide", case("approving") + "/decide?subject=1", "section_head", "D15")
    camera.take("form-rule", case("ruling") + "/rule?subject=0", "shift_leader", "C00")
    camera.take("form-dispatch", case("triage") + "/dispatch?subject=0", "seat", "C00")
    camera.take("form-convene", case("joint") + "/convene?subject=0", "street_clerk", "S01")
    camera.take("form-verify", case("verifying") + "/verify?subject=0", "community_secretary", "S01-01")
    camera.take("form-call-back", case("elder") + "/call_back?subject=0", "caller", "C00")
