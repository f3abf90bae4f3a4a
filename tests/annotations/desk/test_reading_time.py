"""Desk, reading time: measurements of several pages are merged, and invalid ones dropped."""

from typing import Any

import pytest

from annotations.desk.answers import merge_measures


def test_everything_only_grows() -> None:
    first = merge_measures({}, {"seconds": 40, "read-left": 30.5, "seen-left": "f0", "read-first": "right"})
    both = merge_measures(first, {"seconds": 12, "read-left": 31, "seen-left": "0f", "read-first": "left"})
    assert both == {"seconds": 40, "read-left": 31, "seen-left": "ff", "read-first": "right"}


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [],
        "seconds",
        {"seconds": -1},
        {"seconds": "9"},
        {"seconds": True},
        {"seconds": float("nan")},
        {"seconds": 1e9},
        {"share-left": 1.1},
        {"seen-left": "xyz"},
        {"seen-left": "f" * 17},
        {"read-first": "up"},
        {"colour": 1},
    ],
)
def test_nonsense_is_left_out(sent: Any) -> None:
    assert merge_measures({"seconds": 3}, sent) == {"seconds": 3}


def test_devices_that_are_read_on_in_turns_add_up() -> None:
    """The second began at the first's 20 s; each tells its own again and again, and one answer gets lost."""
    phone, desk = "a" * 16, "b" * 16
    told: list[tuple[str, float]] = [(phone, 20), (desk, 10), (desk, 10), (phone, 50), (desk, 30)]
    found: dict[str, Any] = {}
    for page, own in told:
        found = merge_measures(
            found, {"seconds": 999, "page": page, "own": {"seconds": own, "switches": own / 10}}
        )
    assert (found["seconds"], found["switches"]) == (80, 8)
    for nonsense in ({"page": "x"}, {"own": 3}, {"own": {"seconds": -1}}):
        sent = {"seconds": 70, "page": desk, "own": {"seconds": 30}, **nonsense}
        assert merge_measures(found, sent)["seconds"] == 80
