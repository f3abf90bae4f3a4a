"""Habits of the hand that could distinguish the systems of one study.

What one script does not give away, thirty do: a rater who sees that all scripts with long dashes are good
learns to know a system by its dashes. The house layout sets some of this alike (the mark of action, colons
after names, order and labels of Chinese headings, blank lines); the rest is compared here.

The rule. A mark counts once per script: it is there or it is not. Marks that fewer than three scripts of
all systems hold, or fewer than three lack, are left out. For each other mark and each system of three
scripts or more, Fisher's exact test of its scripts
against those of all other systems; the p-values of all these tests after Holm (1979). A tell has an
adjusted p of at most 0.05. Which marks are left out follows from the totals, on which Fisher's test
conditions, so the level holds.
"""

import random
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from generation.screenplay.model import Kind, Script

LEVEL = 0.05
LEAST_SCRIPTS = 3
Test = Callable[[Script], bool]


@dataclass(frozen=True, slots=True, order=True)
class Tell:
    """One mark and one system, which is called by a letter drawn for each list of tells.

    `held` of `scripts` scripts of this system have the mark, `held_elsewhere` of `scripts_elsewhere` of the
    others; `p` is adjusted for all that was compared.
    """

    mark: str
    letter: str
    held: int
    scripts: int
    held_elsewhere: int
    scripts_elsewhere: int
    p: float


def system_tells(scripts_by_system: Mapping[str, Sequence[Script]], *, seed: int | None = None) -> list[Tell]:
    """What distinguishes the scripts of one system from all others, the surest first, from parsed scripts.

    Blind: a system appears as a letter only, drawn at each call (`seed` fixes the draw in tests).
    Scripts of one language belong in one call; systems without a script are left out.
    """
    systems = [system for system in sorted(scripts_by_system) if scripts_by_system[system]]
    if len(systems) < 2:
        return []
    counts = {system: _counts(scripts_by_system[system]) for system in systems}
    sizes = {system: len(scripts_by_system[system]) for system in systems}
    letters = _letters(systems, seed)
    # Of two systems, the one says what the other does; too few scripts of a system say nothing about it.
    tested = [system for system in systems if sizes[system] >= LEAST_SCRIPTS]
    if len(systems) == 2:
        tested = [min(systems, key=letters.__getitem__)] if len(tested) == 2 else []
    from scipy.stats import fisher_exact  # late: the web server starts without it

    rows: list[Tell] = []
    for mark in MARKS:
        total = sum(counts[system][mark] for system in systems)
        if min(total, sum(sizes.values()) - total) < LEAST_SCRIPTS:
            continue
        for system in tested:
            held, size = counts[system][mark], sizes[system]
            elsewhere, others = total - held, sum(sizes.values()) - size
            p = float(fisher_exact([[held, size - held], [elsewhere, others - elsewhere]]).pvalue)
            rows.append(Tell(mark, letters[system], held, size, elsewhere, others, p))
    return [row for row in _holm(rows) if row.p <= LEVEL]


def _counts(scripts: Sequence[Script]) -> dict[str, int]:
    return {mark: sum(test(script) for script in scripts) for mark, test in MARKS.items()}


def _letters(systems: Sequence[str], seed: int | None) -> dict[str, str]:
    letters = [chr(ord("A") + index) for index in range(len(systems))]
    chance = random.SystemRandom() if seed is None else random.Random(seed)  # noqa: S311
    chance.shuffle(letters)
    return dict(zip(systems, letters, strict=True))


def _holm(rows: list[Tell]) -> list[Tell]:
    """The rows with Holm's step-down adjusted p-values, smallest first."""
    found, reached = [], 0.0
    for index, row in enumerate(sorted(rows, key=lambda row: (row.p, row.mark, row.letter))):
        reached = max(reached, min(1.0, row.p * (len(rows) - index)))
        found.append(
            Tell(
                row.mark,
                row.letter,
                row.held,
                row.scripts,
                row.held_elsewhere,
                row.scripts_elsewhere,
                reached,
            )
        )
    return found


def _in_text(pattern: str) -> Test:
    compiled = re.compile(pattern)
    return lambda script: any(compiled.search(element.text) for element in script.elements if element.printed)


def _in(kind: Kind, pattern: str) -> Test:
    compiled = re.compile(pattern)
    return lambda script: any(compiled.search(element.text) for element in script.of(kind))


def _has(kind: Kind, form: str = "") -> Test:
    return lambda script: any(not form or element.form == form for element in script.of(kind))


_HAN = "\u3400-\u9fff"
MARKS: Mapping[str, Test] = {
    "dash: —": _in_text(r"(?<!—)—(?!—)"),
    "dash: ——": _in_text(r"——"),
    "dash: –": _in_text(r"–"),
    "dash: --": _in_text(r"(?<!-)--(?!-)"),
    "dash: spaced": _in_text(r"\s(?:—|–|--)\s"),
    "ellipsis: …": _in_text(r"(?<!…)…(?!…)"),
    "ellipsis: ……": _in_text(r"……"),
    "ellipsis: ...": _in_text(r"\.\.\."),
    "quotes: straight": _in_text('"'),
    "quotes: curly": _in_text("[“”]"),
    "quotes: corner": _in_text("[「」『』]"),
    "apostrophe: straight": _in_text(r"(?<=\w)'(?=\w)"),
    "apostrophe: curly": _in_text(r"(?<=\w)’(?=\w)"),
    "punctuation: half-width": _in_text(f"(?<=[{_HAN}])[,.!?;:]"),
    "punctuation: doubled": _in_text(r"[!?！？]{2,}"),
    "punctuation: ~": _in_text("[~～]"),
    "emphasis: * or _": _in_text(r"(?<!\w)[*_]{1,3}[^\s*_][^*_\n]*[*_]{1,3}(?!\w)"),
    "emphasis: capitals": _in(Kind.DIALOGUE, r"\b[A-Z]{4,}\b"),
    "action: names in capitals": _in(Kind.ACTION, r"\b[A-Z]{3,}(?: [A-Z]{2,})?\b(?=,? ?\(|, \d)"),
    "speech: (CONT'D)": _in(Kind.CHARACTER, r"(?i:cont)"),
    "heading: dash": _in(Kind.HEADING, r"[—–―]|--"),
    "heading: number": _in(Kind.HEADING, r"^\W*\d"),
    "heading: 第…场": _in(Kind.HEADING, r"^第"),
    "heading: small letters": _in(Kind.HEADING, r"[a-z]{3,}"),
    "heading: none": lambda script: not any(script.of(Kind.HEADING)),
    "cast line": _has(Kind.CAST),
}
"""What is looked for in what is printed, by a name for people. Habits of telling (a camera, a beat, a
semicolon) are part of what is judged, and are no marks."""
