"""Grouping and heat: what belongs together is together, and no single message makes an issue."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from shaodao.centre.hot_issues.grouping import grouped
from shaodao.centre.hot_issues.heat import AGREEMENT, GROWTH, Counts, heat, why
from shaodao.centre.hot_issues.issues import hot_issues
from shaodao.centre.hot_issues.likeness import Message
from shaodao.centre.hot_issues.names import Names, marks
from shaodao.centre.hot_issues.titles import title_of

settings.register_profile("busy", deadline=None, suppress_health_check=[HealthCheck.too_slow])
BUSY = settings.get_profile("busy")  # other work on the machine is no fault
MORNING = datetime(2026, 4, 1, 1, 0, tzinfo=UTC)


def message(id: int, text: str, day: int = 0, person: str = "", **said: object) -> Message:
    return Message(str(id), text, MORNING + timedelta(days=day), person=person or f"p{id}", **said)


NOISE = (
    "{}小区对面的工地夜里还在施工，噪音很大，睡不着觉",
    "{}小区旁边工地深夜施工噪音扰民，请管一管",
    "每天晚上工地施工到凌晨，{}小区的人睡不好，噪音太大",
    "投诉{}小区附近工地夜间施工，噪音严重扰民",
)
OTHERS = (
    "路口的红绿灯坏了三天，没有人来修",
    "去办营业执照要带哪些材料",
    "村里的自来水浑浊发黄，能不能化验",
    "广场舞的音响声音太大",
    "街边的垃圾箱满了没有人清运",
    "公交车不按时发车，等了四十分钟",
)


def town() -> list[Message]:
    """Four about one estate's noise, four about another's, six others."""
    texts = [t.format("银杏") for t in NOISE] + [t.format("白桦林") for t in NOISE] + list(OTHERS)
    return [message(i, text, day=i % 5) for i, text in enumerate(texts)]


def test_it_groups_by_matter_and_by_place():
    found = hot_issues(town())
    assert sorted(sorted(issue.ids) for issue in found) == [["0", "1", "2", "3"], ["4", "5", "6", "7"]]


def test_it_keeps_the_same_matter_apart_where_the_places_are_known_to_differ():
    texts = [t.format("我们") for t in NOISE]
    here = [message(i, text, area="A-1", grid="A-1-1") for i, text in enumerate(texts)]
    there = [message(10 + i, text, area="B-2", grid="B-2-4") for i, text in enumerate(texts)]
    found = hot_issues(here + there)
    assert sorted(issue.ids for issue in found) == [("0", "1", "2", "3"), ("10", "11", "12", "13")]
    assert {issue.area for issue in found} == {"A-1", "B-2"}


def test_it_takes_identical_texts_of_many_for_one_matter():
    found = hot_issues(message(i, "幸福小区停水三天了，没有通知") for i in range(40))
    assert [len(issue.ids) for issue in found] == [40]
    assert found[0].counts.people == 40


def test_it_counts_a_person_once():
    many = [message(i, NOISE[i % 4].format("银杏"), day=i, person="one") for i in range(12)]
    assert hot_issues(many) == []
    several = [message(i, NOISE[i % 4].format("银杏"), day=i, person=f"p{i % 3}") for i in range(12)]
    (issue,) = hot_issues(several)
    assert (issue.counts.people, issue.counts.cases) == (3, 12)


def test_it_makes_no_issue_of_one_message_however_many_like_it():
    liked = message(99, "希望高铁站设在城北，方便大家出行", likes=100_000)
    found = hot_issues([*town(), liked])
    assert all("99" not in issue.ids for issue in found)


def test_it_compares_with_the_period_before():
    early = [message(i, NOISE[i].format("银杏"), day=i) for i in range(3)]
    late = [message(10 + i, NOISE[i % 4].format("银杏"), day=40 + i) for i in range(6)]
    (issue,) = hot_issues(early + late, since=MORNING + timedelta(days=35))
    assert (issue.counts.people, issue.counts.before) == (6, 3)
    assert issue.earlier == ("0", "1", "2")
    assert "上期 3 人" in issue.why
    assert hot_issues(early, since=MORNING + timedelta(days=35)) == []


def test_it_ends_before_until():
    (issue,) = hot_issues(
        [message(i, NOISE[i].format("银杏"), day=i) for i in range(4)], until=MORNING + timedelta(days=2)
    )
    assert issue.ids == ("0", "1")


def test_it_says_place_and_matter_in_the_title():
    titles = {issue.title for issue in hot_issues(town())}
    assert all("工地" in title and ("银杏" in title or "白桦林" in title) for title in titles)


def test_it_does_not_chain():
    """A row of things each like the next alone is no group."""
    chain = [(i, i - 1, 0.3) for i in range(1, 50)]
    assert max(len(group) for group in grouped(50, chain)) <= 3
    dense = [(i, j, 0.3) for i in range(50) for j in range(i)]
    assert grouped(50, dense) == [list(range(50))]


@BUSY
@given(st.lists(st.tuples(st.integers(0, 19), st.integers(0, 19), st.floats(0.03, 1.0)), max_size=60))
def test_it_puts_nothing_into_two_groups(pairs):
    edges = {(max(a, b), min(a, b)): likeness for a, b, likeness in pairs if a != b}
    groups = grouped(20, [(a, b, likeness) for (a, b), likeness in edges.items()])
    members = [index for group in groups for index in group]
    assert len(members) == len(set(members))
    assert all(len(group) > 1 for group in groups)


# --- names and titles --------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("投诉丽水新城附近的搅拌站", ("丽水新城",)),
        ("A市A3区中海国际社区夜间施工", ("中海国际",)),
        ("物业公司不作为", ()),
        ("朝阳镇向阳路和团结街交汇处", ("向阳路", "团结街")),
    ],
)
def test_it_finds_names(text, names):
    found = Names(wide=("朝阳镇",)).apart(text)[1]
    assert marks(found) == marks(names)


def test_it_takes_names_out_of_the_words():
    rest, _ = Names(known=("靠山屯",)).apart("靠山屯没有路灯")
    assert rest.split() == ["没有路灯"]


@pytest.mark.parametrize(
    ("title", "short"),
    [
        ("关于幸福小区停水问题的投诉", "幸福小区停水"),
        ("强烈要求增设路灯！", "增设路灯"),
        ("", "路灯坏了很久"),
        ("投诉", "投诉"),
    ],
)
def test_it_makes_short_titles(title, short):
    assert title_of(Message("1", "路灯坏了很久。请修。", MORNING, title=title)) == short


def test_it_leaves_numbers_of_telephones_out_of_titles():
    assert "138" not in title_of(Message("1", "请打13812345678联系我修路灯", MORNING))


# --- heat --------------------------------------------------------------------------------------------------------

END = date(2026, 4, 30)
counted = st.builds(
    lambda people, extra, days, back, before, likes: Counts(
        people=people,
        cases=people + extra,
        dates=tuple(END - timedelta(days=back + n) for n in range(days))[::-1],
        end=END,
        days=90,
        before=before,
        people_late=people,
        likes=likes,
    ),
    st.integers(1, 200),
    st.integers(0, 50),
    st.integers(1, 40),
    st.integers(0, 40),
    st.integers(0, 200),
    st.integers(0, 1_000_000),
)


def changed(counts: Counts, **said: object) -> Counts:
    return Counts(**{name: getattr(counts, name) for name in Counts.__dataclass_fields__} | said)


@BUSY
@given(counted, st.integers(0, 10**9))
def test_it_lets_likes_add_half_at_most(counts, likes):
    bare = heat(changed(counts, likes=0))
    assert bare <= heat(changed(counts, likes=likes)) <= bare * (1 + AGREEMENT) + 0.2


@BUSY
@given(counted, st.integers(0, 10**9))
def test_it_never_puts_one_liked_person_before_three_of_the_same_days(counts, likes):
    """Whatever a single message is liked, three people on the same days are hotter, unless it alone is growing."""
    one = changed(counts, people=1, cases=1, people_late=1, likes=likes)
    three = changed(counts, people=3, cases=3, people_late=3, likes=0)
    assert heat(one) < heat(three)


@BUSY
@given(counted)
def test_it_rises_with_people_and_days_and_not_with_cases(counts):
    assert heat(changed(counts, people=counts.people + 1, people_late=counts.people + 1)) >= heat(counts)
    more_days = (counts.dates[0] - timedelta(days=1), *counts.dates)
    assert heat(changed(counts, dates=more_days)) >= heat(counts)
    assert heat(changed(counts, cases=counts.cases + 100)) == heat(counts)


@BUSY
@given(counted)
def test_it_falls_when_it_is_quiet_and_when_there_were_more_before(counts):
    earlier = tuple(day - timedelta(days=10) for day in counts.dates)
    assert heat(changed(counts, dates=earlier)) <= heat(counts)
    assert heat(changed(counts, before=counts.before * 2 + 1)) <= heat(counts)
    assert heat(counts) >= 0.5 * GROWTH[0] * counts.people - 0.1


def test_it_says_the_numbers_behind_the_heat():
    said = why(Counts(5, 7, (date(2026, 4, 1), date(2026, 4, 9)), END, 30, 2, 5, likes=3))
    assert said == "5 人反映 7 件，2 天里都有人反映，最近一次 2026-04-09，上期 2 人，附议 3 次。"
