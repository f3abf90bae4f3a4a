"""Training data, answers of real servers: rules, filter, pages and datasets read them alike."""

import json
from collections.abc import Callable
from dataclasses import replace
from itertools import cycle
from pathlib import Path
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse

from evalsite.core.errors import InputErrors
from generation.pipelines.answer_parts import split
from generation.pipelines.inputs import is_none
from generation.pipelines.spec import PartSpec
from generation.training_data.datasets.building import build
from generation.training_data.datasets.filtering import filter_run
from generation.training_data.datasets.synthesized_scene import SynthesizedScene
from generation.training_data.models import Candidate, Scene
from generation.training_data.synthesis import canned as canned_synthesis
from generation.training_data.synthesis.questions import marks_of
from generation.training_data.synthesis.recipe import SHIPPED, find_recipe, read_recipe
from generation.training_data.synthesis.rules.registry import faults_of
from generation.training_data.synthesis.texts import profile_text
from tests.generation.training_data.finished import finished_run
from tests.generation.training_data.material import store_works
from tests.generation.training_data.rules_material import Sound, as_json, sound_profiles, sound_scenes

WRAPPED: dict[str, Callable[[str], str]] = {
    "thoughts": lambda answer: f"<think>\nLet me {{see}}.\n</think>\n\n{answer}",
    "thoughts whose beginning the prompt holds": lambda answer: f"Let me {{see}}.\n</think>\n\n{answer}",
    "a fence": lambda answer: f"```json\n{answer}\n```",
}


def scene(name: str) -> Sound:
    return next(each for each in sound_scenes() if each.name == name)


def changed(monkeypatch: pytest.MonkeyPatch, stage: str, change: Callable[[str], str]) -> None:
    """Let every canned answer of a stage be another."""
    canned = getattr(canned_synthesis, f"_{stage}")
    monkeypatch.setattr(canned_synthesis, f"_{stage}", lambda *asked: change(canned(*asked)))


@pytest.mark.slow
@pytest.mark.django_db
def test_what_stands_around_an_answer_changes_nothing(
    monkeypatch: pytest.MonkeyPatch, researcher: Client
) -> None:
    stages = ("profile", "outline", "context", "directives", "marks")
    for stage, wrap in zip(stages, cycle(WRAPPED.values()), strict=False):
        changed(monkeypatch, stage, wrap)
    run = finished_run(store_works(), share=1.0)
    assert not run.jobs.filter(state="failed").exists()
    assert filter_run(run).kept == Scene.objects.count()
    kept = Candidate.objects.filter(run=run).first()
    assert set(kept.marks) == {
        "coherence", "faithfulness", "filmable", "rhythm", "reason", "rules", "questions"
    }  # fmt: skip
    page = reverse("generation-candidate", args=[run.code, kept.pk])
    assert researcher.get(page).status_code == 200
    assert build(run, "sample", without_reviews=True).dataset.examples.count() == Scene.objects.count()


@pytest.mark.parametrize("how", WRAPPED)
def test_thoughts_and_fences_stand_around_any_part(how: str) -> None:
    stage = find_recipe("dsr-data").scenes.stage("context")
    assert stage is not None
    assert split(stage, WRAPPED[how]('{"context": "Ada"}')).parts == {"context": "Ada\n"}
    assert split(stage, '{"context": "Ada"}').data == {"context": "Ada"}


@pytest.mark.django_db
def test_who_does_not_keep_the_schema_is_told_and_keeps_it_the_next_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """A list encoded twice: what servers let pass that take no schema."""
    asked: list[str] = []

    def spoil(answer: str) -> str:
        asked.append(answer)
        data = json.loads(answer)
        return as_json(**{**data, "beats": json.dumps(data["beats"])}) if len(asked) == 1 else answer

    changed(monkeypatch, "directives", spoil)
    run = finished_run(store_works())
    assert not run.jobs.filter(state="failed").exists()
    refused = run.attempts.filter(outcome="refused").values_list("reason", flat=True)
    assert list(refused) == ["beats isn't of type array"]
    assert filter_run(run).kept == Scene.objects.count()


def outlined(**fields: Any) -> str:
    return as_json(**{**json.loads(scene("salt-ledger/1").outputs["outline"]), **fields})


@pytest.mark.parametrize(
    ("stage", "answer", "code"),
    [
        ("outline", outlined(guideline=7), "schema-type"),
        ("outline", outlined(guideline=None), "schema-type"),
        ("outline", outlined(guideline=False), "schema-type"),
        ("outline", outlined(guideline=["a"]), "schema-type"),
        ("outline", outlined(Guideline=""), "schema-extra"),
        ("outline", outlined(notes="x"), "schema-extra"),
        (
            "marks",
            as_json(coherence="4", faithfulness=4, filmable=4, rhythm=4, reason="Even."),
            "schema-type",
        ),
        ("marks", as_json(coherence=6, faithfulness=4, filmable=4, rhythm=4, reason="Even."), "schema"),
        ("directives", as_json(exposition="x", pacing="y", beats=[{"first": 1}]), "schema-lacks"),
        ("directives", as_json(exposition="x", pacing="y", beats="[]"), "schema-type"),
    ],
)
def test_an_answer_keeps_the_schema_that_the_server_was_given(stage: str, answer: str, code: str) -> None:
    faults = faults_of(scene("salt-ledger/1").content, {stage: answer})
    assert [(at, refusal.code) for at, refusal in faults] == [(stage, code)]
    for language in ("en", "zh"):
        assert faults[0][1].why(language), "the model is told what to mend"


def test_a_guideline_may_be_missing_for_the_prompt_lets_it_be_empty() -> None:
    answer = as_json(outline=json.loads(outlined())["outline"])
    assert faults_of(scene("salt-ledger/1").content, {"outline": answer}) == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_a_label_that_is_a_sentence_is_refused_in_words(language: str) -> None:
    sound = next(each for each in sound_profiles() if each.language == language)
    long = "one two three four five six seven eight nine ten eleven twelve thirteen"
    tags = [
        long if language == "en" else "一个人在码头上等了一辈子的船",
        "loyal" if language == "en" else "念旧",
    ]
    answer = as_json(**{**json.loads(sound.outputs["profile"]), "tags": tags})
    ((_, refusal),) = faults_of(sound.content, {"profile": answer})
    assert tags[0][:20] in refusal.reason()


def test_answers_that_were_kept_before_schemas_were_looked_at_are_read() -> None:
    sound = next(each for each in sound_scenes() if "novel" in each.outputs)
    spec = find_recipe("dsr-data").scenes
    told = json.loads(sound.outputs["directives"])
    odd = {
        **sound.outputs,
        "directives": as_json(**{**told, "beats": json.dumps(told["beats"]), "note": "x"}),
        "marks": as_json(coherence="4", faithfulness=5, filmable="5", rhythm=3, reason="Even."),
    }
    whole, plain = (
        SynthesizedScene(sound.content, odd, spec),
        SynthesizedScene(sound.content, sound.outputs, spec),
    )
    assert (whole.brief, whole.directives, whole.fields) == (plain.brief, plain.directives, plain.fields)
    marks = {"coherence": 4, "faithfulness": 5, "filmable": 5, "rhythm": 3}
    assert marks_of(whole.answers["marks"].parts) == marks
    assert profile_text({"tags": "1. proud\n2. late"}, "en") == "In short: proud, late"


def test_of_what_nothing_can_be_made_one_scene_falls() -> None:
    """A recipe of one's own may name no rule and no schema."""
    sound = next(each for each in sound_scenes() if "novel" in each.outputs)
    spec = find_recipe("dsr-data").scenes
    lax = replace(
        spec, stages=tuple(replace(each, schema=None, checks=(), derive="") for each in spec.stages)
    )
    for stage, answer in (
        ("directives", as_json(exposition="We see.", pacing="It is slow.", beats="soon")),
        ("novel", "<novel></novel>"),
    ):
        whole = SynthesizedScene(sound.content, {**sound.outputs, stage: answer}, lax)
        ((at, refusal),) = whole.faults()
        assert (at, bool(refusal.reason())) == (stage, True)


@pytest.mark.parametrize(
    "text", ["(none)", "None", "none.", "N/A", "（无）", "无", "(无)", "无。", "“无”", "暂无。"]
)
def test_nothing_is_read_in_every_spelling_before_the_language(text: str) -> None:
    assert is_none(text)
    for name in ("salt-ledger/1", "left-sleeve/1"):
        sound = scene(name)
        answer = as_json(context=text)
        assert faults_of(sound.content, {"context": answer}) == []
        whole = SynthesizedScene(
            sound.content, {**sound.outputs, "context": answer}, find_recipe("dsr-data").scenes
        )
        assert whole.brief["previous_context"] == ""


def test_what_says_more_than_none_is_not_none() -> None:
    assert not is_none("None of them came.")
    assert not is_none("")
    assert not is_none("没有人来。")


def test_rules_look_at_the_context_that_the_brief_takes_and_not_at_what_stands_behind_it() -> None:
    sound = scene("salt-ledger/2")
    told = json.loads(sound.outputs["context"])["context"]
    stages = []
    for stage in find_recipe("dsr-data").scenes.stages:
        if stage.name == "context":
            stage = replace(stage, parts=(*stage.parts, PartSpec(name="note")), schema=None)
        stages.append(stage)
    note, short = "This is all of it that the answer had to say.", "She waits for him."
    assert faults_of(sound.content, {"context": as_json(context=told, note=note)}, stages) == []
    ((_, refusal),) = faults_of(sound.content, {"context": as_json(context=short, note=told)}, stages)
    assert (refusal.code, refusal.values["part"]) == ("part-short", "context"), "as it was asked for"


def test_a_recipe_names_the_parts_that_examples_are_made_of(tmp_path: Path) -> None:
    text = (SHIPPED / "dsr-data.yaml").read_text()
    text = text.replace("parts: [context]", "parts: [before]").replace("context: {type", "before: {type")
    path = tmp_path / "mine.yaml"
    path.write_text(text)
    with pytest.raises(InputErrors, match="the stage context has no part context"):
        read_recipe(path)
