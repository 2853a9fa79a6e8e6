from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clockhouse.task.errors import Error, InvalidPolicy
from clockhouse.task.policy import LONGEST_DELAY, Backoff, CatchUp, CatchUpMode, Overlap, Retry


def seconds(count: float) -> timedelta:
    return timedelta(seconds=count)


def test_one_attempt_means_no_retry():
    assert Retry().delay_after(1) is None


def test_a_fixed_delay_stays():
    retry = Retry(attempts=4, delay=seconds(3))
    assert [retry.delay_after(attempt) for attempt in range(1, 6)] == [seconds(3)] * 3 + [None, None]


def test_an_exponential_delay_doubles_up_to_its_cap():
    retry = Retry(attempts=6, delay=seconds(1), backoff=Backoff.EXPONENTIAL, max_delay=seconds(5))
    assert [retry.delay_after(attempt) for attempt in range(1, 7)] == [*map(seconds, (1, 2, 4, 5, 5)), None]


@given(
    attempts=st.integers(1, 10**9),
    delay=st.timedeltas(timedelta(), LONGEST_DELAY),
    backoff=st.sampled_from(Backoff),
    attempt=st.integers(1, 10**9),
)
def test_a_delay_is_never_longer_than_the_longest_nor_shorter_than_the_first(attempts, delay, backoff, attempt):
    wait = Retry(attempts, delay, backoff).delay_after(attempt)
    assert wait is None if attempt >= attempts else delay <= wait <= LONGEST_DELAY


@pytest.mark.parametrize(
    ("field", "values"),
    [
        ("attempts", {"attempts": 0}),
        ("attempts", {"attempts": True}),
        ("attempts", {"attempts": 1.5}),
        ("delay", {"delay": seconds(-1)}),
        ("delay", {"delay": 3}),
        ("delay", {"delay": timedelta(days=366)}),
        ("backoff", {"backoff": "linear"}),
        ("max_delay", {"delay": seconds(5), "max_delay": seconds(4)}),
    ],
)
def test_a_retry_that_cannot_be_is_refused_by_field(field, values):
    with pytest.raises(InvalidPolicy) as refused:
        Retry(**values)
    assert refused.value.field == field
    assert isinstance(refused.value, Error)


def test_attempts_are_counted_from_one():
    with pytest.raises(ValueError, match="from 1"):
        Retry(attempts=3).delay_after(0)


@pytest.mark.parametrize(
    ("field", "values"),
    [("mode", {"mode": "some"}), ("within", {"within": seconds(-1)}), ("grace", {"grace": seconds(-1)})],
)
def test_a_catch_up_that_cannot_be_is_refused_by_field(field, values):
    with pytest.raises(InvalidPolicy) as refused:
        CatchUp(**values)
    assert refused.value.field == field


def test_policies_take_the_stored_words_of_their_choices():
    assert CatchUp(mode="all").mode is CatchUpMode.ALL
    assert Retry(backoff="exponential").backoff is Backoff.EXPONENTIAL
    assert [str(each) for each in Overlap] == ["allow", "skip", "buffer_one", "buffer_all", "cancel_other"]
