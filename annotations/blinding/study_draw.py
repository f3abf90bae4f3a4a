"""The draw of a study: a function of its design, its seed and the secret nonce.

Freezing draws with it, and the checks of a frozen study draw again.
"""

from collections.abc import Collection, Sequence

from annotations.blinding.frozen_digest import commitment
from annotations.design import (
    BriefInput,
    DesignInput,
    ExtrasInput,
    SeatPlan,
)
from annotations.models import Study, StudyBrief
from annotations.spec import forfeits
from annotations.spec.inputs import design_input, extras_input
from annotations.spec.values import ScriptKey, StudySpec, from_json
from annotations.spec.warmup_pairs import second_samples

EXTRAS = 1
"""What tells the generator of the extras from that of the main draw."""


def main_draw_input(spec: StudySpec, briefs: Sequence[StudyBrief]) -> DesignInput:
    """What the study's main draw is made from, so that it can be made again; `briefs` may be all."""
    return design_input(
        spec.design,
        [
            BriefInput(b.slug, b.language, b.series_slug, b.order)
            for b in briefs
            if b.role == StudyBrief.Role.MAIN
        ],
        [system.slug for system in spec.systems],
        [criterion.slug for criterion in spec.criteria],
    )


def draw_main_slots(study: Study, nonce: str) -> tuple[SeatPlan, ...]:
    """The one main draw of a frozen study with this nonce: from design, seed, and the nonce's SHA-256.

    Slots that cannot be shown, for a script is missing, are in it; practice, checks and what comes again are
    not: `draw_seats` has it as raters get it.
    """
    return main_slots(main_draw_input(from_json(study.spec), list(study.briefs.all())), study.seed, nonce)


def draw_seats(study: Study, plans: Sequence[SeatPlan], nonce: str) -> tuple[SeatPlan, ...]:
    """What raters get of a main draw, with all that is placed around it."""
    spec, briefs = from_json(study.spec), list(study.briefs.all())
    given, wanted = main_draw_input(spec, briefs), study_extras_input(study, spec, briefs)
    return add_extras(spec, given, wanted, plans, study.seed, nonce)


def study_extras_input(study: Study, spec: StudySpec, briefs: Sequence[StudyBrief]) -> ExtrasInput:
    """What a frozen study places around its main draw."""
    return extras_draw_input(spec, briefs, second_samples(study, spec))


def add_extras(
    spec: StudySpec,
    given: DesignInput,
    wanted: ExtrasInput,
    plans: Sequence[SeatPlan],
    seed: int,
    nonce: str,
) -> tuple[SeatPlan, ...]:
    """The main draw with practice, checks, same and repeat pairings placed around it."""
    from numpy.random import default_rng  # late, as in main_slots: the web server starts without numpy

    from annotations.design.extra_pairs import draw_extras

    rng = default_rng([seed, int(commitment(nonce), 16), EXTRAS])
    return draw_extras(given, wanted, forfeits.without_forfeits(plans, forfeits.missing_scripts(spec)), rng)


def main_slots(given: DesignInput, seed: int, nonce: str) -> tuple[SeatPlan, ...]:
    """The main draw of a design, from its seed and the SHA-256 of the nonce."""
    from numpy.random import default_rng

    from annotations.design.draws import draw

    return draw(given, default_rng([seed, int(commitment(nonce), 16)]))


def extras_draw_input(
    spec: StudySpec, briefs: Sequence[StudyBrief], second: Collection[ScriptKey]
) -> ExtrasInput:
    """What is placed around the main draw; `briefs` are all of a study, `second` its second samples."""
    outside = [
        BriefInput(brief.slug, brief.language, brief.series_slug, brief.order)
        for brief in briefs
        if brief.role != StudyBrief.Role.MAIN
    ]
    samples: dict[str, dict[str, str]] = {}
    for brief, system in second:
        samples.setdefault(brief, {})[system] = ""
    return extras_input(spec.design, spec.practice, spec.checks, spec.sittings, outside, samples)
