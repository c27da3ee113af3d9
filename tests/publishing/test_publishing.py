"""公开审核: a person decides, the ledger remembers, and what must never be read by everybody is not."""

from __future__ import annotations

import io
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

import pytest
from PIL import Image
from tests.cases.conftest import NOW, by
from tests.publishing.world import closed

from shaodao.centre.cases import actions as cases
from shaodao.centre.cases.actions import NoSuchCase
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.cases.permissions import Forbidden
from shaodao.centre.publishing import actions
from shaodao.centre.publishing.models import Publication, Ranking
from shaodao.centre.publishing.projection import PUBLICATIONS, RANKING, RANKINGS
from shaodao.ground.files import intake as evidence
from shaodao.ground.files import refusals as files
from shaodao.ground.files.boxes import Box
from shaodao.ground.ledger import store, vault
from shaodao.ground.ledger.events import Stream

HEAD, LEADER, SEAT = by("shift_leader", "C00", 1), by("county_leader", "L00", 2), by("seat", "C00", 3)
COLLEAGUE, OUTSIDER = by("handler", "D15", 4), by("liaison", "D31", 5)


@pytest.fixture
def number(pack) -> str:
    return closed(NOW)


def publish(number: str, photos=None, who=HEAD, words="井盖丢了，请打13812345678找王小明"):
    return actions.publish(number, words, "已经补上", photos or {}, who, at=NOW)


def test_nothing_is_shown_before_a_person_decides(number):
    assert actions.shown() == []
    assert [row.number for row in actions.waiting(HEAD, cases.versions.current(NOW))] == [number]
    publish(number)
    (shown,) = actions.shown()
    assert shown.words == "井盖丢了，请打138****5678找某某"
    assert shown.result == "已经补上"
    assert number not in repr(shown)
    assert list(actions.waiting(HEAD, cases.versions.current(NOW))) == []


def test_it_is_an_event_without_words_in_it(number):
    publish(number)
    actions.withdraw(number, "家属不愿意", HEAD, at=NOW + timedelta(hours=1))
    recorded = store.history(Stream("publication", number))
    assert [each.type for each in recorded] == ["Published", "Withdrawn"]
    assert "井盖" not in repr(recorded)
    assert "家属" not in repr(recorded)
    assert actions.shown() == []


def test_it_can_be_declined_withdrawn_and_decided_anew(number):
    with pytest.raises(Refusal, match="reason_needed"):
        actions.decline(number, " ", HEAD, at=NOW)
    actions.decline(number, "写得认得出人", HEAD, at=NOW)
    token = publish(number).token
    with pytest.raises(Refusal, match="not_now"):
        publish(number)
    with pytest.raises(Refusal, match="not_now"):
        actions.decline(number, "晚了", HEAD, at=NOW)
    with pytest.raises(Refusal, match="reason_needed"):
        actions.withdraw(number, "", HEAD, at=NOW)
    actions.withdraw(number, "要改", HEAD, at=NOW)
    assert publish(number).token == token
    assert [each.state for each in Publication.objects.all()] == ["published"]


@pytest.mark.parametrize("who", [SEAT, LEADER, COLLEAGUE, OUTSIDER, by("system_admin", "C00", 6)])
def test_only_the_heads_of_the_centre_decide(number, who):
    for act in (
        lambda: publish(number, who=who),
        lambda: actions.decline(number, "不", who, at=NOW),
        lambda: actions.withdraw(number, "不", who, at=NOW),
    ):
        with pytest.raises(Forbidden):
            act()
    assert not Publication.objects.exists()


@pytest.mark.parametrize(
    "facts",
    [
        {"identity_mode": "protected"},
        {"sensitive": True},
        {"against": "D15"},
        {"nature": "denounce"},
        {"state": "in_triage"},
    ],
)
def test_what_only_the_centre_may_know_is_never_shown(number, facts):
    publish(number)
    CaseRow.objects.filter(number=number).update(**facts)  # it turns out so afterwards
    assert actions.shown() == []


def test_what_only_the_centre_may_know_cannot_be_published(whistle):
    against = whistle(text="住建局的人态度不好", against="D15").case.number
    for each in (against, whistle().case.number):
        with pytest.raises((NoSuchCase, Refusal)):
            publish(each)
    assert not Publication.objects.exists()
    assert list(actions.waiting(HEAD, cases.versions.current(NOW))) == []


def test_what_betrays_by_itself_is_for_nobody_else(number):
    case = cases.load(number)
    assert actions.may_be_shown(case)
    for facts in (
        {"identity_mode": "protected"},
        {"sensitive": True},
        {"against": "D15"},
        {"nature": "denounce"},
    ):
        assert not actions.may_be_shown(replace(case, **facts))


def test_pictures_stay_out_unless_each_is_ticked(pack, django_capture_on_commit_callbacks):
    made = []
    for colour in ("red", "blue"):
        out = io.BytesIO()
        Image.new("RGB", (64, 48), colour).save(out, "JPEG")
        made.append(out.getvalue())
    ids = [str(row.pk) for row in evidence.accept(made, "t", NOW)]
    number = closed(NOW, photos=ids, upload_token="t")
    publish(number)
    assert actions.shown()[0].photos == ()
    actions.withdraw(number, "加照片", HEAD, at=NOW)
    with pytest.raises(Refusal, match="no_such_file"):
        publish(number, {"00000000-0000-0000-0000-000000000000": ()})
    with pytest.raises(Refusal, match="not_looked_at"):
        publish(number, {ids[0]: ()})
    assert evidence.look(9) == 2
    assert evidence.look(9) == 0
    with pytest.raises(files.Refusal, match="no_such_file"):
        evidence.show(UUID(ids[0]), "open", who="public")  # there is none before it is decided
    publish(number, {ids[0]: [Box(0, 0, 500, 1000)]})
    assert actions.shown()[0].photos == (ids[0],)
    copy = Image.open(io.BytesIO(evidence.show(UUID(ids[0]), "open", who="public").data))
    assert max(copy.getpixel((10, 20))) < 40
    for words in ("再公开一次", " "):  # refused: what everybody sees stays painted over
        with pytest.raises(Refusal):
            publish(number, {ids[0]: ()}, words=words)
    copy = Image.open(io.BytesIO(evidence.show(UUID(ids[0]), "open", who="public").data))
    assert max(copy.getpixel((10, 20))) < 40
    assert copy.getpixel((50, 20))[0] > 200
    assert not copy.getexif()
    with django_capture_on_commit_callbacks(execute=True):
        actions.withdraw(number, "不妥", HEAD, at=NOW)
    with pytest.raises(files.Refusal, match="no_such_file"):
        evidence.show(UUID(ids[0]), "open", who="public")


def test_faces_found_after_somebody_drew_are_painted_over_too(pack, monkeypatch):
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, "JPEG")
    (row,) = evidence.accept([out.getvalue()], "t", NOW)
    closed(NOW, photos=[str(row.pk)], upload_token="t")
    plate, face = Box(0, 0, 100, 100), Box(500, 500, 600, 600)
    evidence.cover(row.pk, [plate])
    monkeypatch.setattr("shaodao.ground.files.faces.find", lambda *_: [face])
    assert evidence.look(9) == 1
    assert evidence.covers([str(row.pk)])[str(row.pk)].boxes == (plate, face)
    evidence.cover(row.pk, [plate])  # drawn by somebody who has seen them: theirs to say
    assert evidence.covers([str(row.pk)])[str(row.pk)].boxes == (plate,)


def test_what_cannot_be_looked_at_is_left_to_a_person(pack, monkeypatch):
    out = io.BytesIO()
    Image.new("RGB", (64, 48), "red").save(out, "JPEG")
    (row,) = evidence.accept([out.getvalue()], "t", NOW)
    number = closed(NOW, photos=[str(row.pk)], upload_token="t")
    evidence.store().delete(f"{row.commitment}.display")
    for _ in range(evidence.LOOKS):
        assert evidence.look(9) == 1
    assert evidence.look(9) == 0
    assert evidence.covers([str(row.pk)]) == {str(row.pk): evidence.Cover(None, None)}
    with pytest.raises(Refusal, match="no_such_file"):
        publish(number, {str(row.pk): ()})


def test_erasing_the_person_withdraws_and_destroys_what_was_published(number):
    words = publish(number).words
    assert vault.read([words])[words]
    cases.erase_person(cases.load(number).whose, by("security_admin", "C00", 9), at=NOW + timedelta(hours=1))
    assert actions.shown() == []
    assert vault.read([words]) == {words: None}
    assert Publication.objects.get().state == "withdrawn"
    assert store.history(Stream("publication", number))[-1].payload["erased"]
    with pytest.raises(Refusal):
        publish(number, words="")


def test_the_county_leader_alone_switches_the_ranking(pack):
    assert not actions.ranking_shown()
    for who in (HEAD, SEAT, COLLEAGUE, OUTSIDER):
        with pytest.raises(Forbidden):
            actions.switch_ranking(True, "公开", who, at=NOW)
    with pytest.raises(Refusal, match="reason_needed"):
        actions.switch_ranking(True, "", LEADER, at=NOW)
    actions.switch_ranking(True, "常务会定的", LEADER, at=NOW)
    assert actions.ranking_shown()
    with pytest.raises(Refusal, match="not_now"):
        actions.switch_ranking(True, "再来", LEADER, at=NOW)
    actions.switch_ranking(False, "先停一停", LEADER, at=NOW + timedelta(days=1))
    assert not actions.ranking_shown()
    recorded = store.history(RANKINGS.stream(RANKING))
    assert [each.type for each in recorded] == ["RankingShown", "RankingHidden"]


def test_rows_are_what_the_events_say(number):
    publish(number)
    actions.switch_ranking(True, "常务会定的", LEADER, at=NOW)
    histories = [(number, store.history(Stream("publication", number)))]
    ranking = [("ranking", store.history(RANKINGS.stream(RANKING)))]
    assert list(PUBLICATIONS.check(histories)) == list(RANKINGS.check(ranking)) == []
    assert list(PUBLICATIONS.strays()) == []
    Publication.objects.update(state="declined")
    Ranking.objects.update(shown=False)
    assert "state" in next(iter(PUBLICATIONS.check(histories))).detail
    assert "shown" in next(iter(RANKINGS.check(ranking))).detail
