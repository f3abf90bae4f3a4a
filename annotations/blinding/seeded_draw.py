"""The draw of a study as a function of its value, its briefs, its seed and the secret nonce. Pure.

Freezing draws with it. The checks of a frozen study, on the site and offline, draw again.
"""

from collections.abc import Collection, Sequence
from typing import Protocol

from annotations.blinding.frozen_digest import commitment
from annotations.design import BriefInput, DesignInput, ExtrasInput, SeatPlan
from annotations.spec import forfeits
from annotations.spec.inputs import design_input, extras_input
from annotations.spec.values import ScriptKey, StudySpec

EXTRAS = 1
"""What tells the generator of the extras from that of the main draw."""
MAIN = "main"


class BriefRow(Protocol):
    """A brief as the study froze it."""

    @property
    def slug(self) -> str: ...
    @property
    def language(self) -> str: ...
    @property
    def series_slug(self) -> str: ...
    @property
    def order(self) -> int: ...
    @property
    def role(self) -> str: ...


def _brief_input(brief: BriefRow) -> BriefInput:
    return BriefInput(brief.slug, brief.language, brief.series_slug, brief.order)


def main_draw_input(spec: StudySpec, briefs: Sequence[BriefRow]) -> DesignInput:
    """What the study's main draw is made from, so that it can be made again; `briefs` may be all."""
    return design_input(
        spec.design,
        [_brief_input(brief) for brief in briefs if brief.role == MAIN],
        [system.slug for system in spec.systems],
        [criterion.slug for criterion in spec.criteria],
    )


def main_slots(given: DesignInput, seed: int, nonce: str) -> tuple[SeatPlan, ...]:
    """The main draw of a design, from its seed and the SHA-256 of the nonce."""
    from numpy.random import default_rng  # late: the web server starts without numpy

    from annotations.design.draws import draw

    return draw(given, default_rng([seed, int(commitment(nonce), 16)]))


def extras_draw_input(
    spec: StudySpec, briefs: Sequence[BriefRow], second: Collection[ScriptKey]
) -> ExtrasInput:
    """What is placed around the main draw; `briefs` are all of a study, `second` its second samples."""
    outside = [_brief_input(brief) for brief in briefs if brief.role != MAIN]
    samples: dict[str, dict[str, str]] = {}
    for brief, system in second:
        samples.setdefault(brief, {})[system] = ""
    return extras_input(spec.design, spec.practice, spec.checks, spec.sittings, outside, samples)


def add_extras(
    spec: StudySpec,
    given: DesignInput,
    wanted: ExtrasInput,
    plans: Sequence[SeatPlan],
    seed: int,
    nonce: str,
) -> tuple[SeatPlan, ...]:
    """The main draw with practice, checks, same and repeat pairings placed around it."""
    from numpy.random import default_rng

    from annotations.design.extra_pairs import draw_extras

    rng = default_rng([seed, int(commitment(nonce), 16), EXTRAS])
    return draw_extras(given, wanted, forfeits.without_forfeits(plans, forfeits.missing_scripts(spec)), rng)
