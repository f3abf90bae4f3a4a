"""Training data: no series is in both training and evaluation, and a system says what it was trained on."""

import io
import json
from dataclasses import replace
from pathlib import Path

import pytest
from django.core.management import call_command

from annotations import freezing
from annotations.freezing import training_overlap
from annotations.models import Study
from annotations.spec.values import from_json
from annotations.staff.studies.loading import load_study
from evalsite.core.errors import InputErrors
from generation.briefs.files import read_brief
from generation.models import Brief, Series, System
from generation.pipelines import find_system
from generation.runs.worker import Worker
from generation.services import store_briefs, store_system
from generation.training.card import weights_digest
from generation.training_data.datasets.lineage import (
    lines_of,
    trained_series,
    trainings,
    unknown_adapters,
    unregistered,
    works_of,
)
from generation.training_data.datasets.registering import register_model
from generation.training_data.models import Scene
from generation.training_data.synthesis.choosing import choose
from generation.training_data.synthesis.recipe import find_recipe
from tests.factories import person, write_study
from tests.generation.conftest import BRIEFS, planned
from tests.generation.training_data.material import import_texts
from tests.generation.training_data.trained_models import add_examples, spec_with, system_with, train_on

pytestmark = pytest.mark.django_db
HUMAN = "INT. STAIRWELL 1 - NIGHT"


def corpus(folder: Path, series: str, text: str) -> list[Scene]:
    """One work of a series, its scenes stored."""
    return import_texts(folder, {series: text}, title="Longshore")[series]


LONG = " ".join(f"On step {step} she finds {step * 3} nails and a button." for step in range(12))


def test_a_study_refuses_the_series_that_a_system_was_trained_on(tmp_path) -> None:
    scenes = corpus(tmp_path / "c", "pier-en", f"{HUMAN}\n\n{LONG}\n\nORLA\nOne more.\n")
    model = train_on(scenes)
    spec = system_with(model.slug).spec
    assert spec["stages"][0]["trained_model"] == model.slug
    path = write_study(tmp_path / "s", briefs=2)
    with pytest.raises(InputErrors) as refused:
        load_study(path)
    first = str(refused.value.errors[0])
    for word in ("scene-en-1", "pier-en", "quillon", model.slug, "sample@1", "train on other series"):
        assert word in first
    assert len(refused.value.errors) == 2, "each brief is named"


def test_a_draft_is_not_frozen_once_a_system_was_trained_on_its_series(tmp_path) -> None:
    text = "".join(f"INT. ROOM {n} - DAY\n\n{LONG} {n}\n\nORLA\nYes, {n}.\n\n" for n in (1, 2))
    held_back, seen = corpus(tmp_path / "c", "pier-en", text)
    model = train_on([held_back], split="test")
    system_with(model.slug)
    study = load_study(write_study(tmp_path / "s", briefs=2)).study
    assert training_overlap.stored_faults(study, from_json(study.spec)) == [], (
        "what was held back is not learned"
    )
    add_examples(model.dataset, [seen], "validation")
    with pytest.raises(InputErrors, match=r"system quillon was trained on .*sample@1"):
        freezing.freeze(study=study, by="test")


def test_a_script_by_people_that_repeats_a_trained_scene_is_told_and_kept_with_the_freeze(tmp_path) -> None:
    text = f"{HUMAN}\n\n{LONG}\n\nORLA\nOne more, and then no more of it tonight.\n"
    other = text.replace("ORLA", "MARGIT").replace("STAIRWELL 1", "TOWER")
    system_with(train_on(corpus(tmp_path / "c", "another-name", other)).slug)
    path = write_study(tmp_path / "s", briefs=2)
    (tmp_path / "s" / "scripts" / "scene-en-1" / "people.fountain").write_text(text)
    study = load_study(path).study
    told = training_overlap.find_repeats(from_json(study.spec))
    assert [(each.brief, each.scene, each.system) for each in told] == [
        ("scene-en-1", "another-name-1/1", "quillon")
    ]
    frozen = freezing.freeze(study=study, by="test")
    assert training_overlap.recorded_repeats(frozen) == told
    assert "another-name-1/1" in told[0].message


def test_a_system_tells_what_it_was_trained_on_and_names_only_registered_models(tmp_path) -> None:
    with pytest.raises(InputErrors, match="trained model gone-0000, which is not registered"):
        system_with("gone-0000")
    text = "".join(f"INT. ROOM {n} - DAY\n\n{LONG} {n}\n\nORLA\nYes, {n}.\n\n" for n in (1, 2, 3))
    scenes = corpus(tmp_path / "c", "salt", text)
    model = train_on(scenes[:2])
    spec = spec_with(model.slug)
    assert trained_series(spec) == {"salt": ["sample@1"]}
    (work,) = works_of(model.dataset)
    assert (work.slug, work.train, work.validation) == ("salt-1", 2, 0)
    (line,) = lines_of(spec)
    assert line["works"] == [
        {"work": "salt-1", "digest": scenes[0].work.digest, "train": [1, 2], "validation": []}
    ]
    assert (line["stage"], line["dataset"]) == (spec.stages[0].name, "sample@1")


def test_a_scripts_history_leads_to_the_works_that_its_model_was_trained_on(client, tmp_path) -> None:
    brief = store_briefs([read_brief(BRIEFS / "en" / "car-two.yaml")])[0].brief
    scenes = corpus(tmp_path / "c", "salt", f"{HUMAN}\n\n{LONG}\n\nORLA\nOne more.\n")
    with pytest.raises(InputErrors, match="not registered"):
        planned(brief, spec_with("gone-0000", "my-dsr", shipped="fake-dsr"))
    model = train_on(scenes)
    run = planned(brief, spec_with(model.slug, "my-dsr", shipped="fake-dsr"))
    Worker(run).work()
    client.force_login(person("rae"), backend="django.contrib.auth.backends.ModelBackend")
    address = f"/generation/{run.code}/{brief.slug}/my-dsr/1/"
    system = client.get("/generation/systems/stored/my-dsr/").content.decode()
    script = client.get(address).content.decode()
    for page in (system, script):
        for word in (model.slug, "sample@1", "/generation/corpus/salt-1/", model.digest):
            assert word in page
    lines = [json.loads(line) for line in client.get(f"{address}history.jsonl").content.splitlines()]
    (told,) = [line for line in lines if line["kind"] == "trained model"]
    assert (told["model"], told["works"][0]["work"], told["works"][0]["train"]) == (model.slug, "salt-1", [1])
    assert told["called"] == ""


def told_by(spec: object) -> list[str]:
    return [f"{each.kind} {each.one} {each.other}" for each in training_overlap.find_near_overlaps(spec)]


def test_a_trained_model_is_not_hidden_behind_the_name_of_its_adapter(tmp_path) -> None:
    model = train_on(corpus(tmp_path / "c", "pier-en", f"{HUMAN}\n\n{LONG}\n\nORLA\nOne more.\n"))
    spec = spec_with("")
    assert spec.stages[0].adapter == model.name
    for named in (model.name, model.slug.upper()):
        hidden = replace(spec, stages=(replace(spec.stages[0], adapter=named), *spec.stages[1:]))
        with pytest.raises(
            InputErrors, match=rf"asks for {named}.*trained here.*trained_model: {model.slug}"
        ):
            store_system(slug="quillon", name="q", kind=System.Kind.PIPELINE, spec=hidden)
    other = train_on([], slug="other-1a1a1a1a", name="other")
    with pytest.raises(InputErrors, match="dsr-novel"):
        store_system(slug="quillon", name="q", kind=System.Kind.PIPELINE, spec=spec_with(other.slug))
    # One that was stored before the model was registered is found at loading and at freezing.
    System.objects.create(slug="quillon", name="q", kind=System.Kind.PIPELINE, spec=spec.as_record())
    with pytest.raises(InputErrors, match=r"system quillon: stage novel asks for dsr-novel"):
        load_study(write_study(tmp_path / "s", briefs=2))


def test_canned_answers_come_from_no_adapter_whatever_it_is_called() -> None:
    """`dsr-novel` is what all shipped recipes of training call what they train."""
    train_on([])
    train_on([], slug="dsr-novel-plain-1a1a1a1a", name="dsr-novel-plain")
    for slug in ("fake-dsr", "fake-dsr-no-directives"):
        spec = find_system(slug)
        store_system(slug=slug, name=slug, kind=System.Kind.PIPELINE, spec=spec)
        assert unknown_adapters(spec) == []


def test_a_shipped_system_that_asks_for_a_trained_model_is_to_be_copied() -> None:
    model = train_on([])
    spec = find_system("dsr")
    with pytest.raises(InputErrors) as refused:
        store_system(slug="dsr", name="d", kind=System.Kind.PIPELINE, spec=spec)
    (fault,) = refused.value.errors
    assert "asks for dsr-novel" in fault.message
    for word in (
        "copy generation/systems/dsr.yaml",
        "slug of its own",
        f"trained_model: {model.slug}",
    ):
        assert word in fault.fix.lower().replace("\n", " ")


def test_all_models_that_are_called_so_are_held_against_a_system_and_a_slug_names_one(
    client, tmp_path
) -> None:
    salt = corpus(tmp_path / "a", "salt", f"{HUMAN}\n\n{LONG}\n\nORLA\nOne more.\n")
    pier = corpus(tmp_path / "b", "pier-en", f"{HUMAN}\n\n{LONG.replace('nails', 'boats')}\n\nORLA\nOne.\n")
    first = train_on(salt, slug="my-novel-11111111", name="my-novel")
    first_alone = {"salt": ["sample@1"]}
    for adapter in ("my-novel", first.slug):
        assert trained_series(spec_with(first.slug, adapter=adapter)) == first_alone
    second = train_on([*salt, *pier], slug="my-novel-22222222", name="my-novel", base="var/third/model")
    train_on(corpus(tmp_path / "c", "deep", f"{HUMAN}\n\nDeep.\n"), slug="third-33333333", name="third")
    system_with(first.slug, adapter="my-novel")
    assert trained_series(spec_with(first.slug, adapter=first.slug)) == first_alone
    assert sorted(trained_series(spec_with(first.slug, adapter="my-novel"))) == ["deep", "pier-en", "salt"]
    assert [each.called for each in trainings(spec_with(first.slug, adapter="My-Novel"))] == [
        "",
        "My-Novel",
        "My-Novel",
    ]
    client.force_login(person("rae"), backend="django.contrib.auth.backends.ModelBackend")
    page = client.get("/generation/systems/stored/quillon/").content.decode()
    assert page.count("requests it by the name my-novel") == 2
    path = write_study(tmp_path / "s", briefs=1)
    with pytest.raises(InputErrors) as refused:
        load_study(path)
    (fault,) = refused.value.errors
    for word in (second.slug, "sample@2", "uses my-novel, and two models have this name"):
        assert word in fault.message
    assert "serve the model you mean under its slug" in fault.fix
    system_with(first.slug, adapter=first.slug)
    load_study(path)


def test_a_stage_that_names_its_model_asks_for_no_other_adapter() -> None:
    model = train_on([], slug="my-novel-11111111", name="my-novel")
    for adapter in ("my-novel", "My-Novel", model.slug, ""):
        assert unregistered(spec_with(model.slug, adapter=adapter)) == []
    (fault,) = unregistered(spec_with(model.slug, adapter="somebody-elses"))
    assert "asks for adapter somebody-elses, and my-novel-11111111 is called my-novel" in fault.message
    assert "serve it under that name" in fault.fix


def test_a_model_has_learned_what_the_model_below_it_has_and_no_ring_holds_it_up(tmp_path) -> None:
    train_on(
        corpus(tmp_path / "c", "pier-en", f"{HUMAN}\n\n{LONG}\n\nORLA\nOne.\n"),
        slug="full-aaaaaaaa",
        name="full",
        base="var/lora/model",
    )
    above = train_on(
        corpus(tmp_path / "d", "salt", f"{HUMAN}\n\n{LONG} x\n\nORLA\nTwo.\n"),
        slug="lora-bbbbbbbb",
        base="var/training/full/model",
    )
    assert trained_series(spec_with(above.slug)) == {"pier-en": ["sample@1"], "salt": ["sample@2"]}


def test_a_base_is_known_by_its_weights_where_the_card_tells_them(tmp_path) -> None:
    for slug, series in (("full-aaaaaaaa", "pier-en"), ("full-bbbbbbbb", "salt")):
        scenes = corpus(tmp_path / series, series, f"{HUMAN}\n\n{LONG} {series}\n\nORLA\nOne.\n")
        train_on(scenes, slug=slug, name="full")
    for weights, series in (
        ("full-bbbbbbbb", ["salt"]),
        ("not registered", ["pier-en", "salt"]),
        ("", ["pier-en", "salt"]),
    ):
        above = train_on(
            [], slug=f"lora{len(weights)}-cccccccc", base="var/training/full/model", base_weights=weights
        )
        assert list(trained_series(spec_with(above.slug, adapter=above.slug))) == series
    moved = train_on([], slug="lora-dddddddd", base="/srv/models/base", base_weights="full-aaaaaaaa")
    assert list(trained_series(spec_with(moved.slug, adapter=moved.slug))) == ["pier-en"]


def test_a_card_beside_other_weights_than_it_tells_is_refused(tmp_path) -> None:
    dataset = train_on([], slug="other-1a1a1a1a", name="other").dataset
    (tmp_path / "adapter_model.safetensors").write_bytes(b"abc")
    card = {
        "name": "mine", "weights_sha256": "ab" * 32, "base_model": "tiny", "variant": "dsr",
        "dataset": {"digest": dataset.digest}, "settings": {"rank": 8}, "versions": {"peft": "1"},
    }  # fmt: skip
    path = tmp_path / "card.json"
    path.write_text(json.dumps(card))
    with pytest.raises(InputErrors, match=r"the weights beside it have digest ba7816bf.*let training write"):
        register_model(path)
    path.write_text(json.dumps({**card, "weights_sha256": weights_digest(tmp_path)}))
    assert register_model(path)[0].slug == "mine-ba7816bf"


def test_a_series_under_another_slug_and_an_unknown_adapter_are_told_and_kept_with_the_freeze(
    tmp_path,
) -> None:
    text = f"{HUMAN}\n\n{LONG}\n\nORLA\nOne more, and then no more of it tonight.\n"
    model = train_on(corpus(tmp_path / "c", "pier-en-2", text))
    spec = system_with(model.slug).spec
    spec["stages"][1]["adapter"] = "somebody-elses"
    System.objects.filter(slug="quillon").update(spec=spec)
    said = io.StringIO()
    call_command("load_study", str(write_study(tmp_path / "s", briefs=2)), stderr=said)
    study = Study.objects.get()
    known = ["title pier-en pier-en-2", f"adapter {spec['stages'][1]['name']} somebody-elses"]
    assert told_by(from_json(study.spec)) == known
    assert "Series pier-en has the same title as pier-en-2, which quillon was trained on" in said.getvalue()
    assert "its training data is unknown" in said.getvalue()
    frozen = freezing.freeze(study=study, by="test")
    assert training_overlap.recorded_near_overlaps(frozen) == training_overlap.find_near_overlaps(
        from_json(frozen.spec)
    )
    Series.objects.filter(slug="pier-en-2").update(title="Elsewhere")
    Scene.objects.update(speakers=["ORLA", "Tam", "Bo"])
    training_overlap._known_casts.clear()
    Brief.objects.update(characters=[{"name": name, "profile": ""} for name in ("Orla", "Tam", "Una")])
    assert told_by(from_json(study.spec))[0] == "cast pier-en pier-en-2"


def test_what_nearly_repeats_a_study_is_not_worked_on_whatever_it_is_called(tmp_path) -> None:
    load_study(write_study(tmp_path / "s", briefs=1))
    script = (tmp_path / "s" / "scripts" / "scene-en-1" / "people.fountain").read_text()
    alone = f"INT. CELLAR - DAY\n\n{LONG.replace('nails', 'bottles')}\n\nBRAM\nMine alone, all of it.\n"
    copied = f"INT. ROOM - DAY\n\n{LONG}\n\nORLA\nYes, of course, and no more of that.\n"
    first = corpus(tmp_path / "c", "elsewhere", f"{script}\n\n{copied}\n\n{alone}")
    corpus(tmp_path / "d", "pier-en", copied.replace("ORLA", "Tilde".upper()))
    rules = replace(find_recipe("dsr-data").filter, length={"en": (1, 5000), "zh": (1, 5000)})
    left = {each.key: each.left_out for each in choose([first[0].work], rules)}
    assert [left[each.pk] for each in sorted(first, key=lambda each: each.number)] == [
        "reserved",
        "reserved",
        "",
    ]
    Study.objects.all().delete()
    assert {each.left_out for each in choose([first[0].work], rules)} == {""}
