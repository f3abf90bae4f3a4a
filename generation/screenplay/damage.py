"""A script made worse on purpose, so that there is a pair with a known answer. Pure; chance by a seed.

    damaged, what = damage(script, "cut", seed=7)      # raises TooShort

No word is invented: words are moved (`shuffle`), given to somebody else (`swap`) or taken out (`cut`). What
is done is large enough to be seen by whoever reads both scripts, by the least sizes below.

It is a fault of the scene and none of the typing, or it would be known without being read. So a mark that
somebody goes on speaking (CONT'D) stands where somebody does; two speeches of one person that have come to
stand side by side are one; a scene or a flashback that has lost all inside it is gone whole.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from hashlib import sha256
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any

from generation.screenplay.measure import count_han, count_words
from generation.screenplay.model import SPEECH, Builder, Element, Kind, Scene, Script

if TYPE_CHECKING:
    import numpy as np

KINDS = ("shuffle", "swap", "cut")
LEAST_BEATS, MOST_BEATS = 4, 7
LEAST_MOVED = 0.5
"""`shuffle`: at least four beats to a scene, none in its place or after the one that it followed, and scenes
with at least this share of the words."""
LEAST_SPEECHES, LEAST_SWAPPED, ENOUGH_SWAPPED, MOST_PASSAGE = 4, 0.25, 0.4, 8
"""`swap`: at least four speeches, and the first share of all, change their speaker; from the second on it is
enough. A passage in which two people change places has eight speeches at most."""
LEAST_BLOCKS, LEAST_CUT, MOST_CUT = 8, 0.25, 0.33
"""`cut`: of a script of at least eight blocks, this share of the words, out of the middle."""
LEAST_LENGTH = {"en": 60, "zh": 80}
"""Words or Han characters without which a script is too short for any damage."""

MOST_SEEDS, MOST_ORDERS = 20, 12

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
    from numpy.random import default_rng  # late: the web server starts without numpy

    done = ways[kind](script, default_rng([seed, KINDS.index(kind)]))
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
            beats = _reordered(script, beats, rng)
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


def _reordered(script: Script, beats: list[list[Block]], rng: np.random.Generator) -> list[list[Block]]:
    """Another order; of a few, the first in which nobody speaks on over the joint of two beats."""
    best, fewest = beats, len(beats)
    for _ in range(MOST_ORDERS):
        order = [beats[index] for index in _deranged(len(beats), rng)]
        joints = sum(_speaks_on(script, one[-1], next_[0]) for one, next_ in pairwise(order))
        if joints < fewest:
            best, fewest = order, joints
        if not fewest:
            break
    return best


def _speaks_on(script: Script, block: Block, after: Block) -> bool:
    """Whether two blocks, side by side, would be two speeches of one person."""
    one, other = (script.elements[first] for first, _ in (block, after))
    return one.kind is other.kind is Kind.CHARACTER and _speaker(one) == _speaker(other) != ""


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
    """In some passages two people say each other's lines, so that they answer what they cannot know and do
    not know their own names. A passage goes from action to action, so that nobody comes to answer himself.
    """
    passages = [part for scene in script.scenes for part in _passages(script, scene)]
    spoken = sum(len(passage) for passage in passages)
    elements, places = list(script.elements), list[Block]()
    for index in rng.permutation(len(passages)):
        if len(places) >= max(LEAST_SPEECHES, ENOUGH_SWAPPED * spoken):
            break
        for block, cue in _exchanged(script, passages[index], rng):
            elements[block[0]] = cue
            places.append(block)
    if len(places) < max(LEAST_SPEECHES, LEAST_SWAPPED * spoken):
        raise TooShort("too few people answer each other in it for speakers to be exchanged")
    return _Done(elements, len(places) / spoken, sorted(places))


def _passages(script: Script, scene: Scene) -> Iterator[list[Block]]:
    """Speeches from one action to another, as few as have two speakers; long ones in parts."""
    passage: list[Block] = []
    for block in (*_blocks(script, scene), None):
        if block is not None and _speaker(script.elements[block[0]]):
            passage.append(block)
        elif block is None or len({_speaker(script.elements[first]) for first, _ in passage}) > 1:
            yield from (passage[at : at + MOST_PASSAGE] for at in range(0, len(passage), MOST_PASSAGE))
            passage = []


def _exchanged(
    script: Script, passage: Sequence[Block], rng: np.random.Generator
) -> Iterator[tuple[Block, Element]]:
    """The speeches of two people in it, each with the other one's cue."""
    cues = {_speaker(script.elements[first]): script.elements[first] for first, _ in reversed(passage)}
    if len(cues) < 2:
        return
    names = sorted(cues)
    one, other = (names[index] for index in rng.permutation(len(names))[:2])
    of = {one: cues[other], other: cues[one]}
    for block in passage:
        if (new := of.get(_speaker(script.elements[block[0]]))) is not None:
            yield block, replace(script.elements[block[0]], text=_CONTINUED.sub("", new.text), form=new.form)


def _speaker(cue: Element) -> str:
    """Who speaks, without marks; empty where several do, or two at once, or it is no cue."""
    if cue.kind is not Kind.CHARACTER:
        return ""
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
    before = [0, *accumulate(sizes)]
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
    smooth = [each for each in choices if not _speaks_on(script, blocks[each[0] - 1], blocks[each[1]])]
    choices = smooth or choices
    first, last = choices[int(rng.integers(len(choices)))]
    gone = {index for block in blocks[first:last] for index in range(*block) if not _is_fixed(script, block)}
    gone |= {
        index
        for scene in script.scenes
        if _is_emptied(script, scene, gone)
        for index in range(scene.first, scene.last)
    }
    gone |= _emptied_flashbacks(script, gone)
    share = (before[last] - before[first]) / total
    kept = [element for index, element in enumerate(script.elements) if index not in gone]
    return _Done(kept, share, [(blocks[first][0], blocks[last - 1][1])])


def _is_emptied(script: Script, scene: Scene, gone: set[int]) -> bool:
    """Whether a scene has lost all but its heading, and had more."""
    inside = set(range(scene.first, scene.last))
    left = inside - gone
    return bool(inside & gone) and all(script.elements[index].kind in _FIXED for index in left)


def _emptied_flashbacks(script: Script, gone: set[int]) -> set[int]:
    """The marks of flashbacks between whose beginning and end nothing is left."""
    kept = [index for index in range(len(script.elements)) if index not in gone]
    return {
        index
        for one, other in pairwise(kept)
        if other > one + 1 and all(script.elements[each].form == "flashback" for each in (one, other))
        for index in (one, other)
    }


# Put together again


def _rebuilt(script: Script, elements: Sequence[Element]) -> Script:
    """A script of these elements in this order, with offsets and scenes of its own."""
    builder = Builder(script.language, script.layout)
    offset = 0
    for element in _joined(_marked(elements, _marks_who_goes_on(script))):
        builder.elements.append(replace(element, start=offset))
        offset += len(element.text) + 1
    return builder.script()


def _marks_who_goes_on(script: Script) -> bool:
    """Whether the script says CONT'D of most who speak again after an action."""
    going_on = [cue for cue, goes_on in _cues(script.elements) if goes_on]
    return 2 * sum(_CONTINUED.search(cue.text) is not None for cue in going_on) > len(going_on)


def _cues(elements: Sequence[Element]) -> Iterator[tuple[Element, bool]]:
    """Each cue, and whether its speaker was the last who spoke in the scene."""
    speaker = ""
    for element in elements:
        if element.kind is Kind.HEADING:
            speaker = ""
        if element.kind is Kind.CHARACTER:
            name = _speaker(element)
            yield element, name == speaker != ""
            speaker = name


def _marked(elements: Sequence[Element], marks: bool) -> list[Element]:
    """The elements with CONT'D at those cues at which it has to stand, and at no other."""
    going_on = iter([goes_on for _, goes_on in _cues(elements)])
    found = []
    for element in elements:
        if element.kind is Kind.CHARACTER:
            bare = _CONTINUED.sub("", element.text).strip() or element.text
            goes_on = next(going_on)
            text = element.text if goes_on and _CONTINUED.search(element.text) else bare
            element = replace(element, text=f"{bare} (CONT'D)" if goes_on and marks else text)
        found.append(element)
    return found


def _joined(elements: Sequence[Element]) -> list[Element]:
    """Without the cue of somebody who has just spoken, with nothing between: it is one speech."""
    found: list[Element] = []
    speaking = ""
    for element in elements:
        if element.kind is Kind.CHARACTER:
            cue = _CONTINUED.sub("", element.text).strip()
            if cue == speaking and _speaker(element):
                continue
            speaking = cue
        elif element.kind not in SPEECH:
            speaking = ""
        found.append(element)
    return found
