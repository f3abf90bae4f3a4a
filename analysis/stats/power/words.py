"""The planner's answer in words and rows, for terminal and Markdown alike."""

from collections.abc import Iterator
from dataclasses import dataclass

from analysis.stats.faults import counted
from analysis.stats.power.answer import (
    FEW,
    FLOOR,
    MOST_RATERS,
    MOST_SCENES,
    PER_PAIRING_TOO_FEW,
    Answer,
    Need,
    Planned,
    Question,
    least_sure,
    size_words,
)
from analysis.stats.power.closed_form import DIFFERENT, EQUIVALENT, NON_INFERIOR
from analysis.stats.power.components import Components
from analysis.stats.power.pilot import Pilot
from analysis.stats.power.simulated import Share, affordable
from analysis.stats.power.sizes import CROSSED, Sizes

NOTHING = 1e-6  # a standard deviation that is rounding alone
CLAIM_WORDS = {
    DIFFERENT: "tell {rate} from 50 %",
    NON_INFERIOR: "show a win rate of {rate} not inferior at a margin of {margin}",
    EQUIVALENT: "show a win rate of {rate} equivalent at a margin of {margin}",
}
MEASURES = {
    "different": "the chance to tell the difference",
    "non_inferior": "the chance of a claim of non-inferiority",
    "equivalent": "the chance of a claim of equivalence",
    "non_inferior_if_level": "the chance of non-inferiority of equals",
    "equivalent_if_level": "the chance of equivalence of equals",
    "half_width": "the half-width",
}


@dataclass(frozen=True)
class Row:
    """One line of the answer for one study; an empty text is what was not computed that way."""

    label: str
    closed: str
    simulated: str = ""


def percent(share: float, digits: int = 0) -> str:
    return f"{100 * share:.{digits}f} %"


def rate_words(rate: float) -> str:
    return f"{100 * rate:g} %"


def points(width: float) -> str:
    return f"{100 * width:.1f} points of win rate ({200 * width:.1f} of parity)"


def claim_words(question: Question, claim: str | None = None, rate: float | None = None) -> str:
    """`tell 60 % from 50 %`, and the like."""
    margin = "" if question.test.margin is None else f"{100 * question.test.margin:g} points"
    return CLAIM_WORDS[claim or question.test.claim].format(
        rate=rate_words(round(question.rate if rate is None else rate, 6)), margin=margin
    )


def headline(sizes: Sizes) -> str:
    judgments, pairs = counted(round(sizes.judgments), "judgment"), counted(round(sizes.per_rater), "pair")
    return f"{size_words(sizes)}: {judgments} of the contrast, {pairs} a rater"


def simulated_words(studies: int) -> str:
    return f"{counted(studies, 'study', 'studies')} simulated"


def rows(question: Question, planned: Planned) -> Iterator[Row]:
    """All that is answered about one study."""
    closed, simulated = planned.closed, planned.simulated
    level = rate_words(question.test.level)
    told = claim_words(question, DIFFERENT) if question.difference else "call the two different, wrongly"
    yield Row(
        f"chance to {told}",
        percent(closed.different),
        "" if simulated is None else share_words(simulated.different),
    )
    yield Row(f"half-width of the {level} interval", points(closed.half_width), _width(planned))
    yield Row(
        f"{level} interval holds the truth",
        "",
        "" if simulated is None else share_words(simulated.covered, 1),
    )
    yield Row("standard error of the win rate", f"{100 * closed.error:.1f} points")
    wanted = percent(question.wanted)
    found = "nothing: too few raters or scenes"
    if closed.smallest is not None:
        found = f"{percent(0.5 + closed.smallest, 1)} or more"
    yield Row(f"win rate told from 50 % with a chance of {wanted}", found)
    yield Row("half-width about 50 %, any number of raters", f"not under {points(closed.floor)}")
    yield from _claim_rows(question, planned)


def _claim_rows(question: Question, planned: Planned) -> Iterator[Row]:
    for suffix, rate in (("", question.rate), ("_if_level", 0.5)):
        if suffix and not question.difference:
            continue
        for name, claim in (("non_inferior", NON_INFERIOR), ("equivalent", EQUIVALENT)):
            value = getattr(planned.closed, name + suffix)
            if value is not None:
                share = getattr(planned.simulated, name + suffix) if planned.simulated else None
                yield Row(
                    f"chance to {claim_words(question, claim, rate)}",
                    percent(value),
                    "" if share is None else share_words(share),
                )


def share_words(share: Share, digits: int = 0) -> str:
    low, high = share.limits
    return f"{percent(share.value, digits)} ({100 * low:.{digits}f} to {100 * high:.{digits}f})"


def _width(planned: Planned) -> str:
    simulated = planned.simulated
    if simulated is None or simulated.half_width is None:
        return ""
    return points(simulated.half_width)


def remarks(question: Question, planned: Planned) -> Iterator[str]:
    """What has to be said about one study beside its rows."""
    sizes, simulated = planned.sizes, planned.simulated
    few = [
        f"{count} {noun}"
        for count, noun in (
            (sizes.raters, "raters"),
            (sizes.clusters, "series" if sizes.series else "scenes"),
        )
        if count < FEW
    ]
    if few:
        yield f"With {' and '.join(few)} no interval can be relied on: {FEW} are the least."
    unsure = least_sure(question, sizes)
    if unsure is not None:
        name, chance = unsure
        yield (
            f"The pilot leaves this open: were the standard deviation between {name} at the upper end of its"
            f" interval, the chance would be {percent(chance)}."
        )
    if simulated is None:
        return
    if planned.differ:
        named = ", ".join(MEASURES[name] for name in planned.differ)
        yield (
            f"Closed form and simulation differ by more than the simulation's error in {named}:"
            " rely on the simulation, with more studies."
        )
    if simulated.without:
        yield f"{simulated.without} of the simulated studies had no interval and count as not found."
    if simulated.studies < question.studies:
        were = "study was" if simulated.studies == 1 else "studies were"
        yield f"{simulated.studies} {were} simulated of the {question.studies} asked for."


def left_unsimulated(question: Question, planned: Planned) -> str | None:
    """Why a study is too large to be simulated."""
    batches = 2 if question.test.margin is not None and question.difference else 1
    if affordable(planned.sizes, question.studies, batches):
        return None
    sizes = planned.sizes
    return f"Too large to simulate: {sizes.rows:,} judgments in each study of {sizes.raters:,} raters."


def need_cells(need: Need) -> tuple[str, ...]:
    """Scenes, series, raters, pairs a rater, judgments, chance: one row of the table of what is needed."""
    sizes = need.sizes
    cells = [need.scenes if sizes is None else sizes.scenes, need.series]
    cells += [need.raters if sizes is None else sizes.raters]
    texts = ["-" if cell is None else str(cell) for cell in cells]
    if sizes is None:
        return (*texts, "", "", percent(need.chance))
    return (*texts, f"{sizes.per_rater:.0f}", f"{sizes.judgments:.0f}", percent(need.chance))


NEED_HEADER = ("scenes", "series", "raters", "pairs a rater", "judgments", "chance")


def need_reason(need: Need, question: Question) -> str:
    """Why there is no number, and what to take more of."""
    more = "series" if question.assumed.series else "scenes"
    if need.reason == FLOOR:
        if need.scenes is None:
            return f"no number of scenes reaches it with these {need.series} series: take more series"
        return f"no number of raters reaches it with these scenes: take more {more}"
    if need.reason == PER_PAIRING_TOO_FEW:
        return (
            f"not with {counted(question.per_pairing, 'rater')} per pairing:"
            f" {need.per_pairing} would do (--per-pairing), or more {more}"
        )
    if need.reason:
        bound = f"{MOST_RATERS} raters" if need.scenes is not None else f"{MOST_SCENES} scenes"
        return f"not with {bound}, the most that are looked for: take more {more}"
    return ""


def need_note(question: Question) -> str:
    """What the chance means where no number stands."""
    most = f"{MOST_SCENES} scenes" if question.raters else f"{MOST_RATERS} raters"
    what = "scenes" if question.raters else "raters"
    return f"Fewer than {FEW} {what} are not offered. Where no number stands, the chance is that of {most}."


def need_heading(question: Question) -> str:
    what = "scenes" if question.raters else "raters"
    return f"The fewest {what} that {claim_words(question)} with a chance of {percent(question.wanted)}"


def assumptions(question: Question) -> Iterator[str]:
    """What both answers take for granted, in words and numbers."""
    logits, at_half, at_rate = question.assumed, question.assumed.components(), question.components
    source = "estimated from the pilot" if question.pilot else "assumed, not measured"
    yield (
        f"How raters, scenes and series differ is {source}. For two equal systems the win rate has a standard"
        f" deviation of {_sds(at_half)}."
    )
    if question.difference:
        yield f"At a win rate of {rate_words(round(question.rate, 6))} that is {_sds(at_rate)}."
    yield (
        f"The same in logits, per system: {logits.raters:.2f} between raters, {logits.scenes:.2f} between"
        f" scenes, {logits.series:.2f} between series. The left script has an advantage of"
        f" {logits.left_bias:.2f}; {percent(logits.ties, 1)} of judgments are ties, whatever the scripts."
    )
    yield _design(question)
    series = bool(question.series) or (bool(logits.series) and not question.sized)
    yield (
        f"Raters and {'series' if series else 'scenes'} are samples: the report's interval is clustered by"
        f" rater and {'series' if series else 'scene'}, two-sided at {rate_words(question.test.level)}, with"
        " Student's t and the smaller of their numbers less one degrees of freedom. Nobody leaves, and every"
        " judgment counts."
    )


def _sds(components: Components) -> str:
    within = " of one series" if components.series > NOTHING else ""
    return (
        f"{100 * components.raters:.1f} points between raters, {100 * components.scenes:.1f} points between"
        f" scenes{within} and {100 * components.series:.1f} points between series"
    )


def _design(question: Question) -> str:
    systems = f"{question.systems} systems" + (
        "" if question.systems == 2 else ", of which the first and the last are the contrast"
    )
    if question.design == CROSSED:
        return f"{systems}; every rater judges one pairing of every scene."
    return (
        f"{systems}; {counted(question.per_pairing, 'rater')}, drawn by chance, for each pairing of a scene."
    )


def pilot_words(pilot: Pilot) -> Iterator[str]:
    """What the pilot holds, and how sure its components are."""
    judgments, raters = counted(pilot.judgments, "judgment"), counted(pilot.raters, "rater")
    of = f"{judgments} by {raters} of {counted(pilot.scenes, 'scene')}"
    series = "" if pilot.series is None else f" of {pilot.series} series"
    yield f"The pilot: {of}{series}, {', '.join(pilot.contrasts)}."
    for name, found in pilot.estimates.items():
        below = "; estimated below zero, taken as none" if found.variance < 0 else ""
        yield (
            f"Standard deviation of the win rate between {name}: {100 * found.sd:.1f} points"
            f" (95 % interval {100 * found.low:.1f} to {100 * found.high:.1f}){below}."
        )


STUDY_HEADER = (
    "raters",
    "scenes",
    "series",
    "pairs a rater",
    "chance",
    "simulated",
    "half-width",
    "simulated",
)


def study_cells(question: Question, planned: Planned) -> tuple[str, ...]:
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
            f"Simulated studies were drawn with seed {found.question.seed} and analysed as a report is; in"
            " brackets the 95 % interval of the simulation's own error."
        )
    return "This is a closed form. Simulate the study through its own analysis before fixing a plan."
