"""A script made worse on purpose, so that there is a pair with a known answer. Pure; chance by a seed.

    damaged, what = damage(script, "cut", seed=7)      # raises TooShort

No word is invented: words are moved (`shuffle`), given to somebody else (`swap`) or taken out (`cut`). What
is done is large enough to be seen by whoever reads both scripts, by the least sizes below. Where a cue says
that somebody goes on speaking (CONT'D) and no longer does, that mark goes too, for it would be a fault of
typing and no fault of the scene.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import pairwise
from typing import Any

import numpy as np

from generation.screenplay.measure import count_han, count_words
from generation.screenplay.model import SPEECH, Builder, Element, Kind, Scene, Script

KINDS = ("shuffle", "swap", "cut")
LEAST_BEATS, MOST_BEATS = 4, 7
LEAST_MOVED = 0.5
"""`shuffle`: at least four beats to a scene, none in its place or after the one that it followed, and scenes
with at least this share of the words."""
LEAST_SPEECHES, LEAST_SWAPPED = 4, 0.25
"""`swap`: at least four speeches, and this share of all, change their speaker."""
LEAST_BLOCKS, LEAST_CUT, MOST_CUT = 8, 0.25, 0.4
"""`cut`: of a script of at least eight blocks, this share of the words, out of the middle."""
LEAST_LENGTH = {"en": 60, "zh": 80}
"""Words or Han characters without which a script is too short for any damage."""

MOST_SEEDS = 20

_FIXED = frozenset({Kind.HEADING, Kind.CAST, Kind.TRANSITION})
_FIXED_FORMS = frozenset({"flashback", "section", "synopsis"})
_CONTINUED = re.compile(r"\s*[(（]\s*CONT[’'.]?D?\s*[)）]", re.IGNORECASE)

Block = tuple[int, int]
"""A cue with all that is said under it (two cues side by side are one), or one other element: the first of
the elements, and the end, not included."""


class TooShort(ValueError):
    """The script has too little of what would be damaged; the message says of what."""


@dataclass(frozen=True, slots=True)
class Damage:
    """What was done. `places` are spans of the original script, by elements (from 0, the end not included)
    and lines of its source: the beats in their new order, pairs of speeches, or the part that was cut.
    `share` is the part of the words (of the speeches, for `swap`) that it touched.
    """

    kind: str
    seed: int
    share: float
    places: tuple[dict[str, list[int]], ...]

    def as_json(self) -> dict[str, Any]:
        """For `Pairing.damage`."""
        where = [dict(place) for place in self.places]
        return {"kind": self.kind, "seed": self.seed, "share": self.share, "where": where}


def damage(script: Script, kind: str, seed: int) -> tuple[Script, Damage]:
    """The damaged script and what was done to it; the same for the same script, kind and seed.

    Raises TooShort, and ValueError for a kind that is none.
    """
    ways: dict[str, Callable[[Script, np.random.Generator], _Done]] = {
        "shuffle": _shuffle,
        "swap": _swap,
        "cut": _cut,
    }
    if kind not in ways:
        raise ValueError(f"unknown damage {kind!r}: {', '.join(KINDS)}")
    length = sum(_length(script, (element,)) for element in script.elements)
    if length < LEAST_LENGTH[script.language]:
        unit = "Han characters" if script.language == "zh" else "words"
        raise TooShort(f"it has {length} {unit}, and {LEAST_LENGTH[script.language]} are needed")
    done = ways[kind](script, np.random.default_rng([seed, KINDS.index(kind)]))
    places = tuple(_place(script, first, last) for first, last in done.places)
    return _rebuilt(script, done.elements), Damage(kind, seed, round(done.share, 3), places)


def damage_by_name(script: Script, kind: str, name: str) -> tuple[Script, Damage]:
    """The one damage of a kind that has a name: the same for the same name. Raises TooShort.

    Seeds that follow from the name are tried until one will do: where little can be done, few of them will.
    """
    last = TooShort("nothing was tried")
    for attempt in range(MOST_SEEDS):
        try:
            return damage(script, kind, int(sha256(f"{name} {kind} {attempt}".encode()).hexdigest()[:12], 16))
        except TooShort as error:
            last = error
    raise last


@dataclass(frozen=True, slots=True)
class _Done:
    elements: list[Element]
    share: float
    places: list[Block]


def _place(script: Script, first: int, last: int) -> dict[str, list[int]]:
    lines = [element.line for element in script.elements[first:last]]
    return {"elements": [first, last], "lines": [min(lines), max(lines)]}


def _length(script: Script, elements: Sequence[Element]) -> int:
    count = count_han if script.language == "zh" else count_words
    return sum(count(element.text) for element in elements if element.printed)


def _blocks(script: Script, scene: Scene) -> list[Block]:
    found: list[Block] = []
    for index in range(scene.first, scene.last):
        element = script.elements[index]
        before = script.elements[index - 1] if found else None
        goes_on = before is not None and (
            (element.kind in (Kind.PARENTHETICAL, Kind.DIALOGUE) and before.kind in SPEECH)
            or (element.dual == "right" and before.dual != "")
        )
        if goes_on:
            found[-1] = (found[-1][0], index + 1)
        else:
            found.append((index, index + 1))
    return found


def _is_fixed(script: Script, block: Block) -> bool:
    first = script.elements[block[0]]
    return first.kind in _FIXED or first.form in _FIXED_FORMS


# Beats in another order


def _shuffle(script: Script, rng: np.random.Generator) -> _Done:
    order: list[Block] = []
    places: list[Block] = []
    moved = 0
    for scene in script.scenes:
        every = _blocks(script, scene)
        blocks = [block for block in every if not _is_fixed(script, block)]
        if len(blocks) >= 2 * LEAST_BEATS:
            count = min(MOST_BEATS, len(blocks) // 2)
            ends = [len(blocks) * part // count for part in range(count + 1)]
            beats = [blocks[start:end] for start, end in pairwise(ends)]
            beats = [beats[index] for index in _deranged(count, rng)]
            now = iter([block for beat in beats for block in beat])
            # Headings and what else marks a place in the script stay where they were.
            every = [block if _is_fixed(script, block) else next(now) for block in every]
            places += [(beat[0][0], beat[-1][1]) for beat in beats]
            moved += sum(_length(script, script.elements[first:last]) for first, last in blocks)
        order += every
    share = moved / max(_length(script, script.elements), 1)
    if share < LEAST_MOVED:
        raise TooShort(f"no scene of it has {2 * LEAST_BEATS} speeches and actions that could change places")
    elements = [element for first, last in order for element in script.elements[first:last]]
    return _Done(elements, share, places)


def _deranged(count: int, rng: np.random.Generator) -> list[int]:
    """An order of `count` things in which none stands in its place or after the one that it followed.

    There is one for four or more.
    """
    while True:
        order = [int(each) for each in rng.permutation(count)]
        if all(place != each for place, each in enumerate(order)) and all(
            after != before + 1 for before, after in pairwise(order)
        ):
            return order


# Speakers exchanged


def _swap(script: Script, rng: np.random.Generator) -> _Done:
    """Neighbouring speeches of two people exchange their cues, about every second pair of them that there
    is, so that people answer themselves and do not know their own names."""
    cues = [
        block
        for scene in script.scenes
        for block in _blocks(script, scene)
        if script.elements[block[0]].kind is Kind.CHARACTER and _speaker(script.elements[block[0]])
    ]
    pairs: list[tuple[Block, Block]] = []
    at = int(rng.integers(2))
    while at + 1 < len(cues):
        here, there = cues[at], cues[at + 1]
        names = [_speaker(script.elements[first]) for first, _ in (here, there)]
        same_scene = script.scene_at(script.elements[here[0]].start) == script.scene_at(
            script.elements[there[0]].start
        )
        if names[0] != names[1] and same_scene:
            pairs.append((here, there))
            at += 1 + int(rng.integers(1, 3))
        at += 1
    needed = max(LEAST_SPEECHES, LEAST_SWAPPED * len(cues))
    if 2 * len(pairs) < needed:
        raise TooShort("too few people answer each other in it for speakers to be exchanged")
    elements = list(script.elements)
    for (one, _), (other, _) in pairs:
        first, second = elements[one], elements[other]
        elements[one] = replace(first, text=second.text, form=second.form)
        elements[other] = replace(second, text=first.text, form=first.form)
    return _Done(elements, 2 * len(pairs) / len(cues), [span for pair in pairs for span in pair])


def _speaker(cue: Element) -> str:
    """Who speaks, without marks; empty where several do, or two at once."""
    name = re.split(r"[(（]", cue.text)[0].strip().casefold()
    return "" if cue.dual or re.search(r"[、,，/&]", name) else name


# A part taken out


def _cut(script: Script, rng: np.random.Generator) -> _Done:
    blocks = [block for scene in script.scenes for block in _blocks(script, scene)]
    if len(blocks) < LEAST_BLOCKS:
        raise TooShort(f"it has {len(blocks)} speeches and actions, and {LEAST_BLOCKS} are needed for a cut")
    sizes = [
        0 if _is_fixed(script, block) else _length(script, script.elements[block[0] : block[1]])
        for block in blocks
    ]
    total = sum(sizes)
    before = np.concatenate([[0], np.cumsum(sizes)])
    choices = [
        (first, last)
        for first in range(1, len(blocks) - 2)
        for last in range(first + 2, len(blocks))
        if LEAST_CUT <= (before[last] - before[first]) / total <= MOST_CUT
        and before[first] >= total / 4
        and before[last] <= total * 0.85
        and sizes[first]
        and sizes[last - 1]
    ]
    if not choices:
        raise TooShort("a quarter of it cannot be cut out of its middle: its speeches are too long")
    first, last = choices[int(rng.integers(len(choices)))]
    gone = {index for block in blocks[first:last] for index in range(*block) if not _is_fixed(script, block)}
    gone |= {
        index
        for scene in script.scenes
        if _is_emptied(script, scene, gone)
        for index in range(scene.first, scene.last)
    }
    share = float(before[last] - before[first]) / total
    kept = [element for index, element in enumerate(script.elements) if index not in gone]
    return _Done(kept, share, [(blocks[first][0], blocks[last - 1][1])])


def _is_emptied(script: Script, scene: Scene, gone: set[int]) -> bool:
    """Whether a scene has lost all but its heading, and had more."""
    inside = set(range(scene.first, scene.last))
    left = inside - gone
    return bool(inside & gone) and all(script.elements[index].kind in _FIXED for index in left)


# Put together again


def _rebuilt(script: Script, elements: Sequence[Element]) -> Script:
    """A script of these elements in this order, with offsets and scenes of its own."""
    builder = Builder(script.language, script.layout)
    offset, speaker = 0, ""
    for element in elements:
        if element.kind is Kind.HEADING:
            speaker = ""
        if element.kind is Kind.CHARACTER:
            name = _speaker(element)
            if name != speaker or not name:
                element = replace(element, text=_CONTINUED.sub("", element.text).strip() or element.text)
            speaker = name
        builder.elements.append(replace(element, start=offset))
        offset += len(element.text) + 1
    return builder.script()
