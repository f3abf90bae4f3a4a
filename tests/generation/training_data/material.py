"""Works made of the demonstration's scripts, and the shipped recipe asking the canned answers."""

from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path

import yaml

from evalsite.core.digests import json_digest
from generation.backends.spec import BackendSpec
from generation.briefs.files import read_brief
from generation.models import Series
from generation.screenplay import digest, measure, parse
from generation.training_data.corpus.services import import_folder
from generation.training_data.models import Scene, Work
from generation.training_data.synthesis.recipe import Recipe, find_recipe

EXAMPLES = Path(__file__).parents[3] / "examples"


def store_works(slug_ends: str = "-corpus") -> list[Work]:
    """A work for each series of the demonstration, its scenes the human scripts in story order."""
    briefs = [read_brief(path) for path in sorted(EXAMPLES.glob("briefs/*/*.yaml"))]
    works = []
    for slug in dict.fromkeys(brief.series_slug for brief in briefs):
        own = sorted((each for each in briefs if each.series_slug == slug), key=lambda each: each.order)
        title, language = own[0].series_title, own[0].language
        series = Series.objects.create(slug=slug + slug_ends, title=title, language=language)
        texts = [
            path.read_text(encoding="utf-8")
            for each in own
            for path in [
                EXAMPLES
                / "scripts"
                / each.slug
                / ("human.txt" if each.language == "zh" else "human.fountain")
            ]
            if path.exists()
        ]
        digests = [digest(text) for text in texts]
        work = Work.objects.create(
            slug=slug, series=series, title=title, language=language, rights=Work.Rights.REDISTRIBUTE,
            credit="invented for this project", digest=json_digest(digests),
        )  # fmt: skip
        for number, text in enumerate(texts, start=1):
            counted = measure(parse(text, language))
            Scene.objects.create(
                work=work, number=number, text=text, digest=digest(text), length=counted.length,
                speakers=list(counted.speakers),
            )  # fmt: skip
        works.append(work)
    return works


def write_corpus(folder: Path, texts: Mapping[str, str], **fields: object) -> Path:
    """A folder to import: one English work for each text, by the slug of its series; `fields` are of each."""
    folder.mkdir()
    works = []
    for slug, text in texts.items():
        (folder / f"{slug}.fountain").write_text(text)
        series = {"slug": slug, "title": fields.get("title", slug.title())}
        work = {"file": f"{slug}.fountain", "series": series, "title": slug, "order": 1, "language": "en"}
        works.append({**work, "rights": "train", "credit": "invented", **fields})
    (folder / "corpus.yaml").write_text(yaml.safe_dump({"works": works}))
    return folder


def import_texts(folder: Path, texts: Mapping[str, str], **fields: object) -> dict[str, list[Scene]]:
    """The scenes of such works by series, once they are imported."""
    import_folder(write_corpus(folder, texts, **fields))
    return {slug: list(Scene.objects.filter(work__series__slug=slug).order_by("number")) for slug in texts}


@cache
def _shipped() -> Recipe:
    """Reading it takes a tenth of a second."""
    return find_recipe("dsr-data")


def fake_recipe(**backend: object) -> Recipe:
    """The shipped recipe, answered without a server."""
    recipe = _shipped()
    spec = BackendSpec(kind="fake", **backend)
    return replace(
        recipe,
        profiles=replace(recipe.profiles, backend=spec),
        scenes=replace(recipe.scenes, backend=spec),
    )
