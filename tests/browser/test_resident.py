"""长辈版, a place from the photo, the preview, and a closing page that says what comes next."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import Page, expect
from tests.browser.scenes import Scenes
from tests.browser.town import PHONE, Town, picture

from shaodao.centre.cases import actions
from shaodao.centre.publishing.masking import masked
from shaodao.ground.files.models import Evidence

pytestmark = pytest.mark.browser


def photo_of(
    lat: float, lon: float, size: tuple[int, int] = (1200, 900), orientation: int = 1
) -> dict[str, object]:
    """A picture whose camera knew where it was."""

    def parts(value: float) -> tuple[float, float, float]:
        value = abs(value)
        minutes = value % 1 * 60
        return (int(value), int(minutes), round(minutes % 1 * 60, 4))

    exif = Image.Exif()
    exif[0x0112] = orientation
    gps = exif.get_ifd(0x8825)
    gps.update({1: "N" if lat >= 0 else "S", 2: parts(lat), 3: "E" if lon >= 0 else "W", 4: parts(lon)})
    noise = Image.effect_noise(size, 60)  # large files, as cameras make them
    image = (
        Image.merge("RGB", (noise, noise, noise))
        if size[0] > 2000
        else Image.open(io.BytesIO(picture(3, size)["buffer"]))
    )
    out = io.BytesIO()
    image.save(out, "JPEG", quality=95, exif=exif)
    return {"name": "photo.jpg", "mimeType": "image/jpeg", "buffer": out.getvalue()}


def choose(page: Page, *files: dict[str, object]) -> None:
    page.locator("input[type=file][accept^=image]").set_input_files(list(files))
    expect(page.locator("[data-photo-list] .photo")).to_have_count(len(files))


def test_it_takes_the_place_from_the_photo(town: Town) -> None:
    page = town.window(PHONE)
    page.goto("/whistle")
    choose(page, photo_of(42.6835, 126.0428))
    expect(page.get_by_text("位置取自照片")).to_be_visible()
    assert float(page.locator("[name=lon]").input_value()) == pytest.approx(126.0428, abs=1e-5)
    assert float(page.locator("[name=lat]").input_value()) == pytest.approx(42.6835, abs=1e-5)
    page.get_by_label("发生了什么").fill("幸福路井盖丢了")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已收到，编号")).to_be_visible()
    (row,) = Evidence.objects.all()
    case = actions.load(row.attached_to)
    assert case.place.community == "S01-01"


def test_the_place_that_was_said_last_counts(town: Town) -> None:
    """A photo from elsewhere, then the village it is about; a position taken after it; a pin put by hand."""
    page = town.window(PHONE)
    page.goto("/whistle")
    lon, village = page.locator("[name=lon]"), page.get_by_label("在哪个社区或村")
    choose(page, photo_of(42.70, 126.10))
    expect(page.get_by_text("位置取自照片")).to_be_visible()
    village.select_option(label="凤鸣社区")
    expect(lon).to_have_value("")
    expect(page.get_by_text("按选的社区或村来找")).to_be_visible()
    page.get_by_role("button", name="用我现在的位置").click()
    expect(page.get_by_text("已定位，误差")).to_be_visible()
    expect(village).to_have_value("")
    page.get_by_text("在地图上点选").click()
    page.locator(".map canvas").click(position={"x": 40, "y": 40})
    expect(page.get_by_text("已在地图上选好")).to_be_visible()
    expect(page.locator("[name=accuracy]")).to_have_value("")
    assert abs(float(lon.input_value()) - 126.0428) > 1e-4
    village.select_option(label="凤鸣社区")
    expect(page.locator(".maplibregl-marker")).to_have_count(0)
    page.get_by_label("发生了什么").fill("幸福路井盖丢了")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已收到，编号")).to_be_visible()
    (row,) = Evidence.objects.all()
    place = actions.load(row.attached_to).place
    assert (place.community, place.lon) == ("S01-01", None)


def test_it_says_at_once_what_to_do_with_a_picture_that_cannot_be_opened(town: Town) -> None:
    """As iPhones keep them: this browser does not read it, as most machines of a county do not."""
    heic = {"name": "IMG_1.HEIC", "mimeType": "image/heic", "buffer": b"\0\0\0\x18ftypheic" + b"x" * 900}
    page = town.window(PHONE)
    page.goto("/whistle")
    page.locator("input[type=file][accept^=image]").set_input_files([heic, picture(1)])
    expect(page.locator("[data-photo-list] .photo")).to_have_count(1)
    expect(page.get_by_text("这张照片的格式（HEIC）打不开。请在手机里把它截屏")).to_be_visible()
    page.get_by_label("发生了什么").fill("幸福路井盖丢了")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已收到，编号")).to_be_visible()
    assert Evidence.objects.count() == 1


@pytest.mark.parametrize(("lat", "lon"), [(-33.9, 151.2), (42.68, -71.1)])
def test_it_reads_both_halves_of_the_world(town: Town, lat: float, lon: float) -> None:
    page = town.window(PHONE)
    page.goto("/whistle")
    choose(page, photo_of(lat, lon))
    expect(page.get_by_text("位置取自照片")).to_be_visible()
    assert float(page.locator("[name=lon]").input_value()) == pytest.approx(lon, abs=1e-5)
    assert float(page.locator("[name=lat]").input_value()) == pytest.approx(lat, abs=1e-5)


def test_a_picture_made_smaller_keeps_what_its_camera_noted(town: Town) -> None:
    large = photo_of(42.6835, 126.0428, (3600, 2700), orientation=6)
    assert len(large["buffer"]) > 3_000_000  # type: ignore[arg-type]
    page = town.window(PHONE)
    page.goto("/whistle")
    choose(page, large)
    page.get_by_label("发生了什么").fill("幸福路井盖丢了")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已收到，编号")).to_be_visible()
    (row,) = Evidence.objects.all()
    assert row.size < len(large["buffer"])  # type: ignore[arg-type]
    assert (row.lon / 1e7, row.lat / 1e7) == pytest.approx((126.0428, 42.6835), abs=1e-5)
    assert row.height > row.width  # upright, and turned once only


def test_a_place_that_was_given_stays(town: Town) -> None:
    page = town.window(PHONE)
    page.goto("/whistle")
    page.get_by_role("button", name="用我现在的位置").click()
    expect(page.get_by_text("已定位，误差")).to_be_visible()
    choose(page, photo_of(42.70, 126.10))
    expect(page.get_by_text("位置取自照片")).to_be_hidden()
    assert float(page.locator("[name=lat]").input_value()) == pytest.approx(42.6835, abs=1e-5)


def test_it_shows_what_others_would_see_by_the_rule_of_publication(town: Town) -> None:
    said = "我叫王小明，电话13812345678，凤鸣社区3号楼门口井盖丢了，车牌吉A12345压着"
    page = town.window(PHONE)
    page.goto("/whistle")
    page.get_by_label("发生了什么").fill(said)
    page.get_by_label("在哪个社区或村").select_option(label="凤鸣社区")
    page.get_by_label("具体位置").fill("幸福路 88 号旁边")
    page.get_by_role("button", name="先看看别人会看到什么").click()
    shown = page.locator("#preview .words")
    expect(shown).to_contain_text("138****5678")
    expect(shown).not_to_contain_text("88")
    names = [place.name for place in town.pack.places if place.level in ("community", "grid")]
    assert shown.inner_text() == masked(f"{said}\n地点：幸福路 88 号旁边", (), names)
    expect(page.locator("#preview")).to_contain_text("东凤街道")
    expect(page.locator("#preview")).not_to_contain_text("13812345678")


def test_its_large_mode_has_three_choices_and_one_column(town: Town) -> None:
    page = town.window(PHONE)
    page.goto("/")
    page.get_by_role("button", name="长辈版").click()
    choices = page.locator(".elder-choice")
    expect(choices).to_have_count(3)
    expect(page.get_by_role("link", name=re.compile("打电话"))).to_have_attribute(
        "href", f"tel:{town.pack.telephone}"
    )
    expect(page.get_by_label("哨件编号")).to_be_hidden()
    for choice in choices.all():
        box = choice.bounding_box()
        assert box is not None
        assert box["height"] >= 100
        assert box["width"] > PHONE["width"] * 0.8
    page.get_by_role("link", name=re.compile("拍照吹哨")).click()
    on = page.get_by_role("button", name="下一步")
    expect(page.get_by_text("第 1 步，共 4 步：拍照片")).to_be_visible()
    expect(page.get_by_label("发生了什么")).to_be_hidden()
    expect(page.get_by_role("button", name="提交")).to_be_hidden()
    on.click()
    on.click()
    expect(
        page.get_by_text("请写下发生了什么，或录一段音。")
    ).to_be_visible()  # one does not go on with nothing
    page.get_by_label("发生了什么").fill("新华路路灯不亮")
    expect(page.get_by_text("拍照或选图")).to_be_hidden()
    on.click()
    expect(page.get_by_text("在地图上点选")).to_be_hidden()
    page.get_by_label("在哪个社区或村").select_option(label="凤鸣社区")
    page.get_by_label("具体位置").press("Enter")
    expect(page.get_by_text("第 4 步，共 4 步：怎么联系您")).to_be_focused()
    expect(page.get_by_label("怎么称呼您")).to_be_hidden()
    page.get_by_role("button", name="上一步").click()
    expect(page.get_by_label("在哪个社区或村")).to_be_visible()
    on.click()
    page.get_by_label("手机号").fill("12345")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("这不像一个电话号码")).to_be_visible()
    page.get_by_label("手机号").fill("")
    page.get_by_role("button", name="提交").click()
    expect(page.get_by_text("已收到，编号")).to_be_visible()
    page.goto("/")
    page.get_by_role("link", name=re.compile("我的哨子")).first.click()
    expect(page.get_by_text("新华路路灯不亮")).to_be_visible()
    page.get_by_role("link", name="看进度").click()
    expect(page.locator(".promise")).to_contain_text("城管局")


def test_its_large_mode_asks_one_question_after_the_other_when_rating(town: Town) -> None:
    s = Scenes(town)
    s.whistle("cover", "井盖破了", item="MS-07", phone="13812340001")
    s.handle("cover")
    page = town.window(PHONE)
    page.goto("/")
    page.get_by_role("button", name="长辈版").click()
    page.goto(f"/t/{s.token('cover')}")
    expect(page.get_by_role("button", name="非常满意")).to_be_hidden()
    page.get_by_role("radio", name="已解决", exact=True).check()
    page.get_by_role("button", name="非常满意").click()
    expect(page.get_by_text("谢谢您的评价。")).to_be_visible()


def test_it_says_why_it_is_not_solved_and_what_comes_next(town: Town) -> None:
    s = Scenes(town)
    s.whistle("cover", "井盖破了", item="MS-07", phone="13812340001")
    s.handle("cover")
    page = town.window(PHONE)
    page.goto(f"/t/{s.token('cover')}")
    page.get_by_role("radio", name="未解决", exact=True).check()
    page.get_by_role("button", name="不满意", exact=True).click()
    expect(page.get_by_text("您说没有解决，办理单位要再来。")).to_be_visible()
    expect(page.get_by_text(re.compile("接下来：.*前"))).to_be_visible()
    s.whistle("done", "井盖破了", item="MS-07", phone="13812340002", place={"grid": "S01-02"})
    s.handle("done")
    s.say("done", "rate", solved="yes", levels=[{"duty": 1, "level": 5}])
    page.goto(f"/t/{s.token('done')}")
    expect(page.get_by_text("您已评价：已解决。")).to_be_visible()
    expect(page.get_by_text("点“没修好”就退回重新办理")).to_be_visible()
