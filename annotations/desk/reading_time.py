"""What the page measures while somebody reads: seconds in view, how much of each script, which came first.

It is kept with the unsent answer, so that a reload, a crash or another device goes on counting where the last
one stopped. Everything in it only grows. A page tells how much it has measured itself since it was loaded
(`own`, under a code of its own), so that times of two devices that are read on in turns add up, and what is
told twice counts once.
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
SUMMED = ("seconds", "read-left", "read-right", "switches")
MOST_PAGES = 100
"""Pages of one assignment whose own measures are told apart; of more, the largest total stands."""
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
_PAGE = re.compile(r"[0-9a-f]{16}", re.ASCII)
_MASK = re.compile(rf"[0-9a-f]{{1,{PARTS // 4}}}", re.ASCII)


def assignment_measures(reading: Mapping[str, Any]) -> dict[str, Any]:
    """What is known, by the columns of an assignment; what is not known is not there."""
    found = {column: reading[name] for name, column in MEASURES.items() if name in reading}
    return found | ({"switches": int(found["switches"])} if "switches" in found else {})


def merge_measures(before: Mapping[str, Any], sent: object) -> dict[str, Any]:
    """What is known after a page has sent its measures; what makes no sense is left out."""
    found = dict(before)
    if not isinstance(sent, Mapping):
        return found
    added = _added(found, sent)
    for name, limit in LIMITS.items():
        if name in added:
            found[name] = min(limit, round(found.get(name, 0) + added[name], 3))
        elif _is_measure(value := sent.get(name), limit):
            found[name] = max(value, found.get(name, 0))
    for name in MASKS:
        value = sent.get(name)
        if isinstance(value, str) and _MASK.fullmatch(value):
            found[name] = f"{int(value, 16) | int(found.get(name, '0'), 16):x}"
    if sent.get("read-first") in ("left", "right"):
        found.setdefault("read-first", sent["read-first"])
    return found


def _added(found: dict[str, Any], sent: Mapping[str, Any]) -> dict[str, float]:
    """How much a page has measured since it last told, by name and noted in `found`; {} if silent."""
    page, own = sent.get("page"), sent.get("own")
    pages: dict[str, dict[str, float]] = dict(found.get("pages", {}))
    if not isinstance(page, str) or not _PAGE.fullmatch(page) or not isinstance(own, Mapping):
        return {}
    if page not in pages and len(pages) >= MOST_PAGES:
        return {}
    told = {name: own[name] for name in SUMMED if _is_measure(own.get(name), LIMITS[name])}
    before = pages.get(page, {})
    found["pages"] = pages | {page: before | {name: max(told[name], before.get(name, 0)) for name in told}}
    return {name: max(told[name] - before.get(name, 0), 0) for name in told}


def _is_measure(value: object, limit: float) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value <= limit
