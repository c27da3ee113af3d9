"""Who is told what."""

from __future__ import annotations

from tests.cases.conftest import NOW, by

from shaodao.centre.cases import actions, notices, queries
from shaodao.county.pack import versions
from shaodao.faces.work import presenting
from shaodao.ground.messages import adapters, relay
from shaodao.ground.messages.adapters import Outbound
from shaodao.ground.messages.models import Outgoing


def sent(template: str) -> list[Outgoing]:
    return list(Outgoing.objects.filter(template=template).exclude(channel=notices.REACH))


def test_it_tells_the_unit_and_whoever_reported(whistle):
    filed = whistle(item="MS-07", phone="13812345678")
    assert [m.recipient for m in sent("duty_given")] == ["unit:D15"]
    (told,) = sent("dispatched")
    assert told.recipient == filed.case.requester
    assert "138" not in str(told.params)


def test_it_sends_what_concerns_whoever_reported_to_their_phone(whistle, monkeypatch):
    """They look at no page of ours unless they are told to: a notice that only stands in a table reaches nobody."""
    filed = whistle(item="MS-07", phone="13812345678")
    handed: list[Outbound] = []
    monkeypatch.setitem(adapters._adapters, "sms", handed.append)
    relay.deliver_batch(NOW)
    (told,) = handed
    assert (told.recipient, told.template) == (filed.case.requester, "dispatched")
    assert [m.channel for m in sent("duty_given")] == ["notice"]


def test_it_sends_nothing_to_whoever_left_no_number(whistle):
    whistle(item="MS-07")
    assert not sent("dispatched")


def test_it_answers_another_system_back_under_its_own_number(whistle):
    filed = whistle(item="MS-07", system="12345", external_id="JL-2026-9", by=by("seat", "C00"))
    (first,) = sent("answer_back")
    assert (first.channel, first.recipient) == ("port", "port:12345")
    assert first.params["external_id"] == "JL-2026-9"
    assert first.params["state"] == "dispatched"
    assert filed.case.external_id == "JL-2026-9"


def test_it_tells_a_breach_once(whistle):
    number = whistle(item="MS-07").case.number
    late = NOW.replace(day=NOW.day + 1)
    actions.let_time_pass(number, late)
    actions.let_time_pass(number, late)
    kinds = sorted(m.params["kind"] for m in sent("overdue"))
    assert kinds == ["make_safe", "report_in", "sign"]
    assert len(kinds) == len(set(kinds))


def test_it_leaves_the_first_unit_in_charge_of_telling_the_requester_until_the_next_signs(whistle):
    """首接负责: it is told that it is, and from when it is not any more."""
    number = whistle(item="MS-08", phone="13812345678").case.number
    said = {"duty": 1, "to": "D13", "reason": "wrong_unit"}
    actions.act(number, "redispatch", said, by("shift_leader", "C00"), at=NOW)
    assert [m.recipient for m in sent("keep_informed")] == ["unit:D15"]
    assert not sent("informed_by")
    actions.act(number, "sign", {"duty": 2}, by("handler", "D13", 2), at=NOW)
    (told,) = sent("informed_by")
    assert (told.recipient, told.params["unit"]) == ("unit:D15", "D13")


def test_it_tells_nobody_to_inform_where_there_is_nobody_to_be_informed(whistle):
    filed = whistle(item="MS-08", staff_found=True, by=by("seat", "C00"))
    said = {"duty": 1, "to": "D13", "reason": "wrong_unit"}
    actions.act(filed.case.number, "redispatch", said, by("shift_leader", "C00"), at=NOW)
    assert not sent("keep_informed")


def test_it_says_on_the_page_who_keeps_the_requester_informed(whistle):
    number = whistle(item="MS-08", phone="13812345678").case.number
    pack = versions.current(NOW)
    who = by("shift_leader", "C00")

    def informing() -> str:
        return presenting.summary(queries.open_case(number, who, pack), pack)["informing"]

    assert informing() == ""
    said = {"duty": 1, "to": "D13", "reason": "wrong_unit"}
    actions.act(number, "redispatch", said, who, at=NOW)
    assert informing() == "住建局"
    actions.act(number, "sign", {"duty": 2}, by("handler", "D13", 2), at=NOW)
    assert informing() == ""
