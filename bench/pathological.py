"""Repetitive texts of 60,000 characters, as looping models write them, beside a plain scene of that length.

For each step that a script goes through (import, parse, house layout, leak scan, measures), the texts that
take the most CPU time. No text should take more than 20 times as long as the plain one in any step.
"""

import time
from collections.abc import Callable
from contextlib import suppress
from typing import Any

from bench import size
from bench.results import Result
from evalsite.core.errors import InputErrors
from generation.screenplay import parse
from generation.screenplay.child_side import InvalidInput
from generation.screenplay.formats.read_text import read_text
from generation.screenplay.formats.reading import understand
from generation.screenplay.house import house
from generation.screenplay.leaks.scanning import scan
from generation.script_metrics.measures import BriefText, measure_text

LENGTH = size(60_000, 600)
WORST = 5
UNITS = (
    ". ", "1.", "1. ", '"', "'", "“", "(", "（", ")", "[", "【", "{", "<", "*", "_", "`", "|", "-", "—", "…",
    ":", "：", "△", "\n", " ", "　", "a ", "a", "A ", "1", "我", "一 ", "1-1 ", "方案", "version 1 ", "“a”",
    "’a", "(a) ", "【一】", "A: b\n", "乔安：好。\n", "△她走。\n", "乔：\n", "A\nb\n\n", "INT. A - DAY\n\n",
    "1-1　门　日　内\n", "- a\n", "\u200b", "Д", "http://a.com ", "a.com", "1\"", "如果改版。",
    "乔{}：好。以下是剧本：\n△乔{}走。\n", "乔{}：我是人工智能。\n△机器乔{}走。\n",
    "JO {}\nYes. As an AI I know.\n\nJo {}, a robot, walks.\n\n",
)  # fmt: skip
PLAIN = {
    "en": "INT. MILL - DAY\n\nWater turns the wheel. Jo waits, and counts.\n\nJO\nIt still turns.\n\n",
    "zh": "1-1　磨坊　日　内\n\n△水推着轮子转。乔安等着。\n乔安：还在转。\n△她数着。\n",
}
BRIEF = ("JO", "乔安")


def main() -> list[Result]:
    results = []
    for language in PLAIN:
        # The last reading counts: the first one compiles patterns and loads models.
        plain = [_times(PLAIN[language], language) for _ in range(3)][-1]
        times = {unit: _times(unit, language) for unit in UNITS}
        for step, usual in plain.items():
            worst = sorted(times, key=lambda unit: -times[unit].get(step, 0.0))[:WORST]
            for unit in worst:
                took = times[unit].get(step, 0.0)
                name = f"{language} {step}: {unit!r}"
                results.append(Result(name, 1000 * took, "ms", took / usual, "a plain text"))
    return results


def _times(unit: str, language: str) -> dict[str, float]:
    """CPU seconds of each step for a text that repeats one unit ({} is a number)."""
    text = "".join(unit.replace("{}", str(number)) for number in range(LENGTH // len(unit) + 1))
    head = PLAIN[language] + ("△" if language == "zh" else "")
    text = (head + text)[:LENGTH]
    brief = BriefText(language, 600, BRIEF, PLAIN[language])
    took: dict[str, float] = {}
    with suppress(InputErrors, InvalidInput):
        _timed(took, "import", lambda: understand("plain", read_text(text.encode()), language))
    try:
        script: Any = _timed(took, "parse", lambda: parse(text, language))
        _timed(took, "house", lambda: house(script))
        _timed(took, "measures", lambda: measure_text(script, brief))
    except InputErrors:
        pass  # a refused text is only scanned
    _timed(took, "scan", lambda: scan(text, language))
    return took


def _timed[T](took: dict[str, float], step: str, work: Callable[[], T]) -> T:
    began = time.process_time()
    done = work()
    took[step] = time.process_time() - began
    return done
