"""专报: drafted from the figures, checked, signed, published, read; what it names is followed up."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from tests.briefings.conftest import LATER, MARCH, REPORTED
from tests.cases.conftest import by

from shaodao.centre.assessment.figures import Period, figures
from shaodao.centre.briefings import actions, again, briefing, content
from shaodao.centre.briefings.models import Briefing as Row
from shaodao.centre.briefings.models import Content as ContentRow
from shaodao.centre.briefings.models import Problem, Reading
from shaodao.centre.briefings.months import Month
from shaodao.centre.briefings.projection import BRIEFINGS
from shaodao.centre.cases import actions as cases
from shaodao.centre.cases import permissions
from shaodao.centre.cases.lifecycle.codec import from_payload, to_payload
from shaodao.centre.cases.lifecycle.refusal import Refusal
from shaodao.ground.ledger import sealer, store, subscriptions
from shaodao.ground.ledger.events import Stream
from shaodao.ground.messages import outbox

APRIL = Month(2026, 4)
DESK, DIRECTOR, SIGNER = by("handler", "C00-1", 1), by("centre_director", "C00", 2), by("unit_head", "D01", 3)
LEADER, SECOND = by("county_leader", "L00", 4), by("county_leader", "L00", 5)
OUTSIDERS = (
    by("unit_head", "D15", 6),
    by("handler", "D15", 7),
    by("seat", "C00", 8),
    by("system_admin", "C00", 9),
)


@pytest.fixture
def drafted(late):
    return actions.draft(MARCH, DESK, at=LATER)


def publish(at: datetime = LATER) -> briefing.Briefing:
    actions.write("2026-03", "井盖丢了没有人管", "一周内全部换好", DESK, at=at)
    actions.act("2026-03", "submit", DESK, at=at)
    actions.act("2026-03", "check", DIRECTOR, at=at)
    actions.act("2026-03", "sign", SIGNER, at=at)
    return actions.act("2026-03", "publish", DESK, at=at)


def test_it_holds_the_figures_of_its_month(drafted, pack):
    found = actions.content_of(drafted.digest)
    counted = figures(Period(MARCH.begins(pack.zone), MARCH.ends(pack.zone)))
    assert found.count("whistles").counted == counted["whistles"].numerator == 2
    for each in found.span("now").counts:
        assert (each.counted, each.of) == (counted[each.id].numerator, counted[each.id].denominator)
    for id in content.PAGE_ONE:
        for span in content.SPANS:
            figure, facts = found.count(id, span), found.behind(id, span)
            assert len(facts) == (figure.counted if figure.of is None else figure.of)
            assert sum(fact.counts for fact in facts) == figure.counted
    assert content.decode(content.encode(found)) == found


def test_it_walks_from_draft_to_published_and_read(drafted, late):
    assert (drafted.state, drafted.position, sealer.waiting()) == ("drafted", sealer.size(), 2)
    assert {each.named.case for each in drafted.named} == set(late)
    published = publish()
    assert (published.issue, published.total, Row.objects.get().state) == (1, 1, "published")
    assert {row.case_number for row in Problem.objects.filter(put_right_at=None)} == set(late)
    for who in (LEADER, LEADER, SECOND):
        actions.act("2026-03", "read", who, at=LATER + timedelta(hours=1))
    assert sorted(Reading.objects.values_list("actor", flat=True)) == [LEADER.actor, SECOND.actor]
    recipients = ["role:centre_director@C00", "role:unit_head@D01", "role:county_leader@L00"]
    told = [n.template for n in outbox.notices(recipients, LATER + timedelta(days=1))]
    assert told[::-1] == ["briefing_to_check", "briefing_to_sign", "briefing_published"]


def test_it_is_judged_by_three_persons(drafted):
    actions.write("2026-03", "意见", "措施", DESK, at=LATER)
    actions.act("2026-03", "submit", DESK, at=LATER)
    with pytest.raises(Refusal) as refused:
        actions.act("2026-03", "check", by("centre_director", "C00", 1), at=LATER)
    assert refused.value.code == "own_proposal"
    actions.act("2026-03", "check", DIRECTOR, at=LATER)
    with pytest.raises(Refusal):
        actions.act("2026-03", "sign", by("unit_head", "D01", 2), at=LATER)
    actions.act("2026-03", "return", SIGNER, words="数字再核一遍", at=LATER)
    assert Row.objects.get().state == "drafted"


def test_it_lets_each_do_only_their_part(drafted, pack):
    for who in (*OUTSIDERS, LEADER):
        with pytest.raises(actions.NoSuchBriefing):
            actions.look("2026-03", who, pack)
        with pytest.raises(permissions.Forbidden):
            actions.draft(MARCH, who, at=LATER)
    for command, who in (
        ("check", DESK),
        ("sign", DIRECTOR),
        ("submit", SIGNER),
        ("read", DESK),
        ("publish", SIGNER),
    ):
        with pytest.raises(permissions.Forbidden):
            actions.act("2026-03", command, who, at=LATER)
    colleague = by("handler", "C00-2", 10)  # of another section of the centre
    assert actions.look("2026-03", colleague, pack).offered == actions.look("2026-03", DESK, pack).offered
    publish()
    assert actions.look("2026-03", LEADER, pack).offered == ("read",)
    for who in OUTSIDERS:
        with pytest.raises(actions.NoSuchBriefing):
            actions.look("2026-03", who, pack)
        assert not permissions.may_read_briefings(who, pack)


def test_it_is_not_sent_before_a_person_has_written(drafted):
    with pytest.raises(Refusal) as refused:
        actions.act("2026-03", "submit", DESK, at=LATER)
    assert refused.value.code == "words_needed"


def test_it_names_a_units_part_in_a_case_once(drafted):
    parts = [(each.named.case, each.named.unit) for each in drafted.problems]
    assert len(parts) == len(set(parts))
    assert {each.named.kind for each in drafted.problems} == {
        "unattended"
    }  # nobody came; that it is overdue follows
    assert {each.kind for each in actions.content_of(drafted.digest).overdue} == {"overdue"}


def test_it_leaves_a_problem_out_for_a_reason(drafted, late):
    kind, unit = drafted.problems[0].named.kind, drafted.problems[0].named.unit
    with pytest.raises(Refusal):
        actions.pick("2026-03", "2026-999999", kind, unit, DESK, leave_out="没有", at=LATER)
    case = drafted.problems[0].named.case
    actions.pick("2026-03", case, kind, unit, DESK, leave_out="正在协调", at=LATER)
    frozen = actions.draft(MARCH, DESK, at=LATER + timedelta(hours=1))  # the figures again; the choice stays
    assert (case, kind) not in {(each.named.case, each.named.kind) for each in frozen.named}
    actions.pick("2026-03", case, kind, unit, DESK, at=LATER)
    assert (case, kind) in {(p.named.case, p.named.kind) for p in publish(LATER + timedelta(hours=2)).named}


def test_it_follows_what_it_named(drafted, late):
    publish()
    done = LATER + timedelta(days=2)
    head = by("shift_leader", "C00", 11)
    cases.act(late[0], "merge", {"into": late[1]}, head, at=done)
    sealer.seal_all(done)
    while subscriptions.run("briefings", done):
        pass
    right = Problem.objects.exclude(put_right_at=None)
    assert {(row.case_number, row.put_right_at) for row in right} == {(late[0], done)}
    assert not subscriptions.run("briefings", done)
    stream = Stream("briefing", "2026-03")
    assert not list(BRIEFINGS.check([("2026-03", store.history(stream))]))
    assert not list(BRIEFINGS.strays())


def test_it_stays_as_published_and_comes_out_equal_again(drafted, late, whistle):
    publish()
    before = bytes(ContentRow.objects.get().data)
    whistle(text="补录的一件", item="MS-07", at=REPORTED)  # what comes later belongs to a later position
    cases.act(late[0], "merge", {"into": late[1]}, by("shift_leader", "C00", 11), at=LATER)
    sealer.seal_all(LATER)
    with pytest.raises(Refusal):
        actions.draft(MARCH, DESK, at=LATER + timedelta(days=1))
    assert bytes(ContentRow.objects.get(digest=Row.objects.get().digest).data) == before
    assert [(each.month, each.different) for each in again.check()] == [("2026-03", ())]


def test_it_tells_changed_bytes(drafted, pack):
    found = actions.content_of(drafted.digest)
    other = replace(found, month="2026-02")
    assert again.differences(found, other) == ("month",)
    ContentRow.objects.update(data=content.encode(other))
    with pytest.raises(actions.NoSuchBriefing):
        actions.look("2026-03", DESK, pack)


def test_it_proposes_itself_on_the_first_days_and_no_more(late, pack):
    assert not actions.propose(datetime(2026, 3, 20, tzinfo=UTC))
    assert actions.propose(LATER)
    assert not actions.propose(LATER + timedelta(hours=1))
    row = Row.objects.get()
    assert (row.month, row.state, row.opinions) == ("2026-03", "drafted", "")


def test_it_refuses_a_month_that_is_not_over(late):
    with pytest.raises(Refusal):
        actions.draft(APRIL, DESK, at=LATER)


def test_its_events_are_plain_data(drafted):
    publish()
    for recorded in store.history(Stream("briefing", "2026-03")):
        event = from_payload(recorded.type, recorded.payload, briefing.EVENTS)
        assert to_payload(event) == recorded.payload


@pytest.mark.parametrize("text", ["2022-13", "2022-1", "22-01", "２０２２-01", "", "2022-00", "abcd-ef"])
def test_it_refuses_what_is_no_month(text):
    with pytest.raises(ValueError):  # noqa: PT011
        Month.parse(text)


def test_it_goes_round_the_year():
    assert (str(Month(2026, 1).before), str(Month(2025, 12).after)) == ("2025-12", "2026-01")
    assert str(Month(2026, 3).year_before) == "2025-03"


def test_nobody_checks_what_they_wrote_though_another_sent_it(drafted):
    writer, both = by("centre_deputy", "C00", 31), by("centre_director", "C00", 31)
    actions.write("2026-03", "意见", "措施", writer, at=LATER)
    actions.act("2026-03", "submit", DESK, at=LATER)
    with pytest.raises(Refusal, match="own_proposal"):
        actions.act("2026-03", "check", both, at=LATER)
