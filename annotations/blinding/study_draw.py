"""The draw of a stored study, made again by the checks of a frozen study."""

from collections.abc import Sequence
from typing import Any

from annotations.blinding.seeded_draw import add_extras, extras_draw_input, main_draw_input, main_slots
from annotations.design import ExtrasInput, SeatPlan
from annotations.models import Study, StudyBrief
from annotations.spec.values import StudySpec, from_json
from annotations.spec.warmup_pairs import second_samples
from evalsite.core.digests import json_digest


def brief_facts(brief: StudyBrief) -> list[Any]:
    """What the frozen digest covers of a brief."""
    content = json_digest(brief.content)
    return [brief.slug, brief.language, brief.series_slug, brief.order, brief.role, content]


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
