import pytest
from hypothesis import given
from hypothesis import strategies as st

from shaodao.ground.clocks import Limit

KINDS = st.sampled_from(["natural", "working", "extended", "duty"])


@pytest.mark.parametrize(
    ("text", "limit"),
    [
        ("15m", Limit(15, "minute")),
        ("15 minutes natural", Limit(15, "minute")),
        ("2h working", Limit(2, "hour", "working")),
        (" 2 Hours  working ", Limit(2, "hour", "working")),
        ("1 hour duty", Limit(1, "hour", "duty")),
        ("3d", Limit(3, "day")),
        ("1wd", Limit(1, "workday", "working")),
        ("1 workday working", Limit(1, "workday")),
    ],
)
def test_it_reads_a_limit(text, limit):
    assert Limit.parse(text) == limit


@given(
    st.builds(Limit, st.integers(1, 999_999), st.sampled_from(["minute", "hour"]), KINDS)
    | st.builds(Limit, st.integers(1, 999_999), st.sampled_from(["day", "workday"]))
)
def test_it_reads_back_what_it_writes(limit):
    assert Limit.parse(str(limit)) == limit


@pytest.mark.parametrize(
    "text",
    [
        "",
        "2",
        "h",
        "2x",
        "-1h",
        "1.5h",
        "0m",
        "2h lunar",
        "2d working",
        "1wd extended",
        "1wd duty",
        "2 h h h",
        "２h",
    ],
)
def test_it_refuses_what_is_no_limit(text):
    with pytest.raises(ValueError, match=r".+"):
        Limit.parse(text)


@pytest.mark.parametrize("amount", [0, -1, 1.5, True, "2"])
def test_it_refuses_an_amount_that_is_no_count(amount):
    with pytest.raises(ValueError, match="whole units"):
        Limit(amount, "hour")


def test_it_refuses_unknown_words():
    with pytest.raises(ValueError, match="fortnight"):
        Limit(1, "fortnight")
    with pytest.raises(ValueError, match="lunar"):
        Limit(1, "hour", "lunar")


def test_a_workday_counts_on_office_hours_and_has_no_fixed_length():
    assert Limit(1, "workday").calendar == "working"
    assert str(Limit(1, "workday")) == "1wd"
    with pytest.raises(KeyError):
        Limit(1, "workday").seconds  # noqa: B018
