"""Which careless raters would go undetected in a study: a warning while it is planned, never an error."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from annotations.design import BriefInput
from annotations.design.inputs import quotas
from annotations.design.limits import (
    ENOUGH_ALONE,
    LEAST_SCORED,
    LEAST_SIDED,
    SeatWorkload,
    undetectable_kinds,
)
from annotations.spec.inputs import design_input
from annotations.spec.values import StudySpec
from generation.models import Brief

LANGUAGE_NAMES = {"en": gettext_lazy("English"), "zh": gettext_lazy("Chinese")}


@dataclass(frozen=True, slots=True)
class UndetectableCarelessness:
    """One kind of careless rater who would go undetected in the shortest seat with these languages."""

    reads: tuple[str, ...]
    kind: str
    asked: SeatWorkload

    @property
    def message(self) -> str:
        """One sentence or two, in the language that is active."""
        asked = self.asked
        names = [str(LANGUAGE_NAMES[language]) for language in self.reads]
        amount = (
            ngettext("%(n)s script", "%(n)s scripts", asked.pairs)
            if asked.alone
            else ngettext("%(n)s pair", "%(n)s pairs", asked.pairs)
        )
        values = {
            "who": _("readers of %(a)s and %(b)s") % dict(zip("ab", names, strict=False))
            if len(names) > 1
            else _("readers of %(a)s") % {"a": names[0]},
            "pairs": amount % {"n": asked.pairs},
        }
        if self.kind == "random" and asked.alone:
            enough = ngettext("%(n)s script", "%(n)s scripts", ENOUGH_ALONE) % {"n": ENOUGH_ALONE}
            return _(
                "Seats for %(who)s: random scores can't be detected with %(pairs)s. At least %(least)s are "
                "needed."
            ) % {**values, "least": enough}
        if self.kind == "random":
            return _(
                "Seats for %(who)s: without checks and repeated pairs, random answers look like an opinion. "
                "Add some of them."
            ) % {**values}
        if self.kind == "one_side":
            least = LEAST_SCORED if asked.alone else LEAST_SIDED
            values["least"] = (
                ngettext("%(n)s script", "%(n)s scripts", least)
                if asked.alone
                else ngettext("%(n)s pair", "%(n)s pairs", least)
            ) % {"n": least}
            return _(
                "Seats for %(who)s: raters who always give the same answer can't be detected with %(pairs)s. "
                "At least %(least)s are needed."
            ) % {**values}
        return _("Seats for %(who)s: raters who don't read the scripts can't be detected with %(pairs)s.") % {
            **values
        }


def undetectable_carelessness(spec: StudySpec) -> list[UndetectableCarelessness]:
    """By the shortest seat of each kind of reader, with the briefs that are stored now."""
    rows = Brief.objects.filter(slug__in=spec.materials.briefs)
    briefs = [BriefInput(*each) for each in rows.values_list("slug", "language", "series__slug", "order")]
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
                checks=spec.checks.per_seat if spec.checks else 0,
                repeats=spec.design.repeat,
                alone=spec.design.is_single,
            )
        ]
        for kind in undetectable_kinds(asked)
    ]
