"""Which careless raters a study could not tell from others: said while it is planned, before it costs money.

A warning and no fault: what a study needs is for the people who plan it.
"""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from annotations.design import BriefInput
from annotations.design.inputs import quotas
from annotations.design.limits import (
    LEAST_SCORED,
    LEAST_SIDED,
    LEAST_SIDED_ALONE,
    SeatWorkload,
    missing_known_answers,
    undetectable_kinds,
)
from annotations.spec.inputs import design_input
from annotations.spec.values import StudySpec
from generation.models import Brief


@dataclass(frozen=True, slots=True)
class UndetectableCarelessness:
    """One kind of careless rater that the shortest seat with these reading languages cannot tell."""

    reads: tuple[str, ...]
    kind: str
    asked: SeatWorkload

    @property
    def message(self) -> str:
        """One sentence or two, in the language that is active."""
        asked = self.asked
        values = {
            "who": "+".join(self.reads),
            "pairs": asked.pairs,
            "more": missing_known_answers(asked),
            "checks": asked.checks,
            "repeats": asked.repeats,
            "asked": self._questions(),
        }
        if self.kind == "random" and asked.alone:
            return _(
                "One script at a time: whoever scores at random cannot be told from a taste of their own "
                "(seats that read %(who)s)."
            ) % {**values}
        if self.kind == "random":
            return _(
                "With %(pairs)s pairs, %(checks)s checks, %(repeats)s repeated pairs and %(asked)s, a rater "
                "who answers at random cannot be told (seats that read %(who)s). Add scores or another "
                "question, or checks and repeated pairs: %(more)s more."
            ) % {**values}
        if self.kind == "one_side":
            scored = LEAST_SIDED if asked.criteria > 1 or asked.scores else LEAST_SIDED_ALONE
            values["least"] = LEAST_SCORED if asked.alone else scored
            return _(
                "With %(pairs)s in a seat, a rater who always gives one answer cannot be told (seats that "
                "read %(who)s): %(least)s are needed."
            ) % {**values}
        return _(
            "With %(pairs)s in a seat, a rater who does not read cannot be told (seats that read %(who)s)."
        ) % {**values}

    def _questions(self) -> str:
        asked = ngettext("one question", "%(n)s questions", self.asked.criteria) % {"n": self.asked.criteria}
        return _("%(questions)s with scores") % {"questions": asked} if self.asked.scores else asked


def undetectable_carelessness(spec: StudySpec) -> list[UndetectableCarelessness]:
    """By the shortest seat of each kind of reader, with the briefs that are stored now."""
    rows = Brief.objects.filter(slug__in=spec.materials.briefs).select_related("series")
    briefs = [BriefInput(each.slug, each.language, each.series.slug, each.order) for each in rows]
    criteria = [criterion.slug for criterion in spec.criteria]
    given = design_input(spec.design, briefs, [system.slug for system in spec.systems], criteria)
    shares = quotas(given)
    shortest: dict[tuple[str, ...], int] = {}
    for seat in given.seats:
        slots, reads = sum(shares[seat.number].values()), tuple(seat.reads)
        shortest[reads] = min(slots, shortest.get(reads, slots))
    each = len(spec.systems) if spec.design.is_single else 1
    return [
        UndetectableCarelessness(reads, kind, asked)
        for reads, slots in sorted(shortest.items())
        for asked in [
            SeatWorkload(
                pairs=slots * each,
                criteria=max(1, len(criteria)),
                scores=spec.score is not None,
                checks=spec.checks.per_seat if spec.checks else 0,
                repeats=spec.design.repeat,
                alone=spec.design.is_single,
            )
        ]
        for kind in undetectable_kinds(asked)
    ]
