"""Canned scenes answer any sensible brief, with nothing to clear: all can be tried without a model."""

from typing import Any

import pytest

from generation.backends.server import FakeServer
from generation.briefs.files import brief_of
from generation.models import Job, Script
from generation.pipelines import find_system
from generation.runs.services import plan_run
from generation.runs.worker import Worker
from generation.screenplay import parse
from generation.screenplay.leaks.scanning import scan
from generation.script_metrics.measures import brief_text, measure_text
from generation.services import store_briefs
from generation.training_data.synthesis import canned as canned_synthesis

pytestmark = pytest.mark.django_db
SYSTEMS = ("dsr", "direct", "plan-then-write")
LABELLED = "Age: 61\n\nTraits: exact, dry, never late.\n\nBackstory: a pilot until the harbour closed."
ZH_PAIR = [("阮玉梅", "五十岁。"), ("陈望", "轮机工。")]
CASES: dict[str, dict[str, Any]] = {
    "alone": {"characters": [("Ines Marlow", "A pilot of harbours.")]},
    "labelled": {"characters": [("Ines Marlow", LABELLED), ("Tobias Reck", "Job: deckhand.\n\nAge: 26")]},
    "titled": {"characters": [("Dr. Anna Weiss (60)", "A surgeon."), ("O'Malley", "A porter.")]},
    "short": {"target_length": 60},
    "longest": {"target_length": 20_000},
    "words-of-prompts": {"outline": "Ines breaks the plan into beats, in about 3 words, before Tobias."},
    "zh": {"outline": "阮玉梅等最后一班船。", "characters": ZH_PAIR},
    "zh-beats": {"outline": "鼓手跟不上节拍，阮玉梅停下来。", "characters": [("阮玉梅", "年龄：五十")]},
    "zh-latin": {"outline": "阿青和Alice在等船。", "characters": [("Alice", "外教。"), ("阿青", "学生。")]},
    "zh-longest": {"outline": "两人谈了一夜。", "characters": ZH_PAIR, "target_length": 20_000},
}


def stored(case: dict[str, Any], name: str) -> Any:
    language = "zh" if name.startswith("zh") else "en"
    people = case.get("characters", [("Ines Marlow", "A pilot."), ("Tobias Reck", "A deckhand.")])
    value = {
        "slug": f"case-{name}",
        "series": {"slug": f"ferry-{name}", "title": "Ferry"},
        "language": language,
        "order": 1,
        "target_length": case.get("target_length", 600),
        "outline": case.get("outline", "Ines finds Tobias counting money that is not his."),
        "characters": [{"name": who, "profile": profile} for who, profile in people],
    }
    return store_briefs([brief_of(value)])[0].brief


@pytest.mark.slow
def test_every_shipped_system_writes_for_any_sensible_brief():
    briefs = [stored(case, name) for name, case in CASES.items()]
    with FakeServer() as server:
        specs = [find_system(name) for name in SYSTEMS]
        run = plan_run(specs=specs, briefs=briefs, base_url=server.url, wake=False).run
        while Worker(run).work().wait_s is not None:
            pass
    failed = run.jobs.filter(state=Job.State.FAILED).values_list("brief__slug", "system__slug", "error")
    assert list(failed) == []
    scripts = Script.objects.select_related("brief__series", "system")
    assert scripts.count() == len(CASES) * len(SYSTEMS)
    for script in scripts:
        found = measure_text(parse(script.text, script.language), brief_text(script.brief.content()))
        told = (script.brief.slug, script.system.slug, found)
        assert (script.redraws, found.strangers, found.language_right, found.markup) == (0, (), True, 0), told
        cast = [person["name"] for person in script.brief.characters]
        leaks = scan(script.text, script.language, characters=cast)
        assert leaks == [], told


@pytest.mark.parametrize(
    ("line", "speaker"),
    [
        ("2. TOMÁS: You came back.", ["TOMÁS"]),
        ("2. ÉLODIE DE LA TOUR: Nobody asked.", ["ÉLODIE DE LA TOUR"]),
        ("2. O'BRIEN: Late again.", ["O'BRIEN"]),
        ("2. He reads it out: nothing is left.", []),
        ("2. 老秦：来了。", ["老秦"]),
        ("2. 小b：来了。", ["小b"]),
    ],
)
def test_names_of_any_alphabet_are_found_in_a_scene(line: str, speaker: list[str]) -> None:
    assert canned_synthesis._speakers_of(f"1. INT. BOAT SHED - DAY\n{line}") == speaker
