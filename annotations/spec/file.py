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

from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from annotations.design import BriefInput, DesignInput, SeatInput, design_problems
from annotations.spec.materials import (
    ScriptFile,
    StoredBriefs,
    StoredScript,
    Texts,
    read_briefs,
    read_scripts,
)
from annotations.spec.reading import (
    Place,
    read_criteria,
    read_flag,
    read_systems,
    read_text_value,
    shipped_text,
)
from annotations.spec.rules import read_design, read_plan, read_score
from annotations.spec.values import ConsentSpec, DesignSpec, StudySpec, Text
from generation.files import Document, Node, read_yaml, yaml_of
from generation.reading import BriefSpec

REQUIRED = ("slug", "title", "question", "systems", "criteria", "briefs")
OPTIONAL = (
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
)
DEFAULT_CONSENT = "default-1"
ADDRESSES = ("new",)
"""Slugs that no study can have: pages of the site stand there."""


@dataclass(frozen=True, slots=True)
class StudyFile:
    """What a study file holds: the value, and the texts that have to be stored with it."""

    spec: StudySpec
    briefs: tuple[BriefSpec, ...]
    scripts: dict[tuple[str, str], ScriptFile]
    dropped: tuple[str, ...]


def read_study(
    path: Path, *, stored: StoredScript | None = None, stored_briefs: StoredBriefs | None = None
) -> StudyFile:
    """Read and check a study file with all that it names. Raises `Refused` with every fault.

    `stored` is asked for scripts that lie in no file, `stored_briefs` for briefs that are named by slug.
    """
    document, root = read_yaml(path)
    return _read(document, root, path.parent, stored, stored_briefs)


def read_study_text(text: str, name: str, *, stored: StoredScript, stored_briefs: StoredBriefs) -> StudyFile:
    """The same of a study file that came alone: all that it is about is stored. Faults call it `name`."""
    document, root = yaml_of(text, Path(name))
    return _read(document, root, None, stored, stored_briefs)


def _read(
    document: Document,
    root: Node,
    folder: Path | None,
    stored: StoredScript | None,
    stored_briefs: StoredBriefs | None,
) -> StudyFile:
    fields = root.mapping(required=REQUIRED, optional=OPTIONAL)
    place = Place(document, folder)
    systems = read_systems(fields["systems"], place) if "systems" in fields else ()
    criteria = read_criteria(fields["criteria"], place) if "criteria" in fields else ()
    design, keys = read_design(fields.get("design"), fields.get("seats"))
    if fields and "seats" not in keys:
        root.fault("the study has no seats.", "add seats: [{reads: [en], count: 9}].")
    plan = read_plan(fields.get("plan"), systems)
    briefs = read_briefs(fields["briefs"], place, stored_briefs) if "briefs" in fields else []
    texts = read_scripts(
        fields.get("scripts"),
        place,
        briefs,
        systems,
        missing_script=plan.missing_script if plan is not None else "refuse",
        stored=stored,
    )
    score = read_score(fields["score"], place) if "score" in fields else None
    rest = _Rest(fields, place)
    if design is not None:
        _check_languages(rest, design, fields, root)
    if design is not None and len(systems) >= 2 and texts.briefs and not document.faults:
        _check_design(design, keys, texts, [s.slug for s in systems], [c.slug for c in criteria])
    if not texts.briefs and not document.faults:
        fields["briefs"].fault("no brief is left.", "write the missing scripts.")
    document.refuse()
    assert design is not None
    assert plan is not None
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
        plan=plan,
        consent=rest.consent,
        instructions=rest.instructions,
        rights=rest.rights,
        materials=texts.materials(),
    )
    return StudyFile(spec, tuple(texts.briefs), texts.scripts, tuple(texts.dropped))


class _Rest:
    """The single values of a study file."""

    def __init__(self, fields: dict[str, Node], place: Place) -> None:
        self.slug = fields["slug"].slug() if "slug" in fields else ""
        if self.slug in ADDRESSES:
            fields["slug"].fault(f"{self.slug} is an address of the site.", "give the study another slug.")
        self.title = self._text(fields, "title", place)
        self.question = self._text(fields, "question", place)
        self.marks = read_flag(fields["marks"]) if "marks" in fields else False
        self.rights = (
            fields["rights"].choice(("show", "redistribute")) if "rights" in fields else ""
        ) or "show"
        self.seed = fields["seed"].integer(0, 2**53) if "seed" in fields else seed_of(self.slug)
        self.instructions = self._text(fields, "instructions", place) or shipped_text("instructions.md")
        self.consent = _consent(fields.get("consent"), place)

    @staticmethod
    def _text(fields: dict[str, Node], key: str, place: Place) -> Text:
        return read_text_value(fields[key], place) if key in fields else {}


def seed_of(slug: str) -> int:
    """The seed of a study that gives none: fixed by its slug."""
    return int(sha256(slug.encode()).hexdigest()[:8], 16)


def _consent(node: Node | None, place: Place) -> ConsentSpec:
    if node is None:
        return ConsentSpec(version=DEFAULT_CONSENT, text=shipped_text("consent.md"))
    fields = node.mapping(required=("version", "text"))
    version = ""
    if "version" in fields:
        version = str(fields["version"].value).strip()
        if not version or len(version) > 40 or not isinstance(fields["version"].value, str | int | float):
            fields["version"].fault("the version of the consent is no short name.", "write version: 1, say.")
    text = read_text_value(fields["text"], place) if "text" in fields else {}
    return ConsentSpec(version=version, text=text)


def _check_languages(rest: "_Rest", design: DesignSpec, fields: dict[str, Node], root: Node) -> None:
    """Who reads one language only must be able to read what they agree to and what they are asked to do."""
    for reads in sorted({group.reads for group in design.seats}):
        for key, text in (("consent", rest.consent.text), ("instructions", rest.instructions)):
            if text and not set(reads) & set(text):
                missing = " or ".join(reads)
                fields.get(key, root).fault(
                    f"seats read {missing}, and {key} has no text in that language.",
                    f"give {key} in {missing} too: {{en: ..., zh: ...}}.",
                )


def _check_design(
    design: DesignSpec, keys: dict[str, Node], texts: Texts, systems: Sequence[str], criteria: Sequence[str]
) -> None:
    given = design_input(design, texts.briefs, systems, criteria)
    for problem in design_problems(given, design.raters_per_pairing):
        at = keys.get(problem.about) or keys["seats"]
        at.fault(problem.message, problem.mend)


def design_input(
    design: DesignSpec, briefs: Sequence[BriefSpec], systems: Sequence[str], criteria: Sequence[str]
) -> DesignInput:
    """What the draw is made from. Seats are numbered through the groups turn by turn: groups fill alike."""
    return DesignInput(
        systems=tuple(systems),
        briefs=tuple(BriefInput(b.slug, b.language, b.series_slug, b.order) for b in briefs),
        seats=tuple(SeatInput(number, reads) for number, reads in enumerate(seat_reads(design), start=1)),
        criteria=tuple(criteria),
        scheme=design.scheme,
        briefs_per_seat=design.briefs_per_seat,
    )


def seat_reads(design: DesignSpec) -> list[tuple[str, ...]]:
    """The reading languages of seat 1, 2, ...: one seat of each group in turn."""
    left = [(group.reads, group.count) for group in design.seats]
    found: list[tuple[str, ...]] = []
    while left:
        found += [reads for reads, _ in left]
        left = [(reads, count - 1) for reads, count in left if count > 1]
    return found
