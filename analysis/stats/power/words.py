"""The planner's words: for its page in both languages, and for the terminal and power.md in English."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from analysis.stats.errors import counted
from analysis.stats.power.answer import (
    FEW,
    FLOOR,
    MOST_RATERS,
    MOST_SCENES,
    PER_PAIRING_TOO_FEW,
    Answer,
    Need,
    PlannedStudy,
    Question,
    least_sure,
)
from analysis.stats.power.closed_form import (
    CROSSED,
    DIFFERENT,
    EQUIVALENT,
    NON_INFERIOR,
    Components,
    Sizes,
    size_words,
)
from analysis.stats.power.pilot import Pilot
from analysis.stats.power.simulated import Share, affordable
from analysis.translation import SENTENCE_SEPARATORS, Text, ngettext_lazy
from analysis.translation import gettext_lazy as _

NOTHING = 1e-6  # a standard deviation that is rounding alone
CLAIM_WORDS = {
    DIFFERENT: "distinguish {rate} from 50%",
    NON_INFERIOR: "show non-inferiority at a win rate of {rate} with a margin of {margin}",
    EQUIVALENT: "show equivalence at a win rate of {rate} with a margin of {margin}",
}
MEASURES = {
    "different": "power for a difference",
    "non_inferior": "power for non-inferiority",
    "equivalent": "power for equivalence",
    "non_inferior_if_level": "power for non-inferiority of equal systems",
    "equivalent_if_level": "power for equivalence of equal systems",
    "half_width": "half-width",
}
CHANCES = {
    DIFFERENT: _("Power to distinguish %(rate)s%% from 50%%"),
    NON_INFERIOR: _("Power to show non-inferiority at %(rate)s%%"),
    EQUIVALENT: _("Power to show equivalence at %(rate)s%%"),
}
VERDICTS = {
    DIFFERENT: _(
        "Of 100 such studies, %(chance)s would distinguish %(rate)s%% from 50%%; the target is %(wanted)s."
    ),
    NON_INFERIOR: _(
        "Of 100 such studies, %(chance)s would show non-inferiority at %(rate)s%%; the target is %(wanted)s."
    ),
    EQUIVALENT: _(
        "Of 100 such studies, %(chance)s would show equivalence at %(rate)s%%; the target is %(wanted)s."
    ),
}
JUDGMENTS = ngettext_lazy("%(n)s judgment for the comparison", "%(n)s judgments for the comparison")
EACH = ngettext_lazy("%(each)s pair per rater", "%(each)s pairs per rater")


@dataclass(frozen=True)
class Row:
    """One line of the answer for one study; an empty text is what was not computed that way."""

    label: str
    closed: str
    simulated: str = ""


def _translate(text: Text, lang: str, count: int | None = None, /, **values: object) -> str:
    return text.translate(lang, count) % values


def _join(lang: str, *sentences: str) -> str:
    return SENTENCE_SEPARATORS[lang].join(sentences)


def percent(share: float, digits: int = 0, lang: str = "en") -> str:
    return _translate(_("%(share)s%%"), lang, share=f"{100 * share:.{digits}f}")


def rate_words(rate: float) -> str:
    return f"{100 * rate:g}%"


def points(width: float, lang: str = "en") -> str:
    text = _("%(points)s percentage points (%(parity)s on the parity scale)")
    return _translate(text, lang, points=f"{100 * width:.1f}", parity=f"{200 * width:.1f}")


def share_words(share: Share | None, digits: int = 0, lang: str = "en") -> str:
    """A simulated share with the limits of the simulation's error; empty where there is none."""
    if share is None:
        return ""
    text = _("%(share)s%% (%(low)s to %(high)s)")
    low, value, high = (
        f"{100 * each:.{digits}f}" for each in (share.limits[0], share.value, share.limits[1])
    )
    return _translate(text, lang, share=value, low=low, high=high)


def claim_words(question: Question) -> str:
    """`distinguish 60% from 50%`, and the like."""
    margin = "" if question.test.margin is None else f"{100 * question.test.margin:g} percentage points"
    return CLAIM_WORDS[question.test.claim].format(rate=rate_words(round(question.rate, 6)), margin=margin)


def each_words(sizes: Sizes, lang: str = "en") -> str:
    each = round(sizes.per_rater)
    return _translate(EACH, lang, each, each=f"{each:,}")


def headline(sizes: Sizes, lang: str = "en") -> str:
    """The caption of one study."""
    n = round(sizes.judgments)
    judgments = _translate(JUDGMENTS, lang, n, n=f"{n:,}")
    text = _("%(sizes)s: %(judgments)s, %(pairs)s")
    return _translate(
        text, lang, sizes=size_words(sizes, lang), judgments=judgments, pairs=each_words(sizes, lang)
    )


def simulated_words(studies: int) -> str:
    return counted(studies, "simulated study", "simulated studies")


def verdict(question: Question, planned: PlannedStudy, needs: Sequence[Need], lang: str) -> str:
    """Say whether one study is large enough, and what it lacks: `needs` are the raters for its scenes."""
    chance = question.chance(planned.sizes)
    found = _translate(
        VERDICTS[question.test.claim],
        lang,
        chance=f"{100 * chance:.0f}",
        rate=f"{100 * question.rate:g}",
        wanted=f"{100 * question.wanted:g}",
    )
    if question.test.claim == DIFFERENT and not question.difference:
        return _translate(_("There is no difference to detect. Enter another win rate."), lang)
    if chance >= question.wanted:
        return _join(lang, found, _translate(_("This size is enough."), lang))
    lacks = [need_reason(need, question, lang) for need in needs if need.sizes is None]
    more = _("With this many scenes, you need %(raters)s raters.")
    lacks += [_translate(more, lang, raters=need.raters) for need in needs if need.sizes is not None]
    return _join(lang, found, _translate(_("This size is not enough."), lang), *lacks)


def enough(needs: Sequence[Need], lang: str) -> str:
    """Name two sizes that are enough: the one with the fewest scenes and the one with the fewest raters."""
    found = [need.sizes for need in needs if need.sizes is not None]
    if not found:
        none = _("None of these sizes is enough. Use more series or scenes, or look for a larger difference.")
        return _translate(none, lang)
    first = min(found, key=lambda sizes: (sizes.scenes, sizes.raters))
    second = min(found, key=lambda sizes: (sizes.raters, sizes.scenes))
    bracketed = _("%(text)s (%(more)s)")
    named = [
        _translate(bracketed, lang, text=size_words(sizes, lang), more=each_words(sizes, lang))
        for sizes in dict.fromkeys((first, second))
    ]
    return _translate(
        _("For example, these sizes would be enough: %(sizes)s."),
        lang,
        sizes=_translate(_("; or "), lang).join(named),
    )


def rows(question: Question, planned: PlannedStudy, lang: str = "en") -> Iterator[Row]:
    """All that is answered about one study."""
    closed, simulated = planned.closed, planned.simulated
    level = f"{100 * question.test.level:g}"
    told = _translate(CHANCES[DIFFERENT], lang, rate=f"{100 * question.rate:g}")
    yield Row(
        told if question.difference else _translate(_("Probability of a false positive"), lang),
        percent(closed.different, lang=lang),
        share_words(simulated.different if simulated else None, lang=lang),
    )
    width = simulated.half_width if simulated else None
    yield Row(
        _translate(_("Half-width of the %(level)s%% interval"), lang, level=level),
        points(closed.half_width, lang),
        "" if width is None else points(width, lang),
    )
    yield Row(
        _translate(_("Coverage of the %(level)s%% interval"), lang, level=level),
        "",
        share_words(simulated.covered if simulated else None, 1, lang),
    )
    error = _translate(_("%(points)s percentage points"), lang, points=f"{100 * closed.error:.1f}")
    yield Row(_translate(_("Standard error of the win rate"), lang), error)
    smallest = _translate(_("none: too few raters or scenes"), lang)
    if closed.smallest is not None:
        smallest = _translate(_("%(rate)s%% or more"), lang, rate=f"{50 + 100 * closed.smallest:.1f}")
    wanted = _("Win rate detectable with %(wanted)s%% power")
    yield Row(_translate(wanted, lang, wanted=f"{100 * question.wanted:g}"), smallest)
    yield Row(
        _translate(_("Half-width near 50%%, with any number of raters"), lang),
        _translate(_("at least %(points)s"), lang, points=points(closed.floor, lang)),
    )
    yield from _claim_rows(question, planned, lang)


def _claim_rows(question: Question, planned: PlannedStudy, lang: str) -> Iterator[Row]:
    for suffix, rate in (("", question.rate), ("_if_level", 0.5)):
        for name, claim in (("non_inferior", NON_INFERIOR), ("equivalent", EQUIVALENT)):
            value = getattr(planned.closed, name + suffix)
            if value is not None and (question.difference or not suffix):
                share = getattr(planned.simulated, name + suffix, None)
                label = _translate(CHANCES[claim], lang, rate=f"{100 * rate:g}")
                yield Row(label, percent(value, lang=lang), share_words(share, lang=lang))


def remarks(planned: PlannedStudy, lang: str = "en") -> Iterator[str]:
    """What has to be said about any study beside its rows."""
    if min(planned.sizes.raters, planned.sizes.clusters) < FEW:
        few = _("With fewer than %(few)s raters, scenes or series, intervals are unreliable.")
        yield _translate(few, lang, few=FEW)
    if planned.differ:
        differ = _(
            "The calculation and the simulation differ by more than the simulation error. Rely on the"
            " simulation."
        )
        yield _translate(differ, lang)


def further_remarks(question: Question, planned: PlannedStudy) -> Iterator[str]:
    """What the terminal and power.md add: what is unsure, and what the simulation lacks."""
    unsure, simulated = least_sure(question, planned.sizes), planned.simulated
    if unsure is not None:
        name, chance = unsure
        yield (
            f"The pilot is uncertain: if the standard deviation between {name} is at the upper end of its"
            f" interval, the power is {percent(chance)}."
        )
    if simulated is None:
        return
    if planned.differ:
        yield f"Calculation and simulation differ in: {', '.join(MEASURES[name] for name in planned.differ)}."
    if simulated.without:
        yield f"{simulated.without} of the simulated studies had no interval and count as failures."
    if simulated.studies < question.studies:
        yield f"{simulated.studies} of {question.studies} studies were simulated."


def left_unsimulated(question: Question, planned: PlannedStudy) -> str | None:
    """Why a study is too large to be simulated."""
    batches = 2 if question.test.margin is not None and question.difference else 1
    if affordable(planned.sizes, question.studies, batches):
        return None
    sizes = planned.sizes
    return f"Too large to simulate: {sizes.rows:,} judgments by {sizes.raters:,} raters per study."


def need_cells(need: Need) -> tuple[str, ...]:
    """Scenes, series, raters, pairs a rater, judgments, chance: one row of the table of what is needed."""
    sizes = need.sizes
    cells = [need.scenes if sizes is None else sizes.scenes, need.series]
    cells += [need.raters if sizes is None else sizes.raters]
    texts = ["-" if cell is None else str(cell) for cell in cells]
    if sizes is None:
        return (*texts, "", "", percent(need.chance))
    return (*texts, f"{sizes.per_rater:.0f}", f"{sizes.judgments:.0f}", percent(need.chance))


NEED_HEADER = ("scenes", "series", "raters", "pairs per rater", "judgments", "power")


def need_reason(need: Need, question: Question, lang: str = "en") -> str:
    """Why there is no number, and what to take more of; empty where there is one."""
    series = bool(question.series or question.assumed.series)
    more = _translate(_("Use more series.") if series else _("Use more scenes."), lang)
    if need.reason == FLOOR:
        scenes = _("No number of scenes is enough.")
        raters = _("With this many scenes, no number of raters is enough.")
        return _join(lang, _translate(scenes if need.scenes is None else raters, lang), more)
    if need.reason == PER_PAIRING_TOO_FEW:
        text = ngettext_lazy(
            "Not enough with %(now)s rater per pair; %(better)s would be enough.",
            "Not enough with %(now)s raters per pair; %(better)s would be enough.",
        )
        return _translate(text, lang, question.per_pairing, now=question.per_pairing, better=need.per_pairing)
    if need.reason:
        scenes, raters = (
            _("Even %(most)s scenes would not be enough."),
            _("Even %(most)s raters would not be enough."),
        )
        if need.scenes is None:
            return _join(lang, _translate(scenes, lang, most=MOST_SCENES), more)
        return _join(lang, _translate(raters, lang, most=MOST_RATERS), more)
    return ""


def need_note(question: Question) -> str:
    """What the chance means where no number stands."""
    most = f"{MOST_SCENES} scenes" if question.raters else f"{MOST_RATERS} raters"
    what = "scenes" if question.raters else "raters"
    return f"Sizes below {FEW} {what} are not considered. If there is no number, the power is that of {most}."


def need_heading(question: Question) -> str:
    what = "scenes" if question.raters else "raters"
    return f"Fewest {what} to {claim_words(question)} with {percent(question.wanted)} power"


def assumptions(question: Question) -> Iterator[str]:
    """What both answers take for granted, in words and numbers."""
    logits, at_half, at_rate = question.assumed, question.assumed.components(), question.components
    source = "estimated from the pilot" if question.pilot else "assumed, not measured"
    yield (
        f"The variation between raters, scenes and series is {source}. For two equal systems, the standard"
        f" deviation of the win rate is {_sds(at_half)}."
    )
    if question.difference:
        yield f"At a win rate of {rate_words(round(question.rate, 6))}, it is {_sds(at_rate)}."
    yield (
        f"In logits per system: {logits.raters:.2f} between raters, {logits.scenes:.2f} between"
        f" scenes, {logits.series:.2f} between series. The left script has an advantage of"
        f" {logits.left_bias:.2f}; {percent(logits.ties, 1)} of judgments are ties for all scripts."
    )
    yield _design(question)
    series = bool(question.series) or (bool(logits.series) and not question.sized)
    yield (
        f"Raters and {'series' if series else 'scenes'} are samples: intervals are clustered by rater and"
        f" {'series' if series else 'scene'}, two-sided at {rate_words(question.test.level)}, with"
        " Student's t. The degrees of freedom are the smaller of the two numbers minus one. No rater"
        " drops out, and every"
        " judgment counts."
    )


def _sds(components: Components) -> str:
    within = " of a series" if components.series > NOTHING else ""
    return (
        f"{100 * components.raters:.1f} percentage points between raters, {100 * components.scenes:.1f}"
        f" between scenes{within} and {100 * components.series:.1f} between series"
    )


def _design(question: Question) -> str:
    systems = f"{question.systems} systems" + (
        "" if question.systems == 2 else "; the contrast is between the first and the last"
    )
    if question.design == CROSSED:
        return f"{systems}; every rater judges one pair for every scene."
    return f"{systems}; {counted(question.per_pairing, 'rater')}, assigned at random to each pair."


def pilot_words(pilot: Pilot) -> Iterator[str]:
    """What the pilot holds, and how sure its components are."""
    judgments, raters = counted(pilot.judgments, "judgment"), counted(pilot.raters, "rater")
    of = f"{judgments} by {raters} on {counted(pilot.scenes, 'scene')}"
    series = "" if pilot.series is None else f" from {pilot.series} series"
    yield f"Pilot: {of}{series}, {', '.join(pilot.contrasts)}."
    for name, found in pilot.estimates.items():
        below = "; the estimate was negative and is set to zero" if found.variance < 0 else ""
        yield (
            f"Standard deviation of the win rate between {name}: {100 * found.sd:.1f} percentage points"
            f" (95% interval {100 * found.low:.1f} to {100 * found.high:.1f}){below}."
        )


STUDY_HEADER = (
    "raters",
    "scenes",
    "series",
    "pairs per rater",
    "power",
    "simulated",
    "half-width",
    "simulated",
)


def study_cells(question: Question, planned: PlannedStudy) -> tuple[str, ...]:
    """One row of the table of several studies."""
    sizes, closed, simulated = planned.sizes, planned.closed, planned.simulated
    name, share = question.test.claim.replace("-", "_"), planned.asked(question)
    width = simulated.half_width if simulated else None
    return (
        str(sizes.raters),
        str(sizes.scenes),
        "-" if sizes.series is None else str(sizes.series),
        f"{sizes.per_rater:.0f}",
        percent(getattr(closed, name)),
        "" if share is None else share_words(share),
        f"{100 * closed.half_width:.1f}",
        "" if width is None else f"{100 * width:.1f}",
    )


def last_word(found: Answer) -> str:
    """How far the answer can be trusted."""
    if any(planned.simulated for planned in found.studies):
        return (
            f"Simulated studies use seed {found.question.seed} and are analysed like a real study. In"
            " brackets: 95% interval of the simulation error."
        )
    return "These numbers are from a closed form. Simulate the study before fixing a plan."
