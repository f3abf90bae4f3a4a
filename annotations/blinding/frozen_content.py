"""What freezing fixed of a study, and how that differs from the frozen digest. Pure.

The site reads it from its tables (`frozen_check`), `python -m analysis.stats verify` from a bundle.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any, NamedTuple

import msgspec

from annotations.blinding.frozen_digest import frozen_digest, pairing_key
from annotations.blinding.seeded_draw import add_extras, extras_draw_input, main_draw_input, main_slots
from annotations.design import SeatPlan, SlotPlan
from annotations.design.extra_pairs import ORIGINAL
from annotations.design.inputs import Origin
from annotations.spec import forfeits
from annotations.spec.values import StudySpec, as_json, from_json
from evalsite.core.digests import canonical_json, json_digest

MAIN, PRACTICE = "main", "practice"
NO_DRAW = (msgspec.ValidationError, ValueError, LookupError, TypeError, AttributeError, ArithmeticError)
"""What drawing raises for a plan that no study can have. Such a plan was written past the platform."""
FOLDER = "frozen/"
"""Of a bundle, with the files that `as_files` makes."""
RECORD = f"{FOLDER}record.json"
"""What proves the answers: `judgment_digests.provable_record`."""


def gettext_noop(text: str) -> str:
    """Mark a text for the catalogue; the site translates it on the page."""
    return text


MESSAGES: Mapping[str, str] = {
    "plan": gettext_noop("the stored plan of the study was changed after freezing."),
    "nonce": gettext_noop("the nonce of the draw was changed after freezing."),
    "text": gettext_noop("the text of entry {code} was changed after freezing."),
    "length": gettext_noop("the length of entry {code} was changed after freezing."),
    "lost": gettext_noop("the sealed record of entry {code} is missing."),
    "added": gettext_noop("there is a sealed record for entry {code}, but the study has no such entry."),
    "other": gettext_noop(
        "the sealed record of entry {code} links a system to a script that it didn't write."
    ),
    "swapped": gettext_noop("the sealed record of entry {code} points to a script with a different text."),
    "slot": gettext_noop("the slot at position {position} of seat {seat} is not the one that was drawn."),
    "seat": gettext_noop("seat {seat} has other languages or criteria than those that were drawn."),
    "damage": gettext_noop("the recorded damage of the pair with entry {code} was changed after freezing."),
    "brief": gettext_noop("the brief {slug} was changed after freezing."),
    "draw": gettext_noop("the stored plan and briefs no longer give a draw."),
    "trail": gettext_noop("the frozen digest is not the one in the audit trail."),
    "unrecorded": gettext_noop("the audit trail has no line about the freezing of this study."),
    "digest": gettext_noop("the digest of the stored content differs from the frozen digest."),
}


@dataclass(frozen=True, slots=True)
class Difference:
    """Something that is not as it was frozen: a key of `MESSAGES`, what its text names, and the brief."""

    code: str
    brief: str = ""
    params: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        return MESSAGES[self.code].format(**self.params)


class FrozenBrief(msgspec.Struct, frozen=True):
    slug: str
    language: str
    series_slug: str
    order: int
    role: str
    content_digest: str

    @property
    def facts(self) -> list[Any]:
        """What the frozen digest covers."""
        return [self.slug, self.language, self.series_slug, self.order, self.role, self.content_digest]


class FrozenEntry(msgspec.Struct, frozen=True):
    """`digest` covers code, text and HTML, `text_digest` the text alone."""

    code: str
    brief: str
    digest: str
    text_digest: str
    length: int


class FrozenSlot(msgspec.Struct, frozen=True):
    """`first` and `second` are codes of entries in canonical order; `second` is empty for a single script."""

    seat: int
    phase: str
    position: int
    brief: str
    kind: str
    first: str
    second: str
    first_on_left: bool
    worse: str = ""
    damage: dict[str, Any] = {}

    @property
    def left(self) -> str:
        return self.first if self.first_on_left or not self.second else self.second

    @property
    def right(self) -> str:
        return self.second if self.first_on_left else self.first


class FrozenSeat(msgspec.Struct, frozen=True):
    number: int
    languages: list[str]
    criteria: list[str]


class FrozenStudy(msgspec.Struct, frozen=True):
    """Everything that the frozen digest is made of.

    `spec` is the study file as stored, `second` the (brief, system) that have a second sample, `sealed` what
    each entry is.
    """

    slug: str
    spec: dict[str, Any]
    spec_digest: str
    frozen_digest: str
    seed: int
    nonce: str
    briefs: list[FrozenBrief]
    second: list[tuple[str, str]]
    entries: list[FrozenEntry]
    sealed: list[Origin]
    seats: list[FrozenSeat]
    slots: list[FrozenSlot]

    @property
    def origins(self) -> dict[str, Origin]:
        return {origin.entry: origin for origin in self.sealed}


PARTS: Mapping[str, tuple[str, ...]] = {
    "study": ("slug", "spec", "spec_digest", "frozen_digest"),
    "entries": ("entries",),
    "sealed": ("sealed",),
    "draw": ("seed", "nonce", "briefs", "second", "seats", "slots"),
}


def as_files(content: FrozenStudy) -> dict[str, Any]:
    """The content as JSON values, by the name of the file in a bundle."""
    value = msgspec.to_builtins(content)
    return {f"{FOLDER}{name}.json": {key: value[key] for key in keys} for name, keys in PARTS.items()}


def from_files(read: Callable[[str], Any]) -> FrozenStudy:
    """The content of a bundle; `read` gives the JSON value of a file.

    Raises
    ------
    msgspec.ValidationError
        A file does not hold what `as_files` writes.
    """
    value: dict[str, Any] = {}
    for name in PARTS:
        value |= msgspec.convert(read(f"{FOLDER}{name}.json"), dict[str, Any])
    return msgspec.convert(value, FrozenStudy)


@dataclass(frozen=True, slots=True)
class Draws:
    """The main draw, and what raters get with all that is placed around it."""

    main: tuple[SeatPlan, ...]
    seats: tuple[SeatPlan, ...]
    has_extras: bool


def draw_again(content: FrozenStudy) -> Draws:
    """Draw from the stored plan, briefs, seed and nonce.

    Raises
    ------
    NO_DRAW
        The plan is not one that a study can have.
    """
    plan = canonical_json(content.spec)
    return _draws(plan, content.seed, content.nonce, tuple(content.briefs), tuple(content.second))


@lru_cache(maxsize=8)
def _draws(
    plan: str, seed: int, nonce: str, briefs: tuple[FrozenBrief, ...], second: tuple[tuple[str, str], ...]
) -> Draws:
    """Remembered, because each download of a table checks the study again."""
    spec = from_json(json.loads(plan))
    given = main_draw_input(spec, briefs)
    wanted = extras_draw_input(spec, briefs, second)
    main = main_slots(given, seed, nonce)
    seats = add_extras(spec, given, wanted, main, seed, nonce)
    return Draws(main, seats, not wanted.is_empty)


def find_differences(
    content: FrozenStudy,
    *,
    changed_nonce: bool = False,
    compare_texts: Callable[[], list[Difference]] = list,
) -> list[Difference]:
    """Compute the frozen digest again, and name what differs.

    Parameters
    ----------
    content : what is stored now.
    changed_nonce : whether the nonce is known not to be the one that was committed to.
    compare_texts : finds entries and briefs that are not those of the stored scripts and briefs; called if
        the digest differs and the sealed records do not say why.

    Returns
    -------
    list of Difference
        Empty if all is as it was frozen. No message names a system.
    """
    if json_digest(content.spec) != content.spec_digest:
        return [Difference("plan")]
    try:
        spec = from_json(content.spec)
        draws = draw_again(content)
    except NO_DRAW:
        return [Difference("draw"), Difference("digest")]
    moved = [*_changed_seats(content, draws), *_changed_slots(content, spec, draws)]
    if content.frozen_digest in stored_digests(content, draws):
        return moved
    # The most telling reason first: a swapped system also moves every slot that shows its script.
    found = [Difference("nonce")] if changed_nonce else list(_changed_origins(content, spec))
    found = found or compare_texts()
    found = found or moved
    return [*found, Difference("digest")]


def drawn_places(seats: Iterable[SeatPlan]) -> Iterator[tuple["Place", SlotPlan]]:
    """Each drawn slot with its seat, phase and position."""
    for seat in seats:
        for phase, plans in ((PRACTICE, seat.practice), (MAIN, seat.slots)):
            for plan in plans:
                yield Place(seat.number, phase, plan.position), plan


class Place(NamedTuple):
    """Where a slot is."""

    seat: int
    phase: str
    position: int


class _Cell(NamedTuple):
    """One slot, as drawn and as stored."""

    brief: str
    kind: str
    first: str
    second: str
    first_on_left: bool


def slots_by_place(slots: Sequence[FrozenSlot]) -> dict[Place, FrozenSlot]:
    return {Place(slot.seat, slot.phase, slot.position): slot for slot in slots}


def stored_digests(content: FrozenStudy, draws: Draws) -> Iterator[str]:
    """The digest, and the one that studies frozen before version 0.4 have, which covers less."""
    slots = slots_by_place(content.slots)
    known_worse = {
        pairing_key(plan): [*pairing_key(plan), slots[place].worse, slots[place].damage]
        for place, plan in drawn_places(draws.seats)
        if place in slots and slots[place].worse
    }
    common: dict[str, Any] = {
        "spec": content.spec_digest,
        "entries": [entry.digest for entry in content.entries],
        "origins": content.sealed,
        "draw": draws.main,
        "nonce": content.nonce,
        "seats": draws.seats if draws.has_extras else (),
        "known_worse": list(known_worse.values()),
    }
    lengths = [[entry.code, entry.length] for entry in content.entries]
    yield frozen_digest(**common, lengths=lengths, briefs=[brief.facts for brief in content.briefs])
    yield frozen_digest(**common)


def _changed_origins(content: FrozenStudy, spec: StudySpec) -> Iterator[Difference]:
    """Rows that are lost, added, or pair a system with the script of another one."""
    stored, origins = {entry.code: entry for entry in content.entries}, content.origins
    for code in sorted(stored.keys() - origins):
        yield Difference("lost", stored[code].brief, {"code": code})
    for code in sorted(origins.keys() - stored.keys()):
        yield Difference("added", "", {"code": code})
    for code in sorted(stored.keys() & origins.keys()):
        entry, origin = stored[code], origins[code]
        if origin.script_digest not in _script_digests(spec, entry, origin.system):
            yield Difference("other", entry.brief, {"code": code})


def _script_digests(spec: StudySpec, entry: FrozenEntry, system: str) -> set[str]:
    """The digests that may be sealed beside a system for the brief of an entry."""
    brief, materials = entry.brief, spec.materials
    _kind, is_outside, text = system.partition(":")
    if is_outside:
        original = materials.warmup[brief].script if brief in materials.warmup else ""
        return {original if text == ORIGINAL else entry.text_digest}
    found = {materials.scripts.get(brief, {}).get(system), materials.second.get(brief, {}).get(system)}
    return {digest for digest in found if digest is not None}


def _changed_seats(content: FrozenStudy, draws: Draws) -> Iterator[Difference]:
    drawn = {plan.number: (list(plan.reads), list(plan.criteria)) for plan in draws.seats}
    stored = {seat.number: (seat.languages, seat.criteria) for seat in content.seats}
    for number in sorted(drawn.keys() | stored.keys()):
        if drawn.get(number) != stored.get(number):
            yield Difference("seat", "", {"seat": number})


def _changed_slots(content: FrozenStudy, spec: StudySpec, draws: Draws) -> Iterator[Difference]:
    """Slots that are not where the draw puts them, systems included."""
    drawn = {
        place: _Cell(plan.brief, plan.kind, plan.first, plan.second, plan.first_on_left)
        for place, plan in drawn_places(draws.seats)
    }
    slots, origins = slots_by_place(content.slots), content.origins
    briefs = {entry.code: entry.brief for entry in content.entries}

    def system(slot: FrozenSlot, code: str, samples: Mapping[str, Mapping[str, str]]) -> str:
        """The system of an entry; empty where the entry is none that such a slot can show."""
        origin = origins.get(code)
        if origin is None or briefs.get(code) != slot.brief:
            return ""
        is_outside = ":" in origin.system
        known = samples.get(slot.brief, {}).get(origin.system)
        return origin.system if is_outside or origin.script_digest == known else ""

    def cell(slot: FrozenSlot) -> _Cell:
        first, second = spec.materials.scripts, spec.materials.scripts
        if slot.kind == "same":
            second = spec.materials.second
        return _Cell(
            slot.brief,
            slot.kind,
            system(slot, slot.first, first),
            system(slot, slot.second, second),
            slot.first_on_left,
        )

    for place in sorted(drawn.keys() | slots.keys()):
        if drawn.get(place) != (cell(slots[place]) if place in slots else None):
            yield Difference("slot", "", {"seat": place.seat, "position": place.position})


def plan_of_content(content: FrozenStudy) -> StudySpec:
    """The study file. Raises msgspec.ValidationError where it is none."""
    return from_json(content.spec)


def plan_json(content: FrozenStudy) -> dict[str, Any]:
    """The study file as JSON values, with every key that a study file has."""
    return as_json(plan_of_content(content))


def missing_slots(content: FrozenStudy) -> dict[str, forfeits.Forfeit]:
    """The drawn slots without a pair because a script is missing, by a code in place of the assignment's."""
    gone = forfeits.missing_scripts(plan_of_content(content))
    return {each.code: each for each in forfeits.find_forfeits(draw_again(content).main, gone)}
