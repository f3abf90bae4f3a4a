"""A table of scores with exactly the marginals that the source paper prints.

Mean scores 3.43, 6.69, 6.95, 8.06 and 9.75; best of the four machines on 0, 4, 4 and 24 of 32 scenes.
"""

from typing import Any

RATERS, SCENES = 25, 32
# The sum over all raters and scenes: the mean times 25 times 32.
TOTALS = {"qwen": 2744, "claude": 5352, "gemini": 5560, "dsr": 6448, "human": 7800}
# The sums of single scenes that decide which machine is the best there; all other scenes share the rest.
DECIDED = {
    "claude": dict.fromkeys(range(4), 200),
    "gemini": dict.fromkeys(range(4, 8), 200),
    "dsr": dict.fromkeys(range(8), 180),
}


def paper_scores() -> list[dict[str, Any]]:
    """Every rater scores every system's script of every scene, from 1 to 12, rows as of `tables.SCORES`."""
    return [
        {"study": "paper", "item": f"scene{scene:02}", "series": f"series{scene // 8}", "language": "zh"}
        | {"rater": f"rater{rater:02}", "rater_kind": "person", "position": scene + 1}
        | {"context": "single", "side": "", "system": system, "scale_min": 1, "scale_max": 12}
        | {"score": score}
        for system in TOTALS
        for scene, total in enumerate(_of_scenes(system))
        for rater, score in enumerate(_of_raters(total, scene))
    ]


def _of_scenes(system: str) -> list[int]:
    decided = DECIDED.get(system, {})
    others = [scene for scene in range(SCENES) if scene not in decided]
    shares = _split(TOTALS[system] - sum(decided.values()), len(others))
    return [total for _, total in sorted([*decided.items(), *zip(others, shares, strict=True)])]


def _of_raters(total: int, scene: int) -> list[int]:
    """Scores with this sum: half of the raters are stricter by one point, half are milder."""
    scores = _split(total, RATERS)
    scores = scores[scene % RATERS :] + scores[: scene % RATERS]
    half = RATERS // 2
    return [score + (1 if at < half else -1 if at < 2 * half else 0) for at, score in enumerate(scores)]


def _split(total: int, parts: int) -> list[int]:
    """Whole numbers that differ by at most one."""
    return [(total + at) // parts for at in range(parts)]
