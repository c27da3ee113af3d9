"""The app: its manifest, its worker, the pages a phone keeps, and a form that a script sends."""

import gzip
import json
import re
import uuid

import pytest
from django.conf import settings
from django.contrib.staticfiles import finders
from django.test import Client
from PIL import Image

from shaodao.centre.cases.models import Case
from shaodao.faces.resident import installed

SAID = {"text": "新华路路灯不亮", "village": "S01-01", "phone": "13812345678"}
SCRIPT = {"Accept": "application/json"}


def key() -> str:
    return str(uuid.uuid4())


def test_it_can_be_installed(county, client):
    answer = client.get("/app.webmanifest")
    said = json.loads(answer.content)
    assert answer["Content-Type"] == "application/manifest+json"
    assert (said["start_url"], said["scope"], said["display"]) == ("/", "/", "standalone")
    assert said["name"].startswith("哨到")
    assert {"192x192", "512x512"} <= {icon["sizes"] for icon in said["icons"]}
    assert "maskable" in {icon.get("purpose") for icon in said["icons"]}
    for icon in said["icons"]:
        path = finders.find(icon["src"].removeprefix(settings.STATIC_URL))
        assert path
        if icon["type"] == "image/png":
            assert "{}x{}".format(*Image.open(path).size) == icon["sizes"]
    assert '<link rel="manifest" href="/app.webmanifest">' in client.get("/").content.decode()


def keeps(answer):
    return json.loads(re.match(r"const KEEPS = (.*);\n", answer.content.decode())[1])


def test_its_worker_keeps_only_what_belongs_to_nobody(county, client):
    answer = client.get("/worker.js")
    assert answer["Content-Type"].startswith("text/javascript")
    assert answer["Cache-Control"] == "no-cache"
    said = keeps(answer)
    for page in [*said["pages"], said["ofStaff"]]:
        drawn = client.get(page)
        assert drawn.status_code == 200
        assert "csrfmiddlewaretoken" not in drawn.content.decode()
        assert "sessionid" not in drawn.cookies
        assert "csrftoken" not in drawn.cookies
    assert set(said["standsIn"].values()) <= {*said["pages"], said["ofStaff"]}
    assert client.get("/worker.js", headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_every_file_that_a_kept_page_needs_is_kept(county, client):
    said = keeps(client.get("/worker.js"))
    for page in [*said["pages"], said["ofStaff"]]:
        text = client.get(page).content.decode()
        wanted = set(re.findall(r'(?:src|href)="(/static/[^"#]+)', text))
        assert {path for path in wanted if not path.endswith((".png", "map.js"))} <= set(said["files"]), page
    for name in installed.FILES:
        source = installed._source(name).decode(errors="ignore")
        imported = re.findall(r'from "\./(\w+\.js)"', source) if name.startswith("shaodao/js") else []
        assert {f"shaodao/js/{each}" for each in imported} <= set(installed.FILES), name


def test_its_version_is_of_what_it_keeps(county, client, monkeypatch):
    before = keeps(client.get("/worker.js"))["version"]
    installed._worker.cache_clear()
    assert keeps(client.get("/worker.js"))["version"] == before
    source = installed._source
    monkeypatch.setattr(installed, "_source", lambda name: source(name) + b" ")
    installed._worker.cache_clear()
    assert keeps(client.get("/worker.js"))["version"] != before
    installed._worker.cache_clear()


def test_a_phone_that_keeps_a_page_is_told_nothing_about_anybody(staff, signed_in):
    client = signed_in(staff("zhang", ("community_secretary", "S01-01")))
    client.get("/work/capacity")
    assert "演示zhang" not in client.get("/offline/grid").content.decode()
    assert "演示zhang" not in client.get("/worker.js").content.decode()


def test_it_answers_a_script_once_per_key(county, client):
    said = {**SAID, "key": key()}
    first = client.post("/whistle", said, headers=SCRIPT)
    again = client.post("/whistle", said, headers=SCRIPT)
    assert (first.status_code, again.status_code) == (201, 200)
    assert first.json()["number"] == again.json()["number"]
    assert "城管局" in first.json()["promise"]
    assert client.get(first.json()["url"]).status_code == 200
    assert Case.objects.count() == 1


def test_it_tells_a_phone_how_its_whistles_stand(county, client):
    sent = client.post("/whistle", {**SAID, "key": key()}, headers=SCRIPT).json()
    token = sent["url"].removeprefix("/t/").removesuffix("?new=1")
    asked = {"t": [token, f"{token[:-1]}{'0' if token[-1] != '0' else '1'}", "x"]}
    assert Client().get("/waiting/standing", asked).json() == {token: {"name": "正在办理", "over": False}}
    Case.objects.update(state="closed")
    assert Client().get("/waiting/standing", asked).json() == {token: {"name": "已结案", "over": True}}
    assert Client().get("/waiting/standing").json() == {}


def test_its_key_is_good_where_the_browser_has_lost_its_cookies(county, client):
    said = {**SAID, "key": key()}
    first = client.post("/whistle", said, headers=SCRIPT)
    client.cookies.clear()
    assert client.post("/whistle", said, headers=SCRIPT).json()["number"] == first.json()["number"]
    assert Case.objects.count() == 1


@pytest.mark.parametrize("guessed", ["1", "00000000-0000-1000-8000-000000000000"])
def test_a_key_that_may_be_guessed_means_something_on_its_own_device_only(county, client, guessed):
    first, second = (client.post("/whistle", {**SAID, "key": guessed}, headers=SCRIPT) for _ in range(2))
    assert first.json()["number"] != second.json()["number"]


def test_it_refuses_the_same_key_with_other_words(county, client):
    said = {**SAID, "key": key()}
    client.post("/whistle", said, headers=SCRIPT)
    other = client.post("/whistle", {**said, "text": "幸福路井盖丢了"}, headers=SCRIPT)
    assert other.status_code == 422
    assert [error["code"] for error in other.json()["errors"]] == ["same_key"]


def test_it_says_field_by_field_what_is_wrong(county, client):
    answer = client.post("/whistle", {**SAID, "phone": "12345", "text": ""}, headers=SCRIPT)
    assert answer.status_code == 422
    assert {error["field"] for error in answer.json()["errors"]} == {"phone", "text"}


def test_it_tells_whom_to_call_first(county, client):
    said = {"text": "三楼着火了，有人被困在里面", "village": "S01-01", "key": key()}
    asked = client.post("/whistle", said, headers=SCRIPT)
    assert asked.status_code == 409
    assert 'href="tel:119"' in asked.json()["danger"]
    assert Case.objects.count() == 0
    done = client.post("/whistle", {**said, "danger_seen": "1"}, headers=SCRIPT)
    assert done.status_code == 201
    assert "119" in done.json()["danger"]


def test_it_says_later_when_too_many_came(county, client):
    client.get("/whistle")
    for _ in range(county.settings.rates.device_hour):
        assert client.post("/whistle", {**SAID, "phone": "", "key": key()}, headers=SCRIPT).status_code == 201
    assert client.post("/whistle", {**SAID, "phone": "", "key": key()}, headers=SCRIPT).status_code == 429


def test_it_knows_since_when_a_whistle_waited(county, client):
    import time

    since = int(time.time()) - 6 * 3600
    said = {**SAID, "said_at": since, "key": key()}
    number = client.post("/whistle", said, headers=SCRIPT).json()["number"]
    from shaodao.centre.cases import actions

    case = actions.load(number)
    assert int(case.occurred_at.timestamp()) == since
    assert case.reported_at.timestamp() > since + 5 * 3600
    for wrong in ("99999999999999", str(int(time.time()) + 3600)):
        assert client.post("/whistle", {**SAID, "said_at": wrong}, headers=SCRIPT).status_code == 422


def test_its_ticket_names_the_capacity_and_nothing_else(staff, signed_in, client):
    assert client.get("/waiting/ticket").json()["who"] == ""
    inside = signed_in(staff("zhang", ("community_secretary", "S01-01")))
    inside.get("/work/capacity")
    said = inside.get("/waiting/ticket").json()
    assert re.fullmatch(r"[0-9a-f]{32}", said["who"])
    assert set(said) == {"csrf", "who", "now"}


BUDGET = 100 * 1024  # bytes of the first page, files as they travel


@pytest.mark.parametrize("path", ["/", "/whistle"])
def test_its_first_page_is_small(county, client, path, figure):
    text = client.get(path).content
    named = {name.split("#")[0] for name in re.findall(r'(?:src|href)="/static/([^"]+)"', text.decode())}
    todo, files = sorted(named), {}
    while todo:
        name = todo.pop()
        if name in files or name.endswith(
            (".png", "map.js")
        ):  # icons of the installed app; the map, where one is shown
            continue
        data = installed._source(name)
        files[name] = len(gzip.compress(data, 6)) if not name.endswith(".png") else len(data)
        if name.startswith("shaodao/js/"):
            todo += [f"shaodao/js/{each}" for each in re.findall(r'from "\./(\w+\.js)"', data.decode())]
    total = len(text) + sum(files.values())  # pages themselves travel as they are
    figure(f"{path}: {total} bytes, of these the page {len(text)}, {len(files)} files {sum(files.values())}")
    assert total <= BUDGET
