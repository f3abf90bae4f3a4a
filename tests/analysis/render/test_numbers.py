"""Report: how its numbers are written."""

import pytest

from analysis.render import numbers


@pytest.mark.parametrize(
    ("value", "digits", "said"),
    [(1.25, 1, "1.2"), (-0.04, 1, "0.0"), (-0.06, 1, "−0.1"), (0.0, 2, "0.00"), (-12.0, 0, "−12")],
)
def test_fixed(value: float, digits: int, said: str) -> None:
    assert numbers.fixed(value, digits) == said


@pytest.mark.parametrize(("share", "said"), [(0, "0.0"), (1, "100.0"), (0.4125, "41.2"), (-0.1, "−10.0")])
def test_percent(share: float, said: str) -> None:
    assert numbers.percent(share) == said


@pytest.mark.parametrize(
    ("value", "said"), [(7, "7"), (1234567, "1\u202f234\u202f567"), (2.5, "2.5"), (3.0, "3")]
)
def test_count(value: float, said: str) -> None:
    assert numbers.count(value) == said


@pytest.mark.parametrize(
    ("p", "said"), [(0.0009, "< 0.001"), (0.001, "0.001"), (0.04949, "0.049"), (1, "1.000")]
)
def test_p_value(p: float, said: str) -> None:
    assert numbers.p_value(p) == said


@pytest.mark.parametrize(("share", "said"), [(0.95, "95"), (0.999, "99.9"), (0.9, "90")])
def test_level(share: float, said: str) -> None:
    assert numbers.level(share) == said


def test_a_limit_beyond_all_bounds_is_told_as_such() -> None:
    assert [numbers.bounded(value, 1) for value in (99.95, 1000.0, 18297.0)] == [
        "100.0",
        "1000.0",
        "> 1\N{NARROW NO-BREAK SPACE}000",
    ]
