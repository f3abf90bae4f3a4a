"""What the page measures while somebody reads: seconds in view, how much of each script, which came first.

It is kept with the unsent answer, so that a reload, a crash or another device goes on counting where the last
one stopped. Everything in it only grows: what two pages sent is joined by taking the larger number.
"""

import re
from collections.abc import Mapping
from typing import Any

A_DAY = 24 * 3600.0
PARTS = 64
"""A script counts in that many equal parts of its height; a bit of its mask says that one was in view."""
LIMITS: Mapping[str, float] = {
    "seconds": A_DAY,
    "read-left": A_DAY,
    "read-right": A_DAY,
    "share-left": 1.0,
    "share-right": 1.0,
    "switches": 100_000,
}
MASKS = ("seen-left", "seen-right")
MEASURES: Mapping[str, str] = {
    "seconds": "seconds",
    "read-left": "read_left_s",
    "read-right": "read_right_s",
    "share-left": "share_read_left",
    "share-right": "share_read_right",
    "read-first": "read_first",
    "switches": "switches",
}
"""What an assignment keeps of it, by the name of the column."""
_MASK = re.compile(rf"[0-9a-f]{{1,{PARTS // 4}}}", re.ASCII)


def as_measured(reading: Mapping[str, Any]) -> dict[str, Any]:
    """What is known, by the columns of an assignment; what is not known is not there."""
    found = {column: reading[name] for name, column in MEASURES.items() if name in reading}
    return found | ({"switches": int(found["switches"])} if "switches" in found else {})


def joined(before: Mapping[str, Any], sent: object) -> dict[str, Any]:
    """What is known after a page has sent its measures; what makes no sense is left out."""
    found = dict(before)
    if not isinstance(sent, Mapping):
        return found
    for name, limit in LIMITS.items():
        value = sent.get(name)
        if isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= limit:
            found[name] = max(value, found.get(name, 0))
    for name in MASKS:
        value = sent.get(name)
        if isinstance(value, str) and _MASK.fullmatch(value):
            found[name] = f"{int(value, 16) | int(found.get(name, '0'), 16):x}"
    if sent.get("read-first") in ("left", "right"):
        found.setdefault("read-first", sent["read-first"])
    return found
