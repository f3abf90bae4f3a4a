"""A stored study as a study file of stored materials: what it says gives the same study again.

Keys that would say no more than what a file without them gives are left out.
"""

from typing import Any

import msgspec

from annotations.spec.extras import EXTRA_KEYS
from annotations.spec.file import default_consent, default_instructions, seed_of
from annotations.spec.reading import shipped_criteria
from annotations.spec.rules import BANDS, preset
from annotations.spec.values import CriterionSpec, StudySpec, as_json


def study_file_values(spec: StudySpec) -> dict[str, Any]:
    """The keys of the file in their order, in plain values."""
    plain = as_json(spec)
    values = {key: plain[key] for key in ("slug", "title", "question")}
    values["systems"] = [dict(system) for system in plain["systems"]]
    if spec.criteria:
        values["criteria"] = _criteria(spec)
    values |= {"score": _score(spec), "marks": spec.marks}
    values["design"] = {key: value for key, value in plain["design"].items() if _said(key, value)}
    values["briefs"] = list(spec.materials.briefs)
    values["plan"] = {
        key: value for key, value in plain["plan"].items() if value is not None and value not in ([], ())
    } | {"human": list(spec.plan.human)}
    if spec.consent != default_consent(spec.design.kind):
        values["consent"] = plain["consent"]
    if spec.instructions != default_instructions(spec.design.kind):
        values["instructions"] = spec.instructions
    values |= {key: plain[key] for key in EXTRA_KEYS if key in plain}
    if "completion" in values:
        values["completion"] = _completion(values["completion"])
    if spec.rights != "show":
        values["rights"] = spec.rights
    if spec.seed != seed_of(spec.slug):
        values["seed"] = spec.seed
    if spec.raters:
        values["raters"] = spec.raters
    return values


def _said(key: str, value: Any) -> bool:
    """Whether the design has to say this: what it does not use may not stand in a file."""
    return value is not None and not (key == "rereading" and value is False)


def _criteria(spec: StudySpec) -> list[Any]:
    """Those that come along by their slug, the others whole; the first is the primary one."""
    return [_criterion(each, alone=len(spec.criteria) == 1) for each in spec.criteria]


def _criterion(criterion: CriterionSpec, *, alone: bool) -> Any:
    known = shipped_criteria().get(criterion.slug)
    same = known is not None and msgspec.structs.replace(criterion, primary=False) == known
    plain = alone or not criterion.primary or criterion.slug == "overall"
    if same:
        return criterion.slug if plain else {"slug": criterion.slug, "primary": True}
    value = msgspec.to_builtins(criterion)
    return {key: each for key, each in value.items() if each != {} and (key != "primary" or each)}


def _completion(value: dict[str, Any]) -> dict[str, Any]:
    """Codes and addresses that there are; an empty one may not stand in a file."""
    return {key: _completion(each) if isinstance(each, dict) else each for key, each in value.items() if each}


def _score(spec: StudySpec) -> Any:
    if spec.score is None:
        return False
    if spec.score.rubric in BANDS and spec.score == preset(spec.score.rubric):
        return spec.score.rubric
    return msgspec.to_builtins(spec.score)
