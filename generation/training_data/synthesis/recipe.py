"""A recipe of training data: a YAML file with two chains of stages and the filter, as one frozen value.

recipe = find_recipe("dsr-data")        # a shipped one, or the path of a file; raises `InputErrors`
recipe.profiles, recipe.scenes          # pipelines: `dsr-data-profiles` works on persons, `-scenes` on scenes
recipe.filter.marks["faithfulness"]
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import msgspec

from evalsite.core.errors import InputErrors
from generation.backends.spec import BackendSpec, read_backend
from generation.pipelines.reading import read_about, read_names, read_stages
from generation.pipelines.spec import SystemSpec
from generation.prompts import LANGUAGES
from generation.training_data.corpus.minhash import REPEATS
from generation.training_data.synthesis.questions import MARKS, QUESTION_PARTS, QUESTIONS
from generation.yaml_files import Document, Node, read_yaml

SHIPPED = Path(__file__).with_name("recipes")
PROFILES, SCENES = ("profile",), ("outline", "context", "directives", "novel", "marks")
"""The stages that a recipe must have, by name and in order; a scene's may have others between them."""
PARTS = {
    "outline": ("outline",),
    "context": ("context",),
    "directives": ("exposition", "pacing", "beats"),
    "marks": MARKS,
    **QUESTION_PARTS,
}
"""The parts of their answers that examples are made of, or that the filter looks at."""
BRIEF_STAGES = ("outline", "context")
"""The stages of a scene that its brief is made from."""
HALVES = ("profiles", "scenes")
CALLED = "called"
"""Where a run keeps what its recipe is called."""


@dataclass(frozen=True, slots=True, kw_only=True)
class FilterSpec:
    """What is kept. `length` holds the least and the most of a scene by language: words, Han characters.

    `marks` are the least that the judge must have given, `questions` the largest shares of sentences that it
    may have found faulty. `share` of what is left is read by people, `twice`
    of that by two. No series, genre or band of length makes up more than `series`, `genre` and `band` of the
    examples.
    `validation` and `test` are shares of the series.
    """

    length: dict[str, tuple[int, int]]
    profile_scenes: int = 1
    alike: float = REPEATS
    marks: dict[str, int] = field(default_factory=dict)
    questions: dict[str, float] = field(default_factory=dict)
    share: float = 0.1
    twice: float = 0.2
    series: float = 1.0
    genre: float = 1.0
    band: float = 1.0
    validation: float = 0.05
    test: float = 0.05


@dataclass(frozen=True, slots=True, kw_only=True)
class Recipe:
    """One recipe. `profiles` works on persons, `scenes` on scenes; both are run like systems.

    `makes_briefs`: its runs end with briefs for a study, not with candidates for a dataset.
    """

    slug: str
    name: str
    names: dict[str, str]
    about: dict[str, str]
    profiles: SystemSpec
    scenes: SystemSpec
    filter: FilterSpec
    makes_briefs: bool = False

    def for_briefs(self) -> "Recipe":
        """The part of this recipe that reconstructs briefs: profiles, outlines and previous contexts."""
        slug = f"{self.slug}-briefs"
        stages = tuple(stage for stage in self.scenes.stages if stage.name in BRIEF_STAGES)
        return replace(
            self,
            slug=slug,
            profiles=replace(self.profiles, slug=f"{slug}-profiles", name=f"{slug}-profiles"),
            scenes=replace(self.scenes, slug=f"{slug}-scenes", name=f"{slug}-scenes", stages=stages),
            makes_briefs=True,
        )

    @property
    def specs(self) -> tuple[SystemSpec, SystemSpec]:
        return self.profiles, self.scenes

    def as_record(self) -> dict[str, Any]:
        """What a run keeps of it beside its two systems."""
        kept = {"slug": self.slug, "filter": self.filter}
        record: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(kept))
        if self.filter.band == 1.0:  # it came later, and must not change the digests of what was before
            del record["filter"]["band"]
        if not self.filter.questions:
            del record["filter"]["questions"]
        if self.makes_briefs:
            record["makes"] = "briefs"
        return record

    def called(self) -> dict[str, dict[str, str]]:
        """What people read of it, kept beside what decides."""
        return {"names": dict(self.names), "about": dict(self.about)}


def filter_of(record: Mapping[str, Any]) -> FilterSpec:
    """The filter that a run has kept."""
    return msgspec.convert(record["filter"], FilterSpec)


def recipe_of_record(frozen: Mapping[str, Any]) -> Recipe:
    """The recipe of a run from its frozen settings: the same filter, stages and prompts."""
    slug = str(frozen["recipe"]["slug"])
    profiles, scenes = (SystemSpec.from_record(frozen["systems"][f"{slug}-{half}"]) for half in HALVES)
    told = frozen.get(CALLED, {})  # runs planned before keep none
    names = told.get("names", {})
    return Recipe(
        slug=slug,
        name=names.get("en") or names.get("zh") or slug,
        names=names,
        about=told.get("about", {}),
        profiles=profiles,
        scenes=scenes,
        filter=filter_of(frozen["recipe"]),
        makes_briefs=makes_briefs(frozen),
    )


def makes_briefs(frozen: Mapping[str, Any]) -> bool:
    """Whether a run with these frozen settings makes briefs for a study, not training data."""
    return bool(frozen.get("recipe", {}).get("makes") == "briefs")


def shipped_recipes() -> list[str]:
    return sorted(path.stem for path in SHIPPED.glob("*.yaml"))


def find_recipe(name: str) -> Recipe:
    """A shipped recipe by its slug, or any by the path of its file. Raises `InputErrors`."""
    if name.endswith((".yaml", ".yml")):
        return read_recipe(Path(name))
    if name not in shipped_recipes():
        fix = f"available recipes: {', '.join(shipped_recipes())}; or the path of a YAML file."
        raise InputErrors.single(name, "there is no recipe with this name.", fix)
    return read_recipe(SHIPPED / f"{name}.yaml")


def read_recipe(path: Path) -> Recipe:
    """One recipe from its file, with the texts of its prompts.

    Raises `InputErrors` with all that is wrong.
    """
    document, root = read_yaml(path)
    fields = root.mapping(
        required=("slug", "name", "backend", "profiles", "scenes", "filter"),
        optional=("about", "tries", "retries", "in_flight"),
    )
    slug = fields["slug"].slug(most=60) if "slug" in fields else ""
    names = read_names(fields.get("name"))
    chains = {
        part: SystemSpec(
            slug=f"{slug}-{part}",
            name=f"{slug}-{part}",
            backend=read_backend(fields["backend"]) if "backend" in fields else BackendSpec(kind=""),
            stages=_chain(document, fields.get(part), wanted, kind),
            tries=fields["tries"].integer(1, 20) if "tries" in fields else 4,
            retries=fields["retries"].integer(0, 50) if "retries" in fields else 6,
            in_flight=fields["in_flight"].integer(1, 4096) if "in_flight" in fields else 64,
        )
        for part, wanted, kind in (("profiles", PROFILES, "person"), ("scenes", SCENES, "scene"))
    }
    recipe = Recipe(
        slug=slug,
        name=names.get("en") or names.get("zh") or names.get("", ""),
        names={key: each for key, each in names.items() if key},
        about=read_about(fields.get("about")),
        profiles=chains["profiles"],
        scenes=chains["scenes"],
        filter=_filter(fields.get("filter")),
    )
    asked = {stage.name for stage in recipe.scenes.stages}
    for question in sorted(recipe.filter.questions.keys() - asked):
        message = f"no stage asks the question {question}."
        fields["filter"].fault(message, f"add a stage named {question}, or remove its threshold.")
    document.refuse()
    return recipe


def _chain(document: Document, node: Node | None, wanted: tuple[str, ...], kind: str) -> tuple[Any, ...]:
    """The stages of one half, which must be there by name and work on what that half works on."""
    if node is None:
        return ()
    fields = node.mapping(required=("stages",))
    if "stages" not in fields:
        return ()
    stages = read_stages(fields["stages"], LANGUAGES)
    if document.faults:
        return stages
    names = [stage.name for stage in stages]
    if [name for name in names if name in wanted] != list(wanted):
        fields["stages"].fault(
            f"the stages are {', '.join(names)}.", f"use {', '.join(wanted)}, in this order."
        )
    for stage in stages:
        if lacking := set(PARTS.get(stage.name, ())) - set(stage.part_names):
            message = f"the stage {stage.name} has no part {', '.join(sorted(lacking))}."
            fields["stages"].fault(message, "add it to the parts of the stage.")
    if any(stage.input != kind for stage in stages):
        fields["stages"].fault("a stage has a different input.", f"set input: {kind} for each stage.")
    return stages


def _filter(node: Node | None) -> FilterSpec:
    if node is None:
        return FilterSpec(length={})
    optional = ("profile_scenes", "alike", "marks", "questions", "people", "balance", "splits")
    fields = node.mapping(required=("length",), optional=optional)
    people, balance, splits = (
        fields[key].mapping(required=(), optional=inner) if key in fields else {}
        for key, inner in (
            ("people", ("share", "twice")),
            ("balance", ("series", "genre", "length")),
            ("splits", ("validation", "test")),
        )
    )
    marks = fields["marks"].mapping(required=(), optional=MARKS) if "marks" in fields else {}
    questions = fields["questions"].mapping(required=(), optional=QUESTIONS) if "questions" in fields else {}
    shares = {key: each.number(0.0, 1.0) for part in (people, balance) for key, each in part.items()} | {
        key: each.number(0.0, 0.4) for key, each in splits.items()
    }
    if "length" in shares:
        shares["band"] = shares.pop("length")
    return FilterSpec(
        length=_lengths(fields.get("length")),
        profile_scenes=fields["profile_scenes"].integer(1, 1000) if "profile_scenes" in fields else 1,
        alike=fields["alike"].number(0.3, 1.0) if "alike" in fields else REPEATS,
        marks={key: each.integer(1, 5) for key, each in marks.items()},
        questions={key: each.number(0.0, 1.0) for key, each in questions.items()},
        **shares,
    )


def _lengths(node: Node | None) -> dict[str, tuple[int, int]]:
    if node is None:
        return {}
    found = {}
    for language, each in node.mapping(required=LANGUAGES).items():
        bounds = each.sequence(least=2, most=2)
        if bounds:
            low, high = (bound.integer(1, 100_000) for bound in bounds)
            if low > high:
                each.fault(f"from {low} is above to {high}.", "put the smaller number first.")
            found[language] = (low, high)
    return found
