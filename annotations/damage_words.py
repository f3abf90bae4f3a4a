"""What had been done to a damaged script, and where, in the reader's language.

Told by what the two texts differ in, so that it is what a reader could have seen.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from django.utils.translation import gettext as _

from annotations.models import Pairing

MOST_SPEECHES = 3
LONGEST = 160
ASIDE = 14
Line = tuple[str, str]
"""What is quoted, and the words of the script."""


@dataclass(frozen=True, slots=True)
class Told:
    """One sentence about what was done, and the places, each with words of the script."""

    what: str
    where: tuple[Line, ...] = ()


def damage_told(pairing: Pairing) -> Told:
    if pairing.second is None or not pairing.worse:
        return Told("")
    bad, good = pairing.first, pairing.second
    if pairing.worse == "second":
        bad, good = good, bad
    lines = _lines(good.text), _lines(bad.text)
    kind = pairing.damage.get("kind", "")
    if kind == "cut":
        return Told(_("A part was taken out of it, so that something is missing."), _cut(*lines))
    if kind == "swap":
        return Told(_("Some speeches were given to the wrong person."), _swapped(*lines))
    if kind == "shuffle":
        return Told(_("Its beats were put into another order, so that it no longer follows."), _moved(*lines))
    return Told(_("It was damaged on purpose."))


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def _cut(good: Sequence[str], bad: Sequence[str]) -> tuple[Line, ...]:
    """The longest part that the other script has."""
    gone = [
        (start, end)
        for tag, start, end, _from, _to in SequenceMatcher(None, good, bad, autojunk=False).get_opcodes()
        if tag in ("delete", "replace")
    ]
    if not gone:
        return ()
    start, end = max(gone, key=lambda span: span[1] - span[0])
    found = [(_("Missing, from"), _short(good[start])), (_("up to"), _short(good[end - 1]))]
    return tuple(found[: 1 if end - start == 1 else 2])


def _swapped(good: Sequence[str], bad: Sequence[str]) -> tuple[Line, ...]:
    """Who says what, and who said it."""
    found: list[Line] = []
    for at, (right, wrong) in enumerate(zip(good, bad, strict=False)):
        if right != wrong and len(found) < MOST_SPEECHES:
            # A few words in brackets stand between a name and what is said.
            said = " ".join(good[at + 1 : at + (3 if len(" ".join(good[at + 1 : at + 2])) < ASIDE else 2)])
            about = _("Given to %(wrong)s; it is %(right)s who says") % {"wrong": wrong, "right": right}
            found.append((about, _short(said)))
    return tuple(found)


def _moved(good: Sequence[str], bad: Sequence[str]) -> tuple[Line, ...]:
    """Where the orders part: what comes first there, and what ought to."""
    for right, wrong in zip(good, bad, strict=False):
        if right != wrong:
            return ((_("It goes on with"), _short(wrong)), (_("where this belongs"), _short(right)))
    return ()


def _short(words: str) -> str:
    return words if len(words) <= LONGEST else words[:LONGEST].rstrip() + " …"
