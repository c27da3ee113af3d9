"""确权台, 判例, 派单质量 and 核对: what they show, to whom, and in how many statements."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from tests.trust.conftest import OPEN, PHONE, PROTECTED, SECRET_WORDS, by, file, give
from tests.trust.test_precedents import learnt, precedent, rule

from shaodao.centre.assessment.figures import FIGURES, SHARES, Period, behind, broken_down, figures
from shaodao.centre.cases import actions, permissions
from shaodao.centre.cases.lifecycle import Refusal
from shaodao.centre.cases.lifecycle import events as e
from shaodao.centre.cases.lifecycle.codec import from_payload
from shaodao.centre.cases.models import Case as CaseRow
from shaodao.centre.cases.projection import CASES
from shaodao.centre.dispatch import precedents, watching
from shaodao.centre.dispatch.models import Precedent
from shaodao.ground.ledger import store
from shaodao.ground.ledger.events import Context, Stream
from shaodao.ground.ledger.projections import registered

WHO = Context(actor="user:9", capacity="centre_director@C00")
ASKED = "想问一下这个事到底归谁管"
HEAD, SEAT = by("shift_leader", "C00", 9), by("seat", "C00", 8)


def period() -> Period:
    now = actions.now()
    return Period(now - timedelta(days=1), now + timedelta(days=1))


def statements(client: Any, path: str) -> int:
    precedents.forget()
    client.get(path)  # the first one fills memories of the process
    with CaptureQueriesContext(
        connection,
    ) as asked:
        answer = client.get(path)
    assert answer.status_code == 200, path
    return len(asked)


# --- explaining -------------------------------------------------------------------------------------------------


def test_it_keeps_the_sentence_as_it_was_decided(pack):
    filed = file("村口井盖丢了", item="MS-07", mark="中国移动通信", phone=PHONE)
    said = "这是“井盖丢失破损”，地点在东凤街道凤鸣社区，设施上写着“移动”，由权属单位移动公司主办。"
    assert filed.reason == said
    (dispatched,) = [
        event
        for r in store.history(Stream("case", filed.case.number))
        if isinstance(event := from_payload(r.type, r.payload), e.Dispatched)
    ]
    assert dispatched.why == filed.case.why == said
    assert CASES.fold(store.history(Stream("case", filed.case.number))).why == said


def test_a_mark_that_is_nobodys_is_kept_and_decides_nothing(pack):
    filed = file("井盖丢了", item="MS-07", mark="老李家", phone=PHONE)
    assert filed.case.lead.unit == "D15"
    assert "老李家" not in str([r.payload for r in store.history(Stream("case", filed.case.number))])
    with pytest.raises(Refusal, match="too_long"):
        file("井盖丢了", item="MS-07", mark="字" * 41, phone=PHONE)


def test_the_desk_and_a_redispatch_explain_themselves_too(pack):
    case = file(ASKED, phone=PHONE).case
    case = give(case.number, "dispatch", SEAT, item=OPEN, lead="D13", assists=["D15"])
    assert (
        case.why == "这是“道路破损和坑槽”，地点在东凤街道凤鸣社区，由中心人工研判，由城管局主办，住建局协办。"
    )
    case = give(case.number, "redispatch", HEAD, duty=1, to="D18", reason="wrong_unit")
    assert case.why == "这是“道路破损和坑槽”，地点在东凤街道凤鸣社区，经中心转派由交通局主办。"


def test_the_pages_and_the_api_tell_it(pack, sign_in, client):
    filed = file("路面塌了一块", item=OPEN, phone=PHONE)
    why = filed.case.why
    assert why in sign_in("seat", "C00").get(f"/work/cases/{filed.case.number}").content.decode()
    assert why in client.get(f"/t/{filed.token}").content.decode()
    assert client.get(f"/api/v1/track/{filed.token}").json()["why"] == why


# --- figures ----------------------------------------------------------------------------------------------------


def scene() -> dict[str, str]:
    """One dispatched at once, one moved since, one returned, one unsure and set by the desk, one ruled."""
    at_once = file("路面塌了一块", item=OPEN, phone=PHONE).case.number
    moved = file("路面塌了一块儿", item=OPEN, phone=PHONE).case.number
    give(moved, "redispatch", HEAD, duty=1, to="D18", reason="wrong_unit")
    unsure = file(ASKED, phone=PHONE).case.number
    give(unsure, "dispatch", SEAT, item=OPEN)
    ruled = file("想问这个到底归谁管啊", phone=PHONE).case.number
    rule(ruled, scope="county")
    return {"at_once": at_once, "moved": moved, "unsure": unsure, "ruled": ruled}


def test_it_counts_dispatch_from_one_place(pack):
    made = scene()
    found = figures(period(), SHARES)
    assert {id: (f.numerator, f.denominator) for id, f in found.items()} == {
        "at_once": (2, 4),
        "redispatched": (1, 2),
        "abstained": (2, 2),
        "returned_after_dispatch": (0, 4),
        "ruled": (1, 4),
    }
    assert set(SHARES) <= set(FIGURES)
    for rows in (broken_down(period(), "week", SHARES), broken_down(period(), "item", SHARES)):
        for id, figure in found.items():
            assert sum(row[id].numerator for row in rows.values()) == figure.numerator
            assert sum(row[id].denominator or 0 for row in rows.values()) == figure.denominator
    assert [each.number for each in behind("redispatched", period())] == [made["moved"]]
    after = behind("at_once", period(), {"item": OPEN}, after=f"{made['moved']}.0")
    assert [each.number for each in after] == [made["at_once"]]
    assert behind("ruled", period(), {"item": OPEN}) == []


def test_a_tier_up_is_no_redispatch(pack):
    case = file("楼道堆满杂物", item="MS-17", phone=PHONE).case
    assert case.tier == "community"
    case = give(case.number, "escalate_tier", by("community_secretary", "S01-01"), reason="beyond_power")
    assert (case.tier, case.moved) == ("department", False)


def test_it_knows_what_is_confused_and_asks_for_what_teaches(pack):
    case = file(ASKED, phone=PHONE).case
    CaseRow.objects.filter(number=case.number).update(guess="MS-44", margin=40)
    asked = watching.doubtful(period().since)
    assert [(d.number, d.guess, d.few) for d in asked] == [(case.number, "MS-44", True)]
    assert watching.unconfirmed(period().since) == 1
    give(case.number, "confirm_item", SEAT, item=OPEN)
    assert watching.doubtful(period().since) == []
    row = CaseRow.objects.get(number=case.number)
    assert row.confirmed == OPEN
    CaseRow.objects.filter(number=case.number).update(guess="MS-44")
    (pair,) = watching.confusions(period())
    assert (pair.guessed, pair.made, pair.count, pair.examples) == ("MS-44", OPEN, 1, (case.number,))


def test_a_confirmation_is_a_fact_and_changes_no_duty(pack):
    case = file("路面塌了一块", item=OPEN, phone=PHONE).case
    after = give(case.number, "confirm_item", SEAT, item="MS-29")
    assert (after.item, after.duties, after.clocks) == (case.item, case.duties, case.clocks)
    assert after.confirmed == "MS-29"
    last = store.history(Stream("case", case.number))[-1]
    assert (last.type, last.payload["item"], last.context.actor) == ("ItemConfirmed", "MS-29", SEAT.actor)
    assert give(case.number, "confirm_item", SEAT, item="NONE").confirmed == "NONE"
    with pytest.raises(Refusal, match="unknown_item"):
        give(case.number, "confirm_item", SEAT, item="XX-99")


@pytest.mark.parametrize(
    "who", [by("liaison", "D15"), by("county_leader", "L00"), by("grid_chief", "S01-01-01")]
)
def test_only_the_desk_confirms(pack, who):
    case = file("路面塌了一块", item=OPEN, phone=PHONE).case
    with pytest.raises(permissions.Forbidden):
        give(case.number, "confirm_item", who, item=OPEN)


# --- pages ------------------------------------------------------------------------------------------------------

PAGES = (
    "/work/rulings",
    "/work/dispatch",
    "/work/dispatch/confirm",
    "/work/precedents",
)


def test_the_pages_cost_the_same_few_statements_at_any_size(pack, sign_in, monkeypatch):
    monkeypatch.setattr(precedents, "LOOK_AGAIN", 600.0)
    client = sign_in("shift_leader", "C00")
    scene()
    learnt()
    few = {path: statements(client, path) for path in PAGES}
    for _ in range(4):
        scene()
    learnt()
    many = {path: statements(client, path) for path in PAGES}
    assert many == few
    assert max(many.values()) <= 10, many


@pytest.mark.parametrize(
    ("role", "unit", "allowed"),
    [
        ("seat", "C00", PAGES),
        (
            "county_leader",
            "L00",
            ("/work/rulings", "/work/dispatch", "/work/precedents"),
        ),
        ("liaison", "D15", ()),
        ("grid_chief", "S01-01", ()),
    ],
)
def test_only_who_watches_dispatch_sees_it(pack, sign_in, role, unit, allowed):
    grid = next(p.code for p in pack.places if p.parent == "S01-01") if role == "grid_chief" else ""
    client = sign_in(role, unit, grid)
    assert {path for path in PAGES if client.get(path).status_code == 200} == set(allowed)
    assert all(client.get(path).status_code == 403 for path in set(PAGES) - set(allowed))


def test_the_board_says_who_has_given_a_view(pack, sign_in):
    case = file(ASKED, phone=PHONE).case
    give(case.number, "send_to_ruling", SEAT, units=["D15", "D13"])
    give(case.number, "state_view", by("liaison", "D13"), mine=False, basis="三定方案第三条", kind="duties")
    text = sign_in("shift_leader", "C00").get("/work/rulings").content.decode()
    assert "城管局 已答复" in text
    assert "住建局 未答复" in text
    form = sign_in("shift_leader", "C00").get(f"/work/cases/{case.number}/rule?subject=0").content.decode()
    assert "三定规定：三定方案第三条" in form
    assert "住建局：还没有答复" in form


def test_the_ruling_keeps_kind_reasons_and_end(pack, sign_in):
    case = file(ASKED, phone=PHONE).case
    until = (actions.now() + timedelta(days=90)).replace(microsecond=0)
    with pytest.raises(Refusal, match="date_must_be_later"):
        rule(case.number, scope="county", until=actions.now() - timedelta(days=1))
    rule_after(case.number, scope="county", kind="list", reasons="采纳城管局意见", until=until)
    (made,) = learnt()
    assert (made.kind, made.until) == ("list", until)
    assert made.binds(until - timedelta(seconds=1))
    assert not made.binds(until)
    page = sign_in("seat", "C00").get(f"/work/cases/{case.number}").content.decode()
    assert "采纳城管局意见" in page


def rule_after(number: str, **said: Any) -> Any:
    return give(
        number, "rule", HEAD, lead="D13", basis="三定方案第三条", item="MS-13", precedent="yes", **said
    )


def test_a_ruling_for_this_case_alone_teaches_nothing(pack):
    case = file(ASKED, phone=PHONE).case
    rule(case.number, scope="case")
    assert learnt() == []


def test_confirming_shows_no_protected_words(pack, sign_in):
    case = file(SECRET_WORDS, item=PROTECTED, phone=PHONE).case
    assert sign_in("stationed", "D13").get("/work/dispatch/confirm").status_code == 403
    seat = sign_in("seat", "C00")
    for summary in ("", "某饭店占道经营"):
        if summary:
            give(case.number, "summarise", SEAT, words=summary)
        CaseRow.objects.filter(number=case.number).update(found_by="model", margin=10)
        text = seat.get("/work/dispatch/confirm").content.decode()
        assert SECRET_WORDS not in text
        assert (case.number in text) == bool(summary)
        assert summary in text


def test_one_tap_confirms_and_goes_on(pack, sign_in):
    client = sign_in("seat", "C00")
    first, second = (file(text, phone=PHONE).case.number for text in (ASKED, "想问这个到底归谁管啊"))
    CaseRow.objects.filter(number__in=(first, second)).update(guess=OPEN, margin=5)
    shown = client.get("/work/dispatch/confirm").content.decode()
    assert second in shown
    answer = client.post(f"/work/dispatch/confirm/{second}", {"item": OPEN, "skip": "0"})
    assert answer["Location"] == "/work/dispatch/confirm"
    assert first in client.get("/work/dispatch/confirm").content.decode()
    client.post(f"/work/dispatch/confirm/{first}", {"other": "MS-29"})
    assert "都核对过了" in client.get("/work/dispatch/confirm").content.decode()
    assert CaseRow.objects.get(number=first).confirmed == "MS-29"


# --- precedents -------------------------------------------------------------------------------------------------


def made(pack: Any, **said: Any) -> Precedent:
    rule(file(ASKED, phone=PHONE).case.number, **({"scope": "county"} | said))
    latest = max(learnt(), key=lambda p: p.pk)
    precedents.forget()  # on commit, outside of tests
    return latest


def life(p: Precedent) -> list[str]:
    return [event.type for event in precedents.history(p)]


def faults(p: Precedent) -> list[str]:
    """What verifying finds, of this one."""
    return [fault.detail for fault in registered()["precedent"].check([(p.code, precedents.history(p))])]


def test_its_life_is_a_stream_and_the_row_what_it_folds_to(pack):
    p = made(pack)
    now = actions.now()
    precedents.limit(p.pk, WHO, now, pack, reason="只在城区有依据", area="S01")
    precedents.limit(p.pk, WHO, now, pack, reason="再窄些", area="S01-01", until=now + timedelta(days=9))
    precedents.end(p.pk, WHO, now, reason="规定改了")
    precedents.end(p.pk, WHO, now)
    assert life(p) == ["PrecedentMade", "PrecedentLimited", "PrecedentLimited", "PrecedentEnded"]
    assert faults(p) == []
    Precedent.objects.filter(pk=p.pk).update(area="")
    assert faults(p) == ["判例的 area 与台账不符"]
    assert list(registered()["precedent"].strays()) == []
    stray = precedent(number="260101000009")
    assert [fault.where for fault in registered()["precedent"].strays()] == [f"precedent/{stray.code}"]


@pytest.mark.parametrize("said", [{}, {"area": "S02"}, {"area": "nowhere"}, {"area": ""}])
def test_a_limit_only_narrows(pack, said):
    p = made(pack, scope="township")
    with pytest.raises(Refusal, match="nothing_narrower"):
        precedents.limit(p.pk, WHO, actions.now(), pack, reason="x", **said)
    with pytest.raises(Refusal, match="words_needed"):
        precedents.limit(p.pk, WHO, actions.now(), pack, reason=" ", area="S01-01")
    with pytest.raises(Refusal, match="date_must_be_later"):
        precedents.limit(p.pk, WHO, actions.now(), pack, reason="x", until=actions.now())


def test_a_limited_one_decides_in_its_part_alone(pack):
    p = made(pack)
    precedents.limit(p.pk, WHO, actions.now(), pack, reason="x", area="S02")
    precedents.forget()
    assert file("垃圾没人清", item="MS-13", phone=PHONE).case.routed_by != p.name


def test_a_later_ruling_supersedes_and_says_which(pack):
    first, second = made(pack), made(pack)
    first.refresh_from_db()
    assert (first.superseded_by, first.ended_at) == (second.code, second.ruled_at)
    assert life(first) == ["PrecedentMade", "PrecedentSuperseded"]
    with pytest.raises(Refusal, match="not_now"):
        precedents.limit(first.pk, WHO, actions.now(), pack, reason="x", area="S01")


def test_the_desk_dispatches_by_it_when_it_finds_the_item(pack):
    p = made(pack)
    case = file("说不清的一件事，请帮忙看看", phone=PHONE).case
    case = give(case.number, "dispatch", SEAT, item="MS-13")
    assert (case.lead.unit, case.routed_by) == ("D13", p.name)
    assert f"和哨件 {p.number} 是同一类，按那次确权的判例由城管局主办。" in case.why


def test_it_counts_its_cases_and_how_many_came_back(pack, sign_in):
    p = made(pack)
    numbers = [file("垃圾没人清", item="MS-13", phone=PHONE).case.number for _ in range(3)]
    assert precedents.uses([p])[p.name] == precedents.Use(3, 0)
    for number in numbers[:2]:
        give(number, "redispatch", HEAD, duty=1, to="D15", reason="wrong_unit")
    assert precedents.uses([p])[p.name] == precedents.Use(3, 2)
    assert (
        "多次被退，要复查" in sign_in("seat", "C00").get("/work/precedents?state=doubtful").content.decode()
    )
    page = sign_in("seat", "C00").get(f"/work/precedents/{p.pk}").content.decode()
    assert all(number in page for number in numbers)
    assert "照此派单" in page


def test_who_may_limit_settle_and_end(pack, sign_in):
    p = made(pack)
    other = precedent(number="2", item=p.item, lead="D15", area="S01")
    wanted = {
        ("centre_director", "C00"): {"limit", "end", "settle"},
        ("shift_leader", "C00"): {"limit"},
        ("seat", "C00"): set(),
        ("liaison", "D13"): set(),
        ("inspector", "J00"): set(),
    }
    for (role, unit), allowed in wanted.items():
        client = sign_in(role, unit)
        for act in ("limit", "settle", "end"):
            answer = client.post(f"/work/precedents/{p.pk}/{act}", {"yields": 0})
            assert (answer.status_code != 403) == (act in allowed), (role, act)
        Precedent.objects.filter(pk=p.pk).update(ended_at=None)
    assert sign_in("liaison", "D13").get(f"/work/precedents/{p.pk}").status_code == 403
    assert other.pk


def test_of_two_that_contradict_one_is_left(pack, sign_in):
    p = made(pack)
    rule_other = file("垃圾没人清", item="MS-13", phone=PHONE).case
    give(rule_other.number, "redispatch", HEAD, duty=1, to="D15", reason="wrong_unit")
    second = made(pack, scope="township")
    Precedent.objects.filter(pk=second.pk).update(lead="D15")
    precedents.forget()
    client = sign_in("centre_director", "C00")
    assert "两条判例冲突" in client.get("/work/precedents").content.decode()
    client.post(f"/work/precedents/{second.pk}/settle", {"yields": p.pk, "reason": "以权责清单为准"})
    precedents.forget()
    p.refresh_from_db()
    assert p.superseded_by == second.code
    assert precedents.conflicts(pack) == []
    assert "两条判例冲突" not in client.get("/work/precedents").content.decode()
