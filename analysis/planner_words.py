"""The planner's answer in the words of the page's language."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from analysis.stats.power import Need, Planned, Question, Share
from analysis.stats.power.answer import FEW, FLOOR, MOST_RATERS, MOST_SCENES, PER_PAIRING_TOO_FEW
from analysis.stats.power.closed_form import DIFFERENT
from analysis.stats.power.sizes import Sizes


@dataclass(frozen=True)
class Row:
    label: str
    closed: str
    simulated: str = ""


def size_words(sizes: Sizes) -> str:
    told = {"raters": sizes.raters, "scenes": sizes.scenes, "series": sizes.series}
    if sizes.series is None:
        return _("%(raters)s raters, %(scenes)s scenes") % told
    return _("%(raters)s raters, %(scenes)s scenes of %(series)s series") % told


def headline(sizes: Sizes) -> str:
    """The caption of one study."""
    n = round(sizes.judgments)
    judgments = ngettext("%(n)s judgment of the contrast", "%(n)s judgments of the contrast", n) % {"n": n}
    told = {"sizes": size_words(sizes), "judgments": judgments, "pairs": each_words(sizes)}
    return _("%(sizes)s: %(judgments)s, %(pairs)s") % told


def verdict(question: Question, planned: Planned, needs: Sequence[Need]) -> str:
    """What one study comes to, in a sentence, and what it lacks: `needs` are the raters for its scenes."""
    sentences = {
        "different": _("Of 100 such studies %(chance)s tell %(rate)s %% from 50 %%; %(wanted)s are wanted."),
        "non-inferior": _(
            "Of 100 such studies %(chance)s show %(rate)s %% not inferior; %(wanted)s are wanted."
        ),
        "equivalent": _("Of 100 such studies %(chance)s show %(rate)s %% level; %(wanted)s are wanted."),
    }
    chance = question.chance(planned.sizes)
    said = sentences[question.test.claim] % {
        "chance": f"{100 * chance:.0f}",
        "rate": f"{100 * question.rate:g}",
        "wanted": f"{100 * question.wanted:g}",
    }
    if question.test.claim == DIFFERENT and not question.difference:
        return _("There is no difference here that a study could tell: give another win rate.")
    if chance >= question.wanted:
        return _joined(said, _("The study is large enough."))
    lacks = [_reason(question, need) for need in needs if need.sizes is None]
    lacks += [
        _("With these scenes it takes %(raters)s raters.") % {"raters": need.raters}
        for need in needs
        if need.sizes is not None
    ]
    return _joined(said, _("The study is too small."), *lacks)


def _joined(*sentences: str) -> str:
    """Chinese sentences follow each other without a space."""
    return ("" if (get_language() or "en").startswith("zh") else " ").join(sentences)


def enough(needs: Sequence[Need]) -> str:
    """Two of the sizes that are enough: the one with the fewest scenes and the one with the fewest raters."""
    found = [need.sizes for need in needs if need.sizes is not None]
    if not found:
        return _(
            "None of the sizes looked at is enough: take more series, more scenes or a larger difference."
        )
    first = min(found, key=lambda sizes: (sizes.scenes, sizes.raters))
    second = min(found, key=lambda sizes: (sizes.raters, sizes.scenes))
    told = [_in_brackets(size_words(sizes), each_words(sizes)) for sizes in dict.fromkeys((first, second))]
    return _("Enough are, for instance: %(sizes)s.") % {"sizes": _("; or ").join(told)}


def _in_brackets(text: str, more: str) -> str:
    return _("%(text)s (%(more)s)") % {"text": text, "more": more}


def each_words(sizes: Sizes) -> str:
    each = round(sizes.per_rater)
    return ngettext("%(each)s pair a rater", "%(each)s pairs a rater", each) % {"each": each}


def rows(question: Question, planned: Planned) -> Iterator[Row]:
    """What is answered about one study, line by line."""
    closed, simulated = planned.closed, planned.simulated
    rate = f"{100 * question.rate:g}"
    told = _("Chance to tell %(rate)s %% from 50 %%") % {"rate": rate}
    yield Row(
        told if question.difference else _("Chance to call the two different, wrongly"),
        percent(closed.different),
        share_words(simulated.different if simulated else None),
    )
    width = simulated.half_width if simulated else None
    yield Row(
        _("Half-width of the 95 % interval"),
        points(closed.half_width),
        "" if width is None else points(width),
    )
    yield Row(_("The interval holds the truth"), "", share_words(simulated.covered if simulated else None))
    smallest = _("none: too few raters or scenes")
    if closed.smallest is not None:
        smallest = _("%(rate)s %% or more") % {"rate": f"{50 + 100 * closed.smallest:.1f}"}
    yield Row(
        _("Win rate told from 50 %% with a chance of %(wanted)s %%")
        % {"wanted": f"{100 * question.wanted:g}"},
        smallest,
    )
    yield Row(
        _("Half-width about 50 %, with any number of raters"),
        _("not under %(points)s") % {"points": points(closed.floor)},
    )
    yield from _claims(question, planned)


def _claims(question: Question, planned: Planned) -> Iterator[Row]:
    labels = {
        "non_inferior": _("Chance to show %(rate)s %% not inferior"),
        "equivalent": _("Chance to show %(rate)s %% level"),
    }
    for suffix, rate in (("", question.rate), ("_if_level", 0.5)):
        for name, label in labels.items():
            value = getattr(planned.closed, name + suffix)
            if value is not None and (question.difference or not suffix):
                share = getattr(planned.simulated, name + suffix, None)
                yield Row(label % {"rate": f"{100 * rate:g}"}, percent(value), share_words(share))


def remarks(planned: Planned) -> Iterator[str]:
    """What has to be said beside the numbers."""
    sizes = planned.sizes
    if min(sizes.raters, sizes.clusters) < FEW:
        yield _("With fewer than %(few)s raters, scenes or series no interval can be relied on.") % {
            "few": FEW
        }
    if planned.differ:
        yield _(
            "Calculation and simulation differ by more than the simulation's error: rely on the simulation."
        )


def need_rows(question: Question, needs: tuple[Need, ...]) -> Iterator[dict[str, Any]]:
    """The table of what is needed; `sizes` are those that a link fills in."""
    for need in needs:
        sizes = need.sizes
        yield {
            "scenes": need.scenes if sizes is None else sizes.scenes,
            "series": need.series,
            "raters": need.raters if sizes is None else sizes.raters,
            "per_rater": None if sizes is None else f"{sizes.per_rater:.0f}",
            "chance": percent(need.chance),
            "sizes": sizes,
            "reason": _reason(question, need),
        }


def _reason(question: Question, need: Need) -> str:
    more = _("Take more series.") if question.series else _("Take more scenes.")
    if need.reason == FLOOR:
        if need.scenes is None:
            return _joined(_("No number of scenes reaches it."), more)
        return _joined(_("No number of raters reaches it with these scenes."), more)
    if need.reason == PER_PAIRING_TOO_FEW:
        told = ngettext(
            "Not with %(now)s rater per pairing; %(better)s would do.",
            "Not with %(now)s raters per pairing; %(better)s would do.",
            question.per_pairing,
        )
        return told % {"now": question.per_pairing, "better": need.per_pairing}
    if need.reason:
        if need.scenes is None:
            return _joined(_("Not even %(most)s scenes would do.") % {"most": MOST_SCENES}, more)
        return _joined(_("Not even %(most)s raters would do.") % {"most": MOST_RATERS}, more)
    return ""


def percent(share: float) -> str:
    return _("%(share)s %%") % {"share": f"{100 * share:.0f}"}


def points(width: float) -> str:
    return _("%(points)s points (%(parity)s of parity)") % {
        "points": f"{100 * width:.1f}",
        "parity": f"{200 * width:.1f}",
    }


def share_words(share: Share | None) -> str:
    if share is None:
        return ""
    low, high = share.limits
    return _("%(share)s %% (%(low)s to %(high)s)") % {
        "share": f"{100 * share.value:.0f}",
        "low": f"{100 * low:.0f}",
        "high": f"{100 * high:.0f}",
    }
