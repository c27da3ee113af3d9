"""What whoever reported may see and do, by token; nothing of other persons."""

from __future__ import annotations

import json

import pytest
from tests.api.scenes import Scenes

from shaodao.centre.cases import actions
from shaodao.centre.intake import gate


@pytest.fixture
def scenes(pack) -> Scenes:
    made = Scenes(actions.now())
    made.at = made.now - 20 * (made.now - made.now)
    return made


def follow(public, number: str):
    return public.get(f"/track/{gate.token_of(number)}").json()


def test_it_shows_how_far_it_is(public, scenes):
    said = follow(public, scenes.verified())
    assert [step["step"] for step in said["steps"]] == [
        "report",
        "accept",
        "dispatch",
        "handle",
        "finish",
        "rate",
    ]
    reached = [step["at"] is not None for step in said["steps"]]
    assert reached == [True, True, True, True, True, False]
    assert (said["state"], said["state_name"]) == ("waiting_rating", "请您评价")
    assert said["text"] == "路面塌了一块"
    assert [duty["unit"]["code"] for duty in said["duties"]] == ["D15"]
    assert [told["words"] for told in said["said"]] == ["围上了", "补好了"]
    assert "rating" in said["commands"]


def test_it_shows_nothing_of_other_persons(public, scenes):
    number = scenes.claimed()
    scenes.give(number, "comment", "handler", "D15", words="只给同事看的一句")
    text = json.dumps(follow(public, number), ensure_ascii=False)
    assert "user:" not in text
    assert "person:" not in text
    assert "只给同事看" not in text


def test_it_takes_a_rating_by_unit(public, scenes):
    token = gate.token_of(scenes.verified())
    body = {"solved": "yes", "ratings": [{"duty": 1, "level": 5}], "words": "真快"}
    said = public.post(f"/track/{token}/rating", body)
    assert said.status_code == 200
    assert said.json()["state"] == "closed"
    assert said.json()["said"][-1]["words"] == "真快"
    again = public.post(f"/track/{token}/rating", body)
    assert (again.status_code, again.json()["type"]) == (409, "/problems/not-now")


@pytest.mark.parametrize("token", ["x", "261123000001-0000000000", "261123000001", "%00", "哨"])
def test_it_knows_no_other_token(public, scenes, token):
    scenes.dispatched()
    refused = public.get(f"/track/{token}")
    assert (refused.status_code, refused["Content-Type"]) == (404, "application/problem+json")


def test_it_takes_photos_with_a_comment(public, scenes, photo):
    token = gate.token_of(scenes.dispatched())
    ids = [each["id"] for each in public.upload(photo("a.jpg")).json()["photos"]]
    said = public.post(f"/track/{token}/comment", {"words": "就是这里", "photos": ids})
    assert said.status_code == 200
    assert len(said.json()["photos"]) == 1
    stolen = public.post(
        f"/track/{gate.token_of(scenes.dispatched())}/comment", {"words": "我的", "photos": ids}
    )
    assert (stolen.status_code, stolen.json()["type"]) == (422, "/problems/no-such-file")
