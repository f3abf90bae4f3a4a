"""Two versions of a dataset side by side, from the database or from manifests; and one made again.

found = compare(facts_of("long-grass@1"), facts_of("export/manifest.json"))
found.lines()
remade = remake(dataset, Path("screenplays"))
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from django.db import OperationalError, connection, transaction
from tenacity import retry, retry_if_exception_type, stop_after_attempt

from evalsite.core.digests import json_digest
from evalsite.core.errors import InputErrors
from generation.training_data.corpus.cutting import WorkUpload, scene_rows
from generation.training_data.corpus.folder import read_folder
from generation.training_data.datasets.building import find_dataset, made_of
from generation.training_data.datasets.examples import each_content, in_story_order
from generation.training_data.datasets.exporting import MANIFEST, manifest_line
from generation.training_data.datasets.filtering import filter_run
from generation.training_data.models import Candidate, Dataset, Scene, Work


@contextmanager
def rolled_back() -> Iterator[None]:
    """Run in a transaction that sees the database as it is now, and roll it back at the end.

    Changes that others commit meanwhile are not seen. PostgreSQL raises an `OperationalError` (serialization
    failure) when the trial writes to a row that somebody has changed meanwhile.
    """
    is_outermost = not connection.in_atomic_block
    with transaction.atomic():
        if is_outermost:
            with connection.cursor() as cursor:
                cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        yield
        transaction.set_rollback(True)


MOST_LINES = 200
TRIES = 3
"""A trial of the filter begins again when somebody has changed a row that it writes to."""
_NEEDED = {"digest", "scene_digest", "split", "parts"}


@dataclass(frozen=True, slots=True)
class Facts:
    """What is compared. `examples` are lines of a manifest by `work/number`."""

    name: str
    digest: str
    recipe: Mapping[str, Any]
    works: Mapping[str, str]
    examples: Mapping[str, Mapping[str, Any]]


@dataclass(slots=True)
class Differences:
    """What differs. `changed` says which parts; `works` and `recipe` name what is another."""

    added: list[str] = field(default_factory=list)
    removed: list[str] = field(default_factory=list)
    changed: dict[str, list[str]] = field(default_factory=dict)
    moved: dict[str, tuple[str, str]] = field(default_factory=dict)
    works: list[str] = field(default_factory=list)
    recipe: list[str] = field(default_factory=list)
    other: list[str] = field(default_factory=list)

    def __bool__(self) -> bool:
        return bool(
            self.added
            or self.removed
            or self.changed
            or self.moved
            or self.works
            or self.recipe
            or self.other
        )

    def lines(self) -> list[str]:
        """A line for each, 200 of a kind at most; one line where nothing differs."""
        if not self:
            return ["No differences."]
        return [
            *self.other,
            *_some("recipe: ", self.recipe),
            *_some("source: ", self.works),
            *_some("added: ", self.added),
            *_some("removed: ", self.removed),
            *_some("changed: ", (f"{name} ({', '.join(parts)})" for name, parts in self.changed.items())),
            *_some("split: ", (f"{name}: {one} -> {two}" for name, (one, two) in self.moved.items())),
        ]


def _some(head: str, names: Iterable[str]) -> list[str]:
    found = list(names)
    more = len(found) - MOST_LINES
    lines = [head + name for name in found[:MOST_LINES]]
    return [*lines, f"{head}... and {more} more"] if more > 0 else lines


def facts_of(name: str) -> Facts:
    """Of `name@version`, of a manifest's file, or of the folder that it lies in. Raises `InputErrors`."""
    path = Path(name)
    if path.is_dir():
        path = path / MANIFEST
    if path.suffix == ".json" or path.exists():
        return _from_manifest(path)
    dataset = find_dataset(name)
    lines = (manifest_line(content) for content in each_content(dataset))
    return Facts(
        str(dataset), dataset.digest, dataset.recipe, dataset.recipe.get("works", {}), _by_place(lines)
    )


def _from_manifest(path: Path) -> Facts:
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        known = told["dataset"]
        return Facts(
            f"{known['slug']}@{known['version']}",
            known["digest"],
            told["recipe"],
            told["recipe"].get("works", {}),
            _by_place(told["examples"]),
        )
    except OSError as error:
        raise InputErrors.single(
            str(path), f"can't read it ({error.strerror}).", "check the name."
        ) from error
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        fix = f"use a {MANIFEST} written by `dataset export`."
        raise InputErrors.single(str(path), "this is not the manifest of a dataset.", fix) from error


def _by_place(lines: Iterable[Mapping[str, Any]]) -> dict[str, Mapping[str, Any]]:
    found = {f"{line['work']}/{line['number']}": line for line in lines}
    if not all(line.keys() >= _NEEDED for line in found.values()):
        raise KeyError("an example lacks a field")
    return found


def compare(one: Facts, two: Facts) -> Differences:
    """What differs from one to two."""
    found = Differences(
        added=[name for name in two.examples if name not in one.examples],
        removed=[name for name in one.examples if name not in two.examples],
        works=_differing(one.works, two.works),
        recipe=[name for name in _differing(one.recipe, two.recipe) if name != "works"],
    )
    for which in (one, two):
        if count := sum(bool(each.get("withheld")) for each in which.examples.values()):
            found.other.append(
                f"texts: {which.name} as exported lacks those of {count} examples (digests alone)."
            )
    for name in one.examples.keys() & two.examples.keys():
        first, second = one.examples[name], two.examples[name]
        if first["digest"] != second["digest"]:
            parts = [part for part, digest in first["parts"].items() if second["parts"].get(part) != digest]
            if first["scene_digest"] != second["scene_digest"]:
                parts.insert(0, "scene")
            found.changed[name] = parts or ["digest"]
        if first["split"] != second["split"]:
            found.moved[name] = (first["split"], second["split"])
    found.changed = dict(sorted(found.changed.items()))
    found.moved = dict(sorted(found.moved.items()))
    return found


def _differing(one: Mapping[str, Any], two: Mapping[str, Any]) -> list[str]:
    return sorted(key for key in one.keys() | two.keys() if one.get(key) != two.get(key))


# Made again


def remake(dataset: Dataset, folder: Path) -> Differences:
    """Read the sources again, let the run's filter look at every scene again by the rules of today, with what
    stages answered and people have decided, balance and split what passes, and say what differs from what is
    stored. Nothing is kept of it. Raises `InputErrors` where the folder cannot be read.
    """
    found = Differences()
    sources = _sources(folder, set(dataset.recipe["works"]))
    _look_at_works(dataset, sources, found)
    now = _made_again(dataset)
    stored = {
        _Place(work, number): (digest, split)
        for work, number, digest, split in in_story_order(dataset).values_list(
            "scene__work__slug", "scene__number", "digest", "split"
        )
    }
    for place, (digest, split) in stored.items():
        source = sources.get(place.work, {}).get(place.number)
        if place not in now.examples:
            found.removed.append(f"{place}{now.reasons.get(place, '')}")
            continue
        example = now.examples[place]
        if place.work in sources and source != example.scene_digest:
            found.changed[str(place)] = ["scene"]
        elif digest != example.digest:
            found.changed[str(place)] = ["digest"]
        if split != example.split:
            found.moved[str(place)] = (split, example.split)
    found.added = [str(place) for place in now.examples if place not in stored]
    found.recipe = _differing(dataset.recipe, now.recipe)
    if now.digest != dataset.digest:
        found.other.append(f"digest: now {now.digest} now, not {dataset.digest}.")
    return found


class _Place(NamedTuple):
    """Where a scene stands, the same in every database."""

    work: str
    number: int

    def __str__(self) -> str:
        return f"{self.work}/{self.number}"


@dataclass(frozen=True, slots=True)
class _Example:
    digest: str
    split: str
    scene_digest: str


@dataclass(frozen=True, slots=True)
class _Again:
    """A dataset made once more; `reasons` are why its examples of before fall now."""

    examples: Mapping[_Place, _Example]
    reasons: Mapping[_Place, str]
    recipe: Mapping[str, Any]
    digest: str


@retry(retry=retry_if_exception_type(OperationalError), stop=stop_after_attempt(TRIES), reraise=True)
def _made_again(dataset: Dataset) -> _Again:
    """Run the same filter and builder, and roll back what they write."""
    with rolled_back():
        filter_run(dataset.run, again=True, locked=False)
        made = made_of(dataset.run)
        fell = Candidate.objects.filter(examples__dataset=dataset).exclude(dropped_at="").order_by()
        reasons = {
            _Place(work, number): f" ({step}: {reason['code']})"
            for work, number, step, reason in fell.values_list(
                "scene__work__slug", "scene__number", "dropped_at", "reason"
            )
        }
    numbers = dict(
        Scene.objects.filter(work__slug__in=list(dataset.recipe["works"])).values_list("pk", "number")
    )
    examples = {
        _Place(row.work, numbers[row.scene]): _Example(row.digest, row.split, row.scene_digest)
        for row in made.rows
    }
    return _Again(examples, reasons, made.recipe, made.digest)


def _sources(folder: Path, wanted: set[str]) -> dict[str, dict[int, str]]:
    """The digests of the scenes of a folder's works, by work and number, read as an import reads them."""
    found: dict[str, dict[int, str]] = {}
    for spec in read_folder(folder).works:
        if spec.slug in wanted:
            understood = WorkUpload.from_file(spec).understood()
            found[spec.slug] = {row.number: row.digest for row in scene_rows(understood)}
    return found


def _look_at_works(dataset: Dataset, sources: Mapping[str, Mapping[int, str]], found: Differences) -> None:
    works: Mapping[str, str] = dataset.recipe["works"]
    stored = set(Work.objects.filter(slug__in=list(works)).values_list("slug", flat=True))
    for slug, digest in sorted(works.items()):
        if slug not in sources:
            found.works.append(f"{slug} is not in the folder")
        elif json_digest([sources[slug][number] for number in sorted(sources[slug])]) != digest:
            found.works.append(f"{slug} has changed")
        if slug not in stored:
            found.works.append(f"{slug} is no longer imported")
