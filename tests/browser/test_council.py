"""A street summons three units to the spot; who came is shown by who signed in with a phone."""

import pytest
import qrcode
import qrcode.image.svg
from playwright.sync_api import Page, expect
from tests.browser.town import PHONE, Town, locate, number_in

from shaodao.centre.cases import actions

pytestmark = pytest.mark.browser


def test_it_shows_who_came_and_gives_duties(town: Town) -> None:
    street = town.staff("street_clerk", "S01")
    street.goto("/work/inbox")
    street.get_by_role("navigation", name="主要功能").get_by_role("link", name="吹哨").click()
    street.get_by_label("发生了什么").fill("老旧小区围墙外线缆乱挂，都快垂到人头上了")
    street.get_by_label("事项", exact=False).first.select_option("MS-01")
    locate(street)
    street.get_by_role("button", name="吹哨").click()
    number = number_in(street)

    street.get_by_text("更多", exact=True).click()
    street.get_by_role("link", name="发哨单").click()
    for name in ("住建局", "城管局", "移动公司"):
        street.get_by_label("查找单位").fill(name)
        street.get_by_label(name, exact=True).check()
    street.get_by_label("集合地点和要求").fill("5 号楼东侧围墙边，请带图纸")
    street.get_by_role("button", name="发哨单").click()
    street.get_by_role("link", name="现场会商").click()
    expect(street.get_by_text("未到", exact=True)).to_have_count(3)
    address = street.get_by_role("link", name="没有扫码条件？在这里签到").get_attribute("href") or ""
    assert street.locator(".qr path").get_attribute("d") == code_of(address)

    town.moment.passes(minutes=28)
    for unit, person in (("住建局", "陈工"), ("住建局", "小刘"), ("移动公司", "周主任")):
        phone = town.window(PHONE)  # no account, a phone of one's own
        phone.goto(address)
        phone.get_by_text(unit, exact=True).click()
        phone.get_by_label("姓名").fill(person)
        phone.get_by_role("button", name="签到").click()
        expect(phone.get_by_text(f"{unit} {person}，已签到。")).to_be_visible()

    street.reload()
    expect(attendance(street, "住建局")).to_contain_text("陈工")
    expect(attendance(street, "住建局")).to_contain_text("小刘")
    expect(attendance(street, "移动公司")).to_contain_text("周主任")
    expect(attendance(street, "城管局")).to_contain_text("未到")

    street.get_by_role("link", name="会商结论").click()
    street.get_by_label("移动公司").check()
    street.get_by_label("城管局").check()
    street.get_by_label("会商结论").fill("移动公司三日内理顺线缆，城管局配合")
    street.get_by_role("button", name="会商结论").click()
    expect(street.get_by_text("现场会商结论，未到：城管局")).to_be_visible()
    given = {duty.unit: duty.role for duty in actions.load(number).active_duties}
    assert given["U05"] == given["D13"] == "assist"

    late = town.window(PHONE)
    late.goto(address)
    expect(late.get_by_text("签到已结束").first).to_be_visible()


def attendance(page: Page, unit: str):
    return page.get_by_role("row").filter(has=page.get_by_role("rowheader", name=unit))


def code_of(address: str) -> str:
    """The path of the QR code that carries an address."""
    made = qrcode.make(address, image_factory=qrcode.image.svg.SvgPathImage, box_size=10, border=2)
    return made.path.get("d")
