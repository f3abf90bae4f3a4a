"""What two pages measured is joined, and nonsense is left out."""

from typing import Any

import pytest

from annotations.reading import joined


def test_everything_only_grows() -> None:
    first = joined({}, {"seconds": 40, "read-left": 30.5, "seen-left": "f0", "read-first": "right"})
    both = joined(first, {"seconds": 12, "read-left": 31, "seen-left": "0f", "read-first": "left"})
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
    assert joined({"seconds": 3}, sent) == {"seconds": 3}
