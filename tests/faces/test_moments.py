"""Time in words: the same in Python and in the browser."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from django.utils import translation
from django.utils.html import json_script
from django.utils.translation import gettext
from hypothesis import given
from hypothesis import strategies as st

from shaodao.faces import moments, spoken

NOW = datetime(2026, 3, 5, 4, 0, tzinfo=UTC)  # Thursday, noon in the county
CLOCK_JS = Path(moments.__file__).parent / "static" / "shaodao" / "js" / "clock.js"


@pytest.mark.parametrize(
    ("length", "said"),
    [
        (0, "不足 1 分钟"),
        (59, "不足 1 分钟"),
        (60, "1 分钟"),
        (3599, "59 分钟"),
        (3600, "1 小时"),
        (4800, "1 小时 20 分"),
        (86400, "1 天"),
        (86400 + 3 * 3600 + 3599, "1 天 3 小时"),
    ],
)
def test_it_says_a_length_of_time(length, said):
    assert moments.span(timedelta(seconds=length)) == said


@pytest.mark.parametrize(
    ("minutes", "tone", "text"),
    [
        (90, "calm", "剩余 1 小时 30 分"),
        (30, "soon", "剩余 30 分钟"),
        (0, "soon", "剩余 不足 1 分钟"),
        (-180, "overdue", "超期 3 小时"),
    ],
)
def test_it_says_how_a_clock_stands(minutes, tone, text):
    deadline = NOW + timedelta(minutes=minutes)
    seen = moments.left(deadline, NOW, started=deadline - timedelta(hours=2))
    assert (seen.tone, seen.text) == (tone, text)


def test_it_judges_a_stopped_clock_at_the_moment_it_stopped():
    deadline = NOW - timedelta(days=3)
    assert moments.left(deadline, NOW, stopped=deadline).tone == "met"
    late = moments.left(deadline, NOW, stopped=deadline + timedelta(minutes=5))
    assert (late.tone, late.text) == ("late", "超期 5 分钟完成")


def test_it_never_calls_a_paused_clock_overdue():
    assert moments.left(NOW - timedelta(days=1), NOW, paused=True).tone == "paused"


@given(st.integers(0, 10**7), st.integers(1, 10**7))
def test_it_only_ever_gets_worse(elapsed, given_seconds):
    started, order = NOW, ["calm", "soon", "overdue"]
    deadline = started + timedelta(seconds=given_seconds)
    first = moments.left(deadline, started + timedelta(seconds=elapsed), started=started)
    later = moments.left(deadline, started + timedelta(seconds=elapsed + 61), started=started)
    assert order.index(first.tone) <= order.index(later.tone)


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (3, "今天 15:00"),
        (-13, "昨天 23:00"),
        (12, "明天 00:00"),
        (24 * 4, "3月9日（周一）12:00"),
        (24 * 30, "4月4日 12:00"),
        (-24 * 400, "2025年1月29日 12:00"),
    ],
)
def test_it_says_a_moment(hours, said):
    assert moments.said(NOW + timedelta(hours=hours), NOW) == said


@pytest.mark.browser
@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_it_says_the_same_in_the_browser(browser, language):
    now = int(NOW.timestamp())
    cases = [
        (now + left, now + left - notice, now)
        for left in (-90000, -3600, -59, -1, 0, 1, 59, 60, 3599, 3600, 4800, 86399, 86400, 90061)
        for notice in (0, 900, 3600)
    ]
    page = browser.new_page()
    with translation.override(language):
        page.set_content(f"<body>{json_script(spoken.spoken(), 'spoken')}")
    clock = CLOCK_JS.read_text().replace('import { t } from "./words.js";', "")
    source = CLOCK_JS.with_name("words.js").read_text() + clock
    told = page.evaluate(
        """async ([source, cases]) => {
            const module = await import(URL.createObjectURL(new Blob([source], {type: "text/javascript"})));
            return cases.map((c) => module.left(...c));
        }""",
        [source, json.loads(json.dumps(cases))],
    )
    page.close()
    for (deadline, soon_at, at), said in zip(cases, told, strict=True):
        length = timedelta(seconds=abs(deadline - at))
        with translation.override(language):
            span = moments.span(length)
            text = gettext("超期 {span}" if at > deadline else "剩余 {span}").format(span=span)
        tone = "overdue" if at > deadline else "soon" if at >= soon_at else "calm"
        assert said == {"tone": tone, "text": text}


@pytest.mark.parametrize(
    ("hours", "said"),
    [
        (3, "today 15:00"),
        (26, "tomorrow 14:00"),
        (50, "Sat 7 March, 14:00"),
        (24 * 30, "4 April, 12:00"),
        (24 * 365, "5 March 2027, 12:00"),
    ],
)
def test_it_says_a_moment_in_english(hours, said):
    with translation.override("en"):
        assert moments.said(NOW + timedelta(hours=hours), NOW) == said
