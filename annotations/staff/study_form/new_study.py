"""A study made in the browser: what it can be made of, and its file, which is what is read and kept.

The form gives a study file and nothing else. `check_study_file` and `create_study` take the file as
`load_study` does. So there is one validation, and the plan stays a file.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from io import StringIO
from typing import Any

import msgspec
from django.db import transaction
from django.db.models import Count, Q
from ruamel.yaml import YAML

from annotations.spec.extras import EXTRA_KEYS
from annotations.spec.file import default_consent, default_instructions, default_seed
from annotations.spec.reading import guess_language, shipped_criteria
from annotations.spec.rules import BANDS, TARGET_OF, preset
from annotations.spec.values import CriterionSpec, StudySpec, as_json, from_json
from annotations.staff.studies.loading import Loaded, load_study_text
from evalsite.core.errors import InputError, InputErrors
from generation.models import System
from generation.reasons import render

MOST_BYTES = 400_000
_TOP = re.compile(r"^([a-z_]+):")
WIDTH = 100
PEOPLE = {"en": "Screenwriters", "zh": "编剧"}


def list_systems(team: int) -> list[tuple[System, int]]:
    """Every system that a team may compare, with the number of its scripts there, writers first.

    Recipes write no scripts. Systems of no team are for all; those for people are named by who uploads, so a
    team sees them once they have written for it.
    """
    written = Count("scripts", filter=Q(scripts__brief__series__team=team))
    rows = System.objects.exclude(kind=System.Kind.RECIPE).annotate(written=written).order_by("slug")
    own = Q(team=team) | Q(team=None) & (~Q(kind=System.Kind.HUMAN) | Q(written__gt=0))
    rows = rows.filter(own)
    return sorted(((row, int(row.written)) for row in rows), key=lambda found: not found[1])


def build_study_file(given: Mapping[str, Any]) -> str:
    """The study file that says what a form gave; `given` has the keys of a study file, in plain values."""
    writer = YAML()
    writer.default_flow_style = False
    writer.width = WIDTH
    writer.indent(mapping=2, sequence=4, offset=2)
    out = StringIO()
    writer.dump(dict(given), out)
    return out.getvalue()


def system_item(system: System) -> dict[str, Any]:
    """A stored system as a study file names it."""
    return {"slug": system.slug, "name": _names(system), "kind": system.kind}


def _names(system: System) -> dict[str, str]:
    """A system's name in the languages in which it has one; humans without a name are screenwriters."""
    unnamed = not system.names and system.name in ("", system.slug, PEOPLE["en"])
    if system.kind == System.Kind.HUMAN and unnamed:
        return dict(PEOPLE)
    return system.names or {guess_language(system.name): system.name}


@dataclass(frozen=True, slots=True)
class Checked:
    """What a study file would give: the study, whether it is new, and what would be left out or changed.

    Briefs are `dropped` for a script that is missing, and `kept_out` for one that the draft has rejected.
    """

    spec: StudySpec
    outcome: str
    changed: Sequence[str]
    dropped: Sequence[str]
    kept_out: Sequence[str]

    @property
    def seats(self) -> int:
        return sum(group.count for group in self.spec.design.seats)

    @property
    def pairings(self) -> int:
        """Of each brief."""
        count = len(self.spec.systems)
        return count * (count - 1) // 2


def check_study_file(text: str, name: str, *, by: str, team: int) -> Checked:
    """Do all that making it does, and undo it. Raises `InputErrors` with every fault."""
    with transaction.atomic():
        loaded = load_study_text(text, name, by=by, team=team)
        spec = from_json(loaded.study.spec)
        found = Checked(spec, loaded.outcome, loaded.changed, loaded.dropped, loaded.kept_out)
        transaction.set_rollback(True)
    return found


def create_study(text: str, name: str, *, by: str, team: int) -> Loaded:
    """The study of a file, as a draft of the team. Raises `InputErrors`, and stores nothing then."""
    return load_study_text(text, name, by=by, team=team)


@dataclass(frozen=True, slots=True)
class QuotedError:
    """A fault with the part of the file in which it is and the line that it is about; a remedy beside it."""

    key: str
    line: int
    quoted: str
    message: str
    fix: str


def quoted_errors(text: str, refused: InputErrors) -> list[QuotedError]:
    lines = text.split("\n")
    return [_shown(lines, fault) for fault in refused.errors]


def _shown(lines: Sequence[str], fault: InputError) -> QuotedError:
    message, fix = (text[:1].upper() + text[1:] for text in (render(fault.message), render(fault.fix)))
    if (fault.line, fault.column) == (1, 1) or fault.line > len(lines):
        return QuotedError("", 0, "", message, fix)
    above = (_TOP.match(line) for line in reversed(lines[: fault.line]))
    key = next((match[1] for match in above if match), "")
    return QuotedError(key, fault.line, lines[fault.line - 1].strip(), message, fix)


def study_file_values(spec: StudySpec) -> dict[str, Any]:
    """The keys of the file in their order, in plain values."""
    plain = as_json(spec)
    values = {key: plain[key] for key in ("slug", "title", "question")}
    values["systems"] = [dict(system) for system in plain["systems"]]
    if spec.criteria:
        values["criteria"] = _criteria(spec)
    values |= {"score": _score(spec), "marks": "paper" if spec.marks is True else plain["marks"]}
    values["design"] = {key: value for key, value in plain["design"].items() if _said(key, value)}
    values["briefs"] = list(spec.materials.briefs)
    values["plan"] = {
        key: value for key, value in plain["plan"].items() if value is not None and value not in ([], ())
    } | {"human": list(spec.plan.human), "generalize_to": TARGET_OF[spec.plan.cluster]}
    values["plan"].pop("item_cluster", None)
    if spec.plan.primary_contrasts:
        del values["plan"]["primary_contrast"]  # the first of them
    if spec.consent != default_consent(spec.design.kind):
        values["consent"] = plain["consent"]
    if spec.instructions != default_instructions(
        spec.design.kind, score=spec.score is not None, marks=bool(spec.marks)
    ):
        values["instructions"] = spec.instructions
    values |= {key: plain[key] for key in EXTRA_KEYS if key in plain}
    if "completion" in values:
        values["completion"] = _completion(values["completion"])
    if spec.rights != "show":
        values["rights"] = spec.rights
    if spec.seed != default_seed(spec.slug):
        values["seed"] = spec.seed
    if spec.raters:
        values["raters"] = spec.raters
    if spec.unblinders:
        values["unblinders"] = [each.name for each in spec.unblinders]
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
    return criterion_item(criterion, primary=criterion.primary)


def criterion_item(criterion: CriterionSpec, *, primary: bool) -> dict[str, Any]:
    """A criterion as a study file defines it."""
    value = msgspec.to_builtins(msgspec.structs.replace(criterion, primary=primary))
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
