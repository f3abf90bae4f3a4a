"""Practice: pairs of which one script was damaged. Passed by seeing the damage; taste does not enter.

What is sent in practice ends as `practised`. It is never counted, and leaves its slot free for another try
and for the next rater of the seat. The feedback says what had been done to a script, and where, by what the
two pages differ in, so that it is what a reader could have seen.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from difflib import SequenceMatcher
from html.parser import HTMLParser
from itertools import count, takewhile
from math import ceil

from django.db.models import QuerySet
from django.utils.html import escape
from django.utils.translation import gettext as _

from annotations.design.extra_pairs import practice_size
from annotations.desk.progress import end_as_conflict
from annotations.desk.seats import CONFLICT, leave
from annotations.models import Assignment, Pairing, Rater, Seat, Slot, Study
from annotations.spec.study_options import pay_options, practice_options
from evalsite.core.models import record
from generation.screenplay.measure import count_han, count_words

State = Assignment.State


@dataclass(frozen=True, slots=True)
class PracticePosition:
    """Which practice pair comes next: `number` of `of`, in try `attempt` of `tries`; `needed` right pass."""

    number: int
    of: int
    attempt: int
    tries: int
    needed: int

    @property
    def is_last(self) -> bool:
        """Whether no further try follows this one."""
        return self.attempt >= self.tries

    @property
    def done(self) -> int:
        """How many pairs of this try are done."""
        return self.number - 1


@dataclass(frozen=True, slots=True)
class PracticeResult:
    """How one practice pair went. `damaged` is the side of the damaged script; `saw` whether it was found."""

    assignment: Assignment
    number: int
    of: int
    attempt: int
    damaged: str
    saw: bool


def practice_slots(seat: Seat) -> QuerySet[Slot]:
    return Slot.objects.filter(seat=seat, phase=Slot.Phase.PRACTICE).order_by("position")


def practice_assignments(rater: Rater) -> QuerySet[Assignment]:
    """What the rater has sent or skipped in practice, in order."""
    return rater.assignments.filter(state=State.PRACTISED).order_by("pk")


def current_practice(rater: Rater) -> PracticePosition | None:
    """How far the rater is in practice; None without a seat, without practice, and when it is over."""
    if practice_options(rater.study) is None or rater.practised_at or rater.turned_away_at:
        return None
    seat = Seat.objects.filter(rater=rater).first()
    if seat is None:
        return None
    of, needed, tries = _rule(rater.study, seat)
    done = practice_assignments(rater).count()
    if not of or done >= of * tries:
        return None
    return PracticePosition(number=done % of + 1, of=of, attempt=done // of + 1, tries=tries, needed=needed)


def _rule(study: Study, seat: Seat) -> tuple[int, int, int]:
    """How many pairs one try has, how many right answers pass, and how many tries there are.

    Each try has slots of its own.
    """
    rule = practice_options(study)
    needed, tries = (rule.needed, rule.tries) if rule else (0, 1)
    of = practice_size(practice_slots(seat).count(), tries)
    return of, min(needed, of), tries


def next_practice_slot(rater: Rater, seat: Seat) -> Slot | None:
    """The slot that the rater practises on next; None when practice is over. The caller holds both rows."""
    stands = current_practice(rater)
    return practice_slots(seat)[practice_assignments(rater).count()] if stands else None


def pass_over_practice(rater: Rater, seat: Seat, now: datetime) -> None:
    """End practice pairs of series that the rater worked on unseen, as far as they come next. The caller
    holds both rows."""
    while rater.conflicts and (slot := next_practice_slot(rater, seat)):
        if slot.pairing.study_brief.series_slug not in rater.conflicts:
            return
        end_as_conflict(rater, slot, State.PRACTISED, now, excluded="practice")
        conclude_practice(rater, now)


def conclude_practice(rater: Rater, now: datetime) -> None:
    """After the last pair of a try: passed, once more, or turned away, which frees the seat. The caller holds
    the rater's row."""
    seat = Seat.objects.filter(rater=rater).first()
    of, needed, tries = _rule(rater.study, seat) if seat else (0, 0, 0)
    sent = list(practice_assignments(rater))
    if not of or len(sent) % of:
        return
    ended = _round(sent[-of:], needed)
    if ended.found >= ended.needed:
        rater.practised_at = now
        rater.save(update_fields=["practised_at"])
    elif len(sent) // of >= tries:
        rater.turned_away_at = now
        rater.save(update_fields=["turned_away_at"])
        left = leave(rater, "freed", by="system", reason="practice was not passed")
        record(
            who="system",
            verb="free seat",
            about=rater.study.slug,
            rater=rater.code,
            seat=left.number if left else "",
            reason="practice was not passed",
        )


@dataclass(frozen=True, slots=True)
class PracticeRound:
    """How one try went: `found` of `of` pairs, where `needed` pass."""

    found: int
    of: int
    needed: int


def practice_round(rater: Rater, how: PracticeResult) -> PracticeRound:
    """The rater's try with this pair in it, as far as they saw it; also of a seat that is no longer
    theirs."""
    of, needed, _tries = _rule(rater.study, how.assignment.slot.seat)
    return _round(list(practice_assignments(rater)[(how.attempt - 1) * of : how.attempt * of]), needed)


def _round(sent: list[Assignment], needed: int) -> PracticeRound:
    """A try needs no more than the rater saw: pairs that a conflict hides do not count."""
    shown = [one for one in sent if one.skip_reason != CONFLICT]
    return PracticeRound(sum(saw_damage(one) for one in shown), len(shown), min(needed, len(shown)))


def damaged_side(slot: Slot) -> str:
    """left or right; empty where no answer is known."""
    if not slot.pairing.worse:
        return ""
    return "left" if (slot.pairing.worse == "first") == slot.first_on_left else "right"


def saw_damage(assignment: Assignment) -> bool:
    """Whether the undamaged script was preferred; where only scores are asked for, scored higher."""
    worse = damaged_side(assignment.slot)
    better = {"left": "right", "right": "left"}.get(worse)
    choice = assignment.judgments.filter(criterion__primary=True).values_list("choice", flat=True).first()
    if choice is not None:
        return choice == better
    scores = dict(assignment.scores.values_list("side", "value"))
    return better is not None and scores.get(better, 0) > scores.get(worse, 0)


def practice_result(rater: Rater, assignment: Assignment) -> PracticeResult:
    """How a practice pair of this rater's went, and which of them it was."""
    sent: Sequence[int] = list(practice_assignments(rater).values_list("pk", flat=True))
    of, _needed, _tries = _rule(rater.study, assignment.slot.seat)
    at = sent.index(assignment.pk)
    return PracticeResult(
        assignment=assignment,
        number=at % of + 1,
        of=of,
        attempt=at // of + 1,
        damaged=damaged_side(assignment.slot),
        saw=saw_damage(assignment),
    )


WORDS_A_MINUTE, HAN_A_MINUTE = 200, 300
"""An easy pace of reading for a person who compares."""


TO_ANSWER = 2
"""Minutes a pair for answering, and for reading the feedback."""


def practice_minutes(study: Study) -> int:
    """Minutes of one round: the study's own minutes per pair, else an estimate by what there is to read.

    0 if the study has no practice, or nothing is drawn yet.
    """
    rule, seat = practice_options(study), study.seats.order_by("pk").first()
    if rule is None or seat is None:
        return 0
    slots = Slot.objects.filter(seat=seat, phase=Slot.Phase.PRACTICE).count()
    size = practice_size(slots, rule.tries)
    if pay := pay_options(study):
        return size * pay.minutes
    pairings = Pairing.objects.filter(kind=Pairing.Kind.PRACTICE, study_brief__study=study)
    each = [_minutes(one) for one in pairings.select_related("first", "second", "study_brief")]
    if not each:
        return 0
    return ceil(size * sum(each) / len(each))


def _minutes(pairing: Pairing) -> float:
    brief = pairing.study_brief
    parts = [brief.content.get(key) or "" for key in ("outline", "guideline", "previous_context")]
    parts += [person["profile"] for person in brief.content.get("characters", [])]
    # The second script is the first one with random damage, which must not change the estimate.
    parts += [pairing.first.text] * (2 if pairing.second else 1)
    text = "\n".join(parts)
    pace = count_han(text) / HAN_A_MINUTE if brief.language == "zh" else count_words(text) / WORDS_A_MINUTE
    return TO_ANSWER + pace


MOST_SPEECHES = 3
LONGEST = 160


@dataclass(frozen=True, slots=True)
class QuotedLine:
    """What is quoted, and the words of a script; `speaker` is empty where no one says them."""

    about: str
    speaker: str
    words: str


Element = tuple[str, str]
"""A kind (cue, dialogue, action, ...) and its text."""
Speech = tuple[int, str, str]
"""The number of an element, who speaks, and the words."""


@dataclass(frozen=True, slots=True)
class DamageExplanation:
    """One sentence about what was done, and the places, each with words of a script.

    `original` and `damaged` are the elements by which the two scripts can be seen to differ, each by its
    number, counted from 0, with the remark on it: all that was cut or given to another speaker, or where
    each part begins that was moved.
    """

    what: str
    where: tuple[QuotedLine, ...] = ()
    original: Mapping[int, str] = field(default_factory=dict)
    damaged: Mapping[int, str] = field(default_factory=dict)


def explain_damage(pairing: Pairing) -> DamageExplanation:
    if pairing.second is None or not pairing.worse:
        return DamageExplanation("")
    bad, good = pairing.first, pairing.second
    if pairing.worse == "second":
        bad, good = good, bad
    lines = read_elements(good.html), read_elements(bad.html)
    kind = pairing.damage.get("kind", "")
    if kind == "cut":
        return _explain_cut(*lines)
    if kind == "swap":
        return _explain_swap(*lines)
    if kind == "shuffle":
        return _explain_shuffle(*lines)
    return DamageExplanation(_("It was deliberately damaged."))


def _explain_cut(good: Sequence[Element], bad: Sequence[Element]) -> DamageExplanation:
    """The longest part that the other script has."""
    what = _("A passage was cut, so something is missing.")
    gone = [
        (start, end, at)
        for tag, start, end, at, _to in SequenceMatcher(None, good, bad, autojunk=False).get_opcodes()
        if tag in ("delete", "replace")
    ]
    if not gone:
        return DamageExplanation(what)
    start, end, at = max(gone, key=lambda span: span[1] - span[0])
    missing = [one for one in _spoken_lines(good) if start <= one[0] < end]
    before = [one for one in _spoken_lines(good) if one[0] < start][-1:]
    after = [one for one in _spoken_lines(bad) if one[0] >= at][:1]
    where = [_quote_line(_("After"), one) for one in before]
    if missing:
        where.append(_quote_line(_("In the original, the missing part starts with"), missing[0]))
    if len(missing) > 1:
        where.append(_quote_line(_("and ends with"), missing[-1]))
    where += [_quote_line(_("In the damaged script, the next line is"), one) for one in after]
    join = {_head(bad, one[0]): _("a passage is missing here") for one in after}
    return DamageExplanation(what, tuple(where), dict.fromkeys(range(start, end), ""), join)


def _explain_swap(good: Sequence[Element], bad: Sequence[Element]) -> DamageExplanation:
    """Who says what, and to whom it was given. All speeches are in both, in one order."""
    found: list[QuotedLine] = []
    original: list[int] = []
    damaged: list[int] = []
    for right, wrong in zip(_speeches(good), _speeches(bad), strict=False):
        if right[1] == wrong[1]:
            continue
        # The name above the speech is what was changed.
        original += range(_head(good, right[0]), right[0] + 1)
        damaged += range(_head(bad, wrong[0]), wrong[0] + 1)
        if len(found) < MOST_SPEECHES:
            about = _("%(wrong)s in the damaged script, %(right)s in the original")
            names = {"wrong": wrong[1], "right": right[1]}
            found.append(QuotedLine(about % names, "", _shorten(right[2])))
    what = _("Some lines were given to the wrong character.")
    return DamageExplanation(what, tuple(found), dict.fromkeys(original, ""), dict.fromkeys(damaged, ""))


def _explain_shuffle(good: Sequence[Element], bad: Sequence[Element]) -> DamageExplanation:
    """Where the orders part: what comes before, what comes there, and what ought to."""
    what = _("Its beats are in the wrong order, so the scene no longer makes sense.")
    one, other = _spoken_lines(good), _spoken_lines(bad)
    pairs = enumerate(zip(one, other, strict=False))
    first = next((at for at, (right, wrong) in pairs if right[1:] != wrong[1:]), None)
    if first is None:
        return DamageExplanation(what)
    where = [_quote_line(_("After"), same) for same in one[:first][-1:]]
    if first:
        about = _("The damaged script continues with"), _("The original continues with")
    else:
        about = _("The damaged script begins with"), _("The original begins with")
    where += [_quote_line(about[0], other[first]), _quote_line(about[1], one[first])]
    parts = _parts(one, other)
    places = {at: number for number, (at, _to) in enumerate(sorted(parts), start=1)}
    original = {_head(good, one[at][0]): _("part %(number)s") % {"number": n} for at, n in places.items()}
    damaged = {
        _head(bad, other[to][0]): _("part %(number)s of the original") % {"number": places[at]}
        for at, to in parts
    }
    return DamageExplanation(what, tuple(where), original, damaged)


def _parts(one: Sequence[Speech], other: Sequence[Speech]) -> list[tuple[int, int]]:
    """Where each part begins that is together in both orders, first in the one, then in the other, in
    whose order they come. Of equal lines the one with more in common behind it is meant."""
    left = set(range(len(one)))
    found: list[tuple[int, int]] = []

    def together(at: int, to: int) -> int:
        pairs = zip(range(at, len(one)), range(to, len(other)), strict=False)
        alike = takewhile(lambda pair: pair[0] in left and one[pair[0]][1:] == other[pair[1]][1:], pairs)
        return sum(1 for _pair in alike)

    to = 0
    while to < len(other):
        at = max(sorted(left), key=lambda each: together(each, to), default=0)
        length = together(at, to) if left else 0
        if length:
            found.append((at, to))
            left -= set(range(at, at + length))
        to += max(length, 1)
    return found


def _head(script: Sequence[Element], at: int) -> int:
    """The element with which a speech or an action begins: that of its cue, where it has one."""
    while at and script[at][0] in ("dialogue", "paren") and script[at - 1][0] in ("cue", "paren"):
        at -= 1
    return at


def _spoken_lines(script: Sequence[Element]) -> list[Speech]:
    """Action and speeches, with the speaker's name without the brackets behind it."""
    found: list[Speech] = []
    speaker = ""
    for at, (kind, text) in enumerate(script):
        if kind == "cue":
            speaker = re.split(r"[(（]", text)[0].strip()
        elif kind == "dialogue":
            found.append((at, speaker, text))
        elif kind == "action":
            speaker = ""
            found.append((at, "", text))
    return found


def _speeches(script: Sequence[Element]) -> list[Speech]:
    return [one for one in _spoken_lines(script) if one[1]]


def _quote_line(about: str, said: Speech) -> QuotedLine:
    _at, speaker, words = said
    return QuotedLine(about, speaker, _shorten(words))


def _shorten(words: str) -> str:
    """At most LONGEST characters and a sign that there is more; no word is cut in two."""
    if len(words) <= LONGEST:
        return words
    whole, space, last = words[: LONGEST + 1].rpartition(" ")
    return (whole if space and len(last) < LONGEST // 4 else words[:LONGEST]).rstrip() + " …"


def highlight_elements(html: str, notes: Mapping[int, str], name: str) -> tuple[str, list[str]]:
    """Mark the damaged elements of a script's page.

    `notes` maps numbers of elements to a note, which may be empty; `data-damage` holds it. Also returns the
    ids of the marked places, which begin with `name`: one for each run of elements that follow one another.
    """
    at = count()
    places: list[str] = []

    def with_mark(found: re.Match[str]) -> str:
        number = next(at)
        if number not in notes:
            return found[0]
        marked = f'{found[0]} data-damage="{escape(notes[number])}"'
        if number - 1 in notes and not notes[number]:
            return marked
        places.append(f"{name}-{len(places) + 1}")
        return f'{marked} id="{places[-1]}"'

    return re.sub(r' data-o="\d+"', with_mark, html), places


def read_elements(html: str) -> list[Element]:
    """What a page shows of a script, in order (markup: generation/screenplay/render.py)."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    return [(kind, "".join(parts)) for kind, parts in reader.found]


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[tuple[str, list[str]]] = []
        self._open: list[tuple[str, bool]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "br":
            self.handle_data(" ")
            return
        given = dict(attrs)
        kinds = re.findall(r"sp-(\w+)", given.get("class") or "")
        kind = kinds[0] if kinds else self._open[-1][0] if self._open else ""
        self._open.append((kind, "data-o" in given))
        if "data-o" in given:
            self.found.append((kind, []))

    def handle_endtag(self, tag: str) -> None:
        if self._open:
            self._open.pop()

    def handle_data(self, data: str) -> None:
        if any(shown for _kind, shown in self._open):
            self.found[-1][1].append(data)
