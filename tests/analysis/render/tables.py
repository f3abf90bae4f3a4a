"""Small invented tables as the command line reads them, the same at every call."""

import csv
import random
from collections.abc import Iterator
from itertools import combinations
from pathlib import Path
from typing import Any

SYSTEMS = ("dsr", "direct", "outline", "human")
WORTH = {"dsr": 0.5, "direct": -0.4, "outline": -0.7, "human": 0.9}
JUDGMENTS = (
    "study", "item", "series", "language", "rater", "rater_kind", "position", "criterion", "left_system",
    "right_system", "choice", "kind", "excluded",
)  # fmt: skip
SCORES = (
    "study", "item", "series", "language", "rater", "rater_kind", "position", "context", "side", "system",
    "score", "scale_min", "scale_max",
)  # fmt: skip
MARKS = ("study", "item", "rater", "system", "class", "scene", "start", "end")


def judgments(
    *, raters: int = 10, items: int = 8, rater_kind: str = "person", criteria: tuple[str, ...] = ("overall",),
    languages: tuple[str, ...] = ("en",), seed: int = 5,
) -> list[dict[str, Any]]:  # fmt: skip
    """Every rater judges one pair of every item, in every criterion."""
    chance = random.Random(seed)
    pairs = list(combinations(SYSTEMS, 2))
    rows = []
    for rater, item in _crossed(raters, items):
        first, second = pairs[(rater + item) % len(pairs)]
        left, right = (first, second) if (rater + item // 2) % 2 else (second, first)
        for criterion in criteria:
            edge = WORTH[left] - WORTH[right] + chance.gauss(0, 1)
            choice = "tie" if abs(edge) < 0.2 else "left" if edge > 0 else "right"
            rows.append(
                _where(rater, item, rater_kind, languages)
                | {"criterion": criterion, "left_system": left, "right_system": right, "choice": choice}
                | {"kind": "main", "excluded": ""}
            )
    return rows


def scores(
    *, raters: int = 10, items: int = 8, languages: tuple[str, ...] = ("en",), seed: int = 6
) -> list[dict[str, Any]]:
    """Every rater scores every system's script of every item, from 1 to 12."""
    chance = random.Random(seed)
    return [
        _where(rater, item, "person", languages)
        | {"context": "single", "side": "", "system": system, "scale_min": 1, "scale_max": 12}
        | {"score": max(1, min(12, round(6.5 + 2 * WORTH[system] + chance.gauss(0, 1))))}
        for rater, item in _crossed(raters, items)
        for system in SYSTEMS
    ]


def marks(*, raters: int = 10, items: int = 8, seed: int = 7) -> list[dict[str, Any]]:
    """A mark now and then, more often where the script is worse."""
    chance = random.Random(seed)
    classes = ("plot", "character", "pacing")
    return [
        {"study": "harbour", "item": f"i{item}", "rater": f"r{rater}", "system": system, "class": kind}
        | {"scene": 1, "start": 10, "end": 20}
        for rater, item in _crossed(raters, items)
        for system in SYSTEMS
        for kind in classes
        if chance.random() < 0.15 - 0.1 * WORTH[system]
    ]


def _crossed(raters: int, items: int) -> Iterator[tuple[int, int]]:
    return ((rater, item) for rater in range(raters) for item in range(items))


def _where(rater: int, item: int, rater_kind: str, languages: tuple[str, ...]) -> dict[str, Any]:
    return {
        "study": "harbour",
        "item": f"i{item}",
        "series": f"s{item % 4}",
        "language": languages[item % len(languages)],
        "rater": f"r{rater}",
        "rater_kind": rater_kind,
        "position": item + 1,
    }


def write(path: Path, columns: tuple[str, ...], rows: list[dict[str, Any]]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, columns, lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path
