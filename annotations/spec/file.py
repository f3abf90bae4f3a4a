"""A study file: one YAML file with the files it names, read into a `StudySpec` with every fault found.

The least that a study needs:

    slug: night-bus
    title: Night bus
    question: Does the two-stage system beat one prompt?
    systems: [two-stage, one-prompt, human]
    criteria: [overall, dialogue]
    seats: [{reads: [en], count: 9}]
    briefs: briefs/*.yaml
    scripts: scripts

Wherever a text is asked for, a plain string does, or `{en: ..., zh: ...}`, or `{file: ...}`. Paths are
relative to the study file and stay in its folder. Briefs may be stored ones, by slug or series; scripts that
lie in no file are stored ones. So a study of stored materials is one text, which `read_study_text` reads.
"""

import re
from dataclasses import dataclass, field
from datetime import date
from hashlib import sha256
from pathlib import Path
from typing import Any

import msgspec
from django.utils.translation import gettext as _
from msgspec.structs import replace

from annotations.design import BriefInput, DesignInput, DesignProblem, design_problems, extras_problems
from annotations.spec.extra_texts import ExtraTexts, add_second_samples, check_damage, read_extra_texts
from annotations.spec.extras import (
    EXTRA_KEYS,
    Extras,
    check_single,
    check_warmup_files,
    read_extras,
)
from annotations.spec.inputs import design_input, extras_input
from annotations.spec.mark_kinds import read_marks
from annotations.spec.materials import (
    NOTHING,
    ScriptFile,
    Stored,
    read_briefs,
    read_scripts,
)
from annotations.spec.reading import (
    LANGUAGES,
    StudyFolder,
    read_criteria,
    read_systems,
    read_text_value,
    read_unblinders,
    shipped_text,
)
from annotations.spec.rules import read_design, read_plan, read_score
from annotations.spec.values import ConsentSpec, DesignSpec, PlanSpec, ScoreSpec, StudySpec, Text
from generation.briefs.files import BriefSpec
from generation.yaml_files import Document, Node, read_yaml, yaml_of

REQUIRED = ("slug", "title", "question", "systems", "briefs")
OPTIONAL = (
    "criteria",
    "seats",
    "design",
    "plan",
    "scripts",
    "score",
    "marks",
    "consent",
    "instructions",
    "rights",
    "seed",
    "raters",
    "unblinders",
    *EXTRA_KEYS,
)
DEFAULT_CONSENTS = {"pair": "default-4", "single": "default-single-4"}
ADDRESSES = ("new",)
"""Slugs that no study can have: pages of the site stand there."""


@dataclass(frozen=True, slots=True)
class StudyFile:
    """What a study file holds: the value, and the texts that have to be stored with it."""

    spec: StudySpec
    briefs: tuple[BriefSpec, ...]
    scripts: dict[tuple[str, str], ScriptFile]
    dropped: tuple[str, ...]
    warmup: tuple[BriefSpec, ...] = ()
    """The briefs of practice and checks; their scripts stand among `scripts`."""
    second: dict[tuple[str, str], ScriptFile] = field(default_factory=dict)
    default_target: bool = False
    """Whether the file leaves out what the result is about."""


def read_study(path: Path, stored: Stored = NOTHING) -> StudyFile:
    """Read and check a study file with all that it names. Raises `InputErrors` with every fault."""
    document, root = read_yaml(path)
    return _read(document, root, path.parent, stored)


def read_study_text(text: str, name: str, stored: Stored) -> StudyFile:
    """The same of a study file that came alone: all that it is about is stored. Faults call it `name`."""
    document, root = yaml_of(text, Path(name))
    return _read(document, root, None, stored)


def _read(document: Document, root: Node, folder: Path | None, stored: Stored) -> StudyFile:
    fields = root.mapping(required=REQUIRED, optional=OPTIONAL)
    place = StudyFolder(document, folder)
    systems = read_systems(fields["systems"], place) if "systems" in fields else ()
    criteria = read_criteria(fields["criteria"], place) if "criteria" in fields else ()
    design, keys = read_design(fields.get("design"), fields.get("seats"))
    if fields and "seats" not in keys:
        root.fault(_("the study has no seats."), _("add seats: [{reads: [en], count: 9}]."))
    kind = design.kind if design is not None else "pair"
    score = read_score(fields["score"], place) if "score" in fields else None
    plan = read_plan(fields.get("plan"), systems, kind, score)
    briefs = read_briefs(fields["briefs"], place, stored.briefs) if "briefs" in fields else []
    texts = read_scripts(
        fields.get("scripts"),
        place,
        briefs,
        systems,
        missing_script=plan.missing_script if plan is not None else "refuse",
        stored=stored,
    )
    extras = read_extras(fields, place, stored.briefs)
    check_warmup_files(extras.groups, briefs)
    rest = _Rest(fields, place, kind, has_score=score is not None)
    _check_kind(root, fields, design, score, plan)
    more = read_extra_texts(fields.get("scripts"), place, extras.groups, stored=stored)
    check_damage(place, more, extras.practice, extras.checks)
    if design is not None and design.same:
        add_second_samples(more, fields.get("scripts"), place, texts, systems, stored=stored)
    if design is not None:
        _check_languages(rest, extras, design, fields, root)
    if design is not None and len(systems) >= 2 and texts.briefs and not document.faults:
        slugs = [system.slug for system in systems], [criterion.slug for criterion in criteria]
        given = design_input(design, [_brief_input(brief) for brief in texts.briefs], *slugs)
        _check_design(given, design, extras, more, {"seats": root, **fields, **keys})
    if not texts.briefs and not document.faults:
        fields["briefs"].fault(
            _("no brief is left, because scripts are missing."), _("add the missing scripts.")
        )
    document.refuse()
    assert design is not None
    assert plan is not None
    several = len({brief.series_slug for brief in texts.briefs}) < len(texts.briefs)
    target = plan.generalize_to or ("series" if several else "these-series")
    materials = msgspec.structs.replace(texts.materials(), warmup=more.warmup, second=more.second)
    spec = StudySpec(
        slug=rest.slug,
        title=rest.title,
        question=rest.question,
        seed=rest.seed,
        languages=tuple(sorted({language for group in design.seats for language in group.reads})),
        systems=systems,
        criteria=criteria,
        score=score,
        marks=rest.marks,
        design=design,
        plan=replace(plan, generalize_to=target),
        consent=rest.consent,
        instructions=rest.instructions,
        rights=rest.rights,
        materials=materials,
        practice=extras.practice,
        checks=extras.checks,
        sittings=extras.sittings,
        pay=extras.pay,
        guess=extras.guess,
        debriefing=extras.debriefing,
        completion=extras.completion,
        prolific=extras.prolific,
        aliases=extras.aliases,
        raters="simulated" if rest.simulated else "",
        unblinders=rest.unblinders,
    )
    return StudyFile(
        spec,
        tuple(texts.briefs),
        texts.scripts | more.scripts,
        tuple(texts.dropped),
        tuple(more.briefs),
        more.second_files,
        default_target=plan.generalize_to is None,
    )


class _Rest:
    """The single values of a study file."""

    def __init__(self, fields: dict[str, Node], place: StudyFolder, kind: str, *, has_score: bool) -> None:
        self.slug = fields["slug"].slug() if "slug" in fields else ""
        if self.slug in ADDRESSES:
            fields["slug"].fault(_("%(slug)s is reserved.") % {"slug": self.slug}, _("choose another slug."))
        self.title = self._text(fields, "title", place)
        self.question = self._text(fields, "question", place)
        self.marks = (read_marks(fields["marks"], place) if "marks" in fields else None) or False
        self.rights = (
            fields["rights"].choice(("show", "redistribute")) if "rights" in fields else ""
        ) or "show"
        self.simulated = "raters" in fields and fields["raters"].choice(("simulated",)) == "simulated"
        self.seed = fields["seed"].integer(0, 2**53) if "seed" in fields else default_seed(self.slug)
        self.instructions = self._text(fields, "instructions", place) or default_instructions(
            kind, score=has_score, marks=bool(self.marks)
        )
        self.consent = _consent(fields.get("consent"), place, kind)
        self.unblinders = read_unblinders(fields["unblinders"]) if "unblinders" in fields else ()

    @staticmethod
    def _text(fields: dict[str, Node], key: str, place: StudyFolder) -> Text:
        return read_text_value(fields[key], place) if key in fields else {}


def default_seed(slug: str) -> int:
    """The seed of a study that gives none: fixed by its slug."""
    return int(sha256(slug.encode()).hexdigest()[:8], 16)


UNNAMED_ORGANISATION = {"en": "A research team", "zh": "我们"}
UNNAMED_CONTACT = {"en": "the person who sent you the link", "zh": "把链接发给您的人"}
CONSENT_POINTS = ("approval", "contact", "withdraw_until", "transfer", "confidentiality", "measures")


def default_instructions(kind: str, *, score: bool, marks: bool) -> Text:
    """The instructions of a study that gives none, without the parts about scores or marks it does not use.

    Such a part is between the lines `{score}` and `{/score}`, or `{marks}` and `{/marks}`.
    """
    used = {"score": score, "marks": marks}
    shipped = shipped_text("instructions-single.md" if kind == "single" else "instructions.md")
    return {
        language: re.sub(
            r"\{(score|marks)\}\n(.*?)\{/\1\}\n",
            lambda part: part[2] if used[part[1]] else "",
            text,
            flags=re.DOTALL,
        )
        for language, text in shipped.items()
    }


def default_consent(kind: str, organisation: Text | None = None, contact: Text | None = None) -> ConsentSpec:
    """The general consent. It names the organisation and the contact if they are given."""
    shipped = shipped_text("consent-single.md" if kind == "single" else "consent.md")
    text = {
        language: text.format(
            organisation=_text_or(organisation, language, UNNAMED_ORGANISATION),
            contact=_spaced(_text_or(contact, language, UNNAMED_CONTACT), language),
        )
        for language, text in shipped.items()
    }
    return ConsentSpec(version=DEFAULT_CONSENTS[kind], text=text, contact=contact or {})


def _text_or(given: Text | None, language: str, otherwise: Text) -> str:
    """The given text in this language, or in its only language."""
    return (given.get(language) or next(iter(given.values()))) if given else otherwise[language]


def _spaced(text: str, language: str) -> str:
    """The text as it follows a Chinese word: a Latin letter needs a space before it."""
    return f" {text}" if language == "zh" and text[:1].isascii() else text


def _consent(node: Node | None, place: StudyFolder, kind: str) -> ConsentSpec:
    if node is None:
        return default_consent(kind)
    if isinstance(node.value, dict) and not {"version", "text"} & set(node.value):
        return _general_consent(node, place, kind)
    fields = node.mapping(required=("version", "text"), optional=(*CONSENT_POINTS, "machines"))
    version = ""
    if "version" in fields:
        version = str(fields["version"].value).strip()
        if not version or len(version) > 40 or not isinstance(fields["version"].value, str | int | float):
            fields["version"].fault(
                _("the consent version must be a short text of at most 40 characters."),
                _("write version: 1, for example."),
            )
    text = read_text_value(fields["text"], place) if "text" in fields else {}
    return replace(ConsentSpec(version=version, text=text), **_consent_points(fields, place))


def _general_consent(node: Node, place: StudyFolder, kind: str) -> ConsentSpec:
    """The general text with what the study says about itself."""
    fields = node.mapping(required=(), optional=("organisation", *CONSENT_POINTS, "machines"))
    organisation = read_text_value(fields["organisation"], place) if "organisation" in fields else None
    points = _consent_points(fields, place)
    return replace(default_consent(kind, organisation, points.get("contact")), **points)


def _consent_points(fields: dict[str, Node], place: StudyFolder) -> dict[str, Any]:
    points: dict[str, Any] = {key: _point(fields[key], place) for key in CONSENT_POINTS if key in fields}
    if "machines" in fields:
        points["machines"] = fields["machines"].choice(("before", "debriefing")) or ""
    return points


def _point(node: Node, place: StudyFolder) -> Text:
    """A text, or a date as YAML has it, which reads alike in both languages."""
    if isinstance(node.value, date):
        return dict.fromkeys(LANGUAGES, node.value.isoformat()[:10])
    return read_text_value(node, place)


def _check_kind(
    root: Node,
    fields: dict[str, Node],
    design: DesignSpec | None,
    score: ScoreSpec | None,
    plan: PlanSpec | None,
) -> None:
    """Pairs need criteria; one script at a time needs a score, and nothing that is about pairs."""
    if design is None or not design.is_single:
        if fields and "criteria" not in fields and design is not None:
            root.fault(_("the study has no criteria."), _("add criteria, for example criteria: [overall]."))
        return
    check_single(fields)
    if score is None:
        at = fields.get("score", root)
        at.fault(_("studies with one script at a time need a score."), _("add score: true."))
    if plan is not None and plan.missing_script == "loss":
        fields["plan"].fault(
            _("with one script at a time, a missing script can't count as a loss."),
            _("write missing_script: refuse or drop."),
        )


def _check_languages(
    rest: "_Rest", extras: Extras, design: DesignSpec, fields: dict[str, Node], root: Node
) -> None:
    """Who reads one language only must be able to read what they agree to and what they are asked to do."""
    texts = {"consent": rest.consent.text, "instructions": rest.instructions, "debriefing": extras.debriefing}
    points = {key: getattr(rest.consent, key) for key in CONSENT_POINTS}
    for reads in sorted({group.reads for group in design.seats}):
        for key, text in (*texts.items(), *points.items()):
            if text and not set(reads) & set(text):
                missing = " or ".join(reads)
                at = fields["consent"] if key in points else fields.get(key, root)
                at.fault(
                    _("%(key)s has no text for seats that read %(missing)s.")
                    % {"key": key, "missing": missing},
                    _("add %(key)s in %(missing)s: {en: ..., zh: ...}.") % {"key": key, "missing": missing},
                )


def _check_design(
    given: DesignInput, design: DesignSpec, extras: Extras, more: ExtraTexts, at: dict[str, Node]
) -> None:
    problems: list[DesignProblem] = design_problems(given, design.raters_per_pairing)
    warmup = [_brief_input(brief) for brief in more.briefs]
    wanted = extras_input(design, extras.practice, extras.checks, extras.sittings, warmup, more.second)
    for problem in problems or extras_problems(given, wanted):
        (at.get(problem.about) or at["seats"]).fault(problem.message, problem.fix)


def _brief_input(brief: BriefSpec) -> BriefInput:
    return BriefInput(brief.slug, brief.language, brief.series_slug, brief.order)
