"""公开 pages: everybody's, without a session; the review at the desk; open data and feeds."""

from __future__ import annotations

import csv
import io
import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation
from django.utils.translation import gettext
from PIL import Image
from tests.faces.test_flow import sign_in
from tests.publishing.world import SAID, closed

import shaodao.faces
from shaodao.centre.assessment.figures import FIGURES
from shaodao.centre.cases import actions as cases
from shaodao.centre.cases.lifecycle.model import By
from shaodao.centre.intake import gate
from shaodao.centre.publishing import actions
from shaodao.faces.public import reading, views
from shaodao.ground.files import intake
from shaodao.ground.files.models import Evidence

HEAD = By("user:1", "shift_leader", "C00")


def file(index: int, at: datetime | None = None) -> str:
    return closed(
        at or datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1), index, phone=f"138{index:08}"
    )


@pytest.fixture
def number(county) -> str:
    reading.forget()
    yield closed(datetime.now(UTC).replace(microsecond=0) - timedelta(hours=1))
    reading.forget()


@pytest.fixture
def token(number) -> str:
    return actions.publish(number, SAID, "已经答复", {}, HEAD).token


def desk_of(staff, name: str, role: str, unit: str) -> Client:
    client = Client()
    sign_in(client, staff(name, (role, unit)))
    return client


def test_everybody_reads_it_and_nothing_of_a_person(token, number, client):
    for address in ("/public/", "/public/cases", f"/public/cases/{token}", "/public/feed.atom"):
        answer = client.get(address)
        page = answer.content.decode()
        assert answer.status_code == 200, address
        assert "138****5678" in page, address
        for secret in ("13812345678", number, "王小明", "126.04"):
            assert secret not in page, (address, secret)


def test_it_can_be_kept_by_whoever_carries_it(token, client):
    for address in (
        "/public/",
        "/public/cases",
        f"/public/cases/{token}",
        "/public/feed.atom",
        "/public/data/street.csv",
    ):
        first = client.get(address)
        assert first["Cache-Control"] == "public, max-age=300"
        assert "Cookie" not in first.get("Vary", "")
        assert not first.cookies
        again = client.get(address, headers={"If-None-Match": first["ETag"]})
        assert again.status_code == 304, address
        assert again.content == b""
    assert client.post("/public/").status_code == 405


def test_it_asks_the_database_few_times(token, client):
    client.get("/public/")
    for address, most in (
        ("/public/", 3),
        ("/public/cases", 2),
        (f"/public/cases/{token}", 2),
        ("/public/feed.atom", 2),
    ):
        with CaptureQueriesContext(connection) as caught:
            assert client.get(address).status_code == 200
        assert len(caught) <= most, [query["sql"][:90] for query in caught]
    reading.forget()
    with CaptureQueriesContext(connection) as caught:
        client.get("/public/")
    assert len(caught) <= 6


def test_a_list_asks_no_more_for_many(number, client):
    for index in range(2, 6):
        actions.publish(file(index), SAID, "", {}, HEAD)
    with CaptureQueriesContext(connection) as caught:
        page = client.get("/public/cases").content.decode()
    assert page.count('class="item"') == 4
    assert len(caught) == 2


def test_small_counts_are_not_told(county, client):
    reading.forget()
    past = reading.latest(datetime.now(UTC), county.zone).begins(county.zone) + timedelta(days=1)
    for index in range(3):
        file(index, past)
    page = client.get("/public/data/street.csv").content.decode("utf-8-sig")
    rows = list(csv.reader(io.StringIO(page)))
    assert rows[0][3] == "吹哨件数"
    assert {row[3] for row in rows[1:]} == {"<5"}
    assert len(rows) == 2 + len(reading.streets(county))  # and what has no place
    home = client.get("/public/").content.decode()
    assert re.search(r"吹哨件数</span><br><span[^>]*>—<", home)
    reading.forget()


def test_large_counts_are_told_and_the_file_has_the_shapes(county, client):
    reading.forget()
    past = reading.latest(datetime.now(UTC), county.zone).begins(county.zone) + timedelta(days=1)
    street = cases.load(file(1, past)).place.township
    for index in range(2, 8):
        file(index, past)
    data = json.loads(client.get("/public/data/street.geojson").content)
    counts = {each["id"]: each["properties"]["whistles"] for each in data["features"]}
    assert counts.pop(street) in (7, "—")  # the others are too few to add up unseen
    assert set(counts.values()) == {"<5"}
    assert {each["geometry"]["type"] for each in data["features"]} <= {"Polygon", "MultiPolygon"}
    assert client.get("/public/data/item.geojson").status_code == 404
    assert client.get("/public/data/unit.csv").status_code == 404
    reading.forget()


def test_its_map_shades_what_the_table_tells_and_nothing_more(county, client):
    """A count that is left out has no shade of its own: it would say how large it is."""
    page = client.get("/public/").content.decode()
    drawn = re.findall(r'<path class="shade-(\w+)" d="([^"]+)"><title>([^<]+)</title>', page)
    assert len(drawn) == len(reading.streets(county))
    told = dict(re.findall(r'<th scope="row">([^<]+)</th><td class="num">([^<]+)</td>', page))
    for shade, path, title in drawn:
        name, count = title.split(" ")
        assert told[name] == count
        assert shade == {"&lt;5": "few", "—": "none"}.get(count, shade)
        assert "." not in path  # of the canvas, no position on the ground
    assert [views._shade(cell, 100) for cell in (0, 1, 25, 26, 100, "<5", "—", None)] == [
        "1", "1", "1", "2", "4", "few", "none", "none",
    ]  # fmt: skip


def test_a_sensitive_item_is_not_told_by_name(county, client):
    reading.forget()
    sensitive = {code for code, item in county.items.items() if item.sensitive}
    assert sensitive
    page = client.get("/public/data/item.csv").content.decode("utf-8-sig")
    codes = {row[1] for row in csv.reader(io.StringIO(page))}
    assert not codes & sensitive
    assert {"MS-08", ""} < codes
    assert len(codes) == 2 + len(county.items) - len(sensitive)  # and the heading, and the others


def test_a_running_month_or_a_strange_one_is_not_there(county, client):
    now = datetime.now(UTC)
    running = reading.latest(now, county.zone).after
    for month in (running, running.after, "1999-01", "x", ""):
        assert client.get(f"/public/?month={month}").status_code == 404
    assert client.get(f"/public/?month={reading.months(now, county.zone)[-1]}").status_code == 200


def test_a_feed_is_of_one_street(token, number, client):
    street = cases.load(number).place.township
    other = next(code for code in reading.streets(cases.versions.current()) if code != street)
    atom = "{http://www.w3.org/2005/Atom}"
    for code, entries in ((street, 1), (other, 0)):
        feed = ElementTree.fromstring(client.get(f"/public/streets/{code}/feed.atom").content)
        assert len(feed.findall(f"{atom}entry")) == entries
        assert feed.find(f"{atom}updated") is not None
    assert client.get("/public/streets/none/feed.atom").status_code == 404
    assert client.get("/public/cases?street=none").status_code == 404


def test_what_is_withdrawn_is_gone_everywhere(token, number, client):
    actions.withdraw(number, "家属不愿意", HEAD)
    assert client.get(f"/public/cases/{token}").status_code == 404
    for address in ("/public/", "/public/cases", "/public/feed.atom"):
        assert "138****5678" not in client.get(address).content.decode()


def test_units_are_ranked_only_when_the_county_leader_says_so(county, client, staff):
    assert "单位排名" not in client.get("/public/").content.decode()
    for name, role, unit in (("head", "shift_leader", "C00"), ("other", "unit_head", "D15")):
        refused = desk_of(staff, name, role, unit).post(
            "/work/publications/ranking", {"on": "1", "reason": "要"}
        )
        assert refused.status_code == 403
    leader = desk_of(staff, "leader", "county_leader", "L00")
    assert leader.post("/work/publications/ranking", {"on": "1", "reason": "常务会定的"}).status_code == 302
    assert actions.ranking_shown()
    assert "不再公开排名" in leader.get("/work/publications").content.decode()


def test_a_head_of_the_centre_reviews(number, staff, client):
    head = desk_of(staff, "head", "shift_leader", "C00")
    assert number in head.get("/work/publications").content.decode()
    page = head.get(f"/work/publications/{number}").content.decode()
    assert "138****5678" in page
    assert "13812345678" not in page
    assert head.post(f"/work/publications/{number}/publish", {"words": ""}).status_code == 422
    said = {"words": "问一件事，打13812345678", "result": "答复了"}
    assert head.post(f"/work/publications/{number}/publish", said).status_code == 302
    assert "打138****5678" in client.get("/public/cases").content.decode()
    assert head.post(f"/work/publications/{number}/withdraw", {"reason": "不妥"}).status_code == 302
    assert "138****5678" not in client.get("/public/cases").content.decode()
    assert "不妥" in head.get(f"/work/publications/{number}").content.decode()
    for code in ("waiting", "published", "declined", "withdrawn"):
        assert head.get(f"/work/publications?list={code}").status_code == 200


def statements(client: Client) -> int:
    with CaptureQueriesContext(connection) as caught:
        assert client.get("/work/publications").status_code == 200
    return len([query for query in caught if not query["sql"].startswith(("SAVEPOINT", "RELEASE", "UPDATE"))])


def test_the_list_of_reviews_asks_no_more_for_many(number, staff):
    head = desk_of(staff, "head", "shift_leader", "C00")
    few = statements(head)
    for index in range(2, 5):
        file(index)
    assert head.get("/work/publications").content.decode().count('class="item"') == 4
    assert statements(head) == few <= 12


@pytest.mark.parametrize(
    ("role", "unit"), [("seat", "C00"), ("handler", "D15"), ("liaison", "D31"), ("system_admin", "C00")]
)
def test_nobody_else_reviews(number, staff, role, unit):
    other = desk_of(staff, "other", role, unit)
    assert other.get("/work/publications").status_code == 403
    assert other.get(f"/work/publications/{number}").status_code == 403
    said = {"words": "问一件事", "reason": "不"}
    for what in ("publish", "decline", "withdraw"):
        assert other.post(f"/work/publications/{number}/{what}", said).status_code == 403
    assert actions.shown() == []


def test_a_visitor_is_sent_to_sign_in(number, client):
    assert client.get("/work/publications").status_code == 302
    assert client.post(f"/work/publications/{number}/publish", {"words": "问"}).status_code == 302
    assert actions.shown() == []


def test_a_ticked_picture_is_served_and_never_the_original(county, staff, client):
    now = datetime.now(UTC).replace(microsecond=0)
    ids = [str(row.pk) for row in intake.accept([picture("red"), picture("blue")], "t", now)]
    number = closed(now - timedelta(hours=1), photos=ids, upload_token="t")
    head = desk_of(staff, "head", "shift_leader", "C00")
    form = head.get(f"/work/publications/{number}").content.decode()
    assert form.count('name="photos"') == 2
    assert "checked" not in form
    said = {
        "words": "路面塌了",
        "photos": ids[:1],
        f"boxes-{ids[0]}": "500,0,1000,1000",
        f"seen-{ids[0]}": "",
    }
    assert (
        "还在找照片里的人脸"
        in head.post(f"/work/publications/{number}/publish", said, follow=True).content.decode()
    )
    assert actions.shown() == []
    intake.look(9)
    unsaid = {name: value for name, value in said.items() if not name.startswith("boxes-")}
    assert (
        head.post(f"/work/publications/{number}/publish", unsaid).status_code == 422
    )  # not: nothing to paint over
    wrong = head.post(f"/work/publications/{number}/publish", said | {f"boxes-{ids[0]}": "500,0,1000"})
    assert (wrong.status_code, actions.shown()) == (422, [])
    assert "checked" in wrong.content.decode()
    Evidence.objects.filter(pk=ids[0]).update(faces=["0,0,9,9"])  # found since the page was opened
    late = head.post(f"/work/publications/{number}/publish", said)
    assert (late.status_code, actions.shown()) == (422, [])
    assert 'value="500,0,1000,1000 0,0,9,9"' in late.content.decode()
    assert f'name="seen-{ids[0]}" value="0,0,9,9"' in late.content.decode()
    Evidence.objects.filter(pk=ids[0]).update(faces=[])
    head.post(f"/work/publications/{number}/publish", said)
    (shown,) = actions.shown()
    address = f"/public/cases/{shown.token}/photos"
    assert f"{address}/{ids[0]}/thumb" in client.get(f"/public/cases/{shown.token}").content.decode()
    for variant in ("display", "thumb"):
        sent = client.get(f"{address}/{ids[0]}/{variant}")
        assert sent["Content-Type"] == "image/jpeg"
        copy = Image.open(io.BytesIO(sent.content))
        assert copy.getpixel((10, 20))[0] > 200
        assert max(copy.getpixel((55, 20))) < 40
    for variant in ("open", "open-thumb"):
        assert client.get(f"{address}/{ids[0]}/{variant}").status_code == 404
    outsider = desk_of(staff, "outsider", "handler", "D20")
    for variant in ("thumb", "display", "original", "open"):
        assert outsider.get(f"/work/cases/{number}/photos/{ids[0]}/{variant}").status_code == 404
    assert client.get(f"{address}/{ids[0]}/original").status_code == 404
    assert client.get(f"{address}/{ids[1]}/display").status_code == 404
    actions.withdraw(number, "不妥", HEAD)
    assert client.get(f"{address}/{ids[0]}/display").status_code == 404


def test_whoever_reported_says_what_of_their_photos_is_painted_over(county, staff, client):
    now = datetime.now(UTC).replace(microsecond=0)
    (id,) = (str(row.pk) for row in intake.accept([picture("red")], "t", now))
    number = closed(now - timedelta(hours=1), photos=[id], upload_token="t")
    token = gate.token_of(number)
    assert "遮住照片里的人" in client.get(f"/t/{token}").content.decode()
    assert client.post(f"/t/{token}/cover", {f"boxes-{id}": "1,2,3"}).status_code == 422
    assert client.get("/t/nobody/cover").status_code == 404
    assert client.post(f"/t/{token}/cover", {f"boxes-{id}": "0,0,500,500"}).status_code == 302
    assert 'value="0,0,500,500"' in client.get(f"/t/{token}/cover").content.decode()
    intake.look(9)
    head = desk_of(staff, "head", "shift_leader", "C00")
    page = head.get(f"/work/publications/{number}").content.decode()
    assert "反映人自己框过" in page
    assert 'value="0,0,500,500"' in page


def picture(colour: str) -> bytes:
    out = io.BytesIO()
    Image.new("RGB", (64, 48), colour).save(out, "JPEG")
    return out.getvalue()


def test_a_picture_is_served_only_if_it_was_ticked(token, client):
    address = f"/public/cases/{token}/photos/00000000-0000-0000-0000-000000000000"
    for variant in ("thumb", "display", "original"):
        assert client.get(f"{address}/{variant}").status_code == 404


def test_it_is_english_too(token, client):
    page = client.get("/public/?lang=en").content.decode()
    assert '<html lang="en">' in page
    assert "Published cases" in page
    assert "Finished on time" in page
    assert "办结时限" not in page


def test_every_sentence_has_english():
    folder = Path(shaodao.faces.__file__).parent / "templates" / "public"
    said = {
        text
        for page in folder.glob("*.html")
        for text in re.findall(r'translate "([^"]+)"', page.read_text("utf-8"))
    }
    shown = [FIGURES[id] for id in (*reading.COUNTS, *reading.SHARES)]
    said |= {text for one in shown for text in (one.name, one.note)}
    assert len(said) > 30
    with translation.override("en"):
        assert [text for text in said if gettext(text) == text] == []
