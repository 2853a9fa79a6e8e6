"""Configurations are complete and of the declared types, or refused setting by setting."""

from __future__ import annotations

from datetime import timedelta

import pytest

from clockhouse.errors import Invalid
from clockhouse.kit import Secret
from clockhouse.kit.declared import Setting
from clockhouse.model.deployment import Limits, check_limits, checked
from clockhouse.task import Retry

URL = Setting("url", "text")
TIMES = Setting("times", "integer", required=False, default=3)
TOKEN = Setting("token", "secret")


def refused(settings, given):
    with pytest.raises(Invalid) as error:
        checked(settings, given)
    return error.value.fields


def test_values_are_taken_as_the_types_that_are_declared():
    assert checked((URL, TIMES), {"url": "http://shop", "times": "5"}) == {"url": "http://shop", "times": 5}


@pytest.mark.parametrize("left_out", [{}, {"times": None}, {"times": ""}], ids=["absent", "null", "empty"])
def test_what_is_left_out_has_its_default(left_out):
    assert checked((URL, TIMES), {"url": "http://shop", **left_out}) == {"url": "http://shop", "times": 3}


@pytest.mark.parametrize("given", [{}, {"url": None}, {"url": ""}], ids=["absent", "null", "empty"])
def test_what_has_no_default_is_asked_for(given):
    assert refused((URL,), given) == {"configuration.url": "This has no default: give a value."}


def test_every_wrong_value_is_told_at_once():
    fields = refused((URL, TIMES), {"times": "many", "unknown": 1})
    assert set(fields) == {"configuration.url", "configuration.times", "configuration.unknown"}
    assert fields["configuration.unknown"] == "The code declares no such setting."


def test_a_secret_is_one_from_then_on():
    values = checked((TOKEN,), {"token": "s3cr3t"})
    assert isinstance(values["token"], Secret)
    assert "s3cr3t" not in repr(values)


def test_a_secret_that_was_kept_stays_one():
    kept = Secret("s3cr3t")
    assert checked((TOKEN,), {"token": kept})["token"].reveal() == "s3cr3t"


@pytest.mark.parametrize("time_out", [None, timedelta(seconds=0.1), timedelta(days=30)])
def test_limits_within_reason_are_taken(time_out):
    check_limits(Limits(time_out, Retry(100)))


@pytest.mark.parametrize(
    ("limits", "field"),
    [
        (Limits(timedelta(seconds=0.09)), "time_out_s"),
        (Limits(timedelta(days=30, microseconds=1)), "time_out_s"),
        (Limits(None, Retry(101)), "retry.attempts"),
    ],
)
def test_limits_without_reason_are_refused_by_name(limits, field):
    with pytest.raises(Invalid) as error:
        check_limits(limits)
    assert set(error.value.fields) == {field}
